package main

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"

	"strongroom/custody"
	"strongroom/quorum/text"
	"strongroom/signer/ceremony"
	"strongroom/signer/keystore"
	"strongroom/signer/keystore/bip39"
	"strongroom/signer/keystore/entropy"
	"strongroom/signer/signertest"
)

// sitter is everybody in the room, at the other side of a pseudo terminal: they
// answer what the program asks there, and write down the words that it shows.
type sitter struct {
	plan   ceremony.Plan
	plan8  string
	have   map[string]string
	cast   *actors
	master *os.File
	seen   strings.Builder
	words  []string
	rolled map[text.ID]string
	tried  int
}

// sit EXIT PLAN FILE [NAME=VALUE...] -- CMD... runs a command at a terminal of its own
// and does there what a plan asks for. Its secrets, and the words that were shown,
// are in FILE afterwards. What can be otherwise:
//
//	stop       N, where "stop" is typed when step N is done
//	interrupt  N, the word at which Ctrl-C is pressed, and then "stop"
//	hangup     N, the word at which the terminal goes away
//	wrong      yes: the first word that is asked for is another one
//	again      yes: the words are asked for once more beside the device
//	device     the fingerprint that it shows
//	words      that are typed, in their first four letters
//	share      a sealed share, whose words those are
func (s *stage) sit(ts *testscript.TestScript, args []string) {
	cut := 3
	for args[cut] != "--" {
		cut++
	}
	b := []byte(ts.ReadFile(args[1]))
	plan, err := ceremony.ParsePlan(b)
	ts.Check(err)
	have := valued(args[3:cut])
	p := &sitter{plan: plan, plan8: text.Identity(b).String()[:typedDigits], have: have, cast: &actors{plan: plan, have: have}, rolled: map[text.ID]string{}}
	if file := have["share"]; file != "" {
		words, err := wordsOf(file, signertest.Passphrase)
		ts.Check(err)
		have["words"] = string(words)
	}
	name := p.terminal(ts)
	held, err := os.OpenFile(name, os.O_RDWR|unix.O_NOCTTY, 0) // a terminal outlives one question
	ts.Check(err)
	done := make(chan struct{})
	go func() { defer close(done); p.sit() }()
	// A question that nobody here can answer must not wait for ever.
	giveUp := time.AfterFunc(2*time.Minute, func() { p.master.Close() })
	defer giveUp.Stop()
	ts.Setenv(ttyVariable, name)
	exits(ts, false, append([]string{args[0]}, args[cut+1:]...))
	ts.Setenv(ttyVariable, "")
	ts.Check(held.Close())
	<-done
	p.master.Close()
	p.secrets(s.typed)
	var lines []string
	for _, secret := range s.typed {
		lines = append(lines, secret)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), []byte(strings.Join(lines, "\n")), 0o600))
	if shown := p.seen.String(); len(p.words) > 0 && have["hangup"] == "" && strings.LastIndex(shown, clearScreen+firstScreen) < strings.LastIndex(shown, "write it down") {
		ts.Fatalf("want the last word taken off the screen, found it there")
	}
}

func (p *sitter) terminal(ts *testscript.TestScript) string {
	var err error
	p.master, err = os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	ts.Check(err)
	ts.Check(unix.IoctlSetPointerInt(int(p.master.Fd()), unix.TIOCSPTLCK, 0))
	n, err := unix.IoctlGetUint32(int(p.master.Fd()), unix.TIOCGPTN)
	ts.Check(err)
	return fmt.Sprintf("/dev/pts/%d", n)
}

// sit reads the screen until nobody writes to it any more, and answers.
func (p *sitter) sit() {
	r := bufio.NewReader(p.master)
	from := 0
	for {
		b, err := r.ReadByte()
		if err != nil {
			return
		}
		p.seen.WriteByte(b)
		if answer, ok := p.answer(p.seen.String()[from:]); ok {
			from = p.seen.Len()
			if answer == "hang up" {
				p.master.Close()
				return
			}
			if _, err := p.master.WriteString(answer); err != nil {
				return
			}
		}
	}
}

var (
	atWord  = regexp.MustCompile(`word (\d+) of \d+\r\n\r\n        ([a-z]+)\r\n\r\nwrite it down, then Enter $`)
	atAsked = regexp.MustCompile(`word (\d+) from your paper, not shown: $`)
	atRolls = regexp.MustCompile(`what ([a-z]+) rolled \([a-z0-9]+\), not shown: $`)
	atDone  = regexp.MustCompile(`([a-z]+), when step (\d+) is done: type your name, and what to note: $`)
	atTyped = regexp.MustCompile(`the words of [a-z]+'s (key \(BIP-39\)|share), not shown\r\n.*\r\n\r\x1b\[Kword 1: $`)
)

// answer is what somebody types at the end of what stands on the screen, if that
// is a question.
func (p *sitter) answer(shown string) (string, bool) {
	if m := atWord.FindStringSubmatch(shown); m != nil {
		return p.write(m[1], m[2]), true
	}
	if m := atAsked.FindStringSubmatch(shown); m != nil {
		return p.paper(m[1]) + "\r", true
	}
	if m := atRolls.FindStringSubmatch(shown); m != nil {
		p.rolled[text.ID(m[1])] = p.cast.rolls(m[1])
		return p.cast.rolls(m[1]) + "\r", true
	}
	if m := atDone.FindStringSubmatch(shown); m != nil {
		if m[2] == p.have["stop"] {
			return "stop\n", true
		}
		return m[1] + "\n", true
	}
	if atTyped.MatchString(shown) {
		return shortened(p.have["words"]) + "\r", true
	}
	return p.short(shown)
}

// short answers what is asked in the same way each time.
func (p *sitter) short(shown string) (string, bool) {
	for _, x := range []struct{ end, answer string }{
		{"from your own copy: ", p.plan8},
		{"as your own tool printed it: ", p.plan.ProgramEnd()},
		{"again: type it anew: ", ""},
		{"passphrase? (yes or no): ", "no"},
		{"Enter takes this away: ", ""},
	} {
		if strings.HasSuffix(shown, x.end) {
			return x.answer + "\n", true
		}
	}
	switch {
	case strings.HasSuffix(shown, "stop: end here: "):
		if p.have["interrupt"] != "" || p.have["device"] != "" {
			return "stop\n", true
		}
		return "\n", true
	case strings.HasSuffix(shown, "show the words again): "):
		if p.tried++; p.tried == 1 && p.have["again"] != "" {
			return "words\n", true
		}
		return p.device() + "\n", true
	}
	return "", false
}

// write puts a word on paper, and goes on to the next.
func (p *sitter) write(number, word string) string {
	n, _ := strconv.Atoi(number)
	p.words = append(p.words[:n-1], word)
	switch number {
	case p.have["interrupt"]:
		return string(rune(keyInterrupt))
	case p.have["hangup"]:
		return "hang up"
	}
	return "x\r" // any key but Enter does nothing
}

// paper is the beginning of a word that was written down.
func (p *sitter) paper(number string) string {
	n, _ := strconv.Atoi(number)
	if p.tried++; p.tried == 1 && p.have["wrong"] != "" {
		p.tried = 2
		return "zoo"
	}
	return shortened(p.words[n-1])
}

// shortened leaves four letters of each word.
func shortened(words string) string {
	var out []string
	for _, w := range strings.Fields(words) {
		out = append(out, w[:min(4, len(w))])
	}
	return strings.Join(out, " ")
}

// device computes what a hardware wallet shows that was given the words.
func (p *sitter) device() string {
	if shows := p.have["device"]; shows != "" {
		return shows
	}
	seed, err := keystore.SeedOfMnemonic([]byte(strings.Join(p.words, " ")), nil)
	if err != nil {
		return err.Error()
	}
	defer seed.Wipe()
	a, err := seed.Account(custody.Regtest, 0)
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%x", a.Key().Origin().Fingerprint)
}

// secrets are those of the room: rolls, words, and what the words stand for.
func (p *sitter) secrets(to map[string]string) {
	for who, rolls := range p.rolled {
		to["the rolls of "+string(who)] = rolls
	}
	if p.have["words"] != "" {
		to["the words that were typed"] = p.have["words"]
	}
	if len(p.words) < 3 {
		return
	}
	words := strings.Join(p.words, " ")
	to["the words of the device"] = words
	if b, err := bip39.Decode([]byte(words)); err == nil {
		to["what the words hold"] = string(b)
		to["what the words hold, in hex"] = hex.EncodeToString(b)
	}
}

// audited PLAN TRANSCRIPT RECORD wants the last words shown to be those that the rolls
// of the room and the machine's commitment lead to, and the key record theirs.
func (s *stage) audited(ts *testscript.TestScript, args []string) {
	plan, err := ceremony.ParsePlan([]byte(ts.ReadFile(args[0])))
	ts.Check(err)
	t, err := ceremony.ParseTranscript([]byte(ts.ReadFile(args[1])))
	ts.Check(err)
	if why := t.Against(plan); len(why) > 0 {
		ts.Fatalf("want a transcript as planned, found %v", why)
	}
	round, err := entropy.NewRound(string(plan.Vault), string(plan.Signer), plan.Bits, entropy.Commitment(t.System))
	ts.Check(err)
	var all []*entropy.Contribution
	for _, x := range plan.Entropy {
		c, err := entropy.NewContribution(entropy.Whose{Vault: string(plan.Vault), Signer: string(plan.Signer), Person: string(x.Person)}, x.From, []byte(s.typed["the rolls of "+string(x.Person)]))
		ts.Check(err)
		bound, err := c.Commitment()
		ts.Check(err)
		ts.Check(round.Commit(string(x.Person), bound))
		all = append(all, c)
	}
	list, err := round.Close()
	ts.Check(err)
	if plan.Device.Words == 24 {
		ts.Check(entropy.Audit([]byte(s.typed["what the words hold"]), list, all))
	}
	r, err := custody.ParseKeyRecord(plan.Chain, []byte(ts.ReadFile(args[2])))
	ts.Check(err)
	ts.Check(r.Verify())
	if got := len(strings.Fields(s.typed["the words of the device"])); got != plan.Device.Words {
		ts.Fatalf("want %d words, found %d", plan.Device.Words, got)
	}
	ts.Setenv("FINGERPRINT", fmt.Sprintf("%x", r.Key.Origin().Fingerprint))
}
