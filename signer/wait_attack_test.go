package signer_test

import (
	"fmt"
	"testing"

	"strongroom/custody"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
	"strongroom/signer/signertest"
)

// line puts one line of the policy in the place of another.
func line(old, next string) signertest.Option { return signertest.WithLine(old, next) }

// cooled is a vault whose small tier waits three blocks and asks a watcher.
func cooled(t *testing.T, opts ...signertest.Option) *signertest.Vault {
	return signertest.New(t, append(opts, line("144 cool 0 named\nneed small 2 treasury\n", "144 cool 3 named\nneed small 2 treasury\nclear small 1 watch\n"))...)
}

// notes returns what was told about single signatures and people.
func notes(a signertest.Answer) string {
	var all []quorum.Reason
	for _, i := range a.Visit.Items {
		all = append(all, i.Report.Notes...)
	}
	return fmt.Sprint(all)
}

const (
	noClearance   = "clearances: want 1 of group watch for tier small, by people without a seat, found 0 (CLR-MISSING)"
	notYet        = "cooling: want 3 credits of work since it was recorded, found %d; come back later (CLK-COOLING)"
	neverRecorded = "cooling: want a proposal that was recorded on this signer 3 credits ago, found that it was not; record it first (CLK-NOTRECORDED)"
)

func TestWaitIsSpentOnTheSignerThatReleases(t *testing.T) {
	v := cooled(t)
	v.Fund(coin, coin)
	a, b, order := v.Signer("signer-a"), v.Signer("signer-b"), v.Order()
	told(t, a, a.Release(v.Bundle(order)), neverRecorded, noClearance)
	codes(t, a.Begin(v.Bundle(order)))
	told(t, a, a.Begin(v.Bundle(order)), "record: want a proposal that was not recorded here yet, found that it was; release it when it has waited (CLK-RECORDED)")
	v.Chain.Mine(2)
	clear := v.Clear("frank", order.Proposal)
	told(t, a, a.Release(append(v.Bundle(order), clear...)), fmt.Sprintf(notYet, 2))
	v.Chain.Mine(1)
	told(t, b, b.Release(append(v.Bundle(order), clear...)), neverRecorded)
	told(t, a, a.Release(v.Bundle(order)), noClearance)
	a.MustRelease(append(v.Bundle(order), clear...))
}

func TestNothingToWaitForIsNotRecorded(t *testing.T) {
	v := signertest.New(t)
	v.Fund(coin)
	s := v.Signer("signer-a")
	size := len(s.Records())
	told(t, s, s.Begin(v.Bundle(v.Order())), "record: want a proposal that has to wait, found one that does not; release it (CLK-NOCOOL)")
	if len(s.Records()) != size {
		t.Errorf("want nothing in the log, found %v", s.Kinds()[size:])
	}
}

// Old headers at the recording and new ones an hour later show much work at
// once; the wait begins at the later of two blocks.
func TestWaitBeginsAtTheLaterBlock(t *testing.T) {
	v := cooled(t)
	v.Fund(coin)
	s, order := v.Signer("signer-a"), v.Order()
	s.Release(v.Bundle(v.Decide("alice", quorum.Rehearsal{Statement: "hello"})))
	files := v.Bundle(order)
	v.Chain.Mine(10)
	codes(t, s.Begin(append(signertest.Without(files, "headers.bin"), quorum.File{Name: "headers.bin", Bytes: v.Chain.Headers.Bytes()})))
	v.Chain.Mine(2)
	told(t, s, s.Release(append(v.Bundle(order), v.Clear("frank", order.Proposal)...)), fmt.Sprintf(notYet, 2))
}

func TestClearancesThatCountForNothing(t *testing.T) {
	for _, c := range []struct {
		attack string
		opts   []signertest.Option
		clear  func(v *signertest.Vault, o *signertest.Order, early []quorum.File) []quorum.File
		notes  string
	}{
		{"made before the recording", nil, func(_ *signertest.Vault, _ *signertest.Order, early []quorum.File) []quorum.File { return early },
			"[clearance of frank: seen: want this signer's log up to record 7, in which the proposal was recorded, found 4 (CLR-WORLD)]"},
		{"too long ago", []signertest.Option{line("clear-age-max 36", "clear-age-max 2")}, func(v *signertest.Vault, o *signertest.Order, _ []quorum.File) []quorum.File {
			f := v.Clear("frank", o.Proposal)
			v.Chain.Mine(3)
			return f
		}, "[clearance of frank: block: want one at most 2 credits below the tip, found 3; the watcher looks again and clears anew (CLR-OLD)]"},
		{"by a checker who has a seat", []signertest.Option{line("group watch frank grace", "group watch carol frank grace")}, func(v *signertest.Vault, o *signertest.Order, _ []quorum.File) []quorum.File {
			return v.Clear("carol", o.Proposal)
		}, "[]"},
		{"by the maker", []signertest.Option{line("group watch frank grace", "group watch alice frank grace")}, func(v *signertest.Vault, o *signertest.Order, _ []quorum.File) []quorum.File {
			return v.Clear("alice", o.Proposal)
		}, "[]"},
		{"by somebody who is no watcher", nil, func(v *signertest.Vault, o *signertest.Order, _ []quorum.File) []quorum.File {
			return v.Clear("dave", o.Proposal)
		}, "[]"},
		{"unsigned", nil, func(v *signertest.Vault, o *signertest.Order, _ []quorum.File) []quorum.File {
			return v.Clear("frank", o.Proposal)[:1]
		}, "[clearance of frank: signature: want one of frank to clear, found none (SIG-BAD)]"},
		{"signed by the other watcher", nil, func(v *signertest.Vault, o *signertest.Order, _ []quorum.File) []quorum.File {
			f := v.Clear("frank", o.Proposal)
			return []quorum.File{f[0], signertest.SignatureFile(v.Sign("grace", quorum.Clear, f[0].Bytes))}
		}, "[clearance of frank: signature: want one of frank to clear, found none (SIG-BAD)]"},
		{"of another proposal", nil, func(v *signertest.Vault, _ *signertest.Order, _ []quorum.File) []quorum.File {
			return v.Clear("frank", v.Propose())
		}, "[]"},
	} {
		t.Run(c.attack, func(t *testing.T) {
			v := cooled(t, c.opts...)
			v.Fund(coin)
			s, order := v.Signer("signer-a"), v.Order()
			early := v.Clear("frank", order.Proposal)
			codes(t, s.Begin(v.Bundle(order)))
			v.Chain.Mine(3)
			clear := c.clear(v, order, early)
			a := s.Release(append(v.Bundle(order), clear...))
			told(t, s, a, noClearance)
			if got := notes(a); got != c.notes {
				t.Errorf("want %s, found %s", c.notes, got)
			}
			s.MustRelease(append(v.Bundle(order), v.Clear("grace", order.Proposal)...))
		})
	}
}

// A clearance says that the watcher has seen more of this signer's log than the
// signer has. Signed, it is an alarm and nothing is written; unsigned, anybody
// can have made it up.
func TestClearanceThatSawMoreOfThisLog(t *testing.T) {
	v := cooled(t)
	v.Fund(coin)
	s, order := v.Signer("signer-a"), v.Order()
	codes(t, s.Begin(v.Bundle(order)))
	v.Chain.Mine(3)
	h := v.Head("frank")
	h.Seen[0].Size++
	b, err := quorum.Clearance{Vault: h.Vault, Network: h.Network, Genesis: h.Genesis, Proposal: order.ID(), Block: h.Block, Seen: h.Seen, Watcher: "frank"}.Bytes()
	must(t, err)
	file := quorum.File{Name: quorum.ClearancePrefix + text.Identity(b).Short() + ".txt", Bytes: b}
	told(t, s, s.Release(append(v.Bundle(order), file)), noClearance)
	size := len(s.Records())
	h = v.Head("frank")
	h.Seen[0].Size++
	b, err = quorum.Clearance{Vault: h.Vault, Network: h.Network, Genesis: h.Genesis, Proposal: order.ID(), Block: h.Block, Seen: h.Seen, Watcher: "frank"}.Bytes()
	must(t, err)
	signed := []quorum.File{{Name: quorum.ClearancePrefix + text.Identity(b).Short() + ".txt", Bytes: b}, signertest.SignatureFile(v.Sign("frank", quorum.Clear, b))}
	told(t, s, s.Release(append(v.Bundle(order), signed...)), noClearance,
		fmt.Sprintf("seen: want at most %d records, which this signer has, found that officers saw %d: this signer's state is older than it was (STATE-ROLLBACK)", size, size+1))
	if len(s.Records()) != size {
		t.Errorf("want a log in doubt left as it is, found %v", s.Kinds()[size:])
	}
}

// The courier leaves at home what the watcher saw of another signer's log.
func TestClearanceNamesLogsThatMustBeThere(t *testing.T) {
	v := cooled(t)
	v.Fund(coin)
	s, b, order := v.Signer("signer-a"), v.Signer("signer-b"), v.Order()
	codes(t, s.Begin(v.Bundle(order)))
	v.Chain.Mine(3)
	stale := v.Bundle(order)
	codes(t, b.Release(v.Bundle(v.Decide("alice", quorum.Rehearsal{Statement: "hello"}))))
	a := s.Release(append(stale, v.Clear("frank", order.Proposal)...))
	told(t, s, a, noClearance)
	want := fmt.Sprintf("[clearance of frank: seen: want the log of signer-b in the bundle, at least the %d records that the watcher saw, found less or others (CLR-WORLD)]", len(b.Records()))
	if got := notes(a); got != want {
		t.Errorf("want %s, found %s", want, got)
	}
}

// A thief got a payee, a rule, a key or a watcher's key into the policy and
// uses it at once.
func TestWhatIsNewIsQuiet(t *testing.T) {
	t.Run("payee", func(t *testing.T) {
		v := signertest.New(t, line("quiet destination 0", "quiet destination 5"))
		v.Fund(coin)
		s := v.Signer("signer-a")
		o := v.Amend(func(p *policy.Policy) (*policy.Policy, error) {
			return p.AddDestination(policy.Destination{Label: "otc-desk", Address: signertest.Address(t, "otc-desk"), Cap: 5 * coin, Window: 1008})
		}, nil, "bob", "carol")
		codes(t, s.Release(v.Bundle(o)))
		v.Adopted(o)
		v.Chain.Mine(4)
		order := v.Order(signertest.Pay(v.To("otc-desk", coin/2)))
		told(t, s, s.Release(v.Bundle(order)), "destination otc-desk: want 5 credits since it was listed, found 4 (QUIET-DEST)")
		v.Chain.Mine(1)
		s.MustRelease(v.Bundle(order))
	})
	t.Run("rule", func(t *testing.T) {
		v := signertest.New(t, signertest.WithNext(), line("quiet policy 0", "quiet policy 5"))
		coins := v.Fund(coin, coin, coin)
		s := v.Signer("signer-a")
		o := v.Amend(loosened(), nil, "bob", "carol", "dave")
		codes(t, s.Release(append(v.Bundle(o), v.Clear("frank", o.Proposal)...)))
		v.Adopted(o)
		v.Chain.Mine(4)
		large := approved(v, coins[:1], func(w *signertest.Asked) { w.Tier = "large" })
		large.Signatures = v.Approve(large.Proposal, "bob", "carol", "dave")
		const quiet = "policy: want 5 credits since version 2 loosened it before %s, found 4 (QUIET-POLICY)"
		told(t, s, s.Release(v.Bundle(large)), fmt.Sprintf(quiet, "a tier above the mildest"))
		told(t, s, s.Release(v.Bundle(v.Amend(edited("anchor-age-max 12", "anchor-age-max 13"), nil, "bob", "carol", "dave"))), fmt.Sprintf(quiet, "another loosening or rekey"))
		sweep := v.Move(quorum.Sweep{From: "main", To: signertest.NextID, Moves: coin, FeeMax: coin / 100}, coins[1:2], v.Changes(v.Next, 1), "bob", "carol", "dave")
		told(t, s, s.Release(v.Bundle(sweep)), fmt.Sprintf(quiet, "a sweep"))
		s.MustRelease(v.Bundle(approved(v, coins[2:])))
		v.Chain.Mine(1)
		s.MustRelease(v.Bundle(large))
	})
	for _, c := range []struct{ how, tier, want string }{
		{"mildest", "small", ""},
		{"mildest", "large", "approvals: want 3 of group treasury for tier large, found 2 (SEAT-SHORT)"},
		{"every", "small", "approvals: want 2 of group treasury for tier small, found 1 (SEAT-SHORT)"},
	} {
		t.Run("key "+c.how+" "+c.tier, func(t *testing.T) { quietKey(t, c.how, c.tier, c.want) })
	}
}

func quietKey(t *testing.T, how, tier, want string) {
	t.Helper()
	v := signertest.New(t, line("quiet signer 0 mildest", "quiet signer 5 "+how))
	coins := v.Fund(coin)
	s := v.Signer("signer-a")
	o := v.Amend(kateJoins(t, v), []text.ID{"kate"}, "bob", "carol", "dave")
	codes(t, s.Release(append(v.Bundle(o), v.Clear("frank", o.Proposal)...)))
	v.Adopted(o)
	v.Chain.Mine(4)
	order := approved(v, coins, func(w *signertest.Asked) { w.Tier = text.ID(tier) })
	order.Signatures = v.Approve(order.Proposal, "bob", "kate")
	if tier == "large" {
		order.Signatures = v.Approve(order.Proposal, "bob", "dave", "kate")
	}
	a := s.Release(v.Bundle(order))
	if want == "" {
		told(t, s, a)
		return
	}
	told(t, s, a, want)
	if got, want := notes(a), "[kate: want approvals with keys that the policy has listed for a while, found one with a new key, which does not count yet (QUIET-SIGNER)]"; got != want {
		t.Errorf("want %s, found %s", want, got)
	}
	v.Chain.Mine(1)
	s.MustRelease(v.Bundle(order))
}

// A clearance is worth a veto, so a watcher's new key is as quiet as a checker's.
func TestWatchersNewKeyIsQuiet(t *testing.T) {
	v := cooled(t, line("quiet signer 0 mildest", "quiet signer 50 every"))
	coins := v.Fund(coin)
	s := v.Signer("signer-a")
	fresh := signertest.NewKey(t, sshsig.Ed25519, "grace's second")
	key := fresh.Key()
	o := v.AmendAs(0, "grace", func(p *policy.Policy) (*policy.Policy, error) { return p.ReplaceKey("grace", nil, &key) }, nil, "bob", "carol")
	next := o.Beside[0].Bytes
	o.Beside = append(o.Beside, signertest.SignatureFile(v.SignWith(fresh, "grace", quorum.Consent, next)))
	codes(t, s.Release(v.Bundle(o)))
	v.Adopted(o)
	order := approved(v, coins)
	codes(t, s.Begin(v.Bundle(order)))
	v.Chain.Mine(3)
	text := v.Clear("grace", order.Proposal)[0]
	a := s.Release(append(v.Bundle(order), text, signertest.SignatureFile(v.SignWith(fresh, "grace", quorum.Clear, text.Bytes))))
	told(t, s, a, noClearance)
	if got, want := notes(a), "[clearance of grace: want one with a key that the policy has listed for a while, found one with a new key, which does not count yet (QUIET-SIGNER)]"; got != want {
		t.Errorf("want %s, found %s", want, got)
	}
	s.MustRelease(append(v.Bundle(order), v.Clear("grace", order.Proposal)...))
}

// A withdrawal that an old tier let through must also pass the new one's wait.
func TestTierThatWasTightenedWaits(t *testing.T) {
	v := signertest.New(t)
	v.Fund(coin)
	s, order := v.Signer("signer-a"), v.Order(signertest.Pay(v.To("exchange-hot", custody.Amount(1000))))
	o := v.Amend(edited("tier small below 1.00000000 rBTC window 144 cool 0 named", "tier small below 1.00000000 rBTC window 144 cool 3 named"), nil, "bob", "carol", "dave")
	codes(t, s.Release(v.Bundle(o)))
	told(t, s, s.Release(v.Bundle(order)), neverRecorded)
}

// A text that nobody should have signed, since it outlives what the rules allow,
// is not made good by a longer wait.
func TestLongLifeIsNotMadeGoodByATightening(t *testing.T) {
	v := signertest.New(t)
	v.Fund(coin)
	s := v.Signer("signer-a")
	order := v.Order(func(w *signertest.Asked) { w.Expires = w.Block.Height + 2016 + 50 })
	longest := order.Block.Height + 2016
	o := v.Amend(edited("tier small below 1.00000000 rBTC window 144 cool 0 named", "tier small below 1.00000000 rBTC window 144 cool 100 named"), nil, "bob", "carol", "dave")
	codes(t, s.Release(v.Bundle(o)))
	told(t, s, s.Release(v.Bundle(order)), fmt.Sprintf("expires: want at most height %d under this policy, found %d (CLK-EXPIRY-LONG)", longest, order.Expires))
}
