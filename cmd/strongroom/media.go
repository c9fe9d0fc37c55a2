package main

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/quorum"
	"strongroom/quorum/media"
	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
)

func mediaCommand(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "media",
		Short:   "the register of every medium that ever held something of the vault",
		Example: "strongroom media list",
	}
	cmd.AddCommand(mediaAdd(w, home), mediaMove(w, home), mediaSeal(w, home), mediaLost(w, home), mediaWipe(w, home), mediaSign(w, home), mediaList(w, home), mediaShow(w, home))
	return cmd
}

// register reads every statement of the registry, and who signed it: officers of
// any version of the policy, since those who left have signed what they signed.
func (d *desk) register() (media.Register, error) {
	who, err := d.everyOfficer()
	if err != nil {
		return media.Register{}, err
	}
	hashes, err := d.reg.Texts()
	if err != nil {
		return media.Register{}, err
	}
	var all []media.Signed
	for _, h := range hashes {
		b, err := d.reg.Text(h)
		if err != nil {
			return media.Register{}, err
		}
		if t, _ := text.TypeOf(b); t != text.Media {
			continue
		}
		s, err := media.Parse(b)
		if err != nil {
			d.world.Warnf("statement %s: %v", h.Short(), err)
			continue
		}
		by, err := d.signersOf(h, b, who)
		if err != nil {
			return media.Register{}, err
		}
		all = append(all, media.Signed{Statement: s, Hash: h, By: by})
	}
	return media.Fold(d.vault, all)
}

func (d *desk) signersOf(h text.Hash, b []byte, who func(sshsig.Key) (text.ID, bool)) ([]text.ID, error) {
	stored, err := d.reg.Signatures(h)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var signatures []*sshsig.Signature
	for _, s := range stored {
		signatures = append(signatures, s.Parsed)
	}
	return media.Signers(b, signatures, who), nil
}

// everyOfficer finds whose key one is or was, the newest version first.
func (d *desk) everyOfficer() (func(sshsig.Key) (text.ID, bool), error) {
	versions, err := d.versions()
	if err != nil {
		return nil, err
	}
	return func(k sshsig.Key) (text.ID, bool) {
		for _, p := range versions {
			if id, ok := p.OfficerOf(k); ok {
				return id, true
			}
		}
		return "", false
	}, nil
}

// mediumJSON is one medium in machine form.
type mediumJSON struct {
	Medium    text.ID  `json:"medium"`
	State     string   `json:"state"`
	Kind      string   `json:"kind"`
	About     string   `json:"description"`
	Serial    string   `json:"serial"`
	Holds     []string `json:"holds"`
	Seal      string   `json:"seal"`
	Place     text.ID  `json:"place"`
	Seen      string   `json:"seen"` // the day of the last statement
	By        text.ID  `json:"by"`
	Witness   text.ID  `json:"witness"`
	Method    string   `json:"method"`
	Tool      string   `json:"tool"`
	Verified  string   `json:"verified"`
	Memo      string   `json:"memo"`
	Statement string   `json:"statement"`
	Forked    bool     `json:"forked"`
}

func mediumReport(m media.Medium, s media.Signed) mediumJSON {
	out := mediumJSON{Medium: s.Medium, State: string(s.State), Kind: string(s.Kind), About: s.Description, Serial: s.Serial, Holds: []string{}, Seal: s.Seal, Place: s.Place,
		Seen: s.At, By: s.Statement.By, Witness: s.Witness, Method: string(s.Method), Tool: s.Tool, Verified: s.Verified, Memo: s.Memo, Statement: s.Hash.String(), Forked: m.Forked}
	for _, h := range s.Holds {
		out.Holds = append(out.Holds, h.String())
	}
	return out
}

// registerJSON is the whole register.
type registerJSON struct {
	Media   []mediumJSON  `json:"media"`
	Waiting []waitingText `json:"waiting"`
	Missing []string      `json:"unregistered"` // shares of which no medium is known
	Faults  []string      `json:"faults"`
}

type waitingText struct {
	Medium    text.ID   `json:"medium"`
	Statement string    `json:"statement"`
	For       []text.ID `json:"waiting_for"`
}

func mediaList(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "list",
		Short: "where every medium is, what waits for a signature, and what is in no register",
		Long: "A medium is where the chain of its statements ends; a statement counts once both of its people have signed it. " +
			"Shares that the signers' logs know and no medium ever held are named. It ends with status 3 when statements contradict each other (MED-CHAIN).",
		Example: "strongroom media list --json",
		Args:    cobra.NoArgs,
	}
	asJSON := cli.JSONFlag(cmd)
	cmd.RunE = func(*cobra.Command, []string) error {
		return inDesk(w, *home, func(d *desk) error { return d.listMedia(*asJSON) })
	}
	return cmd
}

func (d *desk) listMedia(asJSON bool) error {
	r, err := d.register()
	if err != nil {
		return err
	}
	out := registerJSON{Media: []mediumJSON{}, Waiting: []waitingText{}, Missing: []string{}, Faults: append([]string{}, r.Faults...)}
	for _, m := range r.Media {
		out.Media = append(out.Media, mediumReport(m, m.Now))
	}
	for _, s := range r.Waiting {
		out.Waiting = append(out.Waiting, waitingText{s.Medium, s.Hash.String(), s.Missing()})
	}
	if out.Missing, err = d.unregistered(r); err != nil {
		return err
	}
	if asJSON {
		return errors.Join(d.world.JSON(out), cli.Reported(chainFault(r)))
	}
	banner(d.world, d.network)
	showRegister(d.world, out)
	return chainFault(r)
}

// unregistered names every share of every generation that no medium ever held.
func (d *desk) unregistered(r media.Register) ([]string, error) {
	keys, _, err := d.walletKeys()
	if err != nil {
		return nil, err
	}
	out := []string{}
	for _, k := range keys {
		for _, g := range k.generations {
			for _, s := range g.Shares {
				held := media.Held{What: media.Share, Fingerprint: g.Fingerprint, Generation: g.Generation, Who: s.Holder}
				if len(holding(r, held)) == 0 {
					out = append(out, held.String())
				}
			}
		}
	}
	return out, nil
}

// holding returns the media that hold something now, or ever did.
func holding(r media.Register, held media.Held) []media.Medium {
	return slices.DeleteFunc(slices.Clone(r.Media), func(m media.Medium) bool {
		return !slices.ContainsFunc(m.History, func(s media.Signed) bool { return slices.Contains(s.Holds, held) })
	})
}

func showRegister(w cli.World, r registerJSON) {
	var rows [][]string
	for _, m := range r.Media {
		for i, held := range slices.Concat(m.Holds, []string{"nothing"})[:max(1, len(m.Holds))] {
			row := []string{"", "", "", "", held}
			if i == 0 {
				row = []string{string(m.Medium), shouted(m), string(m.Place), m.Seen, held}
			}
			rows = append(rows, row)
		}
	}
	if len(rows) > 0 {
		w.Table([]string{"medium", "state", "place", "seen", "holds"}, rows)
	} else {
		w.Text("No medium is registered.")
	}
	for _, s := range r.Waiting {
		w.Warnf("medium %s: statement %s waits for %s; strongroom media sign %s", s.Medium, s.Statement[:shownSum], list(s.For), s.Statement[:shownSum])
	}
	for _, s := range r.Missing {
		w.Warnf("%s: want a medium in the register that holds it, found none", s)
	}
	for _, s := range r.Faults {
		w.Warnf("%s", s)
	}
}

// shouted is a state, in capitals where somebody should look.
func shouted(m mediumJSON) string {
	switch {
	case m.Forked:
		return "FORKED"
	case m.State == string(media.Lost):
		return "LOST"
	case m.Seal != "":
		return m.State + " " + m.Seal
	}
	return m.State
}

// chainFault is the refusal of a register that contradicts itself.
func chainFault(r media.Register) error {
	if len(r.Faults) == 0 {
		return nil
	}
	return refuse(quorum.MedChain, "%s", r.Faults[0])
}

func mediaShow(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "show MEDIUM",
		Short:   "every statement about a medium, the newest first",
		Example: "strongroom media show stick-77",
		Args:    cobra.ExactArgs(1),
	}
	asJSON := cli.JSONFlag(cmd)
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		return inDesk(w, *home, func(d *desk) error {
			_, m, err := d.medium(args[0])
			if err != nil {
				return err
			}
			out := []mediumJSON{}
			for _, s := range slices.Backward(m.History) {
				out = append(out, mediumReport(m, s))
			}
			if *asJSON {
				return w.JSON(out)
			}
			banner(w, d.network)
			for _, s := range out {
				showStatement(w, s)
			}
			return nil
		})
	}
	return cmd
}

// lostShares returns what lies on media that nobody can find. Before there is a
// policy nobody can sign a statement, and there is no register.
func (d *desk) lostShares() ([]media.Held, error) {
	if _, finished, err := d.rules(); err != nil || !finished {
		return nil, err
	}
	r, err := d.register()
	if err != nil {
		return nil, err
	}
	var out []media.Held
	for _, m := range r.Media {
		if m.Now.State == media.Lost {
			out = append(out, m.Now.Holds...)
		}
	}
	return out, nil
}

// medium returns the register and one medium of it.
func (d *desk) medium(name string) (media.Register, media.Medium, error) {
	r, err := d.register()
	if err != nil {
		return r, media.Medium{}, err
	}
	id, err := text.ParseID(name)
	if err != nil {
		return r, media.Medium{}, cli.Usagef("medium: %w", err)
	}
	m, ok := r.Of(id)
	if !ok {
		return r, m, cli.Hint(fmt.Errorf("medium: want one of the register, found %s", id), "strongroom media list")
	}
	return r, m, nil
}

func showStatement(w cli.World, s mediumJSON) {
	w.Text("")
	w.Field("statement", s.Statement[:shownSum]+", "+s.Seen)
	w.Field("medium", fmt.Sprintf("%s, %s: %s, serial %s", s.Medium, s.Kind, s.About, s.Serial))
	w.Field("state", shouted(s))
	w.Field("place", string(s.Place))
	for _, h := range s.Holds {
		w.Field("holds", h)
	}
	if s.Method != "" {
		w.Field("sanitized", fmt.Sprintf("%s (NIST SP 800-88), with %s; seen by: %s", s.Method, s.Tool, s.Verified))
	}
	w.Field("by", fmt.Sprintf("%s, before %s", s.By, s.Witness))
	w.Field("memo", s.Memo)
}
