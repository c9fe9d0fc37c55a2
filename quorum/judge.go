package quorum

import (
	"slices"

	"strongroom/custody/auditlog"
	"strongroom/custody/headers"
	"strongroom/quorum/policy"
	"strongroom/quorum/text"
)

// Verb is what the judgement is for. The zero value is refused.
type Verb uint8

const (
	// Review judges what officers can judge before they sign: everything but
	// the signatures and seats. It never yields a Permit.
	Review Verb = iota + 1
	// Release judges everything.
	Release
)

// Judge decides whether a proposal may be released in the world as this
// machine knows it. It reads nothing but its arguments. A Permit is returned
// only for the verb Release and only when the report has no reasons.
func Judge(w World, s Submission, verb Verb) (*Permit, Report) {
	j := judgement{world: w, in: s, report: Report{ID: text.Identity(s.Text)}}
	if verb != Review && verb != Release {
		j.report.Reasons = []Reason{Because(StateCorrupt, "judge: want the verb review or release, found another")}
		return nil, j.report
	}
	stages := []struct {
		stage Stage
		run   func() []Reason
		verbs []Verb
	}{
		{StageText, j.judgeText, []Verb{Review, Release}},
		{StageWorld, j.judgeWorld, []Verb{Review, Release}},
		{StageSignatures, j.judgeSignatures, []Verb{Release}},
		{StageLimits, j.judgeLimits, []Verb{Review, Release}},
		{StageSeats, j.judgeSeats, []Verb{Release}},
	}
	for _, st := range stages {
		if !slices.Contains(st.verbs, verb) {
			continue
		}
		if reasons := st.run(); len(reasons) > 0 {
			j.report.Stage, j.report.Reasons = st.stage, SortReasons(reasons)
			return nil, j.report
		}
	}
	if verb != Release {
		return nil, j.report
	}
	tip, _ := w.Chain.Tip()
	return &Permit{proposal: j.p, policy: w.Policy, tier: j.report.Tier, history: j.history, tip: tip}, j.report
}

// judgement is one run of Judge: what the stages so far have found.
type judgement struct {
	world   World
	in      Submission
	p       *Proposal
	history *History
	mildest int // index of the tier that the amount comes to
	report  Report
}

// judgeText is stage B: the text's form, and that it is about this vault.
func (j *judgement) judgeText() []Reason {
	w := j.world
	if w.Policy == nil || w.State == nil || w.Chain == nil {
		return []Reason{Because(StateCorrupt, "judge: want a policy, a state and a header chain, found less")}
	}
	p, err := ParseProposal(j.in.Text)
	if err != nil {
		return []Reason{ReasonOf(err, TextGrammar)}
	}
	j.p, j.report.Proposal = p, p
	var reasons []Reason
	if p.Vault != w.Policy.Vault {
		reasons = append(reasons, Because(TextVault, "vault: want %s, found %s", w.Policy.Vault, p.Vault))
	}
	if p.Network != w.Policy.Network {
		reasons = append(reasons, Because(TextChain, "chain: want %s, found %s", w.Policy.Network, p.Network))
	}
	if p.Genesis != w.Genesis {
		reasons = append(reasons, Because(TextGenesis, "genesis: want %s, found %s", w.Genesis, p.Genesis))
	}
	if w.State.Vetoed(p.ID()) {
		reasons = append(reasons, Because(StateVetoed, "veto: want none, found that this signer's log holds one, which stands although it was left at home"))
	}
	return reasons
}

// judgeWorld is stage C: the policy, block and logs that the text names are
// not newer, older or other than this machine's.
func (j *judgement) judgeWorld() []Reason {
	reasons := j.judgePolicy()
	reasons = append(reasons, j.judgeBlock()...)
	reasons = append(reasons, j.judgeSeen()...)
	if reasons = append(reasons, j.judgeExpiry()...); len(reasons) == 0 {
		return nil
	}
	// A veto is told, and so recorded, even where the judgement ends here: it
	// may be left at home the next time.
	votes, _ := tally(j.world.Policy, j.in.Text, j.in.Signatures)
	return append(reasons, j.vetoes(votes)...)
}

func (j *judgement) judgePolicy() []Reason {
	head, p := j.world.Policy, j.p
	switch {
	case p.PolicyVersion > head.Version:
		return []Reason{Because(PolBehind, "policy: want version %d, which this machine holds, found %d; carry the newer policy first", head.Version, p.PolicyVersion)}
	case p.PolicyVersion < head.Version || p.PolicyHash != head.Hash():
		return []Reason{Because(PolStale, "policy: want version %d %s, found %d %s; propose again under the policy in force", head.Version, head.Hash().Short(), p.PolicyVersion, p.PolicyHash.Short())}
	}
	return nil
}

func (j *judgement) judgeBlock() []Reason {
	tip, ok := j.world.Chain.Tip()
	if !ok {
		return []Reason{Because(ClkNoHeaders, "headers: want the header chain up to block %d, found none", j.p.Block.Height)}
	}
	b := j.p.Block
	if b.Height > tip.Height {
		return []Reason{Because(ClkAhead, "block: want at most height %d, which this machine knows, found %d; carry newer headers", tip.Height, b.Height)}
	}
	if !j.world.Chain.Contains(headers.Point{Height: b.Height, Hash: headers.Hash(b.Hash)}) {
		return []Reason{Because(ClkOffchain, "block: want a block of the best chain, found %s at height %d, which is not", b.Hash, b.Height)}
	}
	return nil
}

func (j *judgement) judgeSeen() []Reason {
	var reasons []Reason
	for _, d := range j.world.Policy.Devices {
		if !slices.ContainsFunc(j.p.Seen, func(s Seen) bool { return s.Device == d.ID }) {
			reasons = append(reasons, Because(TextSeen, "seen: want one line for signer %s, found none", d.ID))
		}
	}
	for _, s := range j.p.Seen {
		if _, ok := j.world.Policy.Device(s.Device); !ok {
			reasons = append(reasons, Because(TextSeen, "seen: want only the policy's signers, found %s", s.Device))
		}
		if s.Device == j.world.Device && s.Device != "" {
			reasons = append(reasons, j.judgeOwnLog(s)...)
		}
	}
	return reasons
}

// judgeOwnLog refuses when the approvers have seen more of this signer's log
// than the signer has, or something else: then the signer was rolled back or
// exists twice.
func (j *judgement) judgeOwnLog(s Seen) []Reason {
	mine := j.world.State.Size()
	if s.Size > mine {
		return []Reason{Because(StateRollback, "seen: want at most %d records, which this signer has, found that officers saw %d: this signer's state is older than it was", mine, s.Size)}
	}
	if j.world.Root == nil {
		return []Reason{Because(StateCorrupt, "judge: want the roots of this signer's log, found none")}
	}
	root, err := j.world.Root(s.Size)
	if err != nil || root != s.Root {
		return []Reason{Because(StateFork, "seen: want root %s at size %d, found that officers saw %s: two machines write this signer's log", root, s.Size, s.Root)}
	}
	return j.judgeOwnCheckpoint()
}

// judgeOwnCheckpoint refuses when the bundle holds a checkpoint that this
// signer's own key has signed over more than the signer has, or over something
// else: officers may not have seen it yet. One that does not verify proves
// nothing.
func (j *judgement) judgeOwnCheckpoint() []Reason {
	d, ok := j.world.Policy.Device(j.world.Device)
	i := slices.IndexFunc(j.in.Logs, func(f LogFile) bool { return f.Device == j.world.Device })
	if !ok || i < 0 {
		return nil
	}
	v, err := auditlog.ParseVerifier(d.Verifier)
	if err != nil {
		return nil
	}
	c, err := auditlog.OpenCheckpoint(j.in.Logs[i].Checkpoint, v)
	if err != nil {
		return nil
	}
	mine := j.world.State.Size()
	if c.Size > mine {
		return []Reason{Because(StateRollback, "own checkpoint in the bundle: want at most %d records, which this signer has, found %d: this signer's state is older than it was", mine, c.Size)}
	}
	if root, err := j.world.Root(c.Size); err != nil || root != c.Root {
		return []Reason{Because(StateFork, "own checkpoint in the bundle: want root %s at size %d, found %s: two machines write this signer's log", root, c.Size, c.Root)}
	}
	return nil
}

func (j *judgement) judgeExpiry() []Reason {
	var reasons []Reason
	if tip, ok := j.world.Chain.Tip(); ok && tip.Height > j.p.Expires {
		reasons = append(reasons, Because(ClkExpired, "expires: want a height of at least %d, the chain's tip, found %d; propose again", tip.Height, j.p.Expires))
	}
	longest := uint64(j.p.Block.Height) + uint64(j.world.Policy.ExpiryMax)
	if t, ok := j.world.Policy.Tier(j.p.Tier); ok {
		longest += uint64(t.Cool) + uint64(t.Cool)/4
	}
	if uint64(j.p.Expires) > longest {
		reasons = append(reasons, Because(ClkExpiryLong, "expires: want at most height %d under this policy, found %d", longest, j.p.Expires))
	}
	return reasons
}

// judgeSignatures is stage D: which signatures are good, whether anybody
// vetoes, and whether the maker asked for it and may.
func (j *judgement) judgeSignatures() []Reason {
	p := j.world.Policy
	j.report.Votes, j.report.Notes = tally(p, j.in.Text, j.in.Signatures)
	if len(j.report.Notes) > maxNotes {
		j.report.Notes = j.report.Notes[:maxNotes]
	}
	reasons := j.vetoes(j.report.Votes)
	if !slices.Contains(voters(j.report.Votes, Propose), j.p.Maker) {
		reasons = append(reasons, Because(SeatNoMaker, "maker: want a valid signature to propose by %s, found none", j.p.Maker))
	}
	if !p.InRole(policy.Propose, j.p.Maker) {
		reasons = append(reasons, Because(SeatRole, "maker: want an officer who may propose, found %s", j.p.Maker))
	}
	return reasons
}

// vetoes refuses for each veto by somebody who may.
func (j *judgement) vetoes(votes []Vote) []Reason {
	var reasons []Reason
	for _, o := range voters(votes, Veto) {
		if j.world.Policy.InRole(policy.Veto, o) {
			reasons = append(reasons, Because(StateVetoed, "veto: want none, found that of %s", o))
		}
	}
	return reasons
}

// judgeSeats is stage F: whether distinct people fill every seat. A maker may
// claim a higher tier than the amount comes to; then the seats of both, and of
// those between, must be filled, so that a claim can only ask for more.
func (j *judgement) judgeSeats() []Reason {
	people := j.checkers()
	var reasons []Reason
	for _, t := range j.world.Policy.Tiers[j.mildest:] {
		seats, short, ok := j.world.Policy.Match(t.Needs, people)
		j.report.Seats, j.report.Short = seats, short
		if !ok {
			reasons = append(reasons, shortOf(t, short)...)
		}
		if t.ID == j.report.Tier {
			break
		}
	}
	return reasons
}

func shortOf(t policy.Tier, short []policy.Short) []Reason {
	if len(short) == 0 {
		return []Reason{Because(SeatShort, "approvals: want distinct people in every seat of tier %s, found too few", t.ID)}
	}
	var reasons []Reason
	for _, s := range short {
		reasons = append(reasons, Because(SeatShort, "approvals: want %d of group %s for tier %s, found %d", s.Need, s.Group, t.ID, s.Have))
	}
	return reasons
}

// checkers returns the officers whose approval counts here: not the maker's,
// not those in conflict with a payee, not those whose term has ended.
func (j *judgement) checkers() []text.ID {
	tip, _ := j.world.Chain.Tip()
	var people []text.ID
	for _, o := range voters(j.report.Votes, Approve) {
		switch {
		case o == j.p.Maker:
			j.note(Because(SeatMaker, "%s: want approvals by others than the maker, found the maker's, which does not count", o))
		case j.conflicted(o):
			j.note(Because(SeatConflict, "%s: want approvals without a conflict of interest, found one with a payee's, which does not count", o))
		case j.termEnded(o, tip.Height):
			j.note(Because(SeatTerm, "%s: want approvals within the officer's term, found one after its end, which does not count", o))
		default:
			people = append(people, o)
		}
	}
	return people
}

func (j *judgement) note(r Reason) { j.report.Notes = SortReasons(append(j.report.Notes, r)) }

func (j *judgement) conflicted(officer text.ID) bool {
	for _, p := range j.p.Pays {
		if j.world.Policy.Conflicted(p.Label, officer) {
			return true
		}
	}
	return false
}

func (j *judgement) termEnded(officer text.ID, height uint32) bool {
	end, has := j.world.Policy.TermOf(officer)
	return has && height > end
}
