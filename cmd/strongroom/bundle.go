package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/custody"
	"strongroom/custody/durable"
	"strongroom/quorum"
	"strongroom/quorum/text"
)

// bundleFlags say what is carried where.
type bundleFlags struct {
	out, txid    string
	check, asked bool
	json         *bool
}

// bundleCommand writes what a courier carries to the signers.
func bundleCommand(w cli.World, home *string) *cobra.Command {
	var f bundleFlags
	cmd := &cobra.Command{
		Use:   "bundle ID | policy-1",
		Short: "write what a courier carries to the signers",
		Long: "Writes a flat folder: for a proposal its text, every signature on it, its transaction, the headers and all signers' logs; for policy-1 the policy, the consents, the wallets and the key records.\n" +
			"It foretells what each signer will say. With --check nothing is written unless all of them agree.\n" +
			"With --for-review the transaction is left out: officers with a home of their own receive such a folder and approve.",
		Example: "strongroom bundle 4f1c09ab --for-review -o to-officers\nstrongroom bundle 4f1c09ab --check -o /media/stick/bundle",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return inDesk(w, *home, func(d *desk) error { return d.bundle(cmd.Context(), args[0], f) })
		},
	}
	cmd.Flags().StringVarP(&f.out, "output", "o", "", "write into `DIR`, which is new or empty")
	cmd.Flags().BoolVar(&f.check, "check", false, "refuse what a signer would refuse")
	cmd.Flags().BoolVar(&f.asked, "for-review", false, "leave the transaction out, for officers who are asked to approve")
	cmd.MarkFlagsMutuallyExclusive("check", "for-review")
	cmd.Flags().StringVar(&f.txid, "txid", "", "carry the transaction `TXID`, where several were built")
	f.json = cli.JSONFlag(cmd)
	cobra.CheckErr(cmd.MarkFlagRequired("output"))
	return cmd
}

// bundleReport tells what was written.
type bundleReport struct {
	Folder    string           `json:"folder"`
	Files     []fileReport     `json:"files"`
	Forecasts []forecastReport `json:"forecasts"`
	Next      string           `json:"next"`
}

type fileReport struct {
	Name   string `json:"name"`
	Size   int    `json:"size"`
	SHA256 string `json:"sha256"`
}

func (d *desk) bundle(ctx context.Context, what string, f bundleFlags) error {
	if strings.HasPrefix(what, "policy-") {
		return d.bundlePolicy(what, f)
	}
	v, err := d.newestView(ctx)
	if err == nil {
		err = d.noForks(v)
	}
	if err != nil {
		return err
	}
	x, err := d.dossier(v, what)
	if err != nil {
		return err
	}
	if f.asked {
		files, err := d.carried(v, x.order)
		if err != nil {
			return err
		}
		r := bundleReport{Forecasts: []forecastReport{}, Next: "strongroom receive " + quoted(f.out)}
		return d.writeBundle(what, files, f, r, func() {})
	}
	packet, err := x.order.unsigned(f.txid)
	if err != nil {
		return err
	}
	all := x.forecasts(packet)
	if reasons := refusedBy(all); f.check && len(reasons) > 0 {
		showForecasts(d.screen(*f.json), all)
		return refusal(reasons)
	}
	files, err := d.carried(v, x.order)
	if err != nil {
		return err
	}
	files = append(files, quorum.File{Name: x.order.id.Short() + ".psbt", Bytes: packet.Bytes()})
	r := bundleReport{Forecasts: forecastReports(all), Next: "strongroom-signer release " + quoted(f.out)}
	return d.writeBundle(what, unique(files), f, r, func() { showForecasts(d.world, all) })
}

// carried gathers the files of an order, all but its transaction.
func (d *desk) carried(v *view, o *order) ([]quorum.File, error) {
	id := o.id.Short()
	files := []quorum.File{
		{Name: id + ".txt", Bytes: o.proposal.Bytes()},
		{Name: "headers.bin", Bytes: v.chain.Bytes()},
	}
	files = append(files, signatureFiles(d.world, o.sub.Signatures)...)
	for _, l := range v.logs {
		files = append(files, quorum.File{Name: string(l.Device) + ".checkpoint", Bytes: l.Checkpoint},
			quorum.File{Name: string(l.Device) + ".entries", Bytes: l.Entries})
	}
	for _, pay := range o.proposal.Pays {
		dest, ok := v.policy.Destination(pay.Label)
		if !ok || !dest.ByDescriptor() {
			continue
		}
		b, err := d.reg.Descriptor(dest.Descriptor)
		if err != nil {
			return nil, fmt.Errorf("destination %s: %w", dest.Label, err)
		}
		files = append(files, descriptorFile(b))
	}
	return unique(files), nil
}

// bundlePolicy gathers what a signer needs to trust a vault and to enroll its
// wallets.
func (d *desk) bundlePolicy(what string, f bundleFlags) error {
	v, err := d.view()
	if err != nil {
		return err
	}
	name := quorum.PolicyName(v.policy.Version)
	if what != name {
		return fmt.Errorf("policy: want %s, the one in force, found %q", name, what)
	}
	consents, notes, err := d.reg.SignatureFiles(v.policy, v.policy.Hash(), name)
	if err != nil {
		return err
	}
	for _, n := range notes {
		d.world.Warnf("%s", n)
	}
	annexes, err := d.annexes(v.policy)
	if err != nil {
		return err
	}
	_, reasons := quorum.Found(v.policy.Bytes(), consents, annexes)
	if f.check && len(reasons) > 0 {
		moreReasons(d.world, reasons)
		return refusal(reasons)
	}
	for _, r := range reasons {
		d.world.Warnf("signers will refuse: %s", r)
	}
	files := append([]quorum.File{{Name: name + ".txt", Bytes: v.policy.Bytes()}}, signatureFiles(d.world, consents)...)
	wallets, err := d.walletFiles(v)
	if err != nil {
		return err
	}
	r := bundleReport{Forecasts: []forecastReport{}, Next: "strongroom-signer trust " + quoted(f.out)}
	return d.writeBundle(what, unique(append(files, wallets...)), f, r, func() {})
}

// walletFiles returns the descriptors of the policy's wallets, and the key
// records that prove possession of their keys.
func (d *desk) walletFiles(v *view) ([]quorum.File, error) {
	var files []quorum.File
	var keys []custody.AccountKey
	for _, w := range v.policy.Wallets {
		desc, err := d.wallet(v.policy, w.ID)
		if err != nil {
			return nil, err
		}
		files, keys = append(files, descriptorFile(desc.File())), append(keys, desc.Keys()...)
	}
	stored, err := d.reg.KeyRecords()
	if err != nil {
		return nil, err
	}
	for _, b := range stored {
		r, err := custody.ParseKeyRecord(d.network, b)
		if err == nil && slices.ContainsFunc(keys, r.Key.SameMaterial) {
			files = append(files, quorum.File{Name: fmt.Sprintf("keyrecord-%x.txt", r.Key.Origin().Fingerprint), Bytes: b})
		}
	}
	return files, nil
}

func descriptorFile(b []byte) quorum.File {
	return quorum.File{Name: "descriptor-" + text.Identity(b).Short() + ".txt", Bytes: b}
}

// signatureFiles turns signatures into files. Of several by one officer for one
// act, one is carried: no more counts.
func signatureFiles(w cli.World, sigs []quorum.SignatureFile) []quorum.File {
	var files []quorum.File
	for _, s := range sigs {
		if slices.ContainsFunc(files, func(f quorum.File) bool { return f.Name == s.Name() }) {
			w.Warnf("%s: a second signature by the same officer is left out", s.Name())
			continue
		}
		files = append(files, quorum.File{Name: s.Name(), Bytes: s.Bytes})
	}
	return files
}

// unique sorts files by name and leaves repetitions out.
func unique(files []quorum.File) []quorum.File {
	slices.SortStableFunc(files, func(a, b quorum.File) int { return strings.Compare(a.Name, b.Name) })
	return slices.CompactFunc(files, func(a, b quorum.File) bool { return a.Name == b.Name })
}

// writeBundle writes the files, once the reader on the other side would take
// them.
func (d *desk) writeBundle(what string, files []quorum.File, f bundleFlags, r bundleReport, forecast func()) (err error) {
	if _, reasons := quorum.ReadBundle(files); len(reasons) > 0 {
		moreReasons(d.world, reasons)
		return refusal(reasons)
	}
	dir, err := durable.Create(f.out)
	if err != nil {
		return cli.Hint(err, "strongroom bundle %s -o DIR", what)
	}
	defer func() { err = errors.Join(err, dir.Close()) }()
	r.Folder = f.out
	for _, file := range files {
		if err := dir.WriteNew(file.Name, file.Bytes); err != nil {
			return err
		}
		r.Files = append(r.Files, fileReport{file.Name, len(file.Bytes), text.Identity(file.Bytes).String()})
	}
	if *f.json {
		return d.world.JSON(r)
	}
	banner(d.world, d.network)
	var rows [][]string
	for _, x := range r.Files {
		rows = append(rows, []string{x.Name, text.FormatUint(uint64(x.Size)), x.SHA256[:16]})
	}
	d.world.Table([]string{"file", ">bytes", "SHA-256 begins"}, rows)
	d.world.Field("folder", r.Folder)
	forecast()
	where := "on signers"
	if f.asked {
		where = "officers"
	}
	showCommand(d.world, where, r.Next)
	return nil
}
