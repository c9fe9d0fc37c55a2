package main

import (
	"errors"
	"io/fs"
	"os"

	"strongroom/custody/durable"
	"strongroom/quorum"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
	"strongroom/signer/host"
)

// look looks at the machine before the process is walled off; afterwards it
// cannot be seen any more: its network, which matters where a key opens, and its
// files.
func (p *program) look() error {
	findings := host.Assess(os.DirFS("/"), host.Ask(p.realHome()), p.world.Now())
	p.assessed = assessed(findings)
	for _, f := range findings {
		if f.Name == "network" {
			p.network = f
		}
	}
	return p.lookAtFiles()
}

// assessed is what the log says of findings.
func assessed(findings []host.Finding) record.Assessed {
	out := record.Assessed{Findings: host.SumFindings(findings), Points: len(findings)}
	for _, f := range findings {
		if f.Status != host.Pass {
			out.Lacks = append(out.Lacks, record.Lack{Finding: text.ID(f.Name), Failed: f.Status == host.Fail})
		}
	}
	return out
}

// lookAtFiles sees whether files are those of the baseline, where the home has
// one.
func (p *program) lookAtFiles() (err error) {
	p.integrity, err = p.compared()
	return err
}

// compared holds the machine against its baseline.
func (p *program) compared() (r record.Integrity, err error) {
	path, err := p.world.Home(*p.homeFlag, homeVariable)
	if err != nil {
		return r, err
	}
	d, err := durable.Open(path)
	if err != nil {
		return r, nil // open will say so
	}
	defer give(d, &err)
	b, err := readBaseline(d)
	if errors.Is(err, fs.ErrNotExist) {
		return r, nil
	}
	if err != nil {
		return r, err
	}
	drift, err := host.Check(b, os.DirFS("/"))
	return record.Integrity{Root: text.Hash(b.Root()), Changed: len(drift.Changed) + len(drift.Missing) + len(drift.Added)}, err
}

// unfit is why a key stays shut on this machine: it was not looked at, it is not
// cut off from everything, or its files are not those of the baseline.
func (p *program) unfit(networkAllowed bool) []quorum.Reason {
	var reasons []quorum.Reason
	if p.network.Status != host.Pass && !networkAllowed {
		reasons = append(reasons, quorum.Because(quorum.KeyHost, "network: want every interface down, found %s", p.network.Found))
	}
	if p.integrity.Changed > 0 {
		reasons = append(reasons, quorum.Because(quorum.KeyHost, "integrity: want the files of the baseline as they were, found that %d differ; 'strongroom-signer integrity check' lists them", p.integrity.Changed))
	}
	return reasons
}
