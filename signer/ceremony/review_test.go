package ceremony

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"strongroom/custody/durable"
	"strongroom/quorum/text"
)

// signedBuild is a build's text and the signatures of these reviewers.
func signedBuild(t testing.TB, b Build, by ...string) (message []byte, files [][]byte) {
	t.Helper()
	message = buildText(t, b)
	for _, who := range by {
		files = append(files, sign(t, who, ActBuild, message))
	}
	return message, files
}

func TestTwoReviewersSignABuild(t *testing.T) {
	message, files := signedBuild(t, buildOf(t), "rita", "olga", "rita")
	r, why := Review(message, files)
	if len(why) > 0 || !slices.Equal(r.By(), []text.ID{"olga", "rita"}) || r.Hash() != text.Identity(message) || r.Build().Go != "go1.26.8" {
		t.Fatalf("want it counted, found %+v %s", r, reasons(why))
	}
	p := planOf(t, Make)
	p.Build = r.Hash()
	if got := reasons(r.Fits(p, hashOf("program"))); got != "" {
		t.Errorf("want it to fit the plan, found %s", got)
	}
}

func TestBuildsThatDoNotCount(t *testing.T) {
	olga, rita := handOf(t, "olga").Key(), handOf(t, "rita").Key()
	const short = "KEY-BUILD build: want it signed by 2 of its reviewers at least, found "
	for _, c := range []struct {
		name string
		do   func(*Build)
		by   []string
		want string
	}{
		{"nobody signed", nil, nil, short + "none"},
		{"one reviewer signed", nil, []string{"rita"}, short + "rita"},
		{"one reviewer signed twice", nil, []string{"olga", "olga"}, short + "olga"},
		{"one reviewer", func(b *Build) {
			b.Reviewers, b.Checks = b.Reviewers[:1], []Check{{AspectSource, "rita"}, {AspectEntropy, "rita"}, {AspectReproduced, "rita"}, {AspectDependencies, "rita"}}
		}, []string{"rita"}, short + "rita\nKEY-BUILD reviewer: want at least 2 people, found 1"},
		{"one key for two", func(b *Build) { b.Reviewers[0].Key = olga }, []string{"olga"},
			short + "olga\nKEY-BUILD reviewer rita: want a key of their own, found that of olga"},
		{"one person under two names", func(b *Build) { b.Reviewers[0].Name = "OLGA ohm" }, []string{"rita", "olga"},
			"KEY-BUILD reviewer rita: want another person than olga, found the same name"},
		{"a reviewer who looked at nothing", func(b *Build) {
			b.Checks = slices.DeleteFunc(b.Checks, func(c Check) bool { return c.By == "paul" })
		}, []string{"rita", "olga"}, "KEY-BUILD reviewer paul: want a check that they did, found none"},
		{"an aspect that nobody looked at", func(b *Build) {
			b.Checks = slices.DeleteFunc(b.Checks, func(c Check) bool { return c.Of == AspectEntropy })
			b.Checks = slices.DeleteFunc(b.Checks, func(c Check) bool { return c.By == "olga" })
		}, []string{"rita", "paul"}, "KEY-BUILD check entropy: want it by a reviewer, found it by none\n" +
			"KEY-BUILD reviewer olga: want a check that they did, found none"},
		{"an aspect of somebody who did not sign", nil, []string{"rita", "paul"}, "KEY-BUILD check entropy: want it by a reviewer who signed, found it by none"},
		{"a check by nobody", func(b *Build) { b.Checks = append(b.Checks, Check{AspectEntropy, "zoe"}) }, []string{"rita", "olga"},
			"KEY-BUILD check entropy: want it by a reviewer, found zoe"},
		{"a stranger", nil, []string{"rita", "olga", "zoe"}, "KEY-BUILD signature 3: want a key of a reviewer, found " + handOf(t, "zoe").Key().Fingerprint()},
	} {
		b := buildOf(t)
		if c.do != nil {
			c.do(&b)
		}
		message, files := signedBuild(t, b, c.by...)
		r, why := Review(message, files)
		if got := reasons(why); got != c.want || r.By() != nil || !r.Hash().IsZero() {
			t.Errorf("%s: want %s\nfound %s", c.name, c.want, got)
		}
	}
	if olga.Equal(rita) {
		t.Error("want two keys, found one")
	}
}

func TestBuildSignedForSomethingElseDoesNotCount(t *testing.T) {
	message, files := signedBuild(t, buildOf(t), "rita")
	for _, c := range []struct {
		name string
		file []byte
		want string
	}{
		{"another act", sign(t, "olga", Act, message), `olga: signature namespace: want "build.v1@strongroom", found "ceremony.v1@strongroom"`},
		{"another text", sign(t, "olga", ActBuild, append(slices.Clone(message), 'x')),
			"olga: signature: want one by " + handOf(t, "olga").Key().Fingerprint() + " over this text, found one that does not verify"},
		{"no signature", []byte("x"), "signature file's start: want the line -----BEGIN SSH SIGNATURE----- and nothing before it, found something else"},
	} {
		r, why := Review(message, [][]byte{files[0], c.file})
		want := "KEY-BUILD build: want it signed by 2 of its reviewers at least, found rita\nKEY-BUILD signature 2: " + c.want
		if got := reasons(why); got != want || r.By() != nil {
			t.Errorf("%s: want %s\nfound %s", c.name, want, got)
		}
	}
	if _, why := Review(message, make([][]byte, 33)); reasons(why) != "KEY-BUILD signatures: want at most 32, found 33" {
		t.Errorf("found %s", reasons(why))
	}
	if _, why := Review([]byte("x\n"), nil); reasons(why) != `KEY-BUILD build: line 1: build: want "strongroom/build@v1", found "x"` {
		t.Errorf("found %s", reasons(why))
	}
}

func TestBuildThatThePlanDoesNotName(t *testing.T) {
	message, files := signedBuild(t, buildOf(t), "rita", "olga")
	r, why := Review(message, files)
	if len(why) > 0 {
		t.Fatal(reasons(why))
	}
	p := planOf(t, Make)
	hash, program, other := r.Hash().String(), hashOf("program").String(), hashOf("x").String()
	if got, want := reasons(r.Fits(p, hashOf("program"))), "KEY-BUILD build: want "+hashOf("build").String()+", as the plan says, found "+hash; got != want {
		t.Errorf("another build: want %s\nfound %s", want, got)
	}
	p.Build = text.Hash{}
	if got, want := reasons(r.Fits(p, hashOf("program"))), "KEY-BUILD build: want none, as the plan says, found "+hash; got != want {
		t.Errorf("a plan without a build: want %s\nfound %s", want, got)
	}
	p.Build, p.Program = r.Hash(), hashOf("x")
	if got, want := reasons(r.Fits(p, hashOf("program"))), "KEY-BUILD program of the plan: want "+program+", as the build says, found "+other; got != want {
		t.Errorf("a plan of another program: want %s\nfound %s", want, got)
	}
	p.Program = hashOf("program")
	if got, want := reasons(r.Fits(p, hashOf("x"))), "KEY-BUILD program that runs: want "+program+", as the build says, found "+other; got != want {
		t.Errorf("another program: want %s\nfound %s", want, got)
	}
	if got := reasons(Reviewed{}.Fits(p, text.Hash{})); got != "KEY-BUILD build: want one that was reviewed, found none" {
		t.Errorf("want the zero value to fit nothing, found %s", got)
	}
	if got := reasons(Reviewed{}.Fits(Plan{}, text.Hash{})); got != "KEY-BUILD build: want one that was reviewed, found none" {
		t.Errorf("want nothing to fit nothing, found %s", got)
	}
}

// What lies beside text and signatures decides nothing.
func TestFolderOfABuildIsRead(t *testing.T) {
	dir := t.TempDir()
	message, files := signedBuild(t, buildOf(t), "rita", "olga")
	put := func(name string, b []byte) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	read := func() ([]byte, [][]byte, error) {
		t.Helper()
		d, err := durable.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		return ReadBuild(d)
	}
	if _, _, err := read(); err == nil || err.Error() != "build: want build.txt in "+dir+", found none" {
		t.Errorf("found %v", err)
	}
	put(BuildFile, message)
	put(SignersOf, buildOf(t).AllowedSigners())
	put(SignatureName("rita"), files[0])
	put("olga.sig", files[1])
	b, signatures, err := read()
	if err != nil || string(b) != string(message) || len(signatures) != 2 {
		t.Fatalf("want a text and 2 signatures, found %d bytes and %d: %v", len(b), len(signatures), err)
	}
	if r, why := Review(b, signatures); len(why) > 0 || len(r.By()) != 2 {
		t.Errorf("found %s", reasons(why))
	}
	for i := range 31 {
		put(fmt.Sprintf("more-%d.sig", i), files[0])
	}
	if _, _, err := read(); err == nil || err.Error() != "build: want at most 32 signatures in "+dir+", found more" {
		t.Errorf("found %v", err)
	}
}

// ssh-keygen and the program agree on what is a good signature, whoever of both
// made it.
func TestStockOpenSSHVerifiesABuild(t *testing.T) {
	if _, err := exec.LookPath("ssh-keygen"); err != nil {
		t.Skip("ssh-keygen is not installed")
	}
	b := buildOf(t)
	message, files := signedBuild(t, b, "rita", "olga")
	dir := t.TempDir()
	for name, content := range map[string][]byte{SignersOf: b.AllowedSigners(), "rita.sig": files[0], "olga.sig": files[1]} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	verify := func(who, namespace, message string) error {
		cmd := exec.Command("ssh-keygen", "-Y", "verify", "-f", SignersOf, "-I", who, "-n", namespace, "-s", who+".sig")
		cmd.Dir, cmd.Stdin = dir, strings.NewReader(message)
		return cmd.Run()
	}
	for _, who := range []string{"olga", "rita"} {
		if err := verify(who, "build.v1@strongroom", string(message)); err != nil {
			t.Errorf("%s: ssh-keygen: %v", who, err)
		}
		if verify(who, "ceremony.v1@strongroom", string(message)) == nil || verify(who, "build.v1@strongroom", string(message)+"x") == nil {
			t.Errorf("%s: want ssh-keygen to refuse another act and another text, found it content", who)
		}
	}
}
