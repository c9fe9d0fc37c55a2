package main

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/custody/durable"
	"strongroom/quorum"
	"strongroom/quorum/text"
)

// bundleFlags say what is carried where.
type bundleFlags struct {
	out, txid    string
	codes        string
	check, asked bool
	json         *bool
}

// bundleCommand writes what a courier carries to the signers.
func bundleCommand(w cli.World, home *string) *cobra.Command {
	var f bundleFlags
	cmd := &cobra.Command{
		Use:   "bundle ID... | policy-N",
		Short: "write what a courier carries to the signers",
		Long: "Writes a flat folder: for each proposal its text, every signature on it, the clearances, its transaction where it spends coins, the headers and all signers' logs. " +
			"It adds the amendments that some signer has not adopted yet, and every freeze and cancellation that not all of them know. " +
			"For policy-N, the one in force, it writes what a new signer needs: the policies with their consents and amendments, the wallets and the key records; " +
			"the draft's number does the same for a machine that comes in with the draft and has to trust the vault before the amendment is proposed.\n" +
			"It foretells what each signer will say. With --check nothing is written unless all of them agree.\n" +
			"With --codes a screen carries the bundle: headers that all signers have by their logs are left out then.\n" +
			"With --for-review the transaction is left out: officers with a home of their own receive such a folder and approve.",
		Example: "strongroom bundle 4f1c09ab --for-review -o to-officers\nstrongroom bundle 4f1c09ab 77aa10fe --check -o /media/stick/bundle",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.codes != "" && filepath.Clean(f.codes) == filepath.Clean(f.out) {
				return cli.Usagef("codes: want a folder of their own, found the bundle's")
			}
			return inDesk(w, *home, func(d *desk) error {
				if len(args) == 1 && strings.HasPrefix(args[0], "policy-") {
					return d.bundlePolicy(args[0], f)
				}
				return d.bundle(cmd.Context(), args, f)
			})
		},
	}
	cmd.Flags().StringVarP(&f.out, "output", "o", "", "write into `DIR`, which is new or empty")
	cmd.Flags().BoolVar(&f.check, "check", false, "refuse what a signer would refuse")
	cmd.Flags().BoolVar(&f.asked, "for-review", false, "leave the transaction out, for officers who are asked to approve")
	cmd.MarkFlagsMutuallyExclusive("check", "for-review")
	cmd.Flags().StringVar(&f.txid, "txid", "", "carry the transaction `TXID`, where several were built")
	cmd.Flags().StringVar(&f.codes, "codes", "", "write the bundle's QR codes into `DIR` too, as pictures and a page")
	f.json = cli.JSONFlag(cmd)
	cobra.CheckErr(cmd.MarkFlagRequired("output"))
	return cmd
}

// bundleReport tells what was written.
type bundleReport struct {
	Folder    string           `json:"folder"`
	Files     []fileReport     `json:"files"`
	Forecasts []forecastReport `json:"forecasts"`
	Codes     *codesReport     `json:"codes,omitempty"`
	Next      string           `json:"next"`
}

type fileReport struct {
	Name   string `json:"name"`
	Size   int    `json:"size"`
	SHA256 string `json:"sha256"`
}

// carrying is what goes into one bundle, as it is put together.
type carrying struct {
	*view
	files []quorum.File
	all   []foretold
}

// foretold is what the signers will say of one proposal of a bundle.
type foretold struct {
	id  text.Hash
	all []forecast
}

// bundle goes its way in this order: each proposal with what its kind takes and
// what the signers will say of it; what they lack of the policy; what they must
// not be spared; the logs and headers.
func (d *desk) bundle(ctx context.Context, ids []string, f bundleFlags) error {
	v, err := d.unforkedView(ctx)
	if err != nil {
		return err
	}
	c := &carrying{view: v}
	if err := d.besides(c); err != nil {
		return err
	}
	if err := d.thawsAmong(c, ids); err != nil {
		return err
	}
	var refused []quorum.Reason
	for _, id := range ids {
		reasons, err := d.carryOrder(c, id, f)
		if err != nil {
			return err
		}
		refused = append(refused, reasons...)
	}
	if f.check && len(refused) > 0 {
		c.showForecasts(d.screen(*f.json))
		return refusal(quorum.SortReasons(refused))
	}
	if err := d.carryWorld(c); err != nil {
		return err
	}
	if f.codes != "" && !f.asked {
		if err := c.shortenHeaders(); err != nil {
			return err
		}
	}
	r := bundleReport{Forecasts: []forecastReport{}, Next: c.next(f)}
	for _, x := range c.all {
		r.Forecasts = append(r.Forecasts, forecastReports(x.all)...)
	}
	return d.writeBundle(strings.Join(ids, " "), unique(c.files), f, r, func() {
		c.showForecasts(d.world)
		if first := c.will(quorum.Record); len(first) > 0 && len(c.will(quorum.Release)) > 0 {
			d.world.Field("first on", list(first))
			showCommand(d.world, "", "strongroom-signer record "+quoted(f.out))
		}
	})
}

// thawsAmong notes which proposals of the bundle lift a freeze: a signer takes
// them before it judges the others.
func (d *desk) thawsAmong(c *carrying, ids []string) error {
	if err := d.readBeside(c.view, c.signers); err != nil {
		return err
	}
	for _, prefix := range ids {
		id, err := d.find(prefix)
		if err != nil {
			return err
		}
		if p, err := d.proposal(id); err != nil || p.Kind() != quorum.KindThaw {
			continue // what cannot be read is told when it is carried
		}
		sub, err := d.submissionUnder(c.view, id)
		if err != nil {
			return err
		}
		c.beside.thaws = append(c.beside.thaws, sub)
	}
	return nil
}

// will returns the signers that will do something, by the forecasts.
func (c *carrying) will(verb quorum.Verb) []text.ID {
	var out []text.ID
	for _, x := range c.all {
		out = append(out, signersOf(x.all, func(f forecast) bool { return f.willing() && f.Verb == verb })...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// showForecasts writes the forecasts of each proposal; of several, under its id.
func (c *carrying) showForecasts(w cli.World) {
	for _, x := range c.all {
		about := ""
		if len(c.all) > 1 {
			about = x.id.Short() + " "
		}
		showForecasts(w, about, x.all)
	}
}

// next is the command on the other side; none where no signer will do anything,
// and nothing else has to reach one.
func (c *carrying) next(f bundleFlags) string {
	switch {
	case f.asked:
		return "strongroom receive " + quoted(f.out)
	case len(c.will(quorum.Record)) > 0 && len(c.will(quorum.Release)) == 0:
		return "strongroom-signer record " + quoted(f.out)
	case len(c.will(quorum.Release)) == 0 && len(c.beside.amendments)+len(c.beside.brakes) == 0:
		return ""
	}
	return "strongroom-signer release " + quoted(f.out)
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
	codes, sheet, err := sheetOf(files, f.codes, what)
	if err != nil {
		return err
	}
	dir, err := durable.Create(f.out)
	if err != nil {
		return cli.Hint(err, "strongroom bundle %s -o DIR", what)
	}
	defer func() { err = errors.Join(err, dir.Close()) }()
	if err := codes.writeSheet(sheet); err != nil {
		return err
	}
	r.Folder, r.Codes = f.out, codes
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
	codes.show(d.world)
	forecast()
	where := "on signers"
	if f.asked {
		where = "officers"
	}
	if r.Next != "" {
		showCommand(d.world, where, r.Next)
	}
	return nil
}
