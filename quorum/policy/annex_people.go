package policy

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"strongroom/quorum/text"
)

// People is annex people: who could pass by the policy, because they hold keys
// or shares of keys.
//
//	strongroom/annex@v1
//	vault acme-treasury
//	name people
//	holds 1c3a5f77 2 alice
//	holds 1c3a5f77 2 bob
//	holds 1c3a5f77 2 kim
//	holds 5e0011aa 1 dave
//	key 5e0011aa build firmware 5.4.2
//	key 5e0011aa entropy dice6, 100 rolls by dave
//	key 5e0011aa place oslo
//	key 5e0011aa vendor Coinkite Coldcard Mk4, bag C0412
//	person kim acme-ops Kim Example
//
// A holds line names the fingerprint of the key's master key (BIP-32), how many
// of its shares rebuild it (SLIP-0039), and who holds one of them; with 1, that
// person holds the whole key. Key lines tell of a key in a hardware wallet that no
// policy binds what a ceremony's transcript tells of a signer's: see Outside. A
// person line is for somebody who is no officer. Lines are sorted bytewise.
type People struct {
	Vault    text.ID
	Holdings []Holding
	Outside  []Outside
	Persons  []Officer
}

// Holding is one person's share of one key.
type Holding struct {
	Fingerprint [4]byte
	Rebuild     int // shares that rebuild the key; 1 is the whole key
	Person      text.ID
}

// ParsePeople reads annex people. What it accepts, RenderPeople writes in the
// same bytes. Errors are *text.Error.
func ParsePeople(b []byte) (*People, error) {
	r, err := text.Open(b, text.Annex)
	if err != nil {
		return nil, err
	}
	p := &People{Vault: text.Value(r, "vault", r.Field("vault"), parseID)}
	if name := r.Field("name"); name != string(annexPeople) {
		r.Refuse("name: want %s, found %q", annexPeople, clip(name))
	}
	p.holdings(r)
	p.outside(r)
	p.persons(r)
	if err := r.Close(); err != nil {
		return nil, err
	}
	rendered, err := writePeople(p)
	if err != nil {
		return nil, err
	}
	if err := text.Canonical(b, rendered); err != nil {
		return nil, err
	}
	return p, nil
}

// holdings reads at least one line: without any there is nothing to annex.
// Every line of one key asks for the same number of shares.
func (p *People) holdings(r *text.Reader) {
	rebuild := map[[4]byte]int{}
	last := ""
	for len(p.Holdings) == 0 || r.At("holds") {
		f := r.Line("holds", 3)
		h := Holding{
			Fingerprint: text.Value(r, "holds", f[0], parseFingerprint),
			Rebuild:     text.Value(r, "holds", f[1], parseShares),
			Person:      text.Value(r, "holds", f[2], parseID),
		}
		if r.Err() != nil {
			return
		}
		line := strings.Join(f, " ")
		if line <= last {
			r.Refuse("holds: want sorted lines, each once, found %q after %q", clip(line), clip(last))
		}
		last = line
		if k, ok := rebuild[h.Fingerprint]; ok && k != h.Rebuild {
			r.Refuse("holds: want one number of shares for key %s, found %d and %d", f[0], k, h.Rebuild)
		}
		rebuild[h.Fingerprint] = h.Rebuild
		p.Holdings = append(p.Holdings, h)
	}
}

func (p *People) persons(r *text.Reader) {
	for r.At("person") {
		f, name := r.Rest("person", 2)
		o := Officer{ID: text.Value(r, "person", f[0], parseID), Org: text.Value(r, "person", f[1], parseID), Name: name}
		if n := len(p.Persons); n > 0 && p.Persons[n-1].ID >= o.ID {
			r.Refuse("person: want sorted names, each once, found %q after %q", o.ID, p.Persons[n-1].ID)
		}
		p.Persons = append(p.Persons, o)
	}
}

// RenderPeople writes annex people as its text, its lines sorted. It refuses,
// as ParsePeople would, what does not fit the grammar.
func RenderPeople(p *People) ([]byte, error) {
	b, err := writePeople(p)
	if err != nil {
		return nil, err
	}
	if _, err := ParsePeople(b); err != nil {
		return nil, err
	}
	return b, nil
}

// writePeople is RenderPeople without the proof. Only names may stand where
// one word is wanted: two words could read back as something else.
func writePeople(p *People) ([]byte, error) {
	var lines []string
	words := []text.ID{p.Vault}
	for _, h := range p.Holdings {
		words = append(words, h.Person)
		lines = append(lines, fmt.Sprintf("holds %x %d %s", h.Fingerprint, h.Rebuild, h.Person))
	}
	for _, o := range p.Outside {
		words = append(words, o.Place)
		lines = append(lines, o.lines()...)
	}
	for _, o := range p.Persons {
		words = append(words, o.ID, o.Org)
		lines = append(lines, fmt.Sprintf("person %s %s %s", o.ID, o.Org, o.Name))
	}
	for _, id := range words {
		if _, err := parseID(string(id)); err != nil {
			return nil, fmt.Errorf("annex people: %w", err)
		}
	}
	slices.Sort(lines)
	return writeAnnex(AnnexText{Vault: p.Vault, Name: annexPeople, Lines: lines})
}

func parseShares(s string) (int, error) {
	n, err := text.ParseUint(s, maxShares)
	if err == nil && n == 0 {
		return 0, fmt.Errorf("want at least 1 share, found 0")
	}
	return int(n), err
}

func annexNameError(s string) error {
	return fmt.Errorf("want one of %s, found %s", joinIDs(annexNames()), strconv.Quote(clip(s)))
}

// holders returns who holds a share of a key, and how many shares rebuild it;
// 0 when nobody is named.
func (p *People) holders(fingerprint [4]byte) (who []text.ID, rebuild int) {
	for _, h := range p.Holdings {
		if h.Fingerprint == fingerprint {
			who, rebuild = append(who, h.Person), h.Rebuild
		}
	}
	return who, rebuild
}

// checkPeople judges annex people beside the policy: everybody is known once,
// every key is a wallet's, and nobody holds shares of two keys of one wallet,
// because then fewer people than it seems would rebuild the wallet.
func (p *Policy) checkPeople(f *findings, b []byte) {
	people, err := ParsePeople(b)
	if err != nil {
		f.add(CodeAnnex, "annex people: %v", err)
		return
	}
	known := names(p.Officers, func(o Officer) text.ID { return o.ID })
	for _, o := range people.Persons {
		if known[o.ID] {
			f.add(CodeAnnex, "annex people: want person lines for people who are no officers, found %s", o.ID)
		}
		known[o.ID] = true
	}
	for _, h := range people.Holdings {
		if !known[h.Person] {
			f.add(CodeAnnex, "annex people: want an officer or a person line for every holder, found %s", h.Person)
		}
		if !slices.ContainsFunc(p.Cosigners, func(c Cosigner) bool { return c.Fingerprint == h.Fingerprint }) {
			f.add(CodeAnnex, "annex people: want the key of a cosigner, found %x", h.Fingerprint)
		}
		if who, k := people.holders(h.Fingerprint); len(who) < k {
			f.add(CodeAnnex, "annex people: want at least the %d holders who rebuild key %x, found %d", k, h.Fingerprint, len(who))
		}
	}
	p.checkOutside(f, people)
	p.checkOneKey(f, people)
}

// checkOneKey wants everybody to hold shares of one key of a wallet at most.
func (p *Policy) checkOneKey(f *findings, people *People) {
	type place struct{ wallet, person text.ID }
	first := map[place][4]byte{}
	for _, c := range p.Cosigners {
		who, _ := people.holders(c.Fingerprint)
		for _, id := range who {
			key, two := first[place{c.Wallet, id}]
			if two && key != c.Fingerprint {
				f.add(CodeAnnex, "wallet %s: want everybody to hold shares of one key at most, found %s with %x and %x", c.Wallet, id, key, c.Fingerprint)
				continue
			}
			first[place{c.Wallet, id}] = c.Fingerprint
		}
	}
}
