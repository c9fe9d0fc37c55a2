package main

import (
	"fmt"
	"slices"

	"strongroom/quorum"
	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
	"strongroom/signer/ceremony"
)

// takeBuild takes in a build that its reviewers may sign. It belongs to no vault;
// whether it counts is asked where a plan names it.
func (in *intake) takeBuild(a *arrival) error {
	b, err := ceremony.ParseBuild(a.bytes)
	if err != nil {
		a.why = append(a.why, quorum.ReasonOf(err, quorum.TextGrammar))
		return nil
	}
	if a.why = quorum.ReasonsOf(b.Check()); len(a.why) > 0 {
		return nil
	}
	return in.keepText(a, fmt.Sprintf("build for %s,", b.Platform))
}

// takeBuildSignature takes in a signature on a build of the registry, by one of its
// reviewers.
func (in *intake) takeBuildSignature(a *arrival, sig *sshsig.Signature) error {
	texts, err := in.allTexts()
	if err != nil {
		return err
	}
	for h, b := range texts {
		if t, _ := text.TypeOf(b); t != text.Build {
			continue
		}
		if _, err := sig.Verify(sig.Key(), buildNamespace(), b, sshsig.Factor{}); err != nil {
			continue // the signature of another build
		}
		build, err := ceremony.ParseBuild(b)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(build.Reviewers, func(x ceremony.Person) bool { return x.Key.Equal(sig.Key()) })
		if i < 0 {
			a.refused(quorum.SigUnknown, "signature on build %s: want a key of a reviewer, found %s", h.Short(), sig.Key().Fingerprint())
			return nil
		}
		if _, err := in.desk.reg.PutSignature(h, a.bytes); err != nil {
			return err
		}
		a.accept("%s by %s on %s", ceremony.ActBuild, build.Reviewers[i].ID, h)
		return nil
	}
	a.refused(quorum.SigBad, "signature: want one on a build of the registry, found none that it signs")
	return nil
}
