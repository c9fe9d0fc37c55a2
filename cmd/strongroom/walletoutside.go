package main

import (
	"encoding/hex"
	"fmt"
	"slices"

	"strongroom/cmd/internal/cli"
	"strongroom/custody"
	"strongroom/quorum"
	"strongroom/quorum/text"
)

// externalName is a hardware wallet as a wallet is made of it: what the policy
// calls it, and which key record is its own.
type externalName struct {
	id          text.ID
	fingerprint [4]byte
}

// parseExternals reads NAME=FINGERPRINT, each name once.
func parseExternals(all []string) ([]externalName, error) {
	var out []externalName
	for _, s := range all {
		id, value, err := named("external", s)
		if err != nil {
			return nil, err
		}
		b, err := hex.DecodeString(value)
		if err != nil || len(b) != 4 || hex.EncodeToString(b) != value {
			return nil, cli.Usagef("--external: want NAME=FINGERPRINT, such as coldcard-7=1c3a5f77, found %q", s)
		}
		if slices.ContainsFunc(out, func(x externalName) bool { return x.id == id }) {
			return nil, cli.Usagef("--external: want each name once, found %s twice", id)
		}
		out = append(out, externalName{id, [4]byte(b)})
	}
	return out, nil
}

// externalHolders finds the keys of hardware wallets among the key records that
// were taken in. Of one fingerprint, which is a claim, there must be one key.
func (d *desk) externalHolders(all []externalName) ([]holder, error) {
	files, err := d.reg.KeyRecords()
	if err != nil {
		return nil, err
	}
	var out []holder
	for _, x := range all {
		keys, why := d.externalKeys(files, x.fingerprint)
		if len(keys) == 0 && why != nil {
			return nil, refusal([]quorum.Reason{*why})
		}
		if len(keys) == 0 {
			return nil, cli.Hint(fmt.Errorf("external %s: want a key record of key %x, found none received", x.id, x.fingerprint), "strongroom wallet external FILE")
		}
		if len(keys) > 1 {
			return nil, refuse(quorum.KeyPossess, "external %s: want one key with fingerprint %x, found %d", x.id, x.fingerprint, len(keys))
		}
		out = append(out, holder{id: x.id, key: keys[0]})
	}
	return out, nil
}

// externalKeys returns the keys with a fingerprint whose records are good and no
// signer's; and why one of them is not.
func (d *desk) externalKeys(files [][]byte, fingerprint [4]byte) (keys []custody.AccountKey, why *quorum.Reason) {
	for _, b := range files {
		r, err := custody.ParseKeyRecord(d.network, b)
		if err != nil || r.Key.Origin().Fingerprint != fingerprint {
			continue
		}
		if r, reason := d.foreignRecord(b); reason != nil {
			why = reason
		} else if !slices.ContainsFunc(keys, r.Key.SameMaterial) {
			keys = append(keys, r.Key)
		}
	}
	return keys, why
}
