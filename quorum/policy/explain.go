package policy

import (
	"encoding/hex"
	"fmt"
	"strings"

	"strongroom/quorum/text"
)

// Section is a part of an explanation: a title and paragraphs, which are not
// wrapped.
type Section struct {
	Title string
	Lines []string
}

func (s *Section) say(format string, args ...any) {
	s.Lines = append(s.Lines, fmt.Sprintf(format, args...))
}

// Explain says in plain English what the policy says in its lines, all of them,
// for people who sign it without having read a policy before. It can be asked of
// a draft. It describes and judges nothing: see Check.
func (p *Policy) Explain() []Section {
	return []Section{
		p.explainHead(),
		p.explainPeople(),
		p.explainGroups(),
		p.explainWallets(),
		p.explainTiers(),
		p.explainLimits(),
		p.explainPayees(),
		p.explainActs(),
		p.explainStopping(),
		p.explainQuiet(),
		p.explainRecovery(),
		p.explainAges(),
		p.explainWitnesses(),
	}
}

func (p *Policy) explainHead() Section {
	s := Section{Title: "What this is"}
	s.say("These are the rules, version %d, of the vault %s, which holds bitcoin on %s. What they do not allow is refused.", p.Version, p.Vault, p.Network)
	if p.Previous.IsZero() {
		s.say("No version stands before this one.")
	} else {
		s.say("They take the place of the version whose text has the SHA-256 %s.", p.Previous)
	}
	if p.Network.Test() {
		s.say("TEST: %s is a chain for tests, and its coins are worth nothing.", p.Network)
	}
	if p.Clock == ClockFull {
		s.say("Waits are counted in blocks of full proof of work, about %d a day. The hours and days beside them are what that usually comes to.", oneDay)
	} else {
		s.say("Waits are in blocks, which come as fast as somebody makes them here, and say nothing about hours.")
	}
	s.say("Signers take no clock's word: they count blocks from block %d on, whose hash is %s and whose target is %s.",
		p.Origin.Height, hex.EncodeToString(p.Origin.Hash[:]), bitsText(p.Origin.Bits))
	return s
}

// wait writes a number of blocks and, where blocks come at bitcoin's pace, how
// long that is.
func (p *Policy) wait(n uint32) string {
	s := plural(n, "block", "blocks")
	if p.Clock != ClockFull || n == 0 {
		return s
	}
	return s + " (about " + duration(n) + ")"
}

// duration writes blocks as minutes, hours or days, rounded down: six blocks
// make an hour.
func duration(blocks uint32) string {
	switch {
	case blocks < 6:
		return plural(blocks*10, "minute", "minutes")
	case blocks < oneDay:
		return plural(blocks/6, "hour", "hours")
	}
	return plural(blocks/oneDay, "day", "days")
}

func plural[N ~int | ~uint32](n N, one, many string) string {
	return fmt.Sprintf("%d %s", n, pick(n == 1, one, many))
}

// series writes a list as people say it: a, b and c; nobody for none.
func series[T ~string](list []T, last string) string {
	var b strings.Builder
	for i, x := range list {
		switch {
		case i == 0:
		case i == len(list)-1:
			b.WriteString(" " + last + " ")
		default:
			b.WriteString(", ")
		}
		b.WriteString(string(x))
	}
	if b.Len() == 0 {
		return "nobody"
	}
	return b.String()
}

// seatWords writes whom each need or clear line takes: 2 people of treasury.
func seatWords(needs []Need) []string {
	var parts []string
	for _, n := range needs {
		parts = append(parts, fmt.Sprintf("%s of %s", plural(n.Seats, "person", "people"), n.Group))
	}
	return parts
}

func seatCount(needs []Need) int {
	sum := 0
	for _, n := range needs {
		sum += n.Seats
	}
	return sum
}

// takes writes whom and how long something takes. The maker is a person beside
// the seats; who says which.
func (p *Policy) takes(who string, needs, clears []Need, cool uint32, mode Mode) string {
	total := 1 + seatCount(needs) + seatCount(clears)
	s := series(append([]string{who}, seatWords(needs)...), "and")
	if len(clears) > 0 {
		s += fmt.Sprintf(", and at the end, to clear it, %s with no other part in it", series(seatWords(clears), "and"))
	}
	return s + fmt.Sprintf(": %s in all. ", plural(total, "person", "people")) + p.delay(cool, mode)
}

// delay writes a wait and from when it counts. Where nothing waits, the mode
// says nothing.
func (p *Policy) delay(cool uint32, mode Mode) string {
	if cool == 0 {
		return "There is no wait."
	}
	from := "the block that the request names or, if later, the one at which a signer recorded it"
	if mode == Stamped {
		from = "a block that carries a stamp of the signer's own log, which cannot be dated back"
	}
	return fmt.Sprintf("Then %s must pass, counted from %s.", p.wait(cool), from)
}

func (p *Policy) explainGroups() Section {
	s := Section{Title: "Who may do what"}
	for _, g := range p.Groups {
		if len(g.Members) == 0 {
			s.say("The group %s has nobody in it yet.", g.ID)
			continue
		}
		s.say("The group %s is %s: %s.", g.ID, plural(len(g.Members), "person", "people"), series(g.Members, "and"))
	}
	s.say("Whoever is in %s may ask for a withdrawal or for anything else below. Whoever asks is called the maker and never counts among those who approve it.", series(p.Roles.Propose, "or"))
	return s
}

func (p *Policy) explainWitnesses() Section {
	s := Section{Title: "Witnesses"}
	if len(p.Witnesses) == 0 {
		s.say("There is no witness of the signers' logs.")
	}
	for _, w := range p.Witnesses {
		s.say("%s is a witness: it signs the heads of the signers' logs with %s.", w.Org, w.Verifier)
	}
	if p.WitnessNeed == 0 {
		s.say("No signature of a witness is needed.")
		return s
	}
	s.say("A stamp of a log counts only when %s signed the log's head.", plural(p.WitnessNeed, "witness", "witnesses"))
	return s
}

// ofWhom writes groups any member of which may do something.
func ofWhom(groups []text.ID) string { return "Any one person of " + series(groups, "or") }
