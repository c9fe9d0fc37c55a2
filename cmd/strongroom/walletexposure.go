package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
	"strongroom/signer/ceremony"
)

// exposureQuery is a value that has turned out to be bad.
type exposureQuery struct {
	person, place, vendor, build, entropy *string
}

func walletExposure(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "exposure",
		Short: "which keys and wallets a bad person, place, machine, build or source touches",
		Long: "Looks for one value in all ceremonies that were received: who was there and did what, where it was, with which equipment and program, and where entropy came from. " +
			"It tells which keys of which wallets that touches, and whether those keys are enough to sign. " +
			"Of a hardware wallet's key annex people tells, which officers adopted.",
		Example: "strongroom wallet exposure --person kim\nstrongroom wallet exposure --vendor 'lenovo x230'\nstrongroom wallet exposure --build 60d8ba9d",
		Args:    cobra.NoArgs,
	}
	s := cmd.Flags().String
	q := exposureQuery{
		person:  s("person", "", "everything that `PERSON` held, gave, opened or saw"),
		place:   s("place", "", "everything that was done at `SITE`, or lies there"),
		vendor:  s("vendor", "", "everything done with equipment whose description has `TEXT` in it"),
		build:   s("build", "", "everything done by the program whose SHA-256 begins with `DIGITS`, or by a hardware wallet's firmware of that version"),
		entropy: s("entropy", "", "every key made with entropy from `SOURCE`, such as dice6, or from a generator with that in its name"),
	}
	asJSON := cli.JSONFlag(cmd)
	cmd.MarkFlagsOneRequired("person", "place", "vendor", "build", "entropy")
	cmd.MarkFlagsMutuallyExclusive("person", "place", "vendor", "build", "entropy")
	cmd.RunE = func(*cobra.Command, []string) error {
		if !buildName(*q.build) {
			return cli.Usagef("--build: want at least %d lower-case hex digits, or a firmware's version with a dot, found %q", leastQuery, *q.build)
		}
		return inDesk(w, *home, func(d *desk) error { return d.tellExposure(q, *asJSON) })
	}
	return cmd
}

// buildName says whether a text can name a build: the first digits of a program's
// SHA-256, or a version such as 5.4.2. Nothing names none.
func buildName(s string) bool {
	if len(s) > 1 && strings.Contains(s, ".") {
		return true
	}
	return s == "" || len(s) >= leastQuery && strings.Trim(s, "0123456789abcdef") == ""
}

// touchJSON is one way in which a value touches a key.
type touchJSON struct {
	Signer      text.ID   `json:"signer"`
	Fingerprint string    `json:"fingerprint"`
	Wallets     []text.ID `json:"wallets"`
	Generation  uint64    `json:"generation"` // of the shares; 0 for a hardware wallet, and for words
	How         string    `json:"how"`
}

// walletTouchJSON says how many of a wallet's keys are touched.
type walletTouchJSON struct {
	Wallet  text.ID `json:"wallet"`
	Touched int     `json:"touched"`
	Keys    int     `json:"keys"`
	Need    int     `json:"need"`
	Enough  bool    `json:"enough"`
}

type exposureJSON struct {
	Touches []touchJSON       `json:"touches"`
	Wallets []walletTouchJSON `json:"wallets"`
	Unread  []string          `json:"unread"` // ceremonies whose transcript or plan is not here
}

func (d *desk) tellExposure(q exposureQuery, asJSON bool) error {
	keys, p, err := d.walletKeys()
	if err != nil {
		return err
	}
	words, err := d.wordKeys(p)
	if err != nil {
		return err
	}
	keys = append(keys, words...)
	r := exposureJSON{Touches: []touchJSON{}, Wallets: []walletTouchJSON{}, Unread: []string{}}
	touched := map[text.ID]int{}
	for _, k := range keys {
		before := len(r.Touches)
		k.expose(q, &r)
		if len(r.Touches) == before {
			continue
		}
		for _, id := range k.walletNames() {
			touched[id]++
		}
	}
	if err := d.exposeOutside(p, q, &r, touched); err != nil {
		return err
	}
	for _, x := range p.Wallets {
		if n := touched[x.ID]; n > 0 {
			r.Wallets = append(r.Wallets, walletTouchJSON{x.ID, n, x.N, x.M, n >= x.M})
		}
	}
	if asJSON {
		return d.world.JSON(r)
	}
	banner(d.world, p.Network)
	showExposure(d.world, r)
	return nil
}

// expose adds every way in which the value touches a key.
func (k *walletKey) expose(q exposureQuery, r *exposureJSON) {
	for _, g := range k.generations {
		add := k.adding(g.Generation, r)
		q.inShares(g, add)
		a, ok := k.account(g)
		if !ok || !a.planned {
			r.Unread = append(r.Unread, fmt.Sprintf("generation %d of key %x of %s", g.Generation, k.fingerprint, k.signer))
		}
		if ok {
			q.inTranscript(a.transcript, add)
		}
		if ok && a.planned {
			q.inPlan(a.plan, add)
		}
	}
	for _, a := range k.accounts {
		if a.transcript.What == ceremony.MakeWords {
			k.exposeWords(q, a, r)
		}
	}
}

// adding returns what adds one way to the report, each once.
func (k *walletKey) adding(generation uint64, r *exposureJSON) func(string, ...any) {
	return func(format string, args ...any) {
		t := touchJSON{k.signer, fmt.Sprintf("%x", k.fingerprint), append([]text.ID{}, k.walletNames()...), generation, fmt.Sprintf(format, args...)}
		if !slices.Contains(howOf(r.Touches), t.key()) {
			r.Touches = append(r.Touches, t)
		}
	}
}

func (t touchJSON) key() string { return fmt.Sprint(t.Signer, t.Fingerprint, t.Generation, t.How) }

func howOf(all []touchJSON) []string {
	var out []string
	for _, t := range all {
		out = append(out, t.key())
	}
	return out
}

// inShares looks at who holds what and where, by the log.
func (q exposureQuery) inShares(g record.Shares, add func(string, ...any)) {
	for _, s := range g.Shares {
		if string(s.Holder) == *q.person {
			add("holds share %d of group %d, %d of which stand for it", s.Number, s.Group, g.Sites[s.Group-1].Need)
		}
	}
	for i, site := range g.Sites {
		if string(site.Site) == *q.place {
			add("shares of group %d lie there, %d of %d groups rebuild the key", i+1, g.Groups, len(g.Sites))
		}
	}
}

// inTranscript looks at what was really done.
func (q exposureQuery) inTranscript(t ceremony.Transcript, add func(string, ...any)) {
	if b := *q.build; b != "" && strings.HasPrefix(t.Program.String(), b) {
		add("%s by that program", done(t.What))
	}
	if b := *q.build; b != "" && strings.HasPrefix(t.Build.OrNone(), b) {
		add("%s by a program of that build", done(t.What))
	}
	if slices.Contains(t.Reviewers, text.ID(*q.person)) {
		add("reviewed the build that %s it", done(t.What))
	}
	for _, c := range t.Contributions {
		if string(c.Person) == *q.person {
			add("gave %d bits of entropy, %s", c.Bits, c.From)
		}
		if c.From.String() == *q.entropy {
			add("%d bits of it by %s", c.Bits, c.Person)
		}
	}
	if e := *q.entropy; e != "" && holdsText(t.Generator, e) {
		add("random numbers by the %s", t.Generator)
	}
	if slices.Contains(t.Opened, text.ID(*q.person)) {
		add("opened it, or brought it")
	}
}

// inPlan looks at what only the plan tells.
func (q exposureQuery) inPlan(p ceremony.Plan, add func(string, ...any)) {
	if string(p.Place) == *q.place {
		add("%s there", done(p.What))
	}
	if id := text.ID(*q.person); id != "" {
		switch _, present := p.Person(id); {
		case p.Administrator == id:
			add("led through the ceremony")
		case slices.Contains(p.Witnesses, id):
			add("was a witness")
		case present:
			add("was present")
		}
	}
	for _, e := range p.Equipment {
		if *q.vendor != "" && holdsText(string(e.Kind)+" "+e.Text, *q.vendor) {
			add("%s: %s", e.Kind, e.Text)
		}
	}
}

func holdsText(s, part string) bool {
	return strings.Contains(strings.ToLower(s), strings.ToLower(part))
}

// done says what was done to a key at a ceremony.
func done(w ceremony.What) string {
	switch w {
	case ceremony.Make:
		return "made"
	case ceremony.Import:
		return "imported"
	case ceremony.Reshare:
		return "shared anew"
	case ceremony.MakeWords:
		return "its words made"
	}
	return "opened"
}

func showExposure(w cli.World, r exposureJSON) {
	var rows [][]string
	for _, t := range r.Touches {
		shares := fmt.Sprint(t.Generation)
		if t.Generation == 0 {
			shares = "words"
		}
		rows = append(rows, []string{t.Fingerprint, string(t.Signer), inWallets(t.Wallets), shares, t.How})
	}
	if len(rows) > 0 {
		w.Table([]string{"key", "signer", "wallet", ">shares", "how"}, rows)
		w.Text("")
	}
	for _, x := range r.Wallets {
		enough := "not enough to sign"
		if x.Enough {
			enough = "ENOUGH TO SIGN"
		}
		w.Field("wallet "+string(x.Wallet), fmt.Sprintf("%d of its %d keys are touched, %d sign: %s", x.Touched, x.Keys, x.Need, enough))
	}
	for _, s := range r.Unread {
		w.Warnf("%s: want its transcript and plan, or a hardware wallet's lines in annex people, found not all: what they would tell is missing here", s)
	}
	if len(rows) == 0 {
		w.Text("Nothing that was received is touched by it.")
	}
}
