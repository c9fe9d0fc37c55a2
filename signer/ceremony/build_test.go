package ceremony

import (
	"errors"
	"strings"
	"testing"
	"time"

	"strongroom/quorum/text"
)

// buildOf is a build that nothing is wrong with: three reviewers, of whom olga and
// rita together looked at everything.
func buildOf(t testing.TB) Build {
	t.Helper()
	from, err := ParseRevision("git 1c5b3f0e9ad0c1d7a1ce9db1d4fe2a67c2c8e1b4")
	if err != nil {
		t.Fatal(err)
	}
	return Build{
		Made: time.Date(2026, 2, 20, 9, 30, 0, 0, time.UTC), Source: from, Modules: hashOf("go.sum"), Go: "go1.26.8", Platform: "linux/amd64",
		Desk: Program{hashOf("desk"), 21_430_434}, Signer: Program{hashOf("program"), 11_206_818},
		Reviewers: []Person{person(t, "rita", "acme", "Rita Roe"), person(t, "olga", "regulator", "Olga Ohm"), person(t, "paul", "acme", "Paul Poe")},
		Checks: []Check{
			{AspectSource, "rita"}, {AspectReproduced, "rita"}, {AspectReproduced, "olga"}, {AspectEntropy, "olga"},
			{AspectDependencies, "rita"}, {AspectSource, "paul"}, {AspectDependencies, "paul"},
		},
	}
}

func buildText(t testing.TB, b Build) []byte {
	t.Helper()
	out, err := RenderBuild(b)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestBuildReadsWhatItWrites(t *testing.T) {
	want := golden(t, "build.txt")
	if got := string(buildText(t, buildOf(t))); got != want {
		t.Errorf("want the text of testdata, found\n%s", got)
	}
	b, err := ParseBuild([]byte(want))
	if err != nil {
		t.Fatal(err)
	}
	if back := string(buildText(t, b)); back != want {
		t.Errorf("want the same text, found %s", back)
	}
	if h, err := b.Hash(); err != nil || h != text.Identity([]byte(want)) {
		t.Errorf("want the text's hash, found %s %v", h, err)
	}
	if got := reasons(b.Check()); got != "" {
		t.Errorf("want nothing against it, found %s", got)
	}
	if typ, ok := text.TypeOf([]byte(want)); !ok || typ != text.Build {
		t.Errorf("want its type known, found %s", typ)
	}
	var roster strings.Builder // what sed prints
	for line := range strings.Lines(want) {
		if key, ok := strings.CutPrefix(line, "key "); ok {
			roster.WriteString(key)
		}
	}
	if got := string(b.AllowedSigners()); got != roster.String() || strings.Count(got, "\n") != 3 {
		t.Errorf("want the lines that sed prints, found %s", got)
	}
}

func TestBuildRefuses(t *testing.T) {
	want := golden(t, "build.txt")
	for _, c := range []struct{ old, new, want string }{
		{"build@v1", "build@v2", `line 1: build: want "strongroom/build@v1", found "strongroom/build@v2"`},
		{"Z rtc", "Z utc", `line 2: made: want the word rtc behind the time, found "utc"`},
		{"09:30:00Z", "09:30:00.5Z", `line 2: made: want a time as 2006-01-02T15:04:05Z, found "2026-02-20T09:30:00.5Z"`},
		{"source git", "source svn", `line 3: source: want git or tree and a hash, found "svn 1c5b3f0e9ad0c1d7a1ce9db1d4fe2a67c2c8..."`},
		{"source git", "source tree", "line 3: source: want 64 lower-case hex digits, found 40 characters"},
		{"1c5b3f", "1C5b3f", `line 3: source: want 40 lower-case hex digits, found "1C5b3f0e9ad0c1d7a1ce9db1d4fe2a67c2c8e1b4"`},
		{"modules " + hashOf("go.sum").String(), "modules " + strings.Repeat("0", 64), "line 4: modules: want the hash of something, found zeros"},
		{"go go1.26.8", "go devel", `line 5: go: want a release of Go, such as go1.26.8, found "devel"`},
		{"go go1.26.8", "go go1.26-x", `line 5: go: want a release of Go, such as go1.26.8, found "go1.26-x"`},
		{"linux/amd64", "linux", `line 6: platform: want a system and a processor, such as linux/amd64, found "linux"`},
		{"linux/amd64", "linux/amd64/v3", `line 6: platform: want a system and a processor, such as linux/amd64, found "linux/amd64/v3"`},
		{"program strongroom ", "program strongroom-signer ", `line 7: program: want that of strongroom, found that of "strongroom-signer"`},
		{" 11206818", " 0", "line 8: program: want at least 1, found 0"},
		{" 11206818", " 268435457", "line 8: program: want at most 268435456, found 268435457"},
		{"reviewer paul", "reviewer olga", "line 10: reviewer: want sorted lines, each once, found another order"},
		{"key paul", "key rita", `line 13: key: want that of paul, found that of "rita"`},
		{"check entropy", "check weather", `line 17: check: want dependencies, entropy, reproduced or source, found "weather"`},
		{"check entropy olga", "check entropy olga\ncheck entropy olga", "line 18: check: want sorted lines, each once, found another order"},
		{"check source rita\n", "check source rita\nnote hello\n", `line 22: want the end of the text, found "note"`},
	} {
		_, err := ParseBuild(edited(t, want, c.old, c.new))
		if err == nil || err.Error() != c.want {
			t.Errorf("%s: want %q, found %v", c.new, c.want, err)
		}
		if _, ok := errors.AsType[*text.Error](err); !ok {
			t.Errorf("%s: want a *text.Error, found %T", c.new, err)
		}
	}
}

func TestZeroBuildIsRefused(t *testing.T) {
	const want = `line 3: source: want git or tree and a hash, found "none"`
	if _, err := RenderBuild(Build{}); err == nil {
		t.Error("want a refusal, found none")
	}
	b := buildOf(t)
	b.Source = Revision{}
	if _, err := RenderBuild(b); err == nil || err.Error() != want {
		t.Errorf("want %q, found %v", want, err)
	}
	if got := reasons(b.Check()); got != "KEY-BUILD build: "+want {
		t.Errorf("found %s", got)
	}
}

func FuzzParseBuild(f *testing.F) {
	f.Add([]byte(golden(f, "build.txt")))
	f.Add([]byte("strongroom/build@v1\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		x, err := ParseBuild(b)
		if err != nil {
			return
		}
		if back, err := RenderBuild(x); err != nil || string(back) != string(b) {
			t.Fatalf("want the same bytes, found %q %v", back, err)
		}
		if r, why := Review(b, nil); len(why) == 0 || len(r.By()) > 0 {
			t.Fatalf("want no build that nobody signed to count, found it counted: %s", b)
		}
	})
}
