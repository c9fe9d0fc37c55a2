package main

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
	"strongroom/signer/ceremony"
	"strongroom/signer/signertest"
)

// plan FILE make|import|reshare|sign|words [NAME=VALUE...] writes the plan of a ceremony at
// signer-a, for the program that runs these scripts, and puts the first digits of its
// SHA-256 into $PLAN8. What can be another:
//
//	vault, signer, program   whose it is
//	holders                  who gets a share, alice,bob@FILE,kim: to a passphrase, or to the recipient in FILE
//	need                     how many of them rebuild the key, 2
//	openers                  who opens a share, or brings the key
//	from                     FINGERPRINT:GENERATION
//	build                    SHA-256 of the build that people reviewed, none
//	entropy, bits            alice:dice6,bob:coins and 128
//	allows                   files,network,unreviewed
//	device                   who holds it, and how many words it takes, kim:24
//	clear                    whose share may be printed in clear words
func (s *stage) plan(ts *testscript.TestScript, args []string) {
	b := planText(s.t, args[1], valued(args[2:]), ts.ReadFile)
	if _, err := ceremony.ParsePlan(b); err != nil {
		ts.Fatalf("%v in\n%s", err, b)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), b, 0o600))
	ts.Setenv("PLAN8", text.Identity(b).String()[:typedDigits])
}

// valued splits NAME=VALUE words.
func valued(words []string) map[string]string {
	out := map[string]string{}
	for _, w := range words {
		name, value, _ := strings.Cut(w, "=")
		out[name] = value
	}
	return out
}

// planText is a plan as its text: nothing here knows how the program writes one.
func planText(t testing.TB, what string, have map[string]string, read func(string) string) []byte {
	t.Helper()
	program, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	in := &cast{have: have, people: map[string]bool{"frank": true, "grace": true}}
	in.add("strongroom/ceremony@v1")
	in.add("vault %s", in.or("vault", string(signertest.VaultID)))
	in.add("signer %s", in.or("signer", "signer-a"))
	in.add("chain regtest\nwhat %s\nplace geneva", what)
	in.add("program %s", in.or("program", program.String()))
	in.add("build %s", in.or("build", "none"))
	if what == "reshare" || what == "sign" {
		in.add("from %s", strings.ReplaceAll(have["from"], ":", " "))
	}
	if what != "sign" && what != "words" {
		in.holders(read)
	}
	in.work(what)
	in.add("administrator frank\nwitness grace")
	for _, who := range slices.Sorted(maps.Keys(in.people)) {
		in.add("person %s acme %s%s Example", who, strings.ToUpper(who[:1]), who[1:])
	}
	for _, who := range slices.Sorted(maps.Keys(in.people)) {
		in.add("key %s %s", who, handOf(t, who).Key())
	}
	in.add("equipment laptop Lenovo X230, serial R9-XK123")
	for _, a := range strings.Split(in.or("allows", "files,network,unreviewed"), ",") {
		in.add("allow %s", a)
	}
	return []byte(in.lines.String())
}

// cast writes a plan's lines and remembers who is in it.
type cast struct {
	have   map[string]string
	people map[string]bool
	lines  strings.Builder
}

func (c *cast) add(format string, args ...any) { fmt.Fprintf(&c.lines, format+"\n", args...) }

func (c *cast) or(name, usual string) string { return cmp.Or(c.have[name], usual) }

func (c *cast) holders(read func(string) string) {
	c.add("groups 1\ngroup %s geneva", c.or("need", "2"))
	for _, h := range strings.Split(c.or("holders", "alice,bob,kim"), ",") {
		who, file, sealed := strings.Cut(h, "@")
		to := "passphrase"
		if sealed { // an SSH key without its comment
			to = strings.Join(strings.Fields(read(file))[:min(2, len(strings.Fields(read(file))))], " ")
		}
		c.add("holder 1 %s %s", who, to)
		c.people[who] = true
	}
	for _, who := range strings.FieldsFunc(c.have["clear"], func(r rune) bool { return r == ',' }) {
		c.add("clear %s", who)
	}
}

// work is who opens, brings or makes the key.
func (c *cast) work(what string) {
	for _, who := range strings.FieldsFunc(c.have["openers"], func(r rune) bool { return r == ',' }) {
		c.add("opener %s", who)
		c.people[who] = true
	}
	if what == "sign" {
		c.add("proposal %s", text.Identity([]byte("a proposal")))
	}
	if what == "words" {
		who, n, _ := strings.Cut(c.or("device", "kim:24"), ":")
		c.add("device %s %s Coldcard Mk4, serial 0417-3321", who, n)
		c.people[who] = true
	}
	if what != "make" && what != "words" {
		return
	}
	for _, e := range strings.Split(c.or("entropy", "alice:dice6,bob:coins"), ",") {
		who, source, _ := strings.Cut(e, ":")
		c.add("entropy %s %s", who, source)
		c.people[who] = true
	}
	c.add("bits %s", c.or("bits", "128"))
}

// handOf is the key by which somebody signs transcripts.
func handOf(t testing.TB, who string) *signertest.Key {
	return signertest.NewKey(t, sshsig.Ed25519, who)
}

// keyfile NAME FILE writes the key of somebody in the room, or of an officer, as
// ssh-keygen takes it.
func (s *stage) keyFile(ts *testscript.TestScript, args []string) {
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), handOf(s.t, args[0]).File(s.t), 0o600))
}
