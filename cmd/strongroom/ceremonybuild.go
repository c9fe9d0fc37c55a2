package main

import (
	"fmt"

	"strongroom/cmd/internal/cli"
	"strongroom/quorum/text"
	"strongroom/signer/ceremony"
)

// readBuildFor reads the build that a plan is to name. It refuses one that does not
// count, and one of another program than the plan's.
func (f planFlags) readBuildFor(w cli.World) func(*ceremony.Plan) error {
	return func(p *ceremony.Plan) error {
		if *f.build == "" {
			return nil
		}
		b, signatures, err := readBuild(*f.build)
		if err != nil {
			return err
		}
		r, found := ceremony.Review(b, signatures)
		if len(found) == 0 {
			p.Build = r.Hash()
			found = r.Fits(*p, r.Build().Signer.Hash) // which program will run is not known yet
		}
		return refuseBuild(w, found)
	}
}

// keepBuild keeps a build that counts with its signatures in the registry, for
// whoever asks later by what a key was made.
func (d *desk) keepBuild(path string, p ceremony.Plan) error {
	if p.Build.IsZero() {
		return nil
	}
	b, signatures, err := readBuild(path)
	if err != nil {
		return err
	}
	if h := text.Identity(b); h != p.Build {
		return fmt.Errorf("build: want a text that stands still, found %s after %s", h.Short(), p.Build.Short())
	}
	if _, err := d.reg.PutText(b); err != nil {
		return err
	}
	for _, s := range signatures {
		if _, err := d.reg.PutSignature(p.Build, s); err != nil {
			return err
		}
	}
	return nil
}
