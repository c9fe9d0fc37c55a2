package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/custody"
	"strongroom/custody/durable"
	"strongroom/custody/headers"
	"strongroom/quorum/policy"
	"strongroom/quorum/registry"
	"strongroom/quorum/text"
)

// The names in a desk's home. Nothing in it is secret, and nothing in it is
// trusted: texts carry their own signatures.
const (
	deskFile   = "desk.txt"  // which vault and chain
	draftFile  = "draft.txt" // the policy that is being written: the first, or the next version
	nodeFile   = "node.txt"  // how to reach the node
	registryIn = "registry"  // texts, signatures, logs, headers
	policyOne  = "policy-1.txt"
	signersIn  = "signers" // log keys that the signers exported, before a policy names them
	coinsIn    = "coins"   // what the node said about the wallets; can be made again

	casesFile  = "cases.txt"  // example withdrawals that the policy is held against
	presetFile = "preset.txt" // the preset that the first draft began with
)

// desk is an opened home of the online program.
type desk struct {
	world   cli.World
	dir     *durable.Dir
	regDir  *durable.Dir // the registry, or what is remembered of one that is shared
	far     *reached     // where a shared registry is; nil if the home has its own
	reg     *registry.Registry
	vault   text.ID
	network custody.Network
}

// homeFlag adds --home to every command below root.
func homeFlag(root *cobra.Command) *string {
	return root.PersistentFlags().String("home", "", "the desk's folder `DIR` (default: $STRONGROOM_HOME)")
}

// homePath returns the folder named by --home or the environment.
func homePath(w cli.World, flag string) (string, error) {
	if flag != "" {
		return filepath.Abs(flag)
	}
	if env := w.Env("STRONGROOM_HOME"); env != "" {
		return filepath.Abs(env)
	}
	return "", cli.Usagef("home: want --home DIR or STRONGROOM_HOME, found neither")
}

// openDesk opens an existing home.
func openDesk(w cli.World, flag string) (*desk, error) {
	path, err := homePath(w, flag)
	if err != nil {
		return nil, err
	}
	dir, err := durable.Open(path)
	if err != nil {
		return nil, cli.Hint(err, "strongroom init --home %s --vault NAME --chain regtest --preset team", path)
	}
	d := &desk{world: w, dir: dir}
	if err := d.load(); err != nil {
		return nil, errors.Join(err, dir.Close())
	}
	return d, nil
}

func (d *desk) load() error {
	b, err := d.dir.ReadFile(deskFile, maxDeskFile)
	if errors.Is(err, fs.ErrNotExist) {
		return cli.Hint(fmt.Errorf("%s: want a desk's home, found no %s", d.dir.Path(), deskFile),
			"strongroom init --home %s --vault NAME --chain regtest --preset team", d.dir.Path())
	}
	if err != nil {
		return err
	}
	if d.vault, d.network, err = parseDesk(b); err != nil {
		return fmt.Errorf("%s: %w", deskFile, err)
	}
	return d.openRegistry(context.Background())
}

// inDesk opens the home, works in it and closes it again.
func inDesk(w cli.World, flag string, work func(*desk) error) (err error) {
	d, err := openDesk(w, flag)
	if err != nil {
		return err
	}
	defer func() {
		if end := d.Close(); !errors.Is(err, registry.ErrAway) || !errors.Is(end, registry.ErrAway) {
			err = errors.Join(err, end) // otherwise it says the same again
		}
	}()
	return work(d)
}

// changeDesk is inDesk for work that rewrites a file of the home, such as the
// draft: nobody else may do so meanwhile. The registry needs no lock.
func changeDesk(w cli.World, flag string, work func(*desk) error) error {
	return inDesk(w, flag, func(d *desk) (err error) {
		lock, err := d.dir.Lock()
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, lock.Close()) }()
		return work(d)
	})
}

// Close gives the home back.
func (d *desk) Close() error {
	var err error
	if d.reg != nil {
		err = errors.Join(d.reg.Close(), d.far.close(), d.regDir.Close())
	}
	return errors.Join(err, d.dir.Close())
}

// deskText renders desk.txt.
func deskText(vault text.ID, n custody.Network) ([]byte, error) {
	w := text.NewWriter(text.Desk)
	w.Line("vault", string(vault))
	w.Line("chain", n.String())
	return w.Bytes()
}

func parseDesk(b []byte) (text.ID, custody.Network, error) {
	r, err := text.Open(b, text.Desk)
	if err != nil {
		return "", 0, err
	}
	vault := text.Value(r, "vault", r.Field("vault"), text.ParseID)
	n := text.Value(r, "chain", r.Field("chain"), custody.ParseNetwork)
	return vault, n, r.Close()
}

// errUnfinished tells that the vault has no policy yet, only a draft.
var errUnfinished = errors.New("the policy is not finished")

// policy returns the vault's first policy, which the desk finished drafting.
// Whether the officers consented is another question.
func (d *desk) policy() (*policy.Policy, error) {
	b, err := d.dir.ReadFile(policyOne, int64(text.Policy.MaxSize()))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, cli.Hint(fmt.Errorf("policy: want %s in %s, found only a draft: %w", policyOne, d.dir.Path(), errUnfinished), "strongroom policy draft finish")
	}
	if err != nil {
		return nil, err
	}
	p, err := policy.Parse(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", policyOne, err)
	}
	if p.Vault != d.vault || p.Network != d.network {
		return nil, fmt.Errorf("%s: want vault %s on %s, found %s on %s", policyOne, d.vault, d.network, p.Vault, p.Network)
	}
	return p, nil
}

// origin returns the block that the desk counts from: that of the first policy,
// also where a later one has moved it. Proposals of before name blocks below that
// one, signers that were away lack them, and coins may be older. While the first
// is not finished, it is that of the policy given.
func (d *desk) origin(p *policy.Policy) (headers.Origin, error) {
	first, err := d.policy()
	if errors.Is(err, errUnfinished) {
		first, err = p, nil
	}
	if err != nil {
		return headers.Origin{}, err
	}
	return headers.Origin{Height: first.Origin.Height, Hash: headers.Hash(first.Origin.Hash), Bits: first.Origin.Bits}, nil
}

// chain rebuilds the header chain that the registry holds, by a policy's limit of
// reorganisations.
func (d *desk) chain(p *policy.Policy) (*headers.Chain, error) {
	o, err := d.origin(p)
	if err != nil {
		return nil, err
	}
	c, notes, err := d.reg.Chain(d.network, o, p.ReorgMax)
	for _, note := range notes {
		d.world.Warnf("%s", note)
	}
	return c, err
}
