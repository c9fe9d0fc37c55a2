package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"strongroom/cmd/internal/cli"
	"strongroom/custody/durable"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/text"
	"strongroom/signer"
	"strongroom/signer/host"
	"strongroom/signer/signertest"
)

// desk is a World in which somebody types lines, and may do something else
// just before one of them.
type desk struct {
	lines    []string
	before   map[int]func()
	out, err bytes.Buffer
}

func (d *desk) world() cli.World {
	return cli.World{
		Program: "strongroom-signer", Now: func() time.Time { return time.Unix(1_800_000_000, 0) }, Rand: zeros{}, In: strings.NewReader(""),
		Out: &d.out, Err: &d.err, Env: func(string) string { return "" }, FD: func(int) (io.Reader, error) { return d, nil },
		TTY: func() (*os.File, error) { return nil, errors.New("no terminal") }, ErrWidth: func() int { return 0 },
	}
}

// Read gives a byte of what is typed next.
func (d *desk) Read(b []byte) (int, error) {
	if len(d.lines) == 0 {
		return 0, io.EOF
	}
	if f := d.before[len(d.lines)]; f != nil {
		delete(d.before, len(d.lines))
		f()
	}
	if d.lines[0] == "" {
		b[0], d.lines = '\n', d.lines[1:]
		return 1, nil
	}
	b[0], d.lines[0] = d.lines[0][0], d.lines[0][1:]
	return 1, nil
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

func (d *desk) run(args ...string) int {
	// A test runs other programs too, and so walls itself off in none of its runs.
	p := &program{world: d.world(), workFactor: testWorkFactor, pause: slept, walls: host.Report{}}
	return cli.Main(p.world, p.root(), args)
}

// typed is what people type for an order to one payee who is paid first: the
// operator, and two holders.
func typed(o *signertest.Order) []string {
	return []string{o.ID().String()[:8], o.Pays[0].Amount.String(), o.Pays[0].Address.LastGroup(), signertest.Passphrase, signertest.Passphrase}
}

// given are the flags for the shares that two holders of signer-a's key left in its
// home.
func given(home string) (flags []string) {
	for _, holder := range signertest.Holders("signer-a")[:2] {
		found, err := filepath.Glob(filepath.Join(home, "share-*-"+string(holder)+".age"))
		if err == nil && len(found) == 1 {
			flags = append(flags, "--share", found[0])
		}
	}
	return flags
}

// The carrier is pulled out while the last passphrase is typed. What was recorded
// stands, and the same bundle gives the answer again.
func TestAnswerThatCannotBeWrittenIsGivenAgain(t *testing.T) {
	v := signertest.New(t, signertest.WithShares(policy.AllowNetwork))
	v.Fund(2 * coin)
	order := v.Order()
	in, out, again := filepath.Join(t.TempDir(), "in"), filepath.Join(t.TempDir(), "out"), filepath.Join(t.TempDir(), "again")
	v.WriteBundle(in, v.Bundle(order))
	home := v.Signers[0].Dir
	v.Signers[0].Close()

	d := &desk{lines: typed(order), before: map[int]func(){1: func() {
		if err := os.Remove(out); err != nil {
			t.Error(err)
		}
	}}}
	if exit := d.run(append([]string{"release", in, "--home", home, "-o", out, "--confirm-fd", "3", "--passphrase-fd", "3"}, given(home)...)...); exit != cli.Failed {
		t.Fatalf("want exit 1, found %d\n%s", exit, d.err.String())
	}
	want := "; everything is signed and recorded, and the same bundle again gives the same bytes\n" +
		"strongroom-signer: hint: strongroom-signer release " + in + " -o DIR\n"
	if !strings.HasSuffix(d.err.String(), want) {
		t.Errorf("want at the end\n%s\nfound\n%s", want, d.err.String())
	}
	v.Signers[0].Reopen()
	r, ok := v.Signers[0].Machine.State().Released(order.ID())
	v.Signers[0].Close()
	if !ok || len(r.Signed) != 1 {
		t.Fatalf("want the release recorded and signed, found %v %v", ok, r.Signed)
	}

	d = &desk{lines: typed(order)}
	if exit := d.run(append([]string{"release", in, "--home", home, "-o", again, "--confirm-fd", "3", "--passphrase-fd", "3"}, given(home)...)...); exit != cli.Done {
		t.Fatalf("want exit 0, found %d\n%s", exit, d.err.String())
	}
	packet, err := os.ReadFile(filepath.Join(again, order.ID().Short()+".psbt"))
	if err != nil || text.Identity(packet) != r.Signed[0].PSBT {
		t.Errorf("want the packet that the log names, %s, found %s: %v", r.Signed[0].PSBT, text.Identity(packet), err)
	}
}

// A full carrier takes no half of a file.
func TestAnswerOnAFullCarrierLeavesNoHalfFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out")
	d, err := durable.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	a := &answer{d.WithFault(func(op durable.Op) error {
		if op.Kind == durable.Write {
			return syscall.ENOSPC
		}
		return nil
	})}
	err = a.write(quorum.File{Name: "0123456789abcdef.psbt", Bytes: []byte("psbt")})
	if !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("want no space left, found %v", err)
	}
	if entries, err := d.List(10); err != nil || len(entries) != 0 {
		t.Errorf("want an empty folder, found %v %v", entries, err)
	}
}

// A home whose disk fills up records nothing by halves, and says what to do.
func TestFullHomeSaysWhatToDo(t *testing.T) {
	err := unfinished(errors.New("log/entries/000004: write: no space left on device"), quorum.Release)
	want := "log/entries/000004: write: no space left on device; release the same bundle again: what was begun is completed with the same bytes"
	if err.Error() != want {
		t.Errorf("want\n%s\nfound\n%s", want, err)
	}
	corrupt := unfinished(&signer.CorruptError{Cause: errors.New("key: want one of the wallet's keys, found another")}, quorum.Release)
	if exitOf(corrupt) != cli.Refused {
		t.Errorf("want a refusal, found %v", corrupt)
	}
}

// What means more than a refusal stands first, with its own advice, and ends
// with 4; every code is told once.
func TestRefusalTellsTheAlarmFirst(t *testing.T) {
	id := text.Identity([]byte("x"))
	err := refuse(refused{reasons: because(quorum.BunName, "bundle: odd")},
		refused{id: id, kind: quorum.KindWithdrawal, reasons: append(because(quorum.LimTier, "tier: high"), because(quorum.StateFork, "seen: fork")...), also: []string{"SIG-BAD", "LIM-TIER"}})
	var r cli.Refusal
	if !errors.As(err, &r) {
		t.Fatalf("want a refusal, found %v", err)
	}
	name := "withdrawal " + id.Short() + ": "
	if want := name + "seen: fork\nbundle: odd\n" + name + "tier: high"; r.Sentence != want {
		t.Errorf("want\n%s\nfound\n%s", want, r.Sentence)
	}
	if got := strings.Join(r.Codes, " "); got != "STATE-FORK BUN-NAME LIM-TIER SIG-BAD" {
		t.Errorf("codes: found %s", got)
	}
	if !r.Alarm || exitOf(err) != cli.Alarm || r.Call != "the security officer, before anything else is done" {
		t.Errorf("want an alarm, found %+v", r)
	}
	if refuse(refused{id: id}) != nil {
		t.Error("want nothing refused where there is no reason")
	}
}

// A thousand reasons do not push the first ones off the screen.
func TestRefusalShowsAScreenOfReasons(t *testing.T) {
	var many []quorum.Reason
	for i := range 1000 {
		many = append(many, quorum.Because(quorum.BunName, "bundle: file %d", i))
	}
	lines := strings.Split(refuse(refused{reasons: many}).Error(), "\n")
	if len(lines) != shownReasons+1 || lines[shownReasons] != "and 988 more reasons" {
		t.Errorf("want %d lines, found %d, the last %q", shownReasons+1, len(lines), lines[len(lines)-1])
	}
}

func TestExpiryIsToldInBlocksAndHours(t *testing.T) {
	for _, c := range []struct {
		last, tip uint32
		want      string
	}{
		{155, 11, "after block 155, in 144 blocks, about 24 hours"},
		{12, 11, "after block 12, in 1 block, about 0 hours"},
		{17, 11, "after block 17, in 6 blocks, about 1 hour"},
		{10, 11, "after block 10, which has passed"},
	} {
		if got := expiry(c.last, c.tip); got != c.want {
			t.Errorf("want %q, found %q", c.want, got)
		}
	}
}
