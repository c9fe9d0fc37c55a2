package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/custody"
	"strongroom/custody/durable"
	"strongroom/custody/headers"
	"strongroom/quorum/policy"
	"strongroom/quorum/registry"
	"strongroom/quorum/text"
)

// initFlags is what init is told, checked before anything is written.
type initFlags struct {
	vault, chain, preset, origin, node *string
	shared                             sharedFlags
}

func initCommand(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "init",
		Short: "make a new home for a vault, with a draft of its policy",
		Long: "Makes the folder --home with the vault's name, a draft of its first policy and an empty registry. " +
			"Operators, officers and auditors each have a home of their own; nothing in it is secret.\n" +
			"With --registry and --credentials the registry is in a bucket that several homes share, on many machines; strongroom registry share tells of it.\n" +
			"The presets: team is five officers in one group; fund is four in the treasury and three partners; exchange is four in the treasury, three of risk and two of the board. Each has two watchers. " +
			"fund and exchange ask for hardware keys.\n" +
			"team and fund bring an annex, workstation, that leaves rules for the signers' machines out: team has shares sealed to passphrases and no witness when a key opens, and on a test chain a network interface may be up; fund has no witness. strongroom policy explain tells all of it.",
		Example: "strongroom init --home vault --vault acme-treasury --chain regtest --preset team",
	}
	f := initFlags{
		vault:  cmd.Flags().String("vault", "", "the vault's `NAME`, as every text will carry it"),
		chain:  cmd.Flags().String("chain", "", "the vault's `CHAIN`: mainnet or regtest"),
		preset: cmd.Flags().String("preset", "team", "the `PRESET` that the draft begins with: team, fund or exchange"),
		origin: cmd.Flags().String("origin", "", "the block from which headers are checked, `HEIGHT:HASH:BITS` (mainnet only)"),
		node:   cmd.Flags().String("node", "", "the `FILE` that says how the bitcoin node is reached"),
		shared: addSharedFlags(cmd, "registry"),
	}
	for _, name := range []string{"vault", "chain"} {
		if err := cmd.MarkFlagRequired(name); err != nil {
			panic("strongroom: " + err.Error())
		}
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return initHome(cmd.Context(), w, *home, f) }
	return cmd
}

// initHome checks every input, and that a registry in a bucket is this vault's,
// then makes the home: the folder, the registry,
// the draft, the node's description, and last desk.txt, without which a folder
// is no home.
func initHome(ctx context.Context, w cli.World, home string, f initFlags) (err error) {
	path, err := homePath(w, home)
	if err != nil {
		return err
	}
	p, node, err := f.read(w)
	if err != nil {
		return err
	}
	p, annex, err := withWorkstation(p, *f.preset)
	if err != nil {
		return err
	}
	about, err := deskText(p.Vault, p.Network)
	if err != nil {
		return err
	}
	s, err := f.shared.claim(ctx, w, about)
	if err != nil {
		return err
	}
	dir, err := durable.Create(path)
	if err != nil {
		return cli.Hint(err, "strongroom init --home NEW-FOLDER --vault %s --chain %s", p.Vault, p.Network)
	}
	defer func() { err = errors.Join(err, dir.Close()) }()
	if err := makeRegistry(dir, annex); err != nil {
		return err
	}
	if s != nil {
		if err := s.share(ctx, w, dir); err != nil {
			return err
		}
	}
	if err := dir.WriteNew(draftFile, p.Bytes()); err != nil {
		return err
	}
	if err := dir.WriteNew(presetFile, []byte(*f.preset+"\n")); err != nil {
		return err
	}
	if node != nil {
		if err := dir.WriteFile(nodeFile, node); err != nil {
			return err
		}
	}
	if err := dir.WriteNew(deskFile, about); err != nil {
		return err
	}
	initialised(w, path, p, node != nil)
	if s != nil {
		w.Text("")
		w.Field("registry", s.String())
		w.Text("Is the policy finished at another desk? Then take it from there: strongroom bundle policy-1 -o founding, and here strongroom receive founding.")
	}
	return nil
}

// makeRegistry makes a registry that holds the draft's annex, if it has one.
func makeRegistry(dir *durable.Dir, annex []byte) error {
	sub, err := dir.Sub(registryIn)
	if err != nil {
		return err
	}
	reg, err := registry.Open(sub)
	if err != nil {
		return errors.Join(err, sub.Close())
	}
	if annex != nil {
		_, err = reg.PutText(annex)
	}
	return errors.Join(err, reg.Close(), sub.Close())
}

// withWorkstation gives a draft the annex workstation of its preset. On a test
// chain it lets the keys of a team also open while a network interface is up:
// there everything is tried on one machine, which has one.
func withWorkstation(p *policy.Policy, preset string) (*policy.Policy, []byte, error) {
	kind, err := policy.ParsePreset(preset)
	if err != nil {
		return nil, nil, err
	}
	allows := kind.Allowances()
	if kind == policy.Team && p.Network.Test() {
		allows = append(allows, policy.AllowNetwork)
	}
	if len(allows) == 0 {
		return p, nil, nil
	}
	annex, err := policy.RenderWorkstation(policy.Workstation{Vault: p.Vault, Allows: allows})
	if err != nil {
		return nil, nil, err
	}
	q, err := p.SetAnnex(policy.Annex{Name: "workstation", Hash: text.Identity(annex)})
	return q, annex, err
}

// read checks the flags and returns the draft and the node's description.
func (f initFlags) read(w cli.World) (*policy.Policy, []byte, error) {
	vault, err := text.ParseID(*f.vault)
	if err != nil {
		return nil, nil, cli.Usagef("--vault: %w", err)
	}
	n, err := custody.ParseNetwork(*f.chain)
	if err != nil {
		return nil, nil, cli.Usagef("--chain: %w", err)
	}
	preset, err := policy.ParsePreset(*f.preset)
	if err != nil {
		return nil, nil, cli.Usagef("--preset: %w", err)
	}
	origin, err := originOf(n, *f.origin)
	if err != nil {
		return nil, nil, err
	}
	p, err := policy.Draft(preset, vault, n, origin)
	if err != nil || *f.node == "" {
		return p, nil, err
	}
	b, err := w.ReadFile(*f.node, maxNodeFile)
	if err != nil {
		return nil, nil, err
	}
	_, err = readNode(w, b)
	return p, b, err
}

// originOf returns the block from which headers are checked: the first one on
// regtest, and on mainnet the one given, which the officers vouch for.
func originOf(n custody.Network, given string) (policy.OriginBlock, error) {
	params, _ := n.Params()
	var o policy.OriginBlock
	switch {
	case n == custody.Regtest && given == "":
		h := headers.HashFromWire([32]byte(*params.GenesisHash))
		return policy.OriginBlock{Hash: h, Bits: params.GenesisBlock.Header.Bits}, nil
	case n == custody.Regtest:
		return o, cli.Usagef("--origin: want none on regtest, whose first block it is, found %q", given)
	case n != custody.Mainnet:
		return o, cli.Usagef("--chain: want mainnet or regtest, whose work this version can check, found %s", n)
	case given == "":
		return o, cli.Hint(cli.Usagef("--origin: want HEIGHT:HASH:BITS on mainnet, found none"),
			"bitcoin-cli getblockheader \"$(bitcoin-cli getblockhash 951552)\"   # any height that 2016 divides")
	}
	o, err := parseOrigin(given)
	if err != nil {
		return o, err
	}
	_, err = headers.New(n, headers.Origin{Height: o.Height, Hash: headers.Hash(o.Hash), Bits: o.Bits}, 0)
	if err != nil {
		return o, cli.Usagef("--origin: %w", err)
	}
	return o, nil
}

func parseOrigin(s string) (o policy.OriginBlock, err error) {
	parts := strings.Split(s, ":")
	if len(parts) != 3 {
		return o, cli.Usagef("--origin: want HEIGHT:HASH:BITS, found %q", s)
	}
	height, err := text.ParseUint(parts[0], 1<<32-1)
	if err != nil {
		return o, cli.Usagef("--origin: height: %w", err)
	}
	hash, err := headers.ParseHash(parts[1])
	if err != nil {
		return o, cli.Usagef("--origin: hash: %w", err)
	}
	bits, err := strconv.ParseUint(parts[2], 16, 32)
	if err != nil || fmt.Sprintf("%08x", bits) != parts[2] {
		return o, cli.Usagef("--origin: bits: want 8 lower-case hex digits, found %q", parts[2])
	}
	return policy.OriginBlock{Height: uint32(height), Hash: hash, Bits: uint32(bits)}, nil
}

// initialised says what is there now and what comes next.
func initialised(w cli.World, path string, p *policy.Policy, node bool) {
	banner(w, p.Network)
	w.Field("home", path)
	w.Field("vault", fmt.Sprintf("%s on %s", p.Vault, p.Network))
	w.Field("draft", filepath.Join(path, draftFile))
	w.Text("")
	toFill(w, p)
	w.Text("")
	w.Text("Next, with STRONGROOM_HOME=%s:", path)
	w.Text("  strongroom officer enrol ID --org ORG --name NAME --key FILE.pub --group G")
	w.Text("  strongroom receive DIR   (what each signer exported with key show -o DIR)")
	w.Text("  strongroom wallet enroll main --threshold 2")
	w.Text("  strongroom policy draft destination LABEL --address A --cap C --window N")
	w.Text("  strongroom policy draft backup --template   (what is wanted of the copies)")
	w.Text("  strongroom policy draft finish")
	if !node {
		w.Text("  strongroom node set FILE   (how the bitcoin node is reached)")
	}
}
