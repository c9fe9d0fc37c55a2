package ceremony

import (
	"fmt"

	"strongroom/quorum/policy"
	"strongroom/quorum/text"
	"strongroom/signer/keystore"
	"strongroom/signer/keystore/entropy"
)

// makeKey is how several people make one key: the machine's own entropy is
// fixed first, then everybody's, and only then are they mixed.
func (s *script) makeKey() {
	s.section = "Entropy"
	_, second := s.second()
	s.add(Step{
		Role: Administrator, Title: "generator tested, system entropy committed",
		Text: "Run 'strongroom-signer key ceremony' with the plan. The program tests its generator" + s.generator() + ", draws its own 32 bytes and shows their commitment. " +
			"Read its words aloud, before anybody enters anything: from here on the machine can no longer choose.",
		Blanks: []string{"session", "first 8 words of the commitment"}, Do: CommitSystem,
	})
	for _, x := range s.plan.Entropy {
		s.add(Step{
			Role: Contributor, Person: x.Person, Title: fmt.Sprintf("entropy by %s, %s", x.Person, x.From),
			Text: s.throw(x.From) + " Nobody else sees it. Type it in, compare what the screen shows with what you have, and read the words of your commitment aloud. " +
				"You can check it anywhere: it is the SHA-256 of the text that the screen shows.",
			Blanks: []string{"first 8 words of the commitment"}, Do: Contribute,
		})
	}
	s.add(Step{
		Role: Witness, Person: second, Title: "commitments compared",
		Text: "The program lists every commitment, its own first. Compare each with what was read aloud and written above.",
		Do:   ListCommits,
	})
	s.section = "Key"
	s.add(Step{
		Role: Administrator, Title: "key derived",
		Text:   "Let the program mix all entropy and derive the key. Read fingerprint and path aloud.",
		Blanks: []string{"fingerprint", "path"}, Do: DeriveKey,
	})
}

func (s *script) generator() string {
	if s.plan.Allowed(policy.AllowSystemGenerator) {
		return " (the operating system's: this vault allows one that is not known to follow SP 800-90A)"
	}
	return " (one that follows SP 800-90A, as it says on the screen)"
}

// throw says what somebody does to make entropy.
func (s *script) throw(from entropy.Source) string {
	n := from.Least(s.plan.Bits)
	switch from {
	case entropy.Coins:
		return fmt.Sprintf("Toss a coin at least %d times, letting it fall, and write h or t for each.", n)
	case entropy.Cards:
		return fmt.Sprintf("Shuffle a deck of 52 at least seven times, deal at least %d cards and write each, such as 7h or kd; after a whole deck shuffle again.", n)
	case entropy.File:
		return fmt.Sprintf("Take the file of hex digits, at least %d, that your own hardware generator wrote.", n)
	}
	return fmt.Sprintf("Roll a %s at least %d times, throwing it against something, and write every roll as it falls.", diceName(from), n)
}

func diceName(from entropy.Source) string {
	switch from {
	case entropy.Dice8:
		return "die with 8 faces"
	case entropy.Dice10:
		return "die with 10 faces (0 is 10)"
	case entropy.Dice12:
		return "die with 12 faces"
	case entropy.Dice20:
		return "die with 20 faces"
	}
	return "die with 6 faces"
}

// importKey is how a key comes in that was made elsewhere.
func (s *script) importKey() {
	s.section = "Key"
	for _, id := range s.plan.Openers {
		s.add(Step{
			Role: Opener, Person: id, Title: fmt.Sprintf("key entered by %s", id),
			Text: "At the prompt of 'strongroom-signer key import', type the words that you hold. Nobody else sees the keyboard or the screen. " +
				"What you hold stays as valid as it was: say how it will be destroyed or kept.",
			Blanks: []string{"what becomes of it"}, Do: EnterKey, opens: true,
		})
	}
	s.add(Step{
		Role: Administrator, Title: "key derived",
		Text:   "Read fingerprint and path aloud. Who brought the key compares them with what it had where it came from.",
		Blanks: []string{"session", "fingerprint", "path"}, Do: ShowKey,
	})
}

// openShares is how the holders of a generation open the key.
func (s *script) openShares() {
	s.section = "Key"
	from := s.plan.From
	for _, id := range s.plan.Openers {
		s.add(Step{
			Role: Opener, Person: id, Title: fmt.Sprintf("share opened by %s", id),
			Text: "Open your share yourself, with your own medium and what only you know or carry. The program compares it with the commitment of " + from.String() +
				" and says that they are the same. Take the medium back at once.",
			Do:    OpenShare,
			opens: true,
		})
	}
	if len(s.plan.Witnesses) > 0 {
		s.add(Step{
			Role: Witness, Person: s.plan.Witnesses[0], Title: "openers seen in person",
			Text: "Say aloud that " + people(s.plan.Openers) + " opened their shares here, in person and unforced, and sign the presence text that the program shows.",
			Do:   SeePresence,
		})
	}
	s.add(Step{
		Role: Administrator, Title: "key rebuilt",
		Text:   "The program rebuilds the key and shows its fingerprint.",
		Expect: []Fact{{"fingerprint", fmt.Sprintf("%x", from.Fingerprint)}}, Blanks: []string{"session"}, Do: RebuildKey,
	})
}

// sign is what the key was opened for.
func (s *script) sign() {
	s.section = "Signing"
	_, second := s.second()
	for i, h := range s.plan.Proposals {
		s.add(Step{
			Role: Administrator, Title: fmt.Sprintf("proposal %d compared and signed", i+1),
			Text: fmt.Sprintf("Run 'strongroom-signer release' with the bundle. Read the id, the payees, amounts and the fee aloud from the screen. "+
				"Only when %s has compared the id with this one, type the confirmation. A refusal is written down with its codes under exceptions.", second),
			Expect: append(hashFacts("proposal", h), Fact{"to type", h.String()[:8]}),
		})
	}
}

// share is how shares are made, sealed, proven and put away.
func (s *script) share() {
	s.section = "Shares"
	s.add(Step{
		Role: Administrator, Title: "key split",
		Text:   "Let the program split the key by SLIP-39 and rebuild it from the shares. Compare the scheme.",
		Expect: s.scheme(), Do: SplitKey,
	})
	for i, h := range s.plan.Holders {
		s.add(Step{
			Role: HolderRole, Person: h.Person, Title: fmt.Sprintf("share %d of group %d sealed by %s", s.number(i), h.Group, h.Person),
			Text: sealing(h.To), Expect: []Fact{{"sealed to", shortened(h.To.String())}}, Blanks: []string{"first 8 words of the commitment"}, Do: SealShare,
		})
		s.add(Step{
			Role: HolderRole, Person: h.Person, Title: fmt.Sprintf("share opened again by %s", h.Person),
			Text: "Take the medium out and put it in again. Open the share with 'strongroom-signer key verify-share', or with age -d share.age | sha256sum on a machine of the equipment list: " +
				"the result is the commitment. A share that was never opened counts for nothing.",
			Do: ProveShare,
		})
	}
	for i, h := range s.plan.Holders {
		_, second := s.second()
		s.add(Step{
			Role: Witness, Person: second, Title: fmt.Sprintf("share of %s bagged", h.Person),
			Text:   fmt.Sprintf("See %s put the medium and the share sheet into a numbered bag and close it. It travels to %s with its holder, alone, and is opened there only.", h.Person, s.plan.Sites[h.Group-1].Site),
			Expect: []Fact{{"share", fmt.Sprintf("%d of group %d, generation %d", s.number(i), h.Group, s.plan.Generation())}}, Blanks: []string{"bag number"}, Do: NoteBag,
		})
	}
	if s.plan.What == Reshare {
		s.add(Step{
			Role: Administrator, Title: "old shares collected",
			Text:   "Shares of " + s.plan.From.String() + " still rebuild the same key: making new ones revokes nothing. Destroy those that are here and list those that are not.",
			Blanks: []string{"destroyed", "still out there"},
		})
	}
}

// scheme lists who rebuilds the key together.
func (s *script) scheme() []Fact {
	out := []Fact{{"groups", fmt.Sprintf("any %d of %d", s.plan.Groups, len(s.plan.Sites))}}
	for i, g := range s.plan.Sites {
		var who []text.ID
		for _, h := range s.plan.Holders {
			if h.Group == i+1 {
				who = append(who, h.Person)
			}
		}
		out = append(out, Fact{fmt.Sprintf("group %d, %s", i+1, g.Site), fmt.Sprintf("any %d of %s", g.Need, people(who))})
	}
	return out
}

// number is the number of a holder's share in its group.
func (s *script) number(holder int) int {
	n := 0
	for _, h := range s.plan.Holders[:holder+1] {
		if h.Group == s.plan.Holders[holder].Group {
			n++
		}
	}
	return n
}

func sealing(to keystore.Recipient) string {
	switch to.Seal() {
	case keystore.SealPassphrase:
		return "Alone at the keyboard, choose a passphrase of seven random words or more that you have nowhere else, and type it twice. The share goes to your medium. Read its commitment's words aloud."
	case keystore.SealHardware:
		return "Compare the recipient with the one that your key itself shows. The share is sealed to it in its own program, and goes to your medium. Read its commitment's words aloud."
	}
	return "Compare the recipient with your copy of it. The share is sealed to it and goes to your medium. Read its commitment's words aloud."
}

// shortened keeps a long recipient readable: its start and its end.
func shortened(s string) string {
	const most, each = 76, 34
	if len(s) <= most {
		return s
	}
	return s[:each] + " ... " + s[len(s)-each:]
}
