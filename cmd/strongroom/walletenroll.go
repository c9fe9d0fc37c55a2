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
			"so that no machine holds two.",
		Example: "strongroom receive from-signer-a from-signer-b from-signer-c\nstrongroom wallet enroll main --threshold 2",
		Args:    cobra.ExactArgs(1),
	}
	threshold := cmd.Flags().Int("threshold", 0, "how many `KEYS` sign, more than half of all")
	signers := cmd.Flags().StringArray("signer", nil, "take the key of this `SIGNER`; repeat (default: all that were received)")
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
		var desc *custody.Descriptor
		return changeDraft(w, *home, func(d *desk, p *policy.Policy) (q *policy.Policy, err error) {
			q, desc, err = d.enrollWallet(p, id, *threshold, only)
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

// holder is a signer with the wallet key that it proved to hold and its log key.
type holder struct {
	id     text.ID
	key    custody.AccountKey
	device policy.Device
}

// enrollWallet makes the wallet of the holders' keys, stores its descriptor and
// returns it with the draft that has the wallet, its cosigners and their devices.
func (d *desk) enrollWallet(p *policy.Policy, id text.ID, threshold int, only []text.ID) (*policy.Policy, *custody.Descriptor, error) {
	holders, err := d.holders(only)
	if err != nil {
		return nil, nil, err
	}
	desc, err := descriptorOf(d.network, threshold, holders)
	if err != nil {
		return nil, nil, err
	}
	q, err := withWallet(p, id, desc, holders)
	if err != nil {
		return nil, nil, err
	}
	_, err = d.reg.PutDescriptor(desc.File())
	return q, desc, err
}

// holders returns the signers named, or all of which a key record came, sorted by
// name. Each must have one key record and a log key.
func (d *desk) holders(only []text.ID) ([]holder, error) {
	byName, err := d.recordsBySigner()
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
		keys := byName[id]
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
				return nil, refuse(quorum.KeyDuplicate, "wallet: want a key of its own on each signer, found the same one on %s and %s", other.id, h.id)
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
func withWallet(p *policy.Policy, id text.ID, desc *custody.Descriptor, holders []holder) (*policy.Policy, error) {
	var cosigners []policy.Cosigner
	devices := slices.Clone(p.Devices)
	for _, h := range holders {
		cosigners = append(cosigners, policy.Cosigner{Fingerprint: h.key.Origin().Fingerprint, Governed: true, Name: h.id})
		devices = slices.DeleteFunc(devices, func(x policy.Device) bool { return x.ID == h.id })
		devices = append(devices, h.device)
	}
	q, err := p.SetDevices(devices)
	if err != nil {
		return nil, err
	}
	return q.SetWallet(policy.Wallet{ID: id, State: policy.Active, Descriptor: desc.Hash(), M: desc.M(), N: desc.N()}, cosigners)
}
