package checks

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

const containerfile = "../container/Containerfile"

// step is one line of a Containerfile that does something.
type step struct{ word, rest string }

// steps reads a Containerfile: one line a step, as ours is written.
func steps(b []byte) (out []step) {
	for l := range strings.Lines(string(b)) {
		if l = strings.TrimSpace(l); l != "" && !strings.HasPrefix(l, "#") {
			word, rest, _ := strings.Cut(l, " ")
			out = append(out, step{word, rest})
		}
	}
	return out
}

// faultsOf says what is wrong with a Containerfile: an image without a digest, a
// root user, a shell, something fetched, a secret in it.
func faultsOf(b []byte) (out []string) {
	digest := regexp.MustCompile(`^(scratch|[^ ]+@sha256:[0-9a-f]{64})( AS [a-z]+)?$`)
	user := regexp.MustCompile(`^[1-9][0-9]*:[1-9][0-9]*$`)
	found := map[string]int{}
	for _, s := range steps(b) {
		found[s.word]++
		good := true
		switch s.word {
		case "FROM":
			good = digest.MatchString(s.rest)
		case "COPY":
			good = s.rest == "--chmod=0555 bin/strongroom /strongroom"
		case "USER":
			good = user.MatchString(s.rest)
		case "ENTRYPOINT", "CMD":
			good = strings.HasPrefix(s.rest, `["`) && strings.HasSuffix(s.rest, `"]`)
		case "ARG":
			good = s.rest == "PROGRAM"
		case "LABEL":
			good = s.rest == "strongroom.program.sha256=${PROGRAM}"
		case "ENV":
			good = s.rest == "STRONGROOM_HOME=/desk"
		case "WORKDIR":
		default:
			good = false
		}
		if !good {
			out = append(out, s.word+" "+s.rest)
		}
	}
	for _, word := range []string{"FROM", "COPY", "USER", "ENTRYPOINT", "LABEL"} {
		if found[word] != 1 {
			out = append(out, "want one "+word)
		}
	}
	return out
}

func TestTheContainerHasDigestsAndNoRoot(t *testing.T) {
	b, err := os.ReadFile(containerfile)
	if err != nil {
		t.Fatal(err)
	}
	if found := faultsOf(b); len(found) > 0 {
		t.Errorf("want a container of one program that runs as nobody, found %q", found)
	}
	for _, how := range []string{"--read-only", "--cap-drop=all", "--security-opt=no-new-privileges", "--build-arg PROGRAM="} {
		if !strings.Contains(string(b), how) {
			t.Errorf("want %s in how it is built and run, found none", how)
		}
	}
}

func TestAContainerWithoutADigestIsFound(t *testing.T) {
	b, err := os.ReadFile(containerfile)
	if err != nil {
		t.Fatal(err)
	}
	for old, bad := range map[string]string{
		"FROM scratch":        "FROM debian:stable",
		"USER 65532:65532":    "USER 0:0",
		"ENTRYPOINT [":        "ENTRYPOINT /strongroom [",
		"LABEL strongroom":    "LABEL other",
		"WORKDIR /desk":       "RUN apk add age",
		"COPY --chmod":        "ADD --chmod",
		"ENV STRONGROOM_HOME": "ENV STRONGROOM_KEY",
	} {
		changed := strings.Replace(string(b), old, bad, 1)
		if changed == string(b) || len(faultsOf([]byte(changed))) == 0 {
			t.Errorf("%s: want it found, found nothing", bad)
		}
	}
}
