package main

import (
	"strongroom/quorum"
	"strongroom/quorum/media"
	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
)

// takeMedia takes in a statement about a medium.
func (in *intake) takeMedia(a *arrival) error {
	s, err := media.Parse(a.bytes)
	switch {
	case err != nil:
		a.why = append(a.why, quorum.ReasonOf(err, quorum.TextGrammar))
	case s.Vault != in.desk.vault:
		a.refused(quorum.TextVault, "vault: want %s, found %s", in.desk.vault, s.Vault)
	default:
		return in.keepText(a, "statement about medium "+string(s.Medium)+",")
	}
	return nil
}

// takeMediaSignature takes in a signature on a statement of the registry, by one
// of its two people.
func (in *intake) takeMediaSignature(a *arrival, sig *sshsig.Signature) error {
	if in.policy == nil {
		a.refused(quorum.PolBehind, "signature: want a finished policy that lists its key, found only a draft")
		return nil
	}
	who, err := in.desk.everyOfficer()
	if err != nil {
		return err
	}
	texts, err := in.allTexts()
	if err != nil {
		return err
	}
	for h, b := range texts {
		if t, _ := text.TypeOf(b); t != text.Media {
			continue
		}
		s, err := media.Parse(b)
		if by := media.Signers(b, []*sshsig.Signature{sig}, who); err == nil && len(by) > 0 {
			return in.keepMediaSignature(a, s, h, by[0])
		}
	}
	a.refused(quorum.SigBad, "signature: want one by an officer on a statement of the registry, found none that it signs")
	return nil
}

func (in *intake) keepMediaSignature(a *arrival, s media.Statement, h text.Hash, by text.ID) error {
	if by != s.By && by != s.Witness {
		a.refused(quorum.SigUnknown, "signature on statement %s: want that of %s or %s, found that of %s", h.Short(), s.By, s.Witness, by)
		return nil
	}
	if _, err := in.desk.reg.PutSignature(h, a.bytes); err != nil {
		return err
	}
	a.accept("%s by %s on statement %s", media.Act, by, h)
	return nil
}
