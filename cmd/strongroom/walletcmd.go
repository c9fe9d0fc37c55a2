package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/custody"
	"strongroom/quorum/policy"
	"strongroom/quorum/text"
	"strongroom/signer/ceremony"
)

func walletCommand(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "wallet",
		Short:   "the vault's wallets: descriptors, addresses, coins",
		Example: "strongroom wallet show",
	}
	cmd.AddCommand(walletEnroll(w, home), walletExternal(w, home), walletState(w, home), walletShow(w, home), walletAddress(w, home), walletCoins(w, home), walletBalance(w, home), walletSweepPlan(w, home), walletRetired(w, home),
		walletShares(w, home), walletExposure(w, home))
	return cmd
}

// walletJSON is a wallet in machine form.
type walletJSON struct {
	Wallet     text.ID         `json:"wallet"`
	Chain      string          `json:"chain"`
	Test       bool            `json:"test"`
	State      string          `json:"state"`
	M          int             `json:"m"`
	N          int             `json:"n"`
	Hash       string          `json:"hash"`
	Descriptor string          `json:"descriptor"`
	Keys       []walletKeyJSON `json:"keys"`
	First      string          `json:"first_address"`
}

type walletKeyJSON struct {
	Holder   string   `json:"holder"`
	Key      string   `json:"key"`
	Words    []string `json:"words"` // to read aloud
	Governed bool     `json:"governed"`
}

func walletShow(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "show [ID]",
		Short: "a wallet's descriptor, keys and first address; or a file for another program",
		Long: "Shows the wallet whole. With --export it writes a file for other programs to watch the wallet with: " +
			"core for Bitcoin Core's importdescriptors, bip388 for hardware signers that register policies, coldcard for Coldcard and Sparrow.",
		Example: "strongroom wallet show main --export coldcard > main.txt",
		Args:    cobra.MaximumNArgs(1),
	}
	asJSON := cli.JSONFlag(cmd)
	export := cmd.Flags().String("export", "", "write the wallet as `FORMAT`: core, bip388 or coldcard")
	cmd.MarkFlagsMutuallyExclusive("json", "export")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		return inDesk(w, *home, func(d *desk) error {
			x, p, err := d.pickWallet(args)
			if err != nil {
				return err
			}
			desc, err := d.wallet(p, x.ID)
			if err != nil {
				return err
			}
			if *export != "" {
				return exportWallet(w, desc, *export)
			}
			r, err := walletReport(p, x, desc)
			if err != nil {
				return err
			}
			if *asJSON {
				return w.JSON(r)
			}
			showWallet(w, r, p.Network)
			return nil
		})
	}
	return cmd
}

func exportWallet(w cli.World, desc *custody.Descriptor, format string) error {
	var b []byte
	switch format {
	case "core":
		b = desc.ImportDescriptors()
	case "bip388":
		b = desc.WalletPolicy().JSON()
	case "coldcard":
		b = desc.ColdcardFile()
	default:
		return cli.Usagef("--export: want core, bip388 or coldcard, found %q", format)
	}
	_, err := w.Out.Write(b)
	return err
}

func walletReport(p *policy.Policy, x policy.Wallet, desc *custody.Descriptor) (walletJSON, error) {
	first, err := desc.Derive(custody.Receive, 0)
	if err != nil {
		return walletJSON{}, err
	}
	r := walletJSON{
		Wallet: x.ID, Chain: p.Network.String(), Test: p.Network.Test(), State: x.State.String(), M: desc.M(), N: desc.N(),
		Hash: text.Hash(desc.Hash()).String(), Descriptor: desc.String(), First: first.Address(p.Network).String(),
	}
	for _, k := range desc.Keys() {
		name := cosignerName(p, x.ID, k.Origin().Fingerprint)
		r.Keys = append(r.Keys, walletKeyJSON{name, k.String(), ceremony.KeyWords(k), !slices.Contains(p.External(x.ID), text.ID(name))})
	}
	return r, nil
}

func showWallet(w cli.World, r walletJSON, n custody.Network) {
	banner(w, n)
	w.Field("wallet", fmt.Sprintf("%s (%s), %d of %d keys sign", r.Wallet, r.State, r.M, r.N))
	for _, k := range r.Keys {
		showWalletKey(w, k)
	}
	w.Field("descriptor", r.Descriptor)
	w.Field("file hash", r.Hash)
	w.Field("first address", r.First)
	w.Text("Every signer shows the same first address when it enrolls the wallet.")
	if slices.ContainsFunc(r.Keys, func(k walletKeyJSON) bool { return !k.Governed }) {
		w.Text("So must the hardware wallet on its own screen, once the wallet is registered there.")
		showCommand(w, "register", fmt.Sprintf("strongroom wallet show %s --export coldcard > %s.txt", r.Wallet, r.Wallet))
	}
}

// showWalletKey shows a key whole: whose it is, and the words by which people
// compare it with another screen, or with a hash of their own making.
func showWalletKey(w cli.World, k walletKeyJSON) {
	whose := "ours: a signer that keeps the policy"
	if !k.Governed {
		whose = "THEIRS: a hardware wallet that no policy binds"
	}
	w.Field("key", k.Holder+", "+whose)
	w.Field("", k.Key)
	w.Field("in words", strings.Join(k.Words, " "))
}

// addressJSON is one receive address in machine form.
type addressJSON struct {
	Wallet  text.ID `json:"wallet"`
	Chain   string  `json:"chain"`
	Test    bool    `json:"test"`
	Branch  string  `json:"branch"`
	Index   uint32  `json:"index"`
	Address string  `json:"address"`
}

func walletAddress(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "address [ID]",
		Short: "an address to pay the wallet at",
		Long: "Derives a receive address: the first one, the one at --index, or with --next one that was never paid to nor handed out by this home. " +
			"Compare it on a signer or another home before much is paid to it.",
		Example: "strongroom wallet address main --next",
		Args:    cobra.MaximumNArgs(1),
	}
	asJSON := cli.JSONFlag(cmd)
	index := cmd.Flags().Uint32("index", 0, "the address at this `INDEX`")
	next := cmd.Flags().Bool("next", false, "the next address that was never used (asks the node)")
	cmd.MarkFlagsMutuallyExclusive("index", "next")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		within := inDesk
		if *next {
			within = changeDesk // it is noted that the address was handed out
		}
		return within(w, *home, func(d *desk) error {
			x, p, err := d.pickWallet(args)
			if err != nil {
				return err
			}
			desc, err := d.wallet(p, x.ID)
			if err != nil {
				return err
			}
			at := *index
			if *next {
				if at, err = d.nextAddress(cmd.Context(), p, x.ID, desc); err != nil {
					return err
				}
			}
			s, err := desc.Derive(custody.Receive, at)
			if err != nil {
				return cli.Usagef("--index: %w", err)
			}
			if x.State == policy.Retired {
				w.Warnf("wallet %s is retired; nothing should be paid to it any more", x.ID)
			}
			r := addressJSON{x.ID, p.Network.String(), p.Network.Test(), custody.Receive.String(), at, s.Address(p.Network).String()}
			if *asJSON {
				return w.JSON(r)
			}
			banner(w, p.Network)
			w.Field("wallet", fmt.Sprintf("%s, receive address %d", x.ID, at))
			w.Field("address", r.Address)
			return nil
		})
	}
	return cmd
}

// issued notes in the coin cache which address was handed out last, so that
// --next never hands one out twice.
type issued struct {
	Next uint32 `json:"next"`
}

func (d *desk) readIssued(id text.ID) (issued, error) {
	var i issued
	b, err := d.readCache(string(id) + ".issued.json")
	if err != nil || b == nil {
		return i, err
	}
	if err := json.Unmarshal(b, &i); err != nil {
		return i, fmt.Errorf("%s/%s.issued.json: %w", coinsIn, id, err)
	}
	return i, nil
}
