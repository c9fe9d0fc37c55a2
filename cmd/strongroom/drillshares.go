package main

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"filippo.io/age"

	"strongroom/custody/durable"
	"strongroom/quorum/policy"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
	"strongroom/signer"
)

// heldKey is a wallet key that a signer of the vault holds, and the newest
// generation of its shares; generation 0 where nothing tells of any.
type heldKey struct {
	signer text.ID
	newest record.Shares
}

func (k heldKey) String() string { return fmt.Sprintf("key %x of %s", k.newest.Fingerprint, k.signer) }

// heldKeys returns every key that a signer holds for a wallet that is not
// retired, each once, sorted by signer.
func heldKeys(p *policy.Policy, known []*walletKey) []heldKey {
	var out []heldKey
	for _, c := range p.Cosigners {
		w, ok := p.Wallet(c.Wallet)
		same := func(k heldKey) bool { return k.newest.Fingerprint == c.Fingerprint }
		if !c.Governed || !ok || w.State == policy.Retired || slices.ContainsFunc(out, same) {
			continue
		}
		k := heldKey{signer: c.Name, newest: record.Shares{Fingerprint: c.Fingerprint}}
		for _, x := range known {
			if n := len(x.generations); x.signer == c.Name && x.fingerprint == c.Fingerprint && n > 0 {
				k.newest = x.generations[n-1]
			}
		}
		out = append(out, k)
	}
	slices.SortStableFunc(out, func(a, b heldKey) int { return strings.Compare(string(a.signer), string(b.signer)) })
	return out
}

// commitments wants what came back to tell of every share that rebuilds a key of
// the wallets: who holds it, and by which SHA-256 it is known again. It is what
// the living home knows, and not an older generation.
func (r *restored) commitments(a *archive, p *replay) (string, error) {
	told, err := accountsIn(a.reg)
	if err != nil {
		return "", err
	}
	states := map[text.ID]*record.State{}
	if p != nil {
		for _, l := range p.logs {
			states[l.Device] = l.State
		}
	}
	living, _, err := r.desk.walletKeys()
	if err != nil {
		return "", err
	}
	return sameShares(heldKeys(r.policy, living), heldKeys(r.policy, gatherKeys(r.policy, states, told)))
}

// sameShares compares what the living home knows of every key with what came
// back. Both name the same keys in the same order.
func sameShares(living, back []heldKey) (string, error) {
	if len(back) == 0 {
		return "", unshown("no signer of this vault holds a key of its wallets: nothing to be shown here")
	}
	shares, lacking := 0, []string{}
	for i, k := range back {
		want, found := living[i].newest, k.newest
		switch {
		case found.Generation == 0 && want.Generation > 0:
			return "", fmt.Errorf("%s: want the commitments of its %d shares, found none in what came back", k, len(want.Shares))
		case found.Generation < want.Generation:
			return "", fmt.Errorf("%s: want the commitments of generation %d of its shares, found those of generation %d: it was shared anew after the snapshot", k, want.Generation, found.Generation)
		case found.Generation == want.Generation && !reflect.DeepEqual(found, want):
			return "", fmt.Errorf("%s: want the commitments of generation %d that the living home knows, found others", k, want.Generation)
		case found.Generation == 0:
			lacking = append(lacking, k.String())
		}
		shares += len(found.Shares)
	}
	if len(lacking) > 0 {
		return "", unshown(fmt.Sprintf("commitments of %d of %s: neither the living home nor what came back tells of shares of %s", len(back)-len(lacking), count(len(back), "key"), strings.Join(lacking, ", ")))
	}
	return fmt.Sprintf("%s, %s with their commitments", count(len(back), "key"), count(shares, "share")), nil
}

// sealedShares wants every share that came back to be an age file, sealed as the
// log says, that the one-time keys do not open: a drill looks at no secret. That
// there are as many as the keys have is shown or not: a holder's own medium is
// the first copy, and a home may never have received them.
func (r *restored) sealedShares(path string, ids []age.Identity) (string, error) {
	living, _, err := r.desk.walletKeys()
	if err != nil {
		return "", err
	}
	seals := map[string]record.Seal{}
	for _, k := range living {
		for _, g := range k.generations {
			for _, s := range g.Shares {
				seals[signer.ShareFile(g, s.Holder)] = s.Seal
			}
		}
	}
	names, err := stillSealed(path, seals, ids)
	if err != nil {
		return "", err
	}
	return sharesShown(heldKeys(r.policy, living), names)
}

// sharesShown says whether the newest generation of every key is there, by the
// names of the sealed files.
func sharesShown(keys []heldKey, names []string) (string, error) {
	total, here, lacking := 0, 0, []string{}
	for _, k := range keys {
		missing := 0
		for _, s := range k.newest.Shares {
			total++
			if slices.Contains(names, signer.ShareFile(k.newest, s.Holder)) {
				here++
			} else {
				missing++
			}
		}
		switch {
		case len(k.newest.Shares) == 0:
			lacking = append(lacking, string(k.signer)+" unknown")
		case missing > 0:
			lacking = append(lacking, fmt.Sprintf("%s lacks %d", k.signer, missing))
		}
	}
	sealed := fmt.Sprintf("%s still sealed, none opened", count(len(names), "share"))
	switch {
	case len(keys) == 0:
		return "", unshown(sealed + "; no signer here holds a key of a wallet")
	case len(lacking) > 0:
		return "", unshown(fmt.Sprintf("%d of %d are here, %s; %s", here, total, strings.Join(lacking, ", "), sealed))
	}
	return fmt.Sprintf("all %d of %s; %s", total, count(len(keys), "key"), sealed), nil
}

// stillSealed looks at every file in the folder of shares and returns the names.
func stillSealed(path string, seals map[string]record.Seal, ids []age.Identity) ([]string, error) {
	root, err := durable.Open(path)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	dir, err := root.OpenSub(sharesIn)
	if missingFile(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	entries, err := dir.List(maxShareFiles)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		b, err := dir.ReadFile(e.Name, maxShareFile)
		if err != nil {
			return nil, err
		}
		if err := stillShut(b, seals[e.Name], ids); err != nil {
			return nil, fmt.Errorf("%s: %w", e.Name, err)
		}
		names = append(names, e.Name)
	}
	return names, nil
}

// stillShut wants an age file of that seal, if one is known, that no key opens.
func stillShut(b []byte, want record.Seal, ids []age.Identity) error {
	if !bytes.HasPrefix(b, []byte(ageVersion+"\n")) {
		return errors.New("want an age file, found something else")
	}
	if _, err := age.Decrypt(bytes.NewReader(b), ids...); err == nil {
		return errors.New("want it sealed to its holder, found that the drill's key opens it")
	}
	if found := sealOf(b); want != "" && found != want {
		return fmt.Errorf("want it sealed to a %s, as its record says, found a %s", want, found)
	}
	return nil
}
