package quorum

import (
	"slices"
	"strings"

	"strongroom/custody/auditlog"
	"strongroom/custody/headers"
	"strongroom/quorum/policy"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
)

// Verb is what the judgement is for. The zero value is refused.
type Verb uint8

const (
	// Review judges what officers can judge before they sign: everything but
	// the signatures and seats. It never yields a Permit.
	Review Verb = iota + 1
	// Record judges whether the waiting time of a proposal may begin:
	// everything but clearances and the wait itself.
	Record
	// Release judges everything.
	Release
)

// Judge decides whether a proposal may be recorded or released in the world as
// this machine knows it. It reads nothing but its arguments. A Permit is
// returned only for the verbs Record and Release and only when the report has no
// reasons.
func Judge(w World, s Submission, verb Verb) (*Permit, Report) {
	j := &judgement{world: w, in: s, verb: verb, report: Report{ID: text.Identity(s.Text)}}
	if verb < Review || verb > Release {
		j.report.Reasons = []Reason{Because(StateCorrupt, "judge: want the verb review, record or release, found another")}
		return nil, j.report
	}
	if !j.run() || verb == Review {
		return nil, j.report
	}
	return &Permit{proposal: j.p, verb: verb, policy: w.head(), next: j.next, report: j.report, history: j.history,
		clearings: j.clearings, tip: w.tip()}, j.report
}

// run goes through the stages, up to the first that has reasons, and says
// whether none had.
func (j *judgement) run() bool {
	signing, waits := j.verb != Review, j.verb != Review && !j.timeless
	for _, st := range []struct {
		stage Stage
		judge func() []Reason
		asked bool
	}{
		{StageText, j.judgeText, true},
		{StageWorld, j.judgeWorld, true},
		{StageSignatures, j.judgeSignatures, signing},
		{StageLimits, j.judgeAsk, true},
		{StageSeats, j.judgeSeats, signing},
		{StageCooling, j.judgeCooling, waits},
	} {
		if !st.asked {
			continue
		}
		if reasons := st.judge(); len(reasons) > 0 {
			j.report.Stage, j.report.Reasons = st.stage, SortReasons(reasons)
			return false
		}
	}
	return true
}

// judgement is one run of Judge: what the stages so far have found.
type judgement struct {
	world     World
	in        Submission
	verb      Verb
	p         *Proposal
	bench     []bench // the versions that the proposal has to pass under, the head last
	history   *History
	next      *policy.Policy // what an amendment adopts
	parsed    *policy.Policy // the same, where it was read before
	clearings []Clearing
	timeless  bool // the wait is not judged: whoever asks does not decide when
	settled   bool // it takes effect elsewhere already: what depends on when it was decided is not asked again
	report    Report
}

// bench is one version of the policy as a proposal is judged under it.
type bench struct {
	policy   *policy.Policy
	votes    []Vote
	sittings []Sitting // the seats that have to be filled
}

// head returns the bench of the version in force.
func (j *judgement) head() *bench { return &j.bench[len(j.bench)-1] }

// judgeText is stage B: the text's form, and that it is about this vault.
func (j *judgement) judgeText() []Reason {
	w := j.world
	if w.head() == nil || w.State == nil || w.Chain == nil {
		return []Reason{Because(StateCorrupt, "judge: want a policy, a state and a header chain, found less")}
	}
	p, err := ParseProposal(j.in.Text)
	if err != nil {
		return []Reason{ReasonOf(err, TextGrammar)}
	}
	j.p, j.report.Proposal = p, p
	reasons := j.judgePlace(p.Vault, p.Network.String(), p.Genesis)
	if _, ok := w.head().Device(w.Device); w.Device != "" && !ok && p.Kind().Moves() {
		reasons = append(reasons, Because(PolDevice, "signer: want one that policy %d lists, found %s, which it does not", w.head().Version, w.Device))
	}
	if p.Kind().Brake() {
		return reasons // nobody undoes a brake by a veto or by cancelling it
	}
	if w.State.Vetoed(p.ID()) {
		reasons = append(reasons, Because(StateVetoed, "veto: want none, found that this signer's log holds one, which stands although it was left at home"))
	}
	if w.State.Killed(p.ID()) {
		reasons = append(reasons, Because(StateKilled, "proposal: want one that nobody cancelled, found that this signer's log holds its cancellation"))
	}
	return append(reasons, j.judgeQuarantine()...)
}

// judgePlace holds where a text says that it belongs against where this is.
func (j *judgement) judgePlace(vault text.ID, chain string, genesis text.Hash) []Reason {
	var reasons []Reason
	head := j.world.head()
	if vault != head.Vault {
		reasons = append(reasons, Because(TextVault, "vault: want %s, found %s", head.Vault, vault))
	}
	if chain != head.Network.String() {
		reasons = append(reasons, Because(TextChain, "chain: want %s, found %s", head.Network, chain))
	}
	if want := j.world.Policies.Genesis(); genesis != want {
		reasons = append(reasons, Because(TextGenesis, "genesis: want %s, found %s", want, genesis))
	}
	return reasons
}

// judgeQuarantine lets nothing through a signer in doubt but what stops things,
// what ends the doubt, and what others have adopted already.
func (j *judgement) judgeQuarantine() []Reason {
	codes, yes := j.world.State.Quarantined()
	if k := j.p.Kind(); !yes || k.Brake() || k == KindResync || k == KindAmendment {
		return nil
	}
	return []Reason{quarantined(codes)}
}

func quarantined(codes []string) Reason {
	return Because(StateQuarantine, "signer: want one that nothing puts in doubt, found it stopped by %s; only a resync puts it back to work", strings.Join(codes, ", "))
}

// judgeWorld is stage C: the policy, block and logs that the text names are not
// newer, older or other than this machine's. What stops something holds whatever
// it names: it is judged under the newest roster.
func (j *judgement) judgeWorld() []Reason {
	if j.p.Kind().Brake() {
		j.bench = []bench{{policy: j.world.head()}}
		return nil
	}
	reasons := j.judgePolicy()
	reasons = append(reasons, j.judgeBlock(j.p.Block)...)
	reasons = append(reasons, j.judgeSeen(j.p.Seen)...)
	reasons = append(reasons, j.judgeResynced()...)
	if j.p.Kind() != KindAmendment {
		reasons = append(reasons, j.judgeExpired()...)
	}
	if reasons = append(reasons, j.judgeExpiry()...); len(reasons) == 0 {
		return nil
	}
	// A veto is told, and so recorded, even where the judgement ends here: it
	// may be left at home the next time.
	j.report.Votes, _ = tally(j.world.head(), j.in.Text, j.in.Signatures, nil)
	_, own := j.ownCheckpoint()
	j.report.Witnessed = own || len(j.report.Votes) > 0
	return append(reasons, j.vetoes(j.world.head(), j.report.Votes)...)
}

// judgePolicy finds the versions that the proposal has to pass under. A
// proposal dies when the head moves; one that moves coins survives changes that
// only tighten or add a payee, and then has to pass under both versions.
func (j *judgement) judgePolicy() []Reason {
	head, p := j.world.head(), j.p
	j.bench = []bench{{policy: head}}
	if p.PolicyVersion > head.Version {
		return []Reason{Because(PolBehind, "policy: want version %d, which this machine holds, found %d; carry the newer policy first", head.Version, p.PolicyVersion)}
	}
	named, ok := j.world.Policies.At(p.PolicyVersion)
	if !ok || named.Policy.Hash() != p.PolicyHash || !j.survives() {
		return []Reason{Because(PolStale, "policy: want version %d %s, found %d %s; propose again under the policy in force", head.Version, head.Hash().Short(), p.PolicyVersion, p.PolicyHash.Short())}
	}
	if p.PolicyVersion < head.Version {
		j.bench = []bench{{policy: named.Policy}, {policy: head}}
	}
	return nil
}

func (j *judgement) survives() bool {
	since := j.world.Policies.since(j.p.PolicyVersion)
	if len(since) == 0 {
		return true
	}
	return j.p.Kind().Moves() && !slices.ContainsFunc(since, func(v Version) bool {
		return v.Class != policy.ClassTighten && v.Class != policy.ClassDestination
	})
}

func (j *judgement) judgeBlock(b Block) []Reason {
	tip, ok := j.world.Chain.Tip()
	if !ok {
		return []Reason{Because(ClkNoHeaders, "headers: want the header chain up to block %d, found none", b.Height)}
	}
	if b.Height > tip.Height {
		return []Reason{Because(ClkAhead, "block: want at most height %d, which this machine knows, found %d; carry newer headers", tip.Height, b.Height)}
	}
	if !j.world.Chain.Contains(headers.Point{Height: b.Height, Hash: headers.Hash(b.Hash)}) {
		return []Reason{Because(ClkOffchain, "block: want a block of the best chain, found %s at height %d, which is not", b.Hash, b.Height)}
	}
	return nil
}

// judgeSeen holds the logs that a text has seen against the policy's signers
// and this one's own log.
func (j *judgement) judgeSeen(seen []Seen) []Reason {
	var reasons []Reason
	for _, d := range j.world.head().Devices {
		if _, ok := seenIn(seen, d.ID); !ok {
			reasons = append(reasons, Because(TextSeen, "seen: want one line for signer %s, found none", d.ID))
		}
	}
	for _, s := range seen {
		if _, ok := j.world.head().Device(s.Device); !ok {
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
// exists twice. The resync of this signer is how it gets what it lost.
func (j *judgement) judgeOwnLog(s Seen) []Reason {
	mine := j.world.State.Size()
	if r, ok := j.p.Body.(Resync); ok && r.Device == j.world.Device && s.Size > mine && s.Size <= r.To.Size {
		return nil
	}
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
	c, ok := j.ownCheckpoint()
	if !ok || j.lost() { // what it lost is held against that checkpoint when it is taken back
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

func (j *judgement) ownCheckpoint() (auditlog.Checkpoint, bool) {
	d, ok := j.world.head().Device(j.world.Device)
	i := slices.IndexFunc(j.in.Logs, func(f *LogFile) bool { return f.Device == j.world.Device })
	if !ok || i < 0 {
		return auditlog.Checkpoint{}, false
	}
	h := j.in.Logs[i].readHead(d.Verifier)
	return h.Checkpoint, h.err == nil
}

// judgeResynced lets every proposal die that was made before this signer was
// put back to work.
func (j *judgement) judgeResynced() []Reason {
	seq, ok := j.world.State.Resynced()
	if s, there := seenIn(j.p.Seen, j.world.Device); !ok || !there || s.Size > seq || j.p.Kind() == KindResync {
		return nil
	}
	return []Reason{Because(StateResync, "seen: want a proposal made after this signer's resync, record %d, found one made before; propose again", seq)}
}

// judgeSignatures is stage D: which signatures are good, whether anybody
// vetoes, and whether the maker asked for it and may.
func (j *judgement) judgeSignatures() []Reason {
	var reasons []Reason
	for i := range j.bench {
		b := &j.bench[i]
		quiet := func(v Vote) bool { return j.quiet(v) }
		b.votes, j.report.Notes = tally(b.policy, j.in.Text, j.in.Signatures, quiet)
		if !j.p.Kind().Brake() {
			reasons = append(reasons, j.vetoes(b.policy, b.votes)...)
		}
		reasons = append(reasons, j.judgeMaker(*b)...)
	}
	j.report.Votes = j.head().votes
	if len(j.report.Notes) > maxNotes {
		j.report.Notes = j.report.Notes[:maxNotes]
	}
	return reasons
}

func (j *judgement) judgeMaker(b bench) []Reason {
	var reasons []Reason
	if !slices.Contains(voters(b.votes, Propose), j.p.Maker) {
		reasons = append(reasons, Because(SeatNoMaker, "maker: want a valid signature to propose by %s, found none", j.p.Maker))
	}
	if want, may := j.mayMake(b.policy); !may {
		reasons = append(reasons, Because(SeatRole, "maker: want %s, found %s", want, j.p.Maker))
	}
	return reasons
}

// mayMake says whether the maker may propose a text of this kind, and who may.
func (j *judgement) mayMake(p *policy.Policy) (who string, ok bool) {
	switch b := j.p.Body.(type) {
	case Freeze:
		return "an officer who may freeze", p.InRole(policy.Freeze, j.p.Maker)
	case Cancel:
		return "the maker of the proposal, its text brought along, or an officer who may veto", p.InRole(policy.Veto, j.p.Maker) || j.made(b.Kills, j.p.Maker)
	case Amendment:
		switch b.Class {
		case policy.ClassRecovery:
			return "an officer who may recover", p.Recovers(j.p.Maker)
		case policy.ClassRekey:
			return "an officer of the policy", j.listed(p, j.p.Maker) // whose keys change is judged with the change
		}
	}
	return "an officer who may propose", p.InRole(policy.Propose, j.p.Maker)
}

func (j *judgement) listed(p *policy.Policy, officer text.ID) bool {
	_, ok := p.Officer(officer)
	return ok
}

// made says whether the text brought along is the one named and has that maker.
func (j *judgement) made(id text.Hash, maker text.ID) bool {
	t, err := ParseProposal(j.in.Target)
	return err == nil && t.ID() == id && t.Maker == maker
}

// vetoes refuses for each veto by somebody who may. Where keys are replaced or
// the officers are said to be gone, every officer may.
func (j *judgement) vetoes(p *policy.Policy, votes []Vote) []Reason {
	everybody := false
	if a, ok := j.p.Body.(Amendment); ok {
		everybody = a.Class == policy.ClassRekey || a.Class == policy.ClassRecovery
	}
	var reasons []Reason
	for _, o := range voters(votes, Veto) {
		if everybody || p.InRole(policy.Veto, o) {
			reasons = append(reasons, Because(StateVetoed, "veto: want none, found that of %s", o))
		}
	}
	return reasons
}

// Vetoers returns the officers whose vetoes stopped the proposal, sorted.
func (r Report) Vetoers(p *policy.Policy) []text.ID {
	return slices.DeleteFunc(voters(r.Votes, Veto), func(o text.ID) bool { return !p.InRole(policy.Veto, o) })
}

// quiet says whether a vote was made with a key that was listed only a short
// while ago. Nothing of version 1 is quiet.
func (j *judgement) quiet(v Vote) bool {
	s := j.world.Policies.keys[keyName(v.Officer, v.Key())]
	return !s.first && j.world.credits(s.at) < uint64(j.world.head().QuietSigner.Credits)
}

// recording returns what this signer recorded of the proposal.
func (j *judgement) recording() (record.Recording, bool) { return j.world.State.Recording(j.p.ID()) }

// CheckMaker says, before a proposal is signed, whether its maker may make it.
// target is the text that a cancel kills, where it is at hand.
func CheckMaker(w World, p *Proposal, target []byte) []Reason {
	j := &judgement{world: w, p: p, in: Submission{Target: target}}
	if who, ok := j.mayMake(w.head()); !ok {
		return []Reason{Because(SeatRole, "maker: want %s, found %s", who, p.Maker)}
	}
	return nil
}
