package policy

import (
	"fmt"
	"slices"

	"strongroom/quorum/text"
)

// explainActs says what each act takes, but for thaw, which stands with what it
// lifts.
func (p *Policy) explainActs() Section {
	s := Section{Title: "How the rules change, and what else is done"}
	for _, a := range p.Acts {
		if a.Name != Thaw {
			s.say("%s (%s) takes %s", actMeaning(a.Name), a.Name, p.actTakes(a))
		}
	}
	s.say("%s", p.forkTakes())
	return s
}

// forkTakes says what ends a fork. The total is left out: it is one less when
// the maker recovers.
func (p *Policy) forkTakes() string {
	loosen, _ := p.Act(Loosen)
	who := series(append([]string{"the maker"}, seatWords(slices.Concat(loosen.Needs, p.Recovery.Needs))...), "and")
	clears := ""
	if len(loosen.Clears) > 0 {
		clears = fmt.Sprintf("At the end %s, but nobody who may recover, must clear it. ", series(seatWords(loosen.Clears), "and"))
	}
	return fmt.Sprintf("To put a signer back to work that finds two versions of the rules in force takes the seats of %s and of recovery at once, filled by different people: %s. The maker may fill one of recovery. ", Loosen, who) +
		clears + p.delay(p.forkCool())
}

func (p *Policy) actTakes(a Act) string {
	who := "the maker"
	if a.Name == Rekey {
		who = "that officer (who approves nothing here)"
	}
	return p.takes(who, a.Needs, a.Clears, a.Cool, a.Mode)
}

func actMeaning(a ActName) string {
	switch a {
	case Tighten:
		return "To make a rule stricter and nothing else"
	case AddDestination:
		return "To add one payee, or raise the limit of one, and nothing else"
	case Loosen:
		return "To change the rules in any other way"
	case Rekey:
		return "To replace the signing keys of one officer"
	case Reanchor:
		return "To move the block from which signers count"
	case Internal:
		return "To move coins within a wallet"
	case Sweep:
		return "To move the coins to the next wallet"
	case Restore:
		return "To read a backup"
	case Resync:
		return "To set a signer right whose log was lost or split"
	}
	return "To lift a freeze"
}

func (p *Policy) explainStopping() Section {
	s := Section{Title: "How it is stopped"}
	s.say("%s may freeze the vault or a part of it, alone and at once.", ofWhom(p.Roles.Freeze))
	s.say("%s may veto a request, alone and at once. It is dead then. New keys of an officer and a recovery may be vetoed by any officer.", ofWhom(p.Roles.Veto))
	if thaw, ok := p.Act(Thaw); ok {
		s.say("%s (%s) takes %s", actMeaning(Thaw), Thaw, p.actTakes(thaw))
	}
	return s
}

func (p *Policy) explainQuiet() Section {
	s := Section{Title: "What is kept quiet after a change"}
	s.say("%s", p.quietFor(p.QuietDestination, "A new payee may be paid at once.", "A new payee is not paid for", "."))
	mildest := "no tier"
	if len(p.Tiers) > 0 {
		mildest = "tier " + string(p.Tiers[0].ID)
	}
	s.say("%s", p.quietFor(p.QuietPolicy, "After the rules were loosened nothing is kept quiet.", "After the rules were loosened, for",
		", nothing above "+mildest+" leaves, and they are not loosened again and no keys are replaced."))
	where := " counts in no tier."
	if !p.QuietSigner.Every {
		where = " counts in " + mildest + " and nowhere else."
	}
	s.say("%s", p.quietFor(p.QuietSigner.Credits, "An officer's new key counts at once.", "An approval by an officer's new key, for", ","+where))
	return s
}

// quietFor writes a quiet period, or what holds without one.
func (p *Policy) quietFor(n uint32, without, before, after string) string {
	if n == 0 {
		return without
	}
	return before + " " + p.wait(n) + after
}

func (p *Policy) explainRecovery() Section {
	s := Section{Title: "When the officers are gone"}
	r := p.Recovery
	s.say("After %s without a sign of life, %s may make new rules. Whoever asks for them may be one of these and counts.", p.wait(r.After), series(seatWords(r.Needs), "and"))
	if len(r.Clears) > 0 {
		var groups []text.ID
		for _, n := range r.Needs {
			groups = append(groups, n.Group)
		}
		s.say("At the end %s, but nobody of %s, must clear it.", series(seatWords(r.Clears), "and"), series(groups, "or"))
	}
	s.say("%s One approval or veto by any officer before the end stops it, since it shows that they are there.", p.delay(r.Cool, r.Mode))
	return s
}
