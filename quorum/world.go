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
	Policy  *policy.Policy // the head of the policy chain
	Genesis text.Hash      // identity of policy 1
	Device  text.ID        // this signer; empty for a desk, an officer or an auditor
	State   *record.State  // the fold of this signer's log; of an empty log for the others
	Root    RootAt         // the roots of this signer's log; nil for the others
	Chain   *headers.Chain // the header chain up to the tip
}

// RootAt returns the root that a log had when it held size records.
type RootAt func(size int64) (auditlog.Root, error)

// Submission is what was brought to be judged. All of it is foreign.
type Submission struct {
	Text        []byte
	Signatures  []SignatureFile
	Logs        []LogFile
	Descriptors []*custody.Descriptor // of destinations that are descriptors
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
)

// Report is what a judgement found. It grants nothing.
type Report struct {
	ID       text.Hash // of the text as it came, whatever it says
	Proposal *Proposal // nil when the text could not be read
	Stage    Stage     // where it stopped; 0 when every stage passed
	Reasons  []Reason  // why it was refused; none when every stage passed
	Notes    []Reason  // about single signatures and people; not reasons by themselves
	Votes    []Vote
	Seats    []policy.Assignment
	Short    []policy.Short // the seats nobody fills yet
	Tier     text.ID        // the tier as computed; empty before stage E
	Used     []Use          // each limit and how much of it is used
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

// Permit is the leave to release one proposal. Only Judge makes one; the zero
// Permit releases nothing.
type Permit struct {
	proposal *Proposal
	policy   *policy.Policy
	tier     text.ID
	history  *History
	tip      headers.Point
}

// Valid says whether the permit came out of a judgement.
func (p *Permit) Valid() bool { return p != nil && p.proposal != nil && p.policy != nil }

// Proposal returns what may be released.
func (p *Permit) Proposal() *Proposal { return p.proposal }

// Policy returns the policy that it was judged under.
func (p *Permit) Policy() *policy.Policy { return p.policy }

// Tier returns the tier as computed.
func (p *Permit) Tier() text.ID { return p.tier }

// History returns what all signers have released so far.
func (p *Permit) History() *History { return p.history }

// Tip returns the highest block of the chain that it was judged by.
func (p *Permit) Tip() headers.Point { return p.tip }
