package ceremony

import (
	"fmt"
	"strings"

	"strongroom/quorum/policy"
	"strongroom/quorum/text"
)

// Script returns what is done, step by step, to follow a plan: numbered from 1,
// each with one person who answers for it. It refuses, with the first ground
// of Check, a plan that should not be followed.
func Script(p Plan) ([]Step, error) {
	if why := p.Check(); len(why) > 0 {
		return nil, fmt.Errorf("plan: %s", why[0].Text)
	}
	p, hash, err := p.sorted()
	if err != nil {
		return nil, err
	}
	s := &script{plan: p, hash: hash}
	s.room()
	s.machine()
	switch p.What {
	case Make:
		s.makeKey()
	case Import:
		s.importKey()
	case Reshare:
		s.openShares()
	case Sign:
		s.openShares()
		s.sign()
	case MakeWords:
		s.makeKey()
		s.words()
	}
	if p.What.shares() {
		s.share()
	}
	s.close()
	return s.steps, nil
}

// script gathers steps.
type script struct {
	plan    Plan
	hash    text.Hash
	section string
	steps   []Step
}

func (s *script) add(x Step) {
	x.Number, x.Section = len(s.steps)+1, s.section
	if x.Person == "" {
		x.Person = s.plan.Administrator
	}
	s.steps = append(s.steps, x)
}

// second is who checks what the administrator brought: the first witness, or,
// where there is none, the first who opens the key.
func (s *script) second() (Role, text.ID) {
	if len(s.plan.Witnesses) > 0 {
		return Witness, s.plan.Witnesses[0]
	}
	return Opener, s.plan.Openers[0]
}

// room is what happens before the workstation is switched on.
func (s *script) room() {
	s.section = "Room and equipment"
	role, second := s.second()
	s.add(Step{
		Role: Everybody, Title: "everybody present and known",
		Text:   "Check an identity document of each person against the list of people. Write the date, the time and how far it is from UTC; every later time is in this zone.",
		Blanks: []string{"date and start", "hours from UTC"},
	})
	s.add(Step{
		Role: role, Person: second, Title: "room searched and closed",
		Text: "Search the room before the others sit down: under the table, sockets, lamps, shelves. Cover windows and cameras that see the screen or the keyboard. " +
			"Telephones, watches, bags and everything else that records, sends or stores is locked away outside. From now on nobody enters, and who leaves is an exception.",
		Blanks: []string{"where things are locked away"},
	})
	s.add(Step{
		Role: role, Person: second, Title: "equipment compared with the plan",
		Text:   "Compare every thing, its serial number and its unbroken seal with this list. Carry out whatever is not on it.",
		Expect: s.equipment(), Blanks: []string{"seal numbers broken today"},
	})
}

func (s *script) equipment() []Fact {
	var out []Fact
	for _, e := range s.plan.Equipment {
		out = append(out, Fact{string(e.Kind), e.Text})
	}
	return out
}

// machine is what shows that workstation, program and plan are the right ones.
func (s *script) machine() {
	s.section = "Workstation, program and plan"
	role, second := s.second()
	s.add(Step{
		Role: Administrator, Title: "workstation started and examined",
		Text:   "Start the workstation from its own medium" + s.network() + ". Run 'strongroom-signer doctor' and read aloud what it finds. Any failure ends the ceremony.",
		Blanks: []string{"warnings"},
	})
	s.program(role, second)
	s.add(Step{
		Role: Everybody, Title: "plan read aloud",
		Text: "The administrator reads the words of the plan's hash from the screen. Everybody compares them with the copy of the plan that they brought. " +
			"The witness also compares all 64 digits.",
		Expect: hashFacts("plan", s.hash), Do: ShowPlan,
	})
}

// program is how people see that the program is the one that was reviewed: by
// what it says itself, and by tools that it has no part in.
func (s *script) program(role Role, second text.ID) {
	what, run, compare, blanks := "the program's file", "sha256sum on it", "with the hash that you fetched from the release by yourself", []string(nil)
	if !s.plan.Build.IsZero() {
		s.add(Step{
			Role: Administrator, Title: "build shown",
			Text: "The program compares itself with the build and shows who reviewed and signed it, and what each of them looked at. " +
				"Read it aloud. Everybody compares the build's hash with their own copy of the plan.",
			Expect: hashFacts("build", s.plan.Build), Do: ShowBuild,
		})
		what = "the program's file and the build"
		run = "sha256sum on the program, and ssh-keygen -Y verify -n build.v1@strongroom on the build's text for two reviewers at least, whose keys you know from elsewhere"
		compare, blanks = "with the line 'program strongroom-signer' of that text", []string{"whose signatures are good"}
	}
	s.add(Step{
		Role: role, Person: second, Title: "program checked with other tools",
		Text: "Copy " + what + " to a machine or a live medium that you brought yourself, and use the tools there: not those of the workstation, and not the program's own check. " +
			"Run " + run + ". Compare the hash letter by letter with your own copy of the plan, and " + compare + ". Then type its last 8 digits, which do not stand here, as your tool printed them.",
		Expect: []Fact{{"program, in words", spoken(s.plan.Program)}, {"program, SHA-256", withoutEnd(s.plan.Program)}}, Blanks: blanks, Do: CheckProgram,
	})
}

// withoutEnd leaves the digits open that a witness types.
func withoutEnd(h text.Hash) string {
	all := h.String()
	return all[:len(all)-typedEnd] + strings.Repeat("_", typedEnd)
}

// ProgramEnd returns the digits that a witness types when they have checked the
// program with other tools: the last of its hash.
func (p Plan) ProgramEnd() string {
	all := p.Program.String()
	return all[len(all)-typedEnd:]
}

func (s *script) network() string {
	if s.plan.Allowed(policy.AllowNetwork) {
		return ". A network interface may be up: this vault allows it"
	}
	return ", with every cable but power unplugged and every radio off or taken out"
}

// hashFacts is how people compare a hash: in words and in digits.
func hashFacts(name string, h text.Hash) []Fact {
	return []Fact{{name + ", in words", spoken(h)}, {name + ", SHA-256", h.String()}}
}

// close is the end of every ceremony.
func (s *script) close() {
	s.section = "End"
	role, second := s.second()
	s.add(Step{
		Role: Administrator, Title: "medium for the results ready",
		Text:   "Put in the medium that leaves the room, and list it: it is empty. The program writes " + s.results() + " to it when the next step is done.",
		Blanks: []string{"serial number"},
	})
	s.add(Step{
		Role: role, Person: second, Title: "scratch wiped",
		Text: "See that the program reports the key, the shares and all entropy overwritten. What anybody wrote down for themselves (rolls, passphrases, words) is torn up and burnt or kept by its owner alone, as agreed before. " +
			"A medium that held something secret and has no owner is destroyed here.",
		Blanks: []string{"what was destroyed"},
	})
	s.add(Step{
		Role: Everybody, Title: "transcript signed", After: true,
		Text: "The program has written the results and the transcript, and shows its hash. List the medium and count its files: nothing else is on it. Everybody reads the transcript, compares the words, and signs it with the key of their line in the plan: " +
			"ssh-keygen -Y sign -n ceremony.v1@strongroom -f KEY transcript-ID.txt. Who disagrees does not sign, and says why on paper, under exceptions.",
		Blanks: []string{"number of files", "first 8 words of the transcript"},
	})
	s.add(Step{
		Role: role, Person: second, Title: "workstation switched off", After: true,
		Text:   "Switch the workstation off and take its power away for a minute. Seal it, and the room's other things that stay, in numbered bags.",
		Blanks: []string{"seal numbers", "end"},
	})
}

func (s *script) results() string {
	switch s.plan.What {
	case Sign:
		return "the signer's answers and the log"
	case MakeWords:
		return "the public key record, the transcript and the log"
	}
	return "the public key record, the share sheets, the sealed shares for the backup and the log"
}

// people writes names as a sentence has them.
func people(ids []text.ID) string {
	var names []string
	for _, id := range ids {
		names = append(names, string(id))
	}
	return strings.Join(names, ", ")
}
