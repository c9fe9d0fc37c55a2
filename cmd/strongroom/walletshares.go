package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/quorum"
	"strongroom/quorum/media"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
	"strongroom/signer"
)

func walletShares(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "shares",
		Short: "who holds the shares of the wallets' keys, and who still does that has left",
		Long: "Lists every generation of every key's shares, by the signers' logs, or by transcripts for a signer whose log has not come. " +
			"Sharing a key anew revokes nothing: whoever keeps enough of an old generation has the key.\n" +
			"It is an alarm (exit status 4) when those who have left the policy hold so much of any generation that one more share rebuilds the key. A share on a medium that the register calls lost counts with theirs.",
		Example: "strongroom wallet shares\nstrongroom wallet shares --json",
		Args:    cobra.NoArgs,
	}
	asJSON := cli.JSONFlag(cmd)
	cmd.RunE = func(*cobra.Command, []string) error {
		return inDesk(w, *home, func(d *desk) error { return d.tellShares(*asJSON) })
	}
	return cmd
}

// keySharesJSON is one key with all generations of its shares, the newest first.
type keySharesJSON struct {
	Signer      text.ID          `json:"signer"`
	Fingerprint string           `json:"fingerprint"`
	Wallets     []text.ID        `json:"wallets"`
	Imported    bool             `json:"imported"`
	ByLog       bool             `json:"by_log"` // otherwise by transcripts alone
	Generations []generationJSON `json:"generations"`
	Words       *wordsJSON       `json:"words,omitempty"` // of a hardware wallet, in place of shares
}

type generationJSON struct {
	Generation  uint64      `json:"generation"`
	Ceremony    text.ID     `json:"ceremony"`
	Transcript  string      `json:"transcript"`
	Signed      []text.ID   `json:"transcript_signed_by"`
	Opens       string      `json:"opens"`
	Newest      bool        `json:"newest"`
	Outstanding int         `json:"outstanding"` // shares that exist
	Gone        []text.ID   `json:"gone"`        // holders who have left
	Lost        []text.ID   `json:"lost"`        // holders whose share lies on a lost medium
	Short       int         `json:"short"`       // shares that those who have left, with what is lost, lack
	Alarm       bool        `json:"alarm"`
	Shares      []shareJSON `json:"shares"`
}

type shareJSON struct {
	Holder     text.ID `json:"holder"`
	Standing   string  `json:"standing"` // officer, person, left or unknown
	Site       text.ID `json:"site"`
	Group      int     `json:"group"`
	Number     int     `json:"number"`
	Seal       string  `json:"seal"`
	Clear      bool    `json:"clear"` // may be printed in clear words, by its transcript
	Commitment string  `json:"commitment"`
	Proven     *uint32 `json:"proven"` // block height; null for never
	Wrong      int     `json:"wrong"`
}

func (d *desk) tellShares(asJSON bool) error {
	keys, p, err := d.walletKeys()
	if err != nil {
		return err
	}
	words, err := d.wordKeys(p)
	if err != nil {
		return err
	}
	if len(keys)+len(words) == 0 {
		return cli.Hint(errors.New("wallet: want the log or the transcript of a signer with a key, found none received"), "strongroom receive DIR   # what key ceremony wrote with -o DIR")
	}
	people, err := d.standings(p)
	if err != nil {
		return err
	}
	missing, err := d.lostShares()
	if err != nil {
		return err
	}
	report := []keySharesJSON{}
	for _, k := range keys {
		r, err := d.keyShares(k, people, missing)
		if err != nil {
			return err
		}
		report = append(report, r)
	}
	for _, k := range words {
		r, err := d.keyWords(k, people)
		if err != nil {
			return err
		}
		report = append(report, r)
	}
	alarm := exposureAlarm(report)
	if asJSON {
		return errors.Join(d.world.JSON(report), cli.Reported(alarm))
	}
	banner(d.world, p.Network)
	for _, r := range report {
		if r.Words != nil {
			showWords(d.world, r)
			continue
		}
		showKeyShares(d.world, r)
	}
	d.warnUnknown(report)
	return alarm
}

// keyShares reports a key.
func (d *desk) keyShares(k *walletKey, people standings, missing []media.Held) (keySharesJSON, error) {
	r := keySharesJSON{Signer: k.signer, Fingerprint: fmt.Sprintf("%x", k.fingerprint), Wallets: append([]text.ID{}, k.walletNames()...),
		ByLog: k.state != nil, Generations: []generationJSON{}}
	for i, g := range slices.Backward(k.generations) {
		r.Imported = g.Ceremony == record.CeremonyImport
		out := generationJSON{Generation: g.Generation, Ceremony: g.Ceremony, Transcript: g.Transcript.String(), Signed: []text.ID{},
			Opens: signer.Needs(g), Newest: i == len(k.generations)-1, Outstanding: len(g.Shares), Gone: []text.ID{}, Lost: []text.ID{}}
		a, ok := k.account(g)
		if ok {
			signed, err := d.signedAccount(a)
			if err != nil {
				return r, err
			}
			for _, s := range signed.By {
				out.Signed = append(out.Signed, s.Person)
			}
		}
		for _, s := range g.Shares {
			x := k.share(g, s, people)
			x.Clear = slices.Contains(a.transcript.Clear, s.Holder)
			out.Shares = append(out.Shares, x)
			if people.of(s.Holder) == hasLeft {
				out.Gone = append(out.Gone, s.Holder)
			}
			if slices.Contains(missing, media.Held{What: media.Share, Fingerprint: g.Fingerprint, Generation: g.Generation, Who: s.Holder}) {
				out.Lost = append(out.Lost, s.Holder)
			}
		}
		strange := slices.Concat(out.Gone, out.Lost)
		out.Short = lacking(g, strange)
		out.Alarm = len(strange) > 0 && out.Short <= 1
		r.Generations = append(r.Generations, out)
	}
	return r, nil
}

func (k *walletKey) share(g record.Shares, s record.Share, people standings) shareJSON {
	out := shareJSON{Holder: s.Holder, Standing: people.of(s.Holder), Site: g.Sites[s.Group-1].Site, Group: s.Group, Number: s.Number,
		Seal: string(s.Seal), Commitment: s.Commitment.String()}
	if k.state == nil {
		return out
	}
	out.Wrong = k.state.Failed(g.Fingerprint, g.Generation, s.Holder)
	if tips := k.state.Proven(g.Fingerprint, g.Generation, s.Holder); len(tips) > 0 {
		height := tips[len(tips)-1].Height
		out.Proven = &height
	}
	return out
}

// lacking returns how many shares people still need to rebuild the key together.
func lacking(g record.Shares, people []text.ID) int {
	var short []int
	for i, site := range g.Sites {
		n := site.Need
		for _, s := range g.Shares {
			if s.Group == i+1 && slices.Contains(people, s.Holder) {
				n--
			}
		}
		short = append(short, max(0, n))
	}
	slices.Sort(short)
	sum := 0
	for _, n := range short[:g.Groups] {
		sum += n
	}
	return sum
}

func showKeyShares(w cli.World, r keySharesJSON) {
	w.Text("")
	w.Field("key", fmt.Sprintf("%s of %s, wallet %s", r.Fingerprint, r.Signer, inWallets(r.Wallets)))
	if r.Imported {
		w.Field("imported", "it was made elsewhere: nobody knows who has a copy")
	}
	if !r.ByLog {
		w.Field("by", "its transcripts; its log has not been received")
	}
	for _, g := range r.Generations {
		showGeneration(w, g)
	}
}

// inWallets names the wallets of a key.
func inWallets(all []text.ID) string {
	if len(all) == 0 {
		return "none"
	}
	return list(all)
}

func showGeneration(w cli.World, g generationJSON) {
	age := "the newest"
	if !g.Newest {
		age = "older, and as good as ever"
	}
	w.Field("generation", fmt.Sprintf("%d, by ceremony %s: %s", g.Generation, g.Ceremony, age))
	w.Field("transcript", g.Transcript[:shownSum]+", "+signedBy(g.Signed))
	w.Field("opens with", g.Opens)
	var rows [][]string
	for _, s := range g.Shares {
		rows = append(rows, []string{string(s.Holder), s.Standing, string(s.Site), sealed(s), provenAt(s)})
	}
	w.Table([]string{"holder", "is", "site", "sealed to", "proven"}, rows)
	w.Field("outstanding", count(g.Outstanding, "share")+"; "+exposed(g))
}

// sealed says to what a share is sealed, and whether a sheet of it need not be.
func sealed(s shareJSON) string {
	if s.Clear {
		return s.Seal + ", CLEAR WORDS"
	}
	return s.Seal
}

func exposed(g generationJSON) string {
	var parts []string
	if len(g.Gone) > 0 {
		parts = append(parts, fmt.Sprintf("%d with people who have left (%s)", len(g.Gone), list(g.Gone)))
	}
	if len(g.Lost) > 0 {
		parts = append(parts, fmt.Sprintf("%d on lost media (%s)", len(g.Lost), list(g.Lost)))
	}
	switch {
	case len(parts) == 0:
		return "none with anybody who has left"
	case len(g.Lost) == 0:
		return fmt.Sprintf("%s, who lack %d more", parts[0], g.Short)
	}
	return fmt.Sprintf("%s: whoever has these lacks %d more", strings.Join(parts, " and "), g.Short)
}

func provenAt(s shareJSON) string {
	switch {
	case s.Wrong > 0:
		return fmt.Sprintf("%d wrong", s.Wrong)
	case s.Proven == nil:
		return "never"
	case *s.Proven == 0:
		return "before any block"
	}
	return fmt.Sprintf("block %d", *s.Proven)
}

// exposureAlarm is raised where those who have left are one share short of a key,
// or have it.
func exposureAlarm(report []keySharesJSON) error {
	for _, r := range report {
		if r.Words != nil && r.Words.Alarm {
			return wordsAlarm(r)
		}
		for _, g := range r.Generations {
			if !g.Alarm {
				continue
			}
			who, shares := "people who have left", list(g.Gone)
			if len(g.Lost) > 0 {
				who, shares = "people who have left and finders of lost media", list(slices.Compact(slices.Sorted(slices.Values(slices.Concat(g.Gone, g.Lost)))))
			}
			return cli.Refusal{
				Sentence: fmt.Sprintf("key %s of %s: want %s to lack at least 2 shares of it, found %s with shares of generation %d who lack %d", r.Fingerprint, r.Signer, who, shares, g.Generation, g.Short),
				Codes:    []string{string(quorum.KeyShare)},
				Hint:     "make a new key and sweep the wallet to it: sharing the old one anew revokes nothing",
				Call:     "security officer",
				Alarm:    true,
			}
		}
	}
	return nil
}

// warnUnknown tells of holders whom the policy does not know, so that nobody
// could tell when they leave.
func (d *desk) warnUnknown(report []keySharesJSON) {
	var who []text.ID
	for _, r := range report {
		if r.Words != nil && r.Words.Standing == isUnknown && !slices.Contains(who, r.Words.Holder) {
			who = append(who, r.Words.Holder)
		}
		for _, g := range r.Generations {
			for _, s := range g.Shares {
				if s.Standing == isUnknown && !slices.Contains(who, s.Holder) {
					who = append(who, s.Holder)
				}
			}
		}
	}
	if len(who) > 0 {
		slices.Sort(who)
		d.world.Warnf("%s: want every holder an officer or in annex people, found neither: when they leave, nothing here will tell", list(who))
	}
}
