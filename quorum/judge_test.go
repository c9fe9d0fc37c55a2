package quorum_test

import (
	"slices"
	"strings"
	"testing"

	"strongroom/custody"
	"strongroom/custody/headers"
	"strongroom/quorum"
	"strongroom/quorum/text"
	"strongroom/signer/signertest"
)

const coin custody.Amount = 1_0000_0000

// trial is a proposal that signer-a would permit, ready to be spoiled.
type trial struct {
	v     *signertest.Vault
	p     *quorum.Proposal
	world quorum.World
	in    quorum.Submission
}

// newTrial proposes, has bob and carol approve, and carries every log.
func newTrial(t *testing.T, v *signertest.Vault, edits ...signertest.Edit) *trial {
	t.Helper()
	w := v.In(t).Withdrawal(edits...)
	b, err := w.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return textTrial(t, v, b)
}

func textTrial(t *testing.T, v *signertest.Vault, b []byte) *trial {
	t.Helper()
	v = v.In(t)
	tr := &trial{v: v, world: v.World(v.Signer("signer-a")), in: quorum.Submission{Text: b, Logs: v.Logs()}}
	if p, err := quorum.ParseProposal(b); err == nil {
		tr.p, tr.in.Signatures = p, v.Approve(p, "bob", "carol")
	}
	return tr
}

func (tr *trial) judge() (*quorum.Permit, quorum.Report) {
	return quorum.Judge(tr.world, tr.in, quorum.Release)
}

// permitted demands a permit.
func (tr *trial) permitted(t *testing.T) (*quorum.Permit, quorum.Report) {
	t.Helper()
	p, r := tr.judge()
	if !p.Valid() || r.Stage != 0 || len(r.Reasons) > 0 {
		t.Fatalf("want it permitted, found it refused in stage %c: %v %v", r.Stage, r.Reasons, r.Notes)
	}
	return p, r
}

// refused demands a refusal in one stage for these reasons and no others,
// written as "text (CODE)". Names in braces stand for values of the vault.
func (tr *trial) refused(t *testing.T, stage quorum.Stage, want ...string) quorum.Report {
	t.Helper()
	p, r := tr.judge()
	if p.Valid() {
		t.Fatalf("want it refused, found it permitted")
	}
	if r.Stage != stage {
		t.Errorf("want it refused in stage %c, found %c", stage, r.Stage)
	}
	tr.compare(t, r.Reasons, want)
	return r
}

func (tr *trial) compare(t *testing.T, found []quorum.Reason, want []string) {
	t.Helper()
	var texts []string
	for _, r := range found {
		texts = append(texts, r.String())
	}
	tip := tr.v.Chain.Tip()
	names := []string{"{genesis}", tr.v.Genesis.String(), "{genesis16}", tr.v.Genesis.Short(), "{tip}", tip.Hash.String()}
	if tr.p != nil {
		names = append(names, "{id16}", tr.p.ID().Short(), "{policy16}", tr.p.PolicyHash.Short())
	}
	for i := range want {
		want[i] = strings.NewReplacer(names...).Replace(want[i])
	}
	if !slices.Equal(texts, want) {
		t.Errorf("want\n%s\nfound\n%s", strings.Join(want, "\n"), strings.Join(texts, "\n"))
	}
}

func TestApprovedWithdrawalIsPermitted(t *testing.T) {
	v := signertest.New(t)
	tr := newTrial(t, v)
	p, r := tr.permitted(t)
	if p.Proposal().ID() != tr.p.ID() || p.Tier() != "small" || p.Policy().Hash() != v.Genesis || p.Tip() != v.Chain.Tip() || len(p.History().Releases()) != 0 {
		t.Errorf("want a permit for the proposal as it is, found %+v", p)
	}
	if r.ID != tr.p.ID() || len(r.Votes) != 3 || len(r.Seats) != 2 || len(r.Notes) != 0 || r.Tier != "small" || len(r.Used) != 3 {
		t.Errorf("want three votes, two seats and three limits, found %+v", r)
	}
	if _, r := quorum.Judge(tr.world, tr.in, 0); r.Stage != 0 {
		t.Errorf("want no stage run for no verb, found %c", r.Stage)
	}
}

func TestReviewNeverPermits(t *testing.T) {
	v := signertest.New(t)
	tr := newTrial(t, v)
	for _, verb := range []quorum.Verb{0, quorum.Review, quorum.Record, quorum.Release + 1} {
		if p, _ := quorum.Judge(tr.world, tr.in, verb); p.Valid() {
			t.Errorf("verb %d: want no permit, found one", verb)
		}
	}
	tr.in.Signatures = nil
	if _, r := quorum.Judge(tr.world, tr.in, quorum.Review); len(r.Reasons) != 0 || r.Tier != "small" {
		t.Errorf("want an unsigned proposal reviewed without reasons, found %v", r.Reasons)
	}
	var zero quorum.Permit
	if zero.Valid() || (*quorum.Permit)(nil).Valid() {
		t.Error("want the zero permit worthless, found it valid")
	}
}

// attacks on the text and the world that it names. Each begins with a proposal
// that would be permitted.
func TestAttacksOnTheWorldOfAProposal(t *testing.T) {
	v := signertest.New(t)
	z := strings.Repeat("0", 64)
	for _, c := range []struct {
		attack string
		edit   signertest.Edit
		world  func(*testing.T, *quorum.World)
		stage  quorum.Stage
		want   []string
	}{
		{attack: "another vault's", edit: func(w *signertest.Asked) { w.Vault = "other" }, stage: 'B',
			want: []string{"vault: want acme-treasury, found other (TEXT-VAULT)"}},
		{attack: "another chain's", edit: mainnet(t), stage: 'B', want: []string{"chain: want regtest, found mainnet (TEXT-CHAIN)"}},
		{attack: "another genesis", edit: func(w *signertest.Asked) { w.Genesis = text.Hash{} }, stage: 'B',
			want: []string{"genesis: want {genesis}, found " + z + " (TEXT-GENESIS)"}},
		{attack: "all three at once", stage: 'B', edit: func(w *signertest.Asked) { mainnet(t)(w); w.Vault, w.Genesis = "other", text.Hash{} },
			want: []string{"chain: want regtest, found mainnet (TEXT-CHAIN)", "genesis: want {genesis}, found " + z + " (TEXT-GENESIS)",
				"vault: want acme-treasury, found other (TEXT-VAULT)"}},
		{attack: "machine without state", world: func(_ *testing.T, w *quorum.World) { w.State = nil }, stage: 'B',
			want: []string{"judge: want a policy, a state and a header chain, found less (STATE-CORRUPT)"}},
		{attack: "policy that this signer has not", edit: func(w *signertest.Asked) { w.PolicyVersion = 2 }, stage: 'C',
			want: []string{"policy: want version 1, which this machine holds, found 2; carry the newer policy first (POL-BEHIND)"}},
		{attack: "policy of before", edit: func(w *signertest.Asked) { w.PolicyVersion = 0 }, stage: 'C',
			want: []string{"policy: want version 1 {genesis16}, found 0 {policy16}; propose again under the policy in force (POL-STALE)"}},
		{attack: "another policy of this version", edit: func(w *signertest.Asked) { w.PolicyHash = text.Hash{1} }, stage: 'C',
			want: []string{"policy: want version 1 {genesis16}, found 1 0100000000000000; propose again under the policy in force (POL-STALE)"}},
		{attack: "block not known yet", edit: func(w *signertest.Asked) { w.Block.Height++ }, stage: 'C',
			want: []string{"block: want at most height 10, which this machine knows, found 11; carry newer headers (CLK-AHEAD)"}},
		{attack: "block of another chain", edit: func(w *signertest.Asked) { w.Block.Hash = text.Hash{} }, stage: 'C',
			want: []string{"block: want a block of the best chain, found " + z + " at height 10, which is not (CLK-OFFCHAIN)"}},
		{attack: "known block at another height", edit: func(w *signertest.Asked) { w.Block.Height-- }, stage: 'C',
			want: []string{"block: want a block of the best chain, found {tip} at height 9, which is not (CLK-OFFCHAIN)"}},
		{attack: "machine without headers", world: noHeaders, stage: 'C',
			want: []string{"headers: want the header chain up to block 10, found none (CLK-NOHEADERS)"}},
		{attack: "expired", edit: func(w *signertest.Asked) { w.Expires = 9 }, stage: 'C',
			want: []string{"expires: want a height of at least 10, the chain's tip, found 9; propose again (CLK-EXPIRED)"}},
		{attack: "never to expire", edit: func(w *signertest.Asked) { w.Expires = 499_999_999 }, stage: 'C',
			want: []string{"expires: want at most height 2026 under this policy, found 499999999 (CLK-EXPIRY-LONG)"}},
		{attack: "one signer unseen", edit: func(w *signertest.Asked) { w.Seen = w.Seen[:2] }, stage: 'C',
			want: []string{"seen: want one line for signer signer-c, found none (TEXT-SEEN)"}},
		{attack: "stranger seen", edit: func(w *signertest.Asked) { w.Seen = append(w.Seen, quorum.Seen{Device: "signer-d"}) }, stage: 'C',
			want: []string{"seen: want only the policy's signers, found signer-d (TEXT-SEEN)"}},
		{attack: "rolled-back signer", edit: func(w *signertest.Asked) { w.Seen[0].Size += 2 }, stage: 'C',
			want: []string{"seen: want at most 4 records, which this signer has, found that officers saw 6: this signer's state is older than it was (STATE-ROLLBACK)"}},
		{attack: "second machine with this signer's key", edit: func(w *signertest.Asked) { w.Seen[0].Root = w.Seen[1].Root }, stage: 'C',
			want: []string{"seen: want root " + v.Seen()[0].Root.String() + " at size 4, found that officers saw " + v.Seen()[1].Root.String() +
				": two machines write this signer's log (STATE-FORK)"}},
		{attack: "signer without its roots", world: func(_ *testing.T, w *quorum.World) { w.Root = nil }, stage: 'C',
			want: []string{"judge: want the roots of this signer's log, found none (STATE-CORRUPT)"}},
	} {
		t.Run(c.attack, func(t *testing.T) {
			var edits []signertest.Edit
			if c.edit != nil {
				edits = append(edits, c.edit)
			}
			tr := newTrial(t, v, edits...)
			if c.world != nil {
				c.world(t, &tr.world)
			}
			tr.refused(t, c.stage, c.want...)
		})
	}
}

// mainnet makes the whole text one of mainnet.
func mainnet(t *testing.T) signertest.Edit {
	return func(w *signertest.Asked) {
		a, err := custody.ParseAddress(custody.Mainnet, "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4")
		if err != nil {
			t.Fatal(err)
		}
		w.Network, w.Pays[0].Address = custody.Mainnet, a
	}
}

func noHeaders(t *testing.T, w *quorum.World) {
	c, err := headers.New(custody.Regtest, w.Chain.Origin(), 100)
	if err != nil {
		t.Fatal(err)
	}
	w.Chain = c
}

// The blocks between approval and release only ever take time away.
func TestProposalExpiresAsBlocksCome(t *testing.T) {
	v := signertest.New(t)
	tr := newTrial(t, v, func(w *signertest.Asked) { w.Expires = w.Block.Height + 2 })
	v.Chain.Mine(2)
	tr.permitted(t)
	v.Chain.Mine(1)
	tr.refused(t, 'C', "expires: want a height of at least 13, the chain's tip, found 12; propose again (CLK-EXPIRED)")
}

func TestSignerWithOldHeadersFallsForNoBlockItCannotCheck(t *testing.T) {
	v := signertest.New(t)
	old, ok := v.Chain.Headers.Prefix(8)
	if !ok {
		t.Fatal("no prefix")
	}
	tr := newTrial(t, v)
	tr.world.Chain = old
	tr.refused(t, 'C', "block: want at most height 8, which this machine knows, found 10; carry newer headers (CLK-AHEAD)")
}

// A cooled tier may be claimed for longer. No such policy is trusted yet, but
// the rule is judged.
func TestExpiryLeavesRoomForCooling(t *testing.T) {
	v := signertest.New(t)
	tr := newTrial(t, v, func(w *signertest.Asked) { w.Expires = w.Block.Height + 2016 + 125 })
	cooled := *tr.world.Policies.Head()
	cooled.Tiers = slices.Clone(cooled.Tiers)
	cooled.Tiers[0].Cool = 100
	tr.world.Policies = quorum.NewPolicies(&cooled)
	tr.refused(t, 'G', "cooling: want a proposal that was recorded on this signer 100 credits ago, found that it was not; record it first (CLK-NOTRECORDED)")
	tr = newTrial(t, v, func(w *signertest.Asked) { w.Expires = w.Block.Height + 2016 + 126 })
	tr.world.Policies = quorum.NewPolicies(&cooled)
	tr.refused(t, 'C', "expires: want at most height 2151 under this policy, found 2152 (CLK-EXPIRY-LONG)")
}
