package policy

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
)

func (p *Policy) explainPeople() Section {
	s := Section{Title: "Who the officers are"}
	if len(p.Officers) == 0 {
		s.say("Nobody has been named yet.")
	}
	for _, o := range p.Officers {
		s.say("%s (%s) of %s, in %s. %s %s %s", o.Name, o.ID, o.Org, p.groupsOf(o.ID), p.keysOf(o.ID), p.factorOf(o.ID), p.termOf(o.ID))
	}
	if p.PasskeyOrigin == "" {
		s.say("A browser's passkey signs nothing here.")
	} else {
		s.say("A browser's passkey may sign on the page %s and on no other.", p.PasskeyOrigin)
	}
	return s
}

func (p *Policy) groupsOf(officer text.ID) string {
	var in []text.ID
	for _, g := range p.Groups {
		if slices.Contains(g.Members, officer) {
			in = append(in, g.ID)
		}
	}
	if len(in) == 0 {
		return "no group"
	}
	return series(in, "and")
}

func (p *Policy) keysOf(officer text.ID) string {
	var keys []string
	for _, k := range p.Keys(officer) {
		keys = append(keys, fmt.Sprintf("%s %s", k.Type(), k.Fingerprint()))
	}
	if len(keys) == 0 {
		return "There is no key yet."
	}
	return "Signs with " + series(keys, "or") + "."
}

// factorOf says what a signature must show. What Policy.FactorOf takes for
// granted where a line is missing is said too.
func (p *Policy) factorOf(officer text.ID) string {
	f := p.FactorOf(officer)
	if f == (sshsig.Factor{}) {
		return "Nothing is asked of a signature beyond its key."
	}
	var shows []string
	if f.Presence {
		shows = append(shows, "that a hardware key was touched")
	}
	if f.Verification {
		shows = append(shows, "that its PIN or a finger was given")
	}
	if f.Bound {
		shows = append(shows, "that the key cannot leave its device")
	}
	return "A signature must show " + series(shows, "and") + "."
}

func (p *Policy) termOf(officer text.ID) string {
	height, ends := p.TermOf(officer)
	if !ends {
		return "The term has no end."
	}
	return fmt.Sprintf("Approvals count up to block %d and not after it.", height)
}

func (p *Policy) explainWallets() Section {
	s := Section{Title: "What holds the bitcoin"}
	if len(p.Wallets) == 0 {
		s.say("No wallet has been named yet.")
	}
	for _, w := range p.Wallets {
		s.say("The wallet %s %s. %d of its %s must sign. Its descriptor file has the SHA-256 %s.",
			w.ID, walletUse(w.State), w.M, plural(w.N, "key", "keys"), w.Descriptor)
	}
	for _, c := range p.Cosigners {
		where := "outside, a hardware wallet that these rules do not bind"
		if c.Governed {
			where = "a signer that keeps these rules"
		}
		s.say("Key %s of the wallet %s is with %s, %s.", hex.EncodeToString(c.Fingerprint[:]), c.Wallet, c.Name, where)
	}
	for _, d := range p.Devices {
		s.say("The signer %s writes a log of all it does and signs it with %s.", d.ID, d.Verifier)
	}
	for _, a := range p.Annexes {
		s.say("With these rules goes the annex %s, whose text has the SHA-256 %s.", a.Name, a.Hash)
	}
	return s
}

func walletUse(state WalletState) string {
	switch state {
	case Active:
		return "is active: it receives and pays"
	case Next:
		return "is the next one: a sweep moves coins to it, and it pays nothing before that"
	case Retired:
		return "is retired: it is only emptied"
	}
	return "has " + strings.ToLower(state.String())
}
