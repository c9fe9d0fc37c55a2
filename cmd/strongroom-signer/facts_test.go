package main

import (
	"bytes"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"strongroom/cmd/internal/cli"
	"strongroom/custody"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
	"strongroom/signer"
	"strongroom/signer/signertest"
)

func TestFreezeSaysInWordsWhatItStops(t *testing.T) {
	for _, c := range []struct {
		scope record.Scope
		want  string
	}{
		{record.Scope{What: record.ScopeAll}, "EVERYTHING: no coin moves, no rule changes, no backup is read"},
		{record.Scope{What: record.ScopeDestination, Name: "payroll"}, "payments to payroll"},
		{record.Scope{What: record.ScopeOfficer, Name: "bob"}, "whatever officer bob asks for, approves or clears"},
		{record.Scope{What: record.ScopeSigner, Name: "signer-a"}, "signer signer-a, which then signs nothing"},
		{record.Scope{}, "nothing that this program knows"},
	} {
		if got := scopeText(c.scope); got != c.want {
			t.Errorf("want %q, found %q", c.want, got)
		}
	}
}

// A text that another one names is described by its bytes, or said to be missing.
func TestNamedTextIsDescribedByItsBytes(t *testing.T) {
	v := signertest.New(t)
	m := v.Signer("signer-a").Machine
	freeze := v.Decide("grace", quorum.Freeze{Scope: record.Scope{What: record.ScopeAll}})
	internal := v.Decide("alice", quorum.Internal{Wallet: signertest.WalletID, Moves: coin, FeeMax: 1})
	files := append(freeze.Files(), internal.Files()...)
	for _, c := range []struct{ got, want string }{
		{freezeText(m, nil, freeze.ID()), "a freeze that this signer has not seen; its text was not brought"},
		{freezeText(m, files, freeze.ID()), "a freeze by grace: EVERYTHING: no coin moves, no rule changes, no backup is read"},
		{freezeText(m, files, internal.ID()), "a freeze that this signer has not seen; its text was not brought"},
		{proposalText(files, internal.ID()), `an internal by alice, "because"`},
		{proposalText(nil, internal.ID()), "its text was not brought"},
		{proposalText([]quorum.File{{Name: internal.ID().Short() + ".txt", Bytes: []byte("other")}}, internal.ID()), "its text was not brought"},
	} {
		if c.got != c.want {
			t.Errorf("want %q, found %q", c.want, c.got)
		}
	}
}

// shown is what a person reads of an amendment.
func shown(a *amendmentReview, stands bool) string {
	var b bytes.Buffer
	a.show(cli.World{Out: &b}, stands)
	return b.String()
}

// Without the text of the next version nothing is computed, and the screen says
// so; what officers signed is shown all the same.
func TestAmendmentIsNotComparedWithoutItsPolicy(t *testing.T) {
	v := signertest.New(t)
	o := v.Amend(func(p *policy.Policy) (*policy.Policy, error) { return p.RemoveDestination("payroll") }, nil, "bob", "dave")
	if got := shown(amendmentOf(v.Policy, o.Files(), o.Proposal), false); !strings.Contains(got, "changes       tighten: destination payroll: ") || strings.Contains(got, "not compared") {
		t.Errorf("want the changes with their class, found\n%s", got)
	}
	files := signertest.Without(o.Files(), "policy-2.txt")
	got := shown(amendmentOf(v.Policy, files, o.Proposal), false)
	for _, want := range []string{"class         tighten, as its maker says; its next version was not compared\n", "changes       - destination payroll address\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("want %q, found\n%s", want, got)
		}
	}
	if got := shown(amendmentOf(v.Policy, files, o.Proposal), true); strings.Contains(got, "changes") {
		t.Errorf("want little of what took effect before, found\n%s", got)
	}
}

// A maker may claim more than the changes come to; both are shown.
func TestAmendmentThatClaimsMoreSaysBoth(t *testing.T) {
	v := signertest.New(t)
	o := v.AmendAs(policy.ClassLoosen, "alice", func(p *policy.Policy) (*policy.Policy, error) { return p.RemoveDestination("payroll") }, nil)
	got := shown(amendmentOf(v.Policy, o.Files(), o.Proposal), false)
	if want := "class         loosen, as its maker asks; its changes come to tighten\n"; !strings.Contains(got, want) {
		t.Errorf("want %q, found\n%s", want, got)
	}
}

// A new key is shown by its fingerprint, and its policy's hash is asked for.
func TestRekeyShowsFingerprintsAndAsksForTheHash(t *testing.T) {
	v := signertest.New(t)
	v.Hire("new")
	goes, comes := v.Officers["dave"].Keys[1].Key(), v.Officers["new"].Keys[0].Key()
	o := v.AmendAs(0, "dave", func(p *policy.Policy) (*policy.Policy, error) { return p.ReplaceKey("dave", &goes, &comes) }, nil)
	got := shown(amendmentOf(v.Policy, o.Files(), o.Proposal), false)
	for _, want := range []string{"class         rekey\n", "key removed: " + goes.Fingerprint(), "key added:", comes.Fingerprint()} {
		if !strings.Contains(strings.Join(strings.Fields(got), " "), strings.Join(strings.Fields(want), " ")) {
			t.Errorf("want %q, found\n%s", want, got)
		}
	}
	a := o.Body.(quorum.Amendment)
	if ask := adoptions(o.Proposal); len(ask) != 1 || ask[0].want != a.Policy.String()[:8] {
		t.Errorf("want the hash asked for, found %v", ask)
	}
	tight := v.Amend(func(p *policy.Policy) (*policy.Policy, error) { return p.RemoveDestination("payroll") }, nil)
	if ask := adoptions(tight.Proposal); len(ask) != 0 {
		t.Errorf("want nothing more asked for a tightening, found %v", ask)
	}
}

// Every kind of record has a line of its own in the log's table.
func TestEveryRecordHasALine(t *testing.T) {
	id := text.Identity([]byte("x"))
	names := []text.ID{"alice", "bob"}
	for _, c := range []struct {
		body record.Body
		want string
	}{
		{record.Headers{From: record.Tip{Height: 1}, To: record.Tip{Height: 2}, Work: big.NewInt(1)}, "chain from block 1 to 2"},
		{record.Released{ID: id, Wallet: "main", To: "cold", Total: coin}, id.Short() + " 1.00000000 rBTC at most, from wallet main to wallet cold"},
		{record.Recorded{ID: id, What: "amendment", Sitting: "loosen"}, id.Short() + " amendment begins to wait, for loosen"},
		{record.Cleared{ID: id, Watcher: "frank"}, id.Short() + " cleared by frank"},
		{record.Adopted{ID: id, Version: 2, Policy: id, Class: "loosen", Signers: names}, id.Short() + " policy 2 " + id.Short() + ", loosen, by alice, bob"},
		{record.Vetoed{ID: id, Officers: names}, id.Short() + " by alice, bob"},
		{record.Killed{ID: id, Officer: "grace"}, id.Short() + " by grace"},
		{record.Frozen{ID: id, Scope: record.Scope{What: record.ScopeOfficer, Name: "bob"}, Officer: "grace"}, id.Short() + " officer bob, by grace"},
		{record.Thawed{ID: id, Lifts: id, Signers: names}, id.Short() + " lifts " + id.Short() + ", by alice, bob"},
		{record.Quarantine{Codes: []string{"POL-FORK"}}, "because of what was brought: POL-FORK"},
		{record.Quarantine{ID: id, Codes: []string{"POL-FORK"}}, "because of " + id.Short() + ": POL-FORK"},
		{record.Resync{ID: id, From: record.LogHead{Size: 3}, To: record.LogHead{Size: 9}, Signers: names}, id.Short() + " from 3 to 9 records, by alice, bob"},
		{record.Rehearsal{ID: id}, id.Short() + " answered by none"},
		{record.Restore{ID: id, Snapshot: id, Place: "host", Operator: "dave"}, id.Short() + " backup " + id.Short() + " to be read at host by dave"},
	} {
		if got := what(c.body, custody.Regtest); got != c.want {
			t.Errorf("%s: want %q, found %q", c.body.Kind(), c.want, got)
		}
	}
}

func TestWaitIsToldWithWhatIsLeft(t *testing.T) {
	for _, c := range []struct {
		wait waitReview
		want string
	}{
		{waitReview{12, false, 0}, "12 blocks, from when this signer records it"},
		{waitReview{12, true, 5}, "12 blocks; 5 have passed, 7 to go"},
		{waitReview{1, true, 1}, "1 block; all of it has passed"},
	} {
		if got := c.wait.String(); got != c.want {
			t.Errorf("want %q, found %q", c.want, got)
		}
	}
}

// The carrier is pulled out while somebody types: what was recorded stands, and
// the log can be taken along again.
func TestRecordThatCannotBeTakenAlongStands(t *testing.T) {
	v := signertest.New(t, waiting()...)
	o := v.Amend(func(p *policy.Policy) (*policy.Policy, error) {
		return p.AddDestination(policy.Destination{Label: "otc-desk", Address: signertest.Address(t, "otc-desk"), Cap: coin, Window: 1008})
	}, nil, "bob", "dave")
	in, out := filepath.Join(t.TempDir(), "in"), filepath.Join(t.TempDir(), "out")
	v.WriteBundle(in, v.Bundle(o))
	home := v.Signers[0].Dir
	v.Signers[0].Close()
	d := &desk{lines: []string{o.ID().String()[:8]}, before: map[int]func(){1: func() {
		if err := os.Remove(out); err != nil {
			t.Error(err)
		}
	}}}
	if exit := d.run("record", in, "--home", home, "-o", out, "--confirm-fd", "3"); exit != cli.Failed {
		t.Fatalf("want exit 1, found %d\n%s", exit, d.err.String())
	}
	want := "; everything is recorded, and the log can be taken along again\nstrongroom-signer: hint: strongroom-signer key show -o DIR\n"
	if !strings.HasSuffix(d.err.String(), want) {
		t.Errorf("want at the end\n%s\nfound\n%s", want, d.err.String())
	}
	v.Signers[0].Reopen()
	if _, ok := v.Signers[0].Machine.State().Recording(o.ID()); !ok {
		t.Error("want the recording in the log, found none")
	}
}

func TestFullHomeSaysWhatToDoAboutARecord(t *testing.T) {
	err := unfinished(errors.New("disk full"), quorum.Record)
	want := "disk full; record the same bundle again: what was recorded stands, and the rest is recorded then"
	if err.Error() != want {
		t.Errorf("want\n%s\nfound\n%s", want, err)
	}
	corrupt := unfinished(&signer.CorruptError{Cause: errors.New("odd")}, quorum.Record)
	if exitOf(corrupt) != cli.Refused {
		t.Errorf("want a refusal, found %v", corrupt)
	}
}
