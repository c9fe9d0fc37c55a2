package policy

import (
	"bytes"
	"fmt"
	"slices"

	"strongroom/quorum/text"
)

// Outside is what is known of a key in a hardware wallet that no policy binds: no
// ceremony of ours tells of it, so somebody has to say it, and who adopts the
// policy has read it. Without the lines nothing is known, which the linter says.
type Outside struct {
	Fingerprint [4]byte
	Build       string  // firmware, as the device names it
	Entropy     string  // where the key came from
	Place       text.ID // where the device lies
	Vendor      string  // make, model, and what tells this piece from others
}

// The words of key lines, in the order of their bytes.
const (
	outsideBuild   = "build"
	outsideEntropy = "entropy"
	outsidePlace   = "place"
	outsideVendor  = "vendor"
)

// outside reads the key lines: four of each key, the keys sorted.
func (p *People) outside(r *text.Reader) {
	for r.At("key") {
		var o Outside
		what := [...]string{outsideBuild, outsideEntropy, outsidePlace, outsideVendor}
		for i, w := range what {
			f, rest := r.Rest("key", 2)
			fingerprint := text.Value(r, "key", f[0], parseFingerprint)
			switch {
			case r.Err() != nil:
				return
			case i > 0 && fingerprint != o.Fingerprint || f[1] != w:
				r.Refuse("key: want build, entropy, place and vendor of each key, found %s %q", f[0], clip(f[1]))
				return
			}
			o.Fingerprint = fingerprint
			o.put(r, w, rest)
		}
		if n := len(p.Outside); n > 0 && bytes.Compare(p.Outside[n-1].Fingerprint[:], o.Fingerprint[:]) >= 0 {
			r.Refuse("key: want sorted keys, each once, found %x after %x", o.Fingerprint, p.Outside[n-1].Fingerprint)
		}
		p.Outside = append(p.Outside, o)
	}
}

func (o *Outside) put(r *text.Reader, what, value string) {
	switch what {
	case outsideBuild:
		o.Build = value
	case outsideEntropy:
		o.Entropy = value
	case outsidePlace:
		o.Place = text.Value(r, "key place", value, parseID)
	case outsideVendor:
		o.Vendor = value
	}
}

// lines writes what is known of a key.
func (o Outside) lines() []string {
	line := func(what, value string) string { return fmt.Sprintf("key %x %s %s", o.Fingerprint, what, value) }
	return []string{line(outsideBuild, o.Build), line(outsideEntropy, o.Entropy), line(outsidePlace, string(o.Place)), line(outsideVendor, o.Vendor)}
}

// OutsideKey returns what is known of a key in a hardware wallet.
func (p *People) OutsideKey(fingerprint [4]byte) (Outside, bool) {
	i := slices.IndexFunc(p.Outside, func(o Outside) bool { return o.Fingerprint == fingerprint })
	if i < 0 {
		return Outside{}, false
	}
	return p.Outside[i], true
}

// checkOutside wants key lines for external cosigners alone, each with somebody
// who has the device: of a signer's key its ceremony tells.
func (p *Policy) checkOutside(f *findings, people *People) {
	for _, o := range people.Outside {
		external := slices.ContainsFunc(p.Cosigners, func(c Cosigner) bool { return !c.Governed && c.Fingerprint == o.Fingerprint })
		if !external {
			f.add(CodeAnnex, "annex people: want key lines for keys of external cosigners, found %x", o.Fingerprint)
		}
		if who, _ := people.holders(o.Fingerprint); external && len(who) == 0 {
			f.add(CodeAnnex, "annex people: want a holder of key %x, whose key lines it has, found none", o.Fingerprint)
		}
	}
}

// outsideKeys returns the keys of external cosigners of wallets in use.
func (p *Policy) outsideKeys() [][4]byte {
	var out [][4]byte
	for _, c := range p.Cosigners {
		if w, ok := p.Wallet(c.Wallet); ok && w.State != Retired && !c.Governed && !slices.Contains(out, c.Fingerprint) {
			out = append(out, c.Fingerprint)
		}
	}
	return out
}
