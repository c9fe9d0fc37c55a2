package main

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"strongroom/custody/durable"
	"strongroom/quorum"
	"strongroom/quorum/record"
	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
	"strongroom/signer"
	"strongroom/signer/ceremony"
)

// sharesIn is where a home keeps sealed shares. They open for their holders
// alone, and go into every backup.
const sharesIn = "shares"

// takePlan takes in the plan of a ceremony.
func (in *intake) takePlan(a *arrival) error {
	p, err := ceremony.ParsePlan(a.bytes)
	if err != nil {
		a.why = append(a.why, quorum.ReasonOf(err, quorum.TextGrammar))
		return nil
	}
	if !in.ours(a, p.Vault, p.Chain) {
		return nil
	}
	return in.keepText(a, fmt.Sprintf("plan of a ceremony (%s) at %s,", p.What, p.Signer))
}

// takeTranscript takes in what happened at a ceremony. Its plan may come later,
// or be there already: then it has to fit.
func (in *intake) takeTranscript(a *arrival) error {
	t, err := ceremony.ParseTranscript(a.bytes)
	if err != nil {
		a.why = append(a.why, quorum.ReasonOf(err, quorum.TextGrammar))
		return nil
	}
	if !in.ours(a, t.Vault, t.Chain) {
		return nil
	}
	texts, err := in.allTexts()
	if err != nil {
		return err
	}
	note := "its plan is not here yet,"
	if b, ok := texts[t.Plan]; ok {
		p, err := ceremony.ParsePlan(b)
		if err != nil {
			return err
		}
		if a.why = quorum.ReasonsOf(t.Against(p)); len(a.why) > 0 {
			return nil
		}
		note = "as its plan says,"
	}
	return in.keepText(a, fmt.Sprintf("transcript of a ceremony (%s) at %s, %s, %s", t.What, t.Signer, t.Key, note))
}

// takeCeremonySignature takes in a signature on a transcript of the registry, by
// somebody who was present, with the key of the plan.
func (in *intake) takeCeremonySignature(a *arrival, sig *sshsig.Signature) error {
	texts, err := in.allTexts()
	if err != nil {
		return err
	}
	for _, x := range accounts(texts) {
		if _, err := sig.Verify(sig.Key(), ceremonyNamespace(), texts[x.hash], sshsig.Factor{}); err != nil {
			continue // the signature of another transcript
		}
		if !x.planned {
			a.refused(quorum.SigUnknown, "signature on transcript %s: want its plan %s first, which names the keys, found none", x.hash.Short(), x.transcript.Plan.Short())
			return nil
		}
		signed, err := ceremony.Signed(x.transcript, x.plan, [][]byte{a.bytes})
		if err != nil {
			a.why = append(a.why, quorum.ReasonOf(err, quorum.SigUnknown))
			return nil
		}
		if _, err := in.desk.reg.PutSignature(x.hash, a.bytes); err != nil {
			return err
		}
		a.accept("%s by %s on transcript %s", ceremony.Act, signed.By[0].Person, x.hash)
		return nil
	}
	a.refused(quorum.SigBad, "signature: want one on a transcript of the registry, found none that it signs")
	return nil
}

// takeShare takes in a sealed share, byte for byte. It says nothing about itself:
// by its name it belongs to a transcript of the registry, which also says to what
// it is sealed.
func (in *intake) takeShare(a *arrival) error {
	texts, err := in.allTexts()
	if err != nil {
		return err
	}
	name := filepath.Base(a.name)
	for _, x := range accounts(texts) {
		g, err := x.transcript.Generation()
		if err != nil {
			continue
		}
		for _, s := range g.Shares {
			if signer.ShareFile(g, s.Holder) == name {
				return in.keepShare(a, name, g, s)
			}
		}
	}
	a.refused(quorum.KeyShare, "sealed file: want a share that a transcript of the registry names, as share-FINGERPRINT-GENERATION-HOLDER.age, found %q", name)
	return nil
}

func (in *intake) keepShare(a *arrival, name string, g record.Shares, s record.Share) (err error) {
	if seal := sealOf(a.bytes); seal != s.Seal {
		a.refused(quorum.KeyShare, "share of %s: want one sealed to a %s, as the transcript says, found one sealed to a %s", s.Holder, s.Seal, seal)
		return nil
	}
	dir, err := in.desk.dir.Sub(sharesIn)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, dir.Close()) }()
	entries, err := dir.List(maxSealedShares)
	if err != nil {
		return err
	}
	known := slices.ContainsFunc(entries, func(e durable.Entry) bool { return e.Name == name })
	if known {
		b, err := dir.ReadFile(name, maxSealedShare)
		if err != nil {
			return err
		}
		if !bytes.Equal(b, a.bytes) {
			a.refused(quorum.KeyShare, "share of %s: want the sealed file that is known, SHA-256 %s, found another", s.Holder, text.Identity(b).Short())
			return nil
		}
	}
	if !known {
		if len(entries) == maxSealedShares {
			return fmt.Errorf("%s: want at most %d sealed shares, found one more: %w", sharesIn, maxSealedShares, durable.ErrTooLarge)
		}
		if err := dir.WriteNew(name, a.bytes); err != nil {
			return err
		}
	}
	a.accept("share of %s, generation %d of key %x, sealed to a %s; it goes into the backup as it is", s.Holder, g.Generation, g.Fingerprint, s.Seal)
	return nil
}

// sealOf returns to what an age file with one recipient is sealed, by its first
// stanza; nothing for another file.
func sealOf(b []byte) record.Seal {
	lines := strings.SplitN(string(b[:min(len(b), maxAgeHeader)]), "\n", 3)
	if len(lines) < 3 || lines[0] != ageVersion {
		return ""
	}
	kind, _, _ := strings.Cut(strings.TrimPrefix(lines[1], "-> "), " ")
	switch kind {
	case "scrypt":
		return record.SealPassphrase
	case "X25519", "ssh-ed25519":
		return record.SealKey
	case "mlkem768x25519":
		return record.SealHybrid
	}
	return record.SealHardware
}

// ageVersion is the first line of a file that age sealed.
const ageVersion = "age-encryption.org/v1"

// isPage says whether a file is a page of HTML, which is for paper.
func isPage(b []byte) bool {
	return strings.HasPrefix(strings.ToLower(string(b[:min(len(b), len("<!doctype html"))])), "<!doctype html")
}
