package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/custody"
	"strongroom/custody/auditlog"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
)

func logCommand(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "log",
		Short:   "what the signers' logs say",
		Example: "strongroom log verify",
	}
	cmd.AddCommand(logShow(w, home), logVerify(w, home))
	return cmd
}

// recordJSON is one record of a log in machine form.
type recordJSON struct {
	Signer text.ID  `json:"signer"`
	Seq    int64    `json:"seq"`
	Kind   string   `json:"kind"`
	Tip    string   `json:"tip"`
	Says   string   `json:"says"`
	Codes  []string `json:"codes,omitempty"`
	ID     string   `json:"id,omitempty"`
	Text   string   `json:"text"`
}

func logShow(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "show [SIGNER]",
		Short:   "the records of a signer's log, or of all, as they were received",
		Example: "strongroom log show signer-a",
		Args:    cobra.MaximumNArgs(1),
	}
	asJSON := cli.JSONFlag(cmd)
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		return inDesk(w, *home, func(d *desk) error {
			devices, err := d.devices(args)
			if err != nil {
				return err
			}
			report := []recordJSON{}
			for _, dev := range devices {
				records, err := d.records(dev)
				if errors.Is(err, fs.ErrNotExist) {
					d.world.Warnf("signer %s: no log has been received", dev.ID)
					continue
				}
				if err != nil {
					return err
				}
				report = append(report, records...)
			}
			if *asJSON {
				return w.JSON(report)
			}
			banner(w, d.network)
			for _, r := range report {
				w.Text("%s %d %s at %s", r.Signer, r.Seq, r.Kind, r.Tip)
				w.Text("  %s", r.Says)
			}
			return nil
		})
	}
	return cmd
}

// devices returns the signers of the policy, or the one that args name.
func (d *desk) devices(args []string) ([]policy.Device, error) {
	p, _, err := d.rules()
	if err != nil {
		return nil, err
	}
	if len(args) == 0 {
		return p.Devices, nil
	}
	id, err := text.ParseID(args[0])
	if err != nil {
		return nil, cli.Usagef("signer: %w", err)
	}
	dev, ok := p.Device(id)
	if !ok {
		return nil, fmt.Errorf("signer: want one of the policy, found %s", id)
	}
	return []policy.Device{dev}, nil
}

// records returns what a signer's proven log says.
func (d *desk) records(dev policy.Device) ([]recordJSON, error) {
	proven, err := d.provenLog(dev)
	if err != nil {
		return nil, err
	}
	var out []recordJSON
	for i, e := range proven.Entries() {
		r, err := record.Parse(e, d.network)
		if err != nil {
			return nil, fmt.Errorf("signer %s: record %d: %w", dev.ID, i, err)
		}
		x := recordJSON{Signer: dev.ID, Seq: r.Seq, Kind: string(r.Body.Kind()), Tip: r.Tip.String(), Says: says(r.Body, d.network), Text: string(e)}
		switch b := r.Body.(type) {
		case record.Refused:
			x.Codes = b.Codes
			if !b.ID.IsZero() {
				x.ID = b.ID.String()
			}
		case record.Released:
			x.ID = b.ID.String()
		case record.Signed:
			x.ID = b.ID.String()
		}
		out = append(out, x)
	}
	return out, nil
}

func (d *desk) provenLog(dev policy.Device) (*auditlog.Proven, error) {
	v, err := auditlog.ParseVerifier(dev.Verifier)
	if err != nil {
		return nil, fmt.Errorf("signer %s: %w", dev.ID, err)
	}
	proven, _, _, err := d.reg.Log(v, dev.ID)
	if err != nil {
		return nil, fmt.Errorf("signer %s: %w", dev.ID, err)
	}
	return proven, nil
}

// says writes a record's content as one sentence.
func says(b record.Body, n custody.Network) string {
	switch b := b.(type) {
	case record.Key:
		return fmt.Sprintf("wallet key %x made, path %s, entropy: %s; kept as %s", b.Fingerprint, b.Path, b.Entropy, b.Sealed)
	case record.Genesis:
		return fmt.Sprintf("policy %s of vault %s trusted, consented to by %s", b.Policy, b.Vault, list(b.Signers))
	case record.Enrolled:
		return fmt.Sprintf("wallet %s enrolled, descriptor %s, own key %x", b.Wallet, b.Descriptor, b.Fingerprint)
	case record.SessionOpen:
		return "people began to work: " + list(b.Operators)
	case record.SessionClose:
		return "people ended: " + list(b.Operators)
	case record.Inputs:
		return fmt.Sprintf("%s brought in", count(len(b.Files), "file"))
	case record.Headers:
		return fmt.Sprintf("headers from %s to %s", b.From, b.To)
	case record.Refused:
		return fmt.Sprintf("refused %s: %s", idOrText(b.ID), strings.Join(b.Codes, " "))
	case record.Released:
		return fmt.Sprintf("released %s: %s with fee %s from wallet %s", b.ID, paid(b, n), b.Fee.In(n), b.Wallet)
	case record.Signed:
		return fmt.Sprintf("signed %s: transaction %s, packet %s", b.ID, b.TxID, b.PSBT)
	case record.Exception:
		return "exception: " + b.Note
	}
	return saysOfShares(b)
}

// saysOfShares does so for what has to do with a key's shares.
func saysOfShares(b record.Body) string {
	switch b := b.(type) {
	case record.Shares:
		return fmt.Sprintf("ceremony (%s): generation %d of key %x in %s, transcript %s", b.Ceremony, b.Generation, b.Fingerprint, count(len(b.Shares), "share"), b.Transcript)
	case record.Unlock:
		return fmt.Sprintf("key %x opened by %s, witness %s", b.Fingerprint, list(b.Holders), cmp.Or(b.Witness, "none"))
	case record.UnlockFailed:
		return fmt.Sprintf("share of %s not opened: %s", b.Holder, b.Why)
	case record.ShareProven:
		return fmt.Sprintf("share of %s, generation %d, proven", b.Holder, b.Generation)
	case record.Integrity:
		return b.String()
	case record.Assessed:
		return "workstation: " + b.String()
	case record.Wiped:
		return fmt.Sprintf("medium wiped (%s): %s, which held %s, by %s", b.Method, b.Medium, b.Held, list(b.By))
	}
	return string(b.Kind())
}

func idOrText(h text.Hash) string {
	if h.IsZero() {
		return "what was brought"
	}
	return h.String()
}

// paid lists the payments of a release.
func paid(b record.Released, n custody.Network) string {
	var parts []string
	for _, p := range b.Pays {
		parts = append(parts, p.Amount.In(n)+" to "+string(p.Label))
	}
	return strings.Join(parts, ", ")
}

// logJSON is the state of one signer's log.
type logJSON struct {
	Signer   text.ID `json:"signer"`
	Received bool    `json:"received"`
	Size     int64   `json:"size"`
	Root     string  `json:"root,omitempty"`
	Tip      string  `json:"tip,omitempty"`
	Releases int     `json:"releases"`
	Trusts   string  `json:"trusts,omitempty"`
	Forks    int     `json:"forks"`
	Error    string  `json:"error,omitempty"`
}

func logVerify(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "check every received log: signature, root, each record, no second history",
		Long: "Hashes every record again, compares the root with the one that the signer signed, and reads the log from the first record on. " +
			"A second history that the same key has signed is an alarm: status 4.",
		Example: "strongroom log verify --json",
	}
	asJSON := cli.JSONFlag(cmd)
	cmd.RunE = func(*cobra.Command, []string) error {
		return inDesk(w, *home, func(d *desk) error {
			devices, err := d.devices(nil)
			if err != nil {
				return err
			}
			report := []logJSON{}
			var reasons []quorum.Reason
			for _, dev := range devices {
				r, why, err := d.checkLog(dev)
				if err != nil {
					return err
				}
				report, reasons = append(report, r), append(reasons, why...)
			}
			if *asJSON {
				return errors.Join(w.JSON(report), cli.Reported(refusal(reasons)))
			}
			banner(w, d.network)
			if len(report) == 0 {
				w.Text("No signer is in the policy yet.")
				w.Hintf("strongroom wallet enroll --help")
			}
			for _, r := range report {
				showLog(w, r)
			}
			moreReasons(w, reasons)
			return refusal(reasons)
		})
	}
	return cmd
}

// checkLog proves one signer's log and looks for second histories.
func (d *desk) checkLog(dev policy.Device) (logJSON, []quorum.Reason, error) {
	r := logJSON{Signer: dev.ID}
	v, err := auditlog.ParseVerifier(dev.Verifier)
	if err != nil {
		return r, nil, fmt.Errorf("signer %s: %w", dev.ID, err)
	}
	var reasons []quorum.Reason
	forks, err := d.reg.Forks(v, dev.ID)
	if err != nil {
		return r, nil, err
	}
	if r.Forks = len(forks); r.Forks > 0 {
		reasons = append(reasons, quorum.Because(quorum.StateFork, "signer %s: want one history, found %d more that it has signed", dev.ID, r.Forks))
	}
	proven, err := d.provenLog(dev)
	if errors.Is(err, fs.ErrNotExist) {
		return r, reasons, nil
	}
	var state *record.State
	if err == nil {
		state, err = record.Fold(proven.Entries(), d.network)
	}
	if err != nil {
		r.Error = err.Error()
		return r, append(reasons, quorum.Because(quorum.LimUnproven, "%v", err)), nil
	}
	c := proven.Checkpoint()
	r.Received, r.Size, r.Root, r.Releases = true, c.Size, c.Root.String(), state.Count()
	if g, ok := state.Genesis(); ok {
		r.Trusts = g.Policy.String()
	}
	if n := len(proven.Entries()); n > 0 {
		last, err := record.Parse(proven.Entries()[n-1], d.network)
		if err != nil {
			return r, nil, err // Fold has parsed it
		}
		r.Tip = last.Tip.String()
	}
	return r, reasons, nil
}

func showLog(w cli.World, r logJSON) {
	w.Field("signer", string(r.Signer))
	switch {
	case r.Error != "":
		w.Field("log", "not good: "+r.Error)
	case !r.Received:
		w.Field("log", "none received")
	default:
		w.Field("log", fmt.Sprintf("%s, %s, all proven", count(int(r.Size), "record"), count(r.Releases, "release")))
		w.Field("root", r.Root)
		w.Field("tip", r.Tip)
		if r.Trusts == "" {
			r.Trusts = "no policy yet"
		}
		w.Field("trusts", r.Trusts)
	}
	if r.Forks > 0 {
		w.Field("forks", fmt.Sprintf("%d: two histories of one log", r.Forks))
	}
}
