package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"strongroom/cmd/internal/cli"
	"strongroom/quorum/text"
)

// programs DIR [WORD] has Go build two small programs that are called as ours,
// for this machine; another word makes another strongroom-signer.
func smallPrograms(ts *testscript.TestScript, args []string) {
	src := ts.MkAbs(args[0] + "-source")
	word := "usual"
	if len(args) > 1 {
		word = args[1]
	}
	for name, content := range map[string]string{
		"go.mod":                        "module strongroom\n\ngo 1.26\n",
		"cmd/strongroom/main.go":        "package main\n\nfunc main() {}\n",
		"cmd/strongroom-signer/main.go": "package main\n\nfunc main() { println(\"" + word + "\") }\n",
	} {
		path := filepath.Join(src, name)
		ts.Check(os.MkdirAll(filepath.Dir(path), 0o700))
		ts.Check(os.WriteFile(path, []byte(content), 0o600))
	}
	ts.Check(os.MkdirAll(ts.MkAbs(args[0]), 0o700))
	cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", ts.MkAbs(args[0]), "./cmd/...")
	cmd.Dir, cmd.Env = src, append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off", "GOFLAGS=")
	if out, err := cmd.CombinedOutput(); err != nil {
		ts.Fatalf("go build: %v\n%s", err, out)
	}
}

const goSum = "example.org/a v1.0.0 h1:aaaa=\nexample.org/a v1.0.0/go.mod h1:bbbb=\nexample.org/fork v1.0.1 h1:cccc=\n"

func sumsOf(t *testing.T) map[string]bool {
	t.Helper()
	path := filepath.Join(t.TempDir(), "go.sum")
	if err := os.WriteFile(path, []byte(goSum), 0o600); err != nil {
		t.Fatal(err)
	}
	sums, h, err := readGoSum(cli.World{}, path)
	if err != nil || h != text.Identity([]byte(goSum)) || len(sums) != 3 {
		t.Fatalf("want 3 lines and the file's hash, found %d, %s %v", len(sums), h, err)
	}
	return sums
}

func infoOf() *debug.BuildInfo {
	return &debug.BuildInfo{
		GoVersion: "go1.26.8-X:runtimesecret", Path: signerPackage,
		Deps: []*debug.Module{{Path: "example.org/a", Version: "v1.0.0", Sum: "h1:aaaa="}, {Path: "example.org/b", Version: "v9.0.0", Replace: &debug.Module{Path: "example.org/fork", Version: "v1.0.1", Sum: "h1:cccc="}}},
		Settings: []debug.BuildSetting{{Key: "GOOS", Value: "linux"}, {Key: "GOARCH", Value: "arm64"},
			{Key: "vcs.revision", Value: "1c5b3f"}, {Key: "vcs.modified", Value: "false"}},
	}
}

func TestProgramSaysHowItWasBuilt(t *testing.T) {
	p, err := programOf(infoOf(), signerPackage, sumsOf(t))
	if err != nil || p.compiler != "go1.26.8" || p.platform != "linux/arm64" || p.commit != "1c5b3f" || p.changed {
		t.Errorf("found %+v %v", p, err)
	}
	changed := infoOf()
	changed.Settings[3].Value = "true"
	if p, err := programOf(changed, signerPackage, sumsOf(t)); err != nil || !p.changed {
		t.Errorf("want changes noticed, found %+v %v", p, err)
	}
}

func TestProgramWithAModuleThatGoSumHasNot(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(*debug.BuildInfo)
		want string
	}{
		{"another program", func(i *debug.BuildInfo) { i.Path = "example.org/cmd/strongroom-signer" }, `want the program strongroom/cmd/strongroom-signer, found "example.org/cmd/strongroom-signer"`},
		{"another hash", func(i *debug.BuildInfo) { i.Deps[0].Sum = "h1:xxxx=" }, "want every module as go.sum has it, found example.org/a v1.0.0 otherwise"},
		{"another version", func(i *debug.BuildInfo) { i.Deps[0].Version = "v1.0.1" }, "want every module as go.sum has it, found example.org/a v1.0.1 otherwise"},
		{"replaced by a folder", func(i *debug.BuildInfo) { i.Deps[1].Replace = &debug.Module{Path: "../b"} }, "want every module as go.sum has it, found ../b  otherwise"},
		{"replaced by another", func(i *debug.BuildInfo) { i.Deps[1].Replace.Sum = "h1:bbbb=" }, "want every module as go.sum has it, found example.org/fork v1.0.1 otherwise"},
	} {
		info := infoOf()
		c.do(info)
		if _, err := programOf(info, signerPackage, sumsOf(t)); err == nil || err.Error() != c.want {
			t.Errorf("%s: want %q, found %v", c.name, c.want, err)
		}
	}
}

func TestRevisionIsThatOfBothPrograms(t *testing.T) {
	commit, other := strings.Repeat("1c", 20), strings.Repeat("2d", 20)
	at := func(commit string, changed bool) builtProgram {
		return builtProgram{path: "signer", commit: commit, changed: changed}
	}
	for _, c := range []struct {
		name, flag string
		programs   []builtProgram
		want       string
	}{
		{"named by both", "", []builtProgram{at(commit, false), at(commit, false)}, "git " + commit},
		{"named by both and said", "git:" + commit, []builtProgram{at(commit, false), at(commit, false)}, "git " + commit},
		{"said alone", "tree:" + strings.Repeat("3e", 32), []builtProgram{at("", false)}, "tree " + strings.Repeat("3e", 32)},
		{"two commits", "", []builtProgram{at(commit, false), at(other, false)}, "signer: want it built of git " + commit + ", found " + other},
		{"another than said", "git:" + other, []builtProgram{at(commit, false)}, "signer: want it built of git " + other + ", found " + commit},
		{"changes", "git:" + commit, []builtProgram{at(commit, true)}, "signer: want it built of a commit without changes, found changes"},
		{"nothing known", "", []builtProgram{at("", false)}, "--source: want git:HEX or tree:HEX for programs that name no commit, found none"},
		{"nonsense", "svn:12", []builtProgram{at("", false)}, `--source: want git or tree and a hash, found "svn 12"`},
	} {
		f := reviewFlags{source: &c.flag}
		r, err := f.revision(c.programs...)
		got := r.String()
		if err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%s: want %q, found %q", c.name, c.want, got)
		}
	}
}

func TestGoSumThatIsNone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "go.sum")
	if err := os.WriteFile(path, []byte("module strongroom\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := readGoSum(cli.World{}, path); err == nil || err.Error() != path+": want lines of a module, its version and its hash, found another" {
		t.Errorf("found %v", err)
	}
}
