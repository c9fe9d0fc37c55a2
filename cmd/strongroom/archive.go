package main

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"

	"strongroom/cmd/internal/cli"
	"strongroom/custody"
	"strongroom/custody/durable"
	"strongroom/custody/headers"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/registry"
	"strongroom/quorum/text"
)

// archive is what an auditor or a drill looks at: somebody's home, a registry
// alone, or a folder that was restored. Nothing in it is believed.
type archive struct {
	world   cli.World
	dir     *durable.Dir
	regDir  *durable.Dir // nil when dir is the registry itself
	reg     *registry.Registry
	charter *quorum.Charter
}

// openArchive opens a home or a registry and founds its policy: every officer
// consented, and the hash is the genesis given, if one is given.
func openArchive(w cli.World, path string, genesis text.Hash) (*archive, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	dir, err := durable.Open(path)
	if err != nil {
		return nil, err
	}
	a := &archive{world: w, dir: dir}
	if err = a.openRegistry(); err == nil {
		err = a.found(genesis)
	}
	if err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return a, nil
}

// openRegistry finds the registry in the folder or the folder to be one. A
// folder that is neither stays as it is.
func (a *archive) openRegistry() (err error) {
	at := a.dir
	a.regDir, err = a.dir.OpenSub(registryIn)
	if err == nil {
		at = a.regDir
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	probe, err := at.OpenSub("texts")
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s: want a home or a registry, found neither", a.dir.Path())
	}
	if err != nil {
		return err
	}
	if err := probe.Close(); err != nil {
		return err
	}
	a.reg, err = registry.Open(at)
	return err
}

// Close gives the folders back.
func (a *archive) Close() error {
	var err error
	if a.reg != nil {
		err = a.reg.Close()
	}
	if a.regDir != nil {
		err = errors.Join(err, a.regDir.Close())
	}
	return errors.Join(err, a.dir.Close())
}

// registryPath is where stock tools are to be run.
func (a *archive) registryPath() string {
	if a.regDir != nil {
		return a.regDir.Path()
	}
	return a.dir.Path()
}

// found takes the first policy: that of the genesis given, or that of the home,
// or the only one of the registry that everybody consented to.
func (a *archive) found(genesis text.Hash) error {
	candidates, err := a.firstPolicies(genesis)
	if err != nil {
		return err
	}
	var reasons []quorum.Reason
	for _, b := range candidates {
		c, why := a.charterOf(b)
		switch {
		case c == nil:
			reasons = append(reasons, why...)
		case a.charter != nil:
			return cli.Hint(fmt.Errorf("policy: want one first policy, found %s and %s", a.charter.Genesis(), c.Genesis()),
				"strongroom verify --genesis %s %s", a.charter.Genesis(), a.dir.Path())
		default:
			a.charter = c
		}
	}
	if a.charter == nil && reasons == nil {
		return refuse(quorum.PolGenesis, "policy: want a first policy in %s, found none", a.dir.Path())
	}
	if a.charter == nil {
		moreReasons(a.world, quorum.SortReasons(reasons))
		return refusal(quorum.SortReasons(reasons))
	}
	return nil
}

// charterOf judges a policy with the consents that the registry holds.
func (a *archive) charterOf(b []byte) (*quorum.Charter, []quorum.Reason) {
	p, err := policy.Parse(b)
	if err != nil {
		return nil, []quorum.Reason{quorum.ReasonOf(err, quorum.PolForm)}
	}
	consents, odd, err := a.reg.SignatureFiles(p, p.Hash(), quorum.PolicyName(p.Version))
	if err != nil {
		return nil, []quorum.Reason{quorum.ReasonOf(err, quorum.PolConsent)}
	}
	for _, s := range odd {
		a.world.Warnf("policy %s: %s", p.Hash().Short(), s)
	}
	annexes, err := annexesOf(a.reg, p)
	if err != nil {
		return nil, []quorum.Reason{quorum.ReasonOf(err, quorum.PolAnnex)}
	}
	return quorum.Found(b, consents, annexes)
}

// firstPolicies returns the texts that may be the vault's first policy.
func (a *archive) firstPolicies(genesis text.Hash) ([][]byte, error) {
	if !genesis.IsZero() {
		b, err := a.reg.Text(genesis)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, refuse(quorum.PolGenesis, "policy: want %s, found no such text", genesis)
		}
		return [][]byte{b}, err
	}
	b, err := a.dir.ReadFile(policyOne, int64(text.Policy.MaxSize()))
	if err == nil {
		return [][]byte{b}, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	all, _, err := a.textsOf(text.Policy)
	return slices.DeleteFunc(all, func(b []byte) bool {
		p, err := policy.Parse(b)
		return err == nil && p.Version > 1 // which follows a first one
	}), err
}

// textsOf returns every text of a type, sorted by identity, and apart from them
// what is wrong with texts that were tampered with.
func (a *archive) textsOf(t text.Type) (out [][]byte, bad []error, err error) {
	all, err := a.reg.Texts()
	if err != nil {
		return nil, nil, err
	}
	for _, h := range all {
		b, err := a.reg.Text(h)
		switch is, ok := text.TypeOf(b); {
		case errors.Is(err, registry.ErrTampered):
			bad = append(bad, err)
		case err != nil:
			return nil, nil, err
		case ok && is == t:
			out = append(out, b)
		}
	}
	return out, bad, nil
}

// chain rebuilds the header chain from the policy's origin block.
func (a *archive) chain() (*headers.Chain, error) {
	p := a.charter.Policy()
	c, notes, err := a.reg.Chain(p.Network, headers.Origin{Height: p.Origin.Height, Hash: headers.Hash(p.Origin.Hash), Bits: p.Origin.Bits}, p.ReorgMax)
	for _, note := range notes {
		a.world.Warnf("%s", note)
	}
	return c, err
}

// descriptors returns the descriptors that a policy names, by their hash.
func (a *archive) descriptors(p *policy.Policy) (map[text.Hash]*custody.Descriptor, []quorum.Reason) {
	out := map[text.Hash]*custody.Descriptor{}
	var reasons []quorum.Reason
	for _, h := range descriptorHashes(p) {
		b, err := a.reg.Descriptor(h)
		if err == nil {
			out[h], err = custody.ParseDescriptorFile(p.Network, b)
		}
		if err != nil {
			delete(out, h)
			reasons = append(reasons, quorum.Because(quorum.PolWallet, "descriptor %s: %v", h.Short(), err))
		}
	}
	return out, reasons
}
