package quorum

import (
	"strongroom/custody"
	"strongroom/custody/auditlog"
	"strongroom/custody/headers"
	"strongroom/quorum/policy"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
)

// World is what a machine knows by itself when it judges: nothing in it came
// with the thing that is judged.
type World struct {
	Policies *Policies      // the policy chain up to the version in force
	Device   text.ID        // this signer; empty for a desk, an officer or an auditor
	State    *record.State  // the fold of this signer's log; of an empty log for the others
	Root     RootAt         // the roots of this signer's log; nil for the others
	Chain    *headers.Chain // the header chain up to the tip
}

// RootAt returns the root that a log had when it held size records.
type RootAt func(size int64) (auditlog.Root, error)

// head returns the policy in force, nil without one.
func (w World) head() *policy.Policy { return w.Policies.Head() }

// tip returns the highest block of the header chain.
func (w World) tip() headers.Point {
	p, _ := w.Chain.Tip()
	return p
}

// credits returns how much work lies on top of the block that was the tip when
// something was written down. Where that block was taken off the chain, the one
// at its height counts; where it lies below the first block that is known, what
// lies above that one. Nothing is known of a tip that the chain has not reached,
// and no time has passed then.
func (w World) credits(since record.Tip) uint64 {
	if !since.Known {
		return 0
	}
	return creditsAt(w.Chain, since.Height)
}

func creditsAt(c *headers.Chain, height uint32) uint64 {
	p, ok := c.PointAt(max(height, c.Origin().Height))
	if !ok {
		return 0
	}
	credits, _ := c.Credits(p)
	return credits
}

// Submission is what was brought to be judged. All of it is foreign.
type Submission struct {
	Text        []byte
	Signatures  []SignatureFile
	Logs        []*LogFile
	Descriptors []*custody.Descriptor // of destinations that are descriptors
	Next        Next                  // what an amendment adopts
	Clearances  []Signed              // by watchers
	Target      []byte                // the text that a cancel kills, where it is at hand
}

// Next is the policy that an amendment adopts and what travels with it.
type Next struct {
	Policy   []byte
	Consents []SignatureFile
	Annexes  [][]byte
}

// Signed is a text and the signatures that claim to sign it.
type Signed struct {
	Text       []byte
	Signatures []SignatureFile
}

// Stage is one step of the judgement, named as the documents name it.
type Stage byte

// The stages that Judge runs.
const (
	StageText       Stage = 'B'
	StageWorld      Stage = 'C'
	StageSignatures Stage = 'D'
	StageLimits     Stage = 'E'
	StageSeats      Stage = 'F'
	StageCooling    Stage = 'G'
)

// Report is what a judgement found. It grants nothing.
type Report struct {
	ID        text.Hash // of the text as it came, whatever it says
	Proposal  *Proposal // nil when the text could not be read
	Stage     Stage     // where it stopped; 0 when every stage passed
	Reasons   []Reason  // why it was refused; none when every stage passed
	Notes     []Reason  // about single signatures and people; not reasons by themselves
	Votes     []Vote
	Seats     []policy.Assignment
	Short     []policy.Short // the seats nobody fills yet
	Tier      text.ID        // the tier as computed or claimed; empty but for a withdrawal
	Sitting   text.ID        // whose seats and waiting time apply: a tier, a class of change or an act
	Cool      uint32         // credits that it has to wait
	Waited    uint64         // credits since it was recorded here; 0 before
	Recorded  bool           // whether it was recorded here
	Witnessed bool           // what the text says of this signer's log is signed by an officer or by its own key
	Used      []Use          // each limit and how much of it is used
	Diff      policy.Diff    // of an amendment: what it changes
}

// Use is one limit: what counts against it with this withdrawal, and the cap.
type Use struct {
	Name   string // "velocity 1008", "destination payroll"
	Window uint32 // in credits
	Used   custody.Amount
	Cap    custody.Amount
}

// Codes returns what a refused record names: every reason, and the notes on
// people and signatures, which are why seats stayed empty.
func (r Report) Codes() []string {
	all := append([]Reason(nil), r.Reasons...)
	if r.Stage == StageSeats || r.Stage == StageSignatures {
		all = append(all, r.Notes...)
	}
	return Codes(all)
}

// Permit is the leave to record or to release one proposal. Only Judge makes
// one; the zero Permit releases nothing.
type Permit struct {
	proposal  *Proposal
	verb      Verb
	policy    *policy.Policy
	next      *policy.Policy
	report    Report
	history   *History
	clearings []Clearing
	tip       headers.Point
}

// Clearing is a watcher's clearance that was needed and counted.
type Clearing struct {
	Watcher   text.ID
	Clearance text.Hash
}

// For says whether the permit came out of a judgement for this verb.
func (p *Permit) For(v Verb) bool {
	return p != nil && p.proposal != nil && p.policy != nil && p.verb == v && v != 0
}

// Valid says whether the permit is one to release.
func (p *Permit) Valid() bool { return p.For(Release) }

// Proposal returns what may be released.
func (p *Permit) Proposal() *Proposal { return p.proposal }

// Policy returns the policy in force, which it was judged under.
func (p *Permit) Policy() *policy.Policy { return p.policy }

// Next returns the policy that an amendment adopts; nil for other kinds.
func (p *Permit) Next() *policy.Policy { return p.next }

// Tier returns the tier of a withdrawal.
func (p *Permit) Tier() text.ID { return p.report.Tier }

// Sitting returns whose seats were filled: a tier, a class of change or an act.
func (p *Permit) Sitting() text.ID { return p.report.Sitting }

// Seated returns the officers who fill the seats, sorted; the maker for a kind
// that has none.
func (p *Permit) Seated() []text.ID { return seated(p.proposal, p.report.Seats) }

// Clearings returns the clearances that were needed.
func (p *Permit) Clearings() []Clearing { return p.clearings }

// Votes returns every signature that is good.
func (p *Permit) Votes() []Vote { return p.report.Votes }

// History returns what all signers have released so far.
func (p *Permit) History() *History { return p.history }

// Tip returns the highest block of the chain that it was judged by.
func (p *Permit) Tip() headers.Point { return p.tip }
