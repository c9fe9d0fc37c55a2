package backup

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"strongroom/quorum/text"
)

// Recovery is all that the page for emergencies of one snapshot is made of: the
// same values are the same page, byte for byte. It holds no secret.
type Recovery struct {
	Signed  Signed
	Reader  string    // the oldest age that opens it, such as "1.1"
	Version uint64    // of the policy in force
	Policy  text.Hash // its SHA-256
	Genesis text.Hash // that of the vault's first policy, policy-1.txt in the snapshot; zero for none
	Stores  []RecoveryStore
	People  []RecoveryPerson // those to whom it is sealed, or was before a re-wrap
}

// RecoveryStore is where a copy lies: in a folder, or in a bucket.
type RecoveryStore struct {
	ID     text.ID
	Folder string // as the machine that made the backup sees it; empty for a bucket

	Endpoint, Region, Bucket string // host:port
	PathStyle                bool   // https://host/bucket/name; else https://bucket.host/name
	OwnAuthority             bool   // its certificate is signed by nobody whom the world knows
	WantsCertificate         bool   // it asks for one of whoever speaks to it

	Place StorePlace // where annex backup says it is; zero without the annex
}

// RecoveryPerson is somebody who opens the snapshot, as the policy names them.
type RecoveryPerson struct {
	ID           text.ID
	Name, Office string // empty where the policy does not tell
}

// check refuses what would not be told rightly.
func (r Recovery) check() error {
	switch {
	case r.Signed.text == nil:
		return errors.New("want a signed manifest, found none")
	case r.Reader == "":
		return errors.New("want the oldest age that opens it, found none")
	case len(r.Stores) < 1 || len(r.Stores) > maxTargets:
		return fmt.Errorf("want 1 to %d stores, found %d", maxTargets, len(r.Stores))
	case len(r.People) > maxKitPeople:
		return fmt.Errorf("want at most %d people, found %d", maxKitPeople, len(r.People))
	}
	for i, s := range r.Stores {
		if i > 0 && r.Stores[i-1].ID >= s.ID {
			return fmt.Errorf("want stores sorted, each once, found %s behind %s", s.ID, r.Stores[i-1].ID)
		}
		if err := s.check(); err != nil {
			return fmt.Errorf("store %s: %w", s.ID, err)
		}
	}
	for _, o := range r.People {
		for _, s := range []string{o.Name, o.Office} {
			if err := readable(s, maxNameText); err != nil {
				return fmt.Errorf("%s: %w", o.ID, err)
			}
		}
	}
	return nil
}

func (s RecoveryStore) check() error {
	if _, err := text.ParseID(string(s.ID)); err != nil {
		return err
	}
	if (s.Folder == "") == (s.Endpoint == "" || s.Region == "" || s.Bucket == "") {
		return errors.New("want a folder, or endpoint, region and bucket, found neither or both")
	}
	for _, v := range []string{s.Folder, s.Endpoint, s.Region, s.Bucket} {
		if err := readable(v, maxStoreText); err != nil {
			return err
		}
	}
	return nil
}

// readable wants what can be printed and typed again.
func readable(s string, most int) error {
	if len(s) > most || !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return fmt.Errorf("want at most %d printable bytes, found %q", most, clip(s))
	}
	return nil
}

// Page renders the page.
func (r Recovery) Page() ([]byte, error) {
	if err := r.check(); err != nil {
		return nil, fmt.Errorf("recovery page: %w", err)
	}
	r.Signed = r.Signed.Followed() // of what rivals it the pages tell that lie beside it
	makers, err := r.Signed.kitMakers(r.Signed.line())
	if err != nil {
		return nil, err
	}
	k := newKitPage(r, makers)
	for _, part := range []func(){k.opening, k.needs, k.folder, k.fetch, k.check, k.open, k.judge, k.afterwards, k.missing, k.trust, k.objects} {
		part()
	}
	b := k.end()
	if len(b) > maxKit {
		return nil, fmt.Errorf("recovery page: want at most %d bytes, found %d", maxKit, len(b))
	}
	return b, nil
}

// kitPage is a page on its way.
type kitPage struct {
	*page
	Recovery
	m       Manifest       // with the headers and the recipients of the newest re-wrap
	earlier []Manifest     // with those before it, the newest first
	rewraps []SignedRewrap // that the page tells of, the oldest first
	untold  int            // sets of headers older than these
	makers  []kitMaker     // of the manifest, and of these re-wraps
	layers  int
}

// newKitPage begins a page. It tells of the newest headers and of some before
// them; of older ones the pages tell that lie beside it.
func newKitPage(r Recovery, makers []kitMaker) *kitPage {
	ways, rewraps := r.Signed.Ways(), r.Signed.Rewraps()
	told := min(len(ways), maxKitWays)
	rewraps = rewraps[max(0, len(rewraps)-told):]
	k := &kitPage{Recovery: r, m: ways[0], earlier: ways[1:told], untold: len(ways) - told, rewraps: rewraps,
		makers: append(makers[:1:1], makers[len(makers)-len(rewraps):]...), layers: len(ways[0].Segments[0].Headers)}
	k.page = newPage(fmt.Sprintf("Recover the records of %s", k.m.Place.Vault),
		manifestMark(text.Identity(r.Signed.text)), "\n", rewrapMark(r.Signed.follows))
	return k
}

func (k *kitPage) opening() {
	k.in("h1", fmt.Sprintf("Recover the records of %s", k.m.Place.Vault))
	if k.m.Place.Chain != "mainnet" {
		k.in(`p class="mark"`, fmt.Sprintf("TEST: %s. No real bitcoin depends on this page.", k.m.Place.Chain))
	}
	k.say("Take your time. Nothing on this page can damage the copies: they are only read.")
	k.say(fmt.Sprintf("You need this page when the machines that keep the records of the vault %q are gone. A copy of these records lies, encrypted, in each of the places named below. The page says how to open one with programs that every Linux system offers. The program that made the copies, Strongroom, is not needed.", k.m.Place.Vault))
	k.say("The records say who may approve payments, what was paid, and how the vault's wallets are built. The keys that move bitcoin are not in them in the clear: their shares are sealed to the people who hold them. So opening this copy moves no money, and losing it loses none, as long as those keys exist.")
	facts := [][2]string{
		{"snapshot", fmt.Sprintf("%d of %s on %s", k.m.Number, k.m.Place.Vault, k.m.Place.Chain)},
		{"taken", formatTime(k.m.Taken) + ", by the clock of the machine that took it"},
		{"holds", fmt.Sprintf("%d files, %d bytes", k.m.Contents.Files, k.m.Contents.Bytes)},
		{"download", fmt.Sprintf("%d bytes", k.size())},
		{"manifest", text.Identity(k.Signed.text).String()},
		{"opened by", openers(k.m)},
	}
	if n := len(k.rewraps); n > 0 {
		x := k.rewraps[n-1]
		facts = append(facts, [2]string{"sealed anew", fmt.Sprintf("to these people, on %s: re-wrap %d, %s", formatTime(x.rewrap.Made), x.rewrap.Number, x.ID())})
	}
	k.facts(facts...)
}

// size is what has to be fetched, without texts.
func (k *kitPage) size() (n int64) {
	for _, i := range append(k.m.opening(), k.before()...) {
		n += i.Content.Size
	}
	return n
}

// before are the headers from before re-wraps. They are fetched last: when one is
// missing, that concerns nobody else.
func (k *kitPage) before() (out []Item) {
	for _, m := range k.earlier {
		for _, g := range m.Segments {
			for _, h := range g.Headers {
				out = append(out, Item{h.Name, h.content()})
			}
		}
	}
	return out
}

// small are the signed texts that are fetched, each behind its signature.
func (k *kitPage) small() []smallObject {
	out := k.Signed.small()
	for _, x := range k.rewraps {
		out = append(out, x.small()...)
	}
	return out
}

// opening are the objects that opening a snapshot takes.
func (m Manifest) opening() []Item {
	var out []Item
	for _, g := range m.Segments {
		for _, h := range g.Headers {
			out = append(out, Item{h.Name, h.content()})
		}
		out = append(out, Item{g.Name, g.Content})
	}
	return out
}

// group names the officers of a layer, each once, in the manifest's order.
func group(m Manifest, layer int) (out []string) {
	for _, line := range m.Recipients {
		f := strings.Fields(line)
		if f[0] == fmt.Sprint(layer) && !slices.Contains(out, f[1]) {
			out = append(out, f[1])
		}
	}
	return out
}

// openers says who opens a snapshot.
func openers(m Manifest) string {
	anyOf := func(layer int) string {
		names := group(m, layer)
		if len(names) == 1 {
			return names[0]
		}
		return "any one of " + strings.Join(names, ", ")
	}
	if len(m.Segments[0].Headers) == 1 {
		return anyOf(1)
	}
	return anyOf(1) + ", together with " + anyOf(2)
}
