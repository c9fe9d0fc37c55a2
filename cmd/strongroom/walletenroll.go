package main

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/custody"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/text"
)

func walletEnroll(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "enroll ID",
		Short: "make a wallet of the signers' keys and write it into the draft",
		Long: "Takes the key records and log keys that were received, of the signers named or of all, and makes the wallet's descriptor: " +
			"2 of 3 with --threshold 2 and three signers. Keys are compared by what they are, not by how they are written, " +
			"so that no machine holds two. At least one key is to spare: 2 of 2 is refused.\n" +
			"A hardware wallet that no policy binds takes part with --external, by the fingerprint of a key record that wallet external took in. " +
			"Fewer of them than have to sign, so that no coin moves without a signer.\n" +
			"In the draft of a later policy the wallet is in state next, where a sweep can go. A signer that made a new key takes part with that one; and signers judge a sweep only when they hold a key of both wallets.",
		Example: "strongroom receive from-signer-a from-signer-b from-signer-c\nstrongroom wallet enroll main --threshold 2\n" +
			"strongroom wallet enroll vault-2027 --threshold 2 --signer signer-a --signer signer-b --external coldcard-7=1c3a5f77",
		Args: cobra.ExactArgs(1),
	}
	threshold := cmd.Flags().Int("threshold", 0, "how many `KEYS` sign, more than half of all")
	signers := cmd.Flags().StringArray("signer", nil, "take the key of this `SIGNER`; repeat (default: all that were received)")
	external := cmd.Flags().StringArray("external", nil, "take a hardware wallet's key too, as `NAME=FINGERPRINT`; repeat")
	state := cmd.Flags().String("state", "", "enroll it as `STATE`, active, next or retired (default: active in the first policy, next in later ones)")
	if err := cmd.MarkFlagRequired("threshold"); err != nil {
		panic("strongroom: " + err.Error())
	}
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		id, err := text.ParseID(args[0])
		if err != nil {
			return cli.Usagef("wallet: %w", err)
		}
		only, err := ids("--signer", *signers)
		if err != nil {
			return err
		}
		outside, err := parseExternals(*external)
		if err != nil {
			return err
		}
		var given policy.WalletState
		if *state != "" {
			if given, err = parseWalletState(*state); err != nil {
				return err
			}
		}
		var desc *custody.Descriptor
		return changeDraft(w, *home, func(d *desk, p *policy.Policy) (q *policy.Policy, err error) {
			q, desc, err = d.enrollWallet(p, policy.Wallet{ID: id, State: stateOf(p, id, given), M: *threshold}, only, outside)
			return q, err
		}, func(_ *desk, p *policy.Policy) error {
			x, _ := p.Wallet(id)
			r, err := walletReport(p, x, desc)
			if err != nil {
				return err
			}
			showWallet(w, r, p.Network)
			w.Text("")
			toFill(w, p)
			return nil
		})
	}
	return cmd
}

// holder is a signer with the wallet key that it proved to hold and its log key, or
// a hardware wallet with its key.
type holder struct {
	id     text.ID
	key    custody.AccountKey
	device policy.Device // of a signer
}

func (h holder) governed() bool { return h.device.ID != "" }

// stateOf returns the state given, or what a wallet of this name has already, or
// what a new one is for.
func stateOf(p *policy.Policy, id text.ID, given policy.WalletState) policy.WalletState {
	switch x, ok := p.Wallet(id); {
	case given != 0:
		return given
	case ok:
		return x.State
	case p.Version > 1:
		return policy.Next
	}
	return policy.Active
}

// enrollWallet makes the wallet of the holders' keys, stores its descriptor and
// returns it with the draft that has the wallet, its cosigners and their devices.
func (d *desk) enrollWallet(p *policy.Policy, w policy.Wallet, only []text.ID, outside []externalName) (*policy.Policy, *custody.Descriptor, error) {
	holders, err := d.holders(p, only)
	if err != nil {
		return nil, nil, err
	}
	more, err := d.externalHolders(outside)
	if err != nil {
		return nil, nil, err
	}
	holders = append(holders, more...)
	desc, err := descriptorOf(d.network, w.M, holders)
	if err != nil {
		return nil, nil, err
	}
	if err := d.newName(p, w.ID, desc); err != nil {
		return nil, nil, err
	}
	w.Descriptor, w.N = desc.Hash(), desc.N()
	q, err := withWallet(p, w, holders)
	if err != nil {
		return nil, nil, err
	}
	if err := d.checkMade(q, w.ID); err != nil {
		return nil, nil, err
	}
	if err := d.keptApart(holders); err != nil {
		return nil, nil, err
	}
	_, err = d.reg.PutDescriptor(desc.File())
	return q, desc, err
}

// checkMade refuses a wallet that no policy may have: the draft is judged whole only
// when all of it is there.
func (d *desk) checkMade(p *policy.Policy, id text.ID) error {
	reasons := quorum.ReasonsOf(p.CheckWallet(id))
	moreReasons(d.world, reasons)
	return advise(refusal(reasons), "strongroom wallet enroll %s --threshold 2 --signer signer-a --signer signer-b --signer signer-c   # one key more than have to sign", id)
}

// newName refuses to give a name that the policy in force has to other keys:
// signers enroll a name once, and coins would be looked for in the wrong place.
func (d *desk) newName(p *policy.Policy, id text.ID, desc *custody.Descriptor) error {
	if p.Version < 2 {
		return nil
	}
	v, err := d.view()
	if err != nil {
		return err
	}
	if x, ok := v.policy.Wallet(id); ok && x.Descriptor != text.Hash(desc.Hash()) {
		return refuse(quorum.PolWallet, "wallet %s: want a new name for a wallet of other keys, found one that policy %d has", id, v.policy.Version)
	}
	return nil
}

// holders returns the signers named, or all of which a key record came, sorted by
// name. Each must have one key record and a log key; of several, in the draft of
// a later policy, the one counts that no wallet has yet.
func (d *desk) holders(p *policy.Policy, only []text.ID) ([]holder, error) {
	byName, err := d.recordsBySigner()
	if err != nil {
		return nil, err
	}
	used, err := d.usedKeys(p)
	if err != nil {
		return nil, err
	}
	wanted := only
	if len(wanted) == 0 {
		for id := range byName {
			wanted = append(wanted, id)
		}
	}
	wanted = slices.Compact(slices.Sorted(slices.Values(wanted)))
	if len(wanted) == 0 {
		return nil, cli.Hint(errors.New("wallet: want the key records of its signers, found none received"), "strongroom receive DIR   # what each signer wrote with key show -o DIR")
	}
	var out []holder
	for _, id := range wanted {
		keys := fresh(byName[id], used)
		if len(keys) != 1 {
			return nil, refuse(quorum.KeyPossess, "signer %s: want one key record received, found %d", id, len(keys))
		}
		v, err := d.verifier(id)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, cli.Hint(fmt.Errorf("signer %s: want its log key received, found none", id), "strongroom receive %s.verifier", id)
		}
		if err != nil {
			return nil, err
		}
		out = append(out, holder{id, keys[0], policy.Device{ID: id, Verifier: v.String()}})
	}
	return out, nil
}

// usedKeys returns the keys of every wallet of the policy that a later draft
// begins with; none for the first.
func (d *desk) usedKeys(p *policy.Policy) ([]custody.AccountKey, error) {
	if p.Version < 2 {
		return nil, nil
	}
	v, err := d.view()
	if err != nil {
		return nil, err
	}
	var out []custody.AccountKey
	for _, w := range v.policy.Wallets {
		desc, err := d.wallet(v.policy, w.ID)
		if err != nil {
			return nil, err
		}
		out = append(out, desc.Keys()...)
	}
	return out, nil
}

// fresh returns a signer's only key, or of several those that are in no wallet.
func fresh(keys, used []custody.AccountKey) []custody.AccountKey {
	if len(keys) < 2 || len(used) == 0 {
		return keys
	}
	return slices.DeleteFunc(slices.Clone(keys), func(k custody.AccountKey) bool { return slices.ContainsFunc(used, k.SameMaterial) })
}

// recordsBySigner returns the keys of all key records of this vault whose proof
// holds. A key record that came twice is one.
func (d *desk) recordsBySigner() (map[text.ID][]custody.AccountKey, error) {
	files, err := d.reg.KeyRecords()
	if err != nil {
		return nil, err
	}
	out := map[text.ID][]custody.AccountKey{}
	for _, b := range files {
		r, err := custody.ParseKeyRecord(d.network, b)
		if err != nil {
			continue // another network's
		}
		id, ok := d.signerOf(r.Description)
		if !ok || r.Verify() != nil {
			continue
		}
		same := func(k custody.AccountKey) bool { return k.SameMaterial(r.Key) && k.Origin().Equal(r.Key.Origin()) }
		if !slices.ContainsFunc(out[id], same) {
			out[id] = append(out[id], r.Key)
		}
	}
	return out, nil
}

// descriptorOf makes the wallet. That no two signers hold one key is looked at
// first, so that the refusal names them.
func descriptorOf(n custody.Network, threshold int, holders []holder) (*custody.Descriptor, error) {
	var keys []custody.AccountKey
	for i, h := range holders {
		for _, other := range holders[:i] {
			if h.key.SameMaterial(other.key) {
				return nil, refuse(quorum.KeyDuplicate, "wallet: want a key of its own for each cosigner, found the same one of %s and %s", other.id, h.id)
			}
		}
		keys = append(keys, h.key)
	}
	desc, err := custody.NewSortedMulti(n, threshold, keys)
	if err != nil {
		return nil, refuse(quorum.PolWallet, "%v", err)
	}
	return desc, nil
}

// withWallet returns the draft with the wallet, its cosigners and their devices,
// beside the devices that other wallets need.
func withWallet(p *policy.Policy, w policy.Wallet, holders []holder) (*policy.Policy, error) {
	var cosigners []policy.Cosigner
	devices := slices.Clone(p.Devices)
	for _, h := range holders {
		cosigners = append(cosigners, policy.Cosigner{Fingerprint: h.key.Origin().Fingerprint, Governed: h.governed(), Name: h.id})
		if !h.governed() {
			continue
		}
		devices = slices.DeleteFunc(devices, func(x policy.Device) bool { return x.ID == h.id })
		devices = append(devices, h.device)
	}
	q, err := p.SetDevices(devices)
	if err != nil {
		return nil, err
	}
	return q.SetWallet(w, cosigners)
}
