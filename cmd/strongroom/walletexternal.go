package main

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/custody"
	"strongroom/quorum"
	"strongroom/quorum/text"
	"strongroom/signer/ceremony"
)

type externalFlags struct {
	signature, description, out string
	json                        *bool
}

func walletExternal(w cli.World, home *string) *cobra.Command {
	var f externalFlags
	cmd := &cobra.Command{
		Use:   "external FILE",
		Short: "take in the key of a hardware wallet that no policy binds",
		Long: "FILE is a key record (BSMS, BIP-129 round 1, without encryption): the key, signed by itself. Signers enroll no wallet with a key that nobody has proven to hold.\n" +
			"A device that writes no such record gives its key as a line [fingerprint/path]xpub or as a multisig export (ccxp-*.json). " +
			"Then -o writes the text that the device has to sign as a message, with the key of that path, and --signature takes what it signed.\n" +
			"Compare the words with those of whoever holds the device, over a channel that has nothing to do with the file.",
		Example: "strongroom wallet external 1c3a5f77.bsms\n" +
			"strongroom wallet external ccxp-1C3A5F77.json -o to-sign.txt\n" +
			"strongroom wallet external ccxp-1C3A5F77.json --signature H6DXgqkCb353BDPkzppMFpOc...",
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			return changeDesk(w, *home, func(d *desk) error { return d.takeExternal(args[0], f) })
		},
	}
	cmd.Flags().StringVar(&f.signature, "signature", "", "the message's signature by the device, `BASE64`")
	cmd.Flags().StringVar(&f.description, "description", "hardware wallet", "what the message says of the key, `TEXT`")
	cmd.Flags().StringVarP(&f.out, "output", "o", "", "write the message to be signed to the new file `FILE`")
	cmd.MarkFlagsMutuallyExclusive("signature", "output")
	f.json = cli.JSONFlag(cmd)
	return cmd
}

// externalJSON is a hardware wallet's key in machine form.
type externalJSON struct {
	Fingerprint string   `json:"fingerprint"`
	Path        string   `json:"path"`
	Key         string   `json:"key"`
	Words       []string `json:"words"`
	Description string   `json:"description"`
	Taken       bool     `json:"taken"`
}

// takeExternal reads a key, and stores the proof that somebody holds it once there
// is one.
func (d *desk) takeExternal(name string, f externalFlags) error {
	b, err := d.world.ReadFile(name, maxExternal)
	if err != nil {
		return err
	}
	b = bytes.TrimSuffix(b, []byte("\n"))
	if kindOf(b) == kindKeyRecord {
		if f.signature != "" || f.out != "" {
			return cli.Usagef("--signature, -o: want them for a key without a record, found a key record")
		}
		r, why := d.foreignRecord(b)
		if why != nil {
			return refusal([]quorum.Reason{*why})
		}
		return d.keepExternal(r, f)
	}
	k, err := parseExternalKey(d.network, b)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if f.signature == "" {
		return d.askToSign(name, k, f)
	}
	r, err := signedRecord(k, f)
	if err != nil {
		return advise(err, "strongroom wallet external %s -o FILE   # the text to be signed, to the byte", quoted(name))
	}
	if why := d.foreign(r); why != nil {
		return refusal([]quorum.Reason{*why})
	}
	return d.keepExternal(r, f)
}

// parseExternalKey reads a key as hardware wallets export it.
func parseExternalKey(n custody.Network, b []byte) (custody.AccountKey, error) {
	if bytes.HasPrefix(b, []byte("{")) {
		return custody.ParseColdcardExport(n, b)
	}
	return custody.ParseKeyExpression(n, string(b))
}

// signedRecord makes the key record of a device that signed its text as a message.
func signedRecord(k custody.AccountKey, f externalFlags) (custody.KeyRecord, error) {
	sig, err := base64.StdEncoding.Strict().DecodeString(f.signature)
	if err != nil || len(sig) != 65 {
		return custody.KeyRecord{}, cli.Usagef("--signature: want 65 bytes in base64, found something else")
	}
	r, err := custody.NewKeyRecord(k, f.description, [65]byte(sig))
	if err != nil {
		return r, refuse(quorum.KeyPossess, "%v", err)
	}
	return r, nil
}

// askToSign says what a device has to sign; nothing is taken before.
func (d *desk) askToSign(name string, k custody.AccountKey, f externalFlags) error {
	message, err := custody.KeyRecordMessage(k, f.description)
	if err != nil {
		return cli.Usagef("--description: %w", err)
	}
	if f.out == "" {
		return cli.Hint(fmt.Errorf("key %s: want proof that somebody holds it, found the key alone", k.Origin()), "strongroom wallet external %s -o FILE   # what the device has to sign", quoted(name))
	}
	if err := writeOut(f.out, message); err != nil {
		return err
	}
	r := externalReport(k, f.description, false)
	if *f.json {
		return d.world.JSON(r)
	}
	banner(d.world, d.network)
	showExternal(d.world, r)
	d.world.Field("to be signed", f.out)
	d.world.Text("Sign that file's text as a message with the key of this path, %s and nothing behind it. Then:", r.Path)
	d.world.Hintf("strongroom wallet external %s --signature BASE64", quoted(name))
	return nil
}

// keepExternal stores a proven key.
func (d *desk) keepExternal(r custody.KeyRecord, f externalFlags) error {
	if _, err := d.reg.PutKeyRecord(r.Bytes()); err != nil {
		return err
	}
	x := externalReport(r.Key, r.Description, true)
	if *f.json {
		return d.world.JSON(x)
	}
	banner(d.world, d.network)
	showExternal(d.world, x)
	d.world.Field("proven", "somebody holds this key; who, the words tell: have them read to you by whoever holds the device")
	d.world.Hintf("strongroom wallet enroll WALLET --threshold 2 --external NAME=%s", x.Fingerprint)
	return nil
}

func externalReport(k custody.AccountKey, description string, taken bool) externalJSON {
	o := k.Origin()
	return externalJSON{fmt.Sprintf("%x", o.Fingerprint), "m" + o.String()[8:], k.String(), ceremony.KeyWords(k), description, taken}
}

func showExternal(w cli.World, r externalJSON) {
	w.Field("fingerprint", r.Fingerprint)
	w.Field("path", r.Path)
	w.Field("key", r.Key)
	showSpoken(w, "key, aloud", text.Identity([]byte(r.Key)))
	w.Field("described as", r.Description)
}

// foreignRecord reads the key record of a hardware wallet: whose proof holds, and
// which is no signer's.
func (d *desk) foreignRecord(b []byte) (custody.KeyRecord, *quorum.Reason) {
	r, err := custody.ParseKeyRecord(d.network, b)
	if err == nil {
		err = r.Verify()
	}
	if err != nil {
		why := quorum.Because(quorum.KeyPossess, "%v", err)
		return r, &why
	}
	return r, d.foreign(r)
}

// foreign refuses a key that passes for a signer's by its description, or is one.
func (d *desk) foreign(r custody.KeyRecord) *quorum.Reason {
	var why quorum.Reason
	if _, signers := signerName(r.Description); signers {
		why = quorum.Because(quorum.KeyDuplicate, "key record: want one of a hardware wallet, found that of a signer, %s", r.Description)
		return &why
	}
	byName, err := d.recordsBySigner()
	if err != nil {
		why = quorum.Because(quorum.KeyPossess, "%v", err)
		return &why
	}
	for id, keys := range byName {
		if slices.ContainsFunc(keys, func(k custody.AccountKey) bool { return k.PublicKey() == r.Key.PublicKey() }) {
			why = quorum.Because(quorum.KeyDuplicate, "key %s: want a key of no signer of ours, found that of %s", r.Key.Origin(), id)
			return &why
		}
	}
	return nil
}

// signerName returns the parts of a description that names a signer, VAULT/SIGNER,
// of whatever vault.
func signerName(description string) (vault text.ID, ok bool) {
	first, second, _ := strings.Cut(description, "/")
	vault, err := text.ParseID(first)
	_, other := text.ParseID(second)
	return vault, errors.Join(err, other) == nil
}
