package policy

import (
	"bytes"
	"strings"

	"strongroom/custody"
	"strongroom/quorum/text"
)

// Parse reads a policy or a draft, the whole grammar and nothing but it: what
// it accepts, Render writes in the same bytes, which the Policy keeps. Errors
// are *text.Error. What the text says is not judged; see Check.
func Parse(b []byte) (*Policy, error) {
	r, err := text.Open(b, text.Policy)
	if err != nil {
		return nil, err
	}
	p := &parser{Reader: r, Policy: &Policy{bytes: bytes.Clone(b)}}
	p.head()
	p.wallets()
	p.people()
	p.groups()
	p.tiers()
	p.payments()
	p.acts()
	p.limits()
	if err := p.Close(); err != nil {
		return nil, err
	}
	rendered, err := write(p.Policy)
	if err != nil {
		return nil, err
	}
	if err := text.Canonical(b, rendered); err != nil {
		return nil, err
	}
	return p.Policy, nil
}

// parser fills a Policy from a Reader. After a refusal all its methods do
// nothing.
type parser struct {
	*text.Reader
	*Policy
}

func (p *parser) head() {
	p.Vault = p.id("vault", p.Field("vault"))
	p.Network = text.Value(p.Reader, "chain", p.Field("chain"), custody.ParseNetwork)
	p.Clock = text.Value(p.Reader, "clock", p.Field("clock"), named("clock", ClockTest))
	p.Version = text.Uint[uint64](p.Reader, "version", p.Field("version"), maxVersion)
	p.Previous = text.Value(p.Reader, "previous", p.Field("previous"), text.ParseHash)
	f := p.Line("origin-block", 3)
	p.Origin = OriginBlock{
		Height: text.Uint[uint32](p.Reader, "origin-block", f[0], maxHeight),
		Hash:   text.Value(p.Reader, "origin-block", f[1], parseBlockHash),
		Bits:   text.Value(p.Reader, "origin-block", f[2], parseBits),
	}
}

func (p *parser) wallets() {
	p.Wallets = list(p, "wallet", 5, func(f []string) Wallet {
		return Wallet{
			ID:         p.id("wallet", f[0]),
			State:      text.Value(p.Reader, "wallet", f[1], named("state", Retired)),
			Descriptor: text.Value(p.Reader, "wallet", f[2], parseHash),
			M:          int(text.Uint[uint8](p.Reader, "wallet", f[3], maxCosigners)),
			N:          int(text.Uint[uint8](p.Reader, "wallet", f[4], maxCosigners)),
		}
	})
	p.Cosigners = list(p, "cosigner", 4, func(f []string) Cosigner {
		return Cosigner{
			Wallet:      p.id("cosigner", f[0]),
			Fingerprint: text.Value(p.Reader, "cosigner", f[1], parseFingerprint),
			Governed:    p.either("cosigner", f[2], "governed", "external"),
			Name:        p.id("cosigner", f[3]),
		}
	})
	p.Annexes = list(p, "annex", 2, func(f []string) Annex {
		return Annex{Name: p.id("annex", f[0]), Hash: text.Value(p.Reader, "annex", f[1], parseHash)}
	})
	p.Devices = list(p, "device", 2, func(f []string) Device {
		return Device{ID: p.id("device", f[0]), Verifier: text.Value(p.Reader, "device", f[1], checkVerifier(ed25519Note))}
	})
}

func (p *parser) groups() {
	for len(p.Groups) == 0 || p.At("group") {
		f := p.Fields("group")
		if p.Err() != nil {
			return
		}
		if len(f) < 2 {
			p.Refuse("want a group's name and its members, or none, found %d fields", len(f))
			return
		}
		g := Group{ID: p.id("group", f[0])}
		if len(f) != 2 || f[1] != none {
			g.Members = p.ids("group", f[1:])
		}
		if n := len(p.Groups); n > 0 && p.Groups[n-1].ID >= g.ID {
			p.Refuse("group: want sorted names, each once, found %q after %q", g.ID, p.Groups[n-1].ID)
		}
		if len(p.Groups) == maxGroups {
			p.Refuse("want at most %d groups, found more", maxGroups)
		}
		p.Groups = append(p.Groups, g)
	}
	for _, role := range []Role{Freeze, Propose, Veto} {
		f := p.Fields("role")
		if p.Err() == nil && (len(f) < 2 || f[0] != role.String()) {
			p.Refuse("role: want %q and its groups, found %q", role.String(), clip(strings.Join(f, " ")))
		}
		if p.Err() == nil {
			*p.Roles.of(role) = p.ids("role", f[1:])
		}
	}
}

// ids reads a sorted list of names, each once.
func (p *parser) ids(keyword string, fields []string) []text.ID {
	ids := make([]text.ID, 0, len(fields))
	for _, f := range fields {
		id := p.id(keyword, f)
		if n := len(ids); n > 0 && ids[n-1] >= id {
			p.Refuse("%s: want sorted names, each once, found %q after %q", keyword, clip(f), ids[n-1])
		}
		ids = append(ids, id)
	}
	return ids
}

func (p *parser) limits() {
	p.FeeRateMax = text.Uint[uint32](p.Reader, "fee-rate-max", p.Field("fee-rate-max"), maxFeeRate)
	p.FeeShareMax = text.Value(p.Reader, "fee-share-max", p.Field("fee-share-max"), parseShare)
	p.AnchorAgeMax = p.credits("anchor-age-max", p.Field("anchor-age-max"))
	p.ClearAgeMax = p.credits("clear-age-max", p.Field("clear-age-max"))
	p.ExpiryMax = p.credits("expiry-max", p.Field("expiry-max"))
	p.ReorgMax = p.credits("reorg-max", p.Field("reorg-max"))
	p.Witnesses = list(p, "witness", 2, func(f []string) Witness {
		return Witness{
			Org:      p.id("witness", f[0]),
			Verifier: text.Value(p.Reader, "witness", f[1], checkVerifier(ed25519Note, ed25519Cosignature)),
		}
	})
	p.WitnessNeed = int(text.Uint[uint32](p.Reader, "witness-need", p.Field("witness-need"), maxSeats))
}

// list reads lines of one keyword, sorted bytewise and each once, with n
// fields each, or "KEYWORD none" for no line. With n below 0 there are at least
// -n fields.
func list[T any](p *parser, keyword string, n int, read func([]string) T) []T {
	var out []T
	last := ""
	for len(out) == 0 || p.At(keyword) {
		f := p.Fields(keyword)
		if p.Err() != nil || len(out) == 0 && len(f) == 1 && f[0] == none {
			return nil
		}
		if len(f) != n && (n >= 0 || len(f) < -n) {
			p.Refuse("want %s%d fields behind %q, found %d", pick(n < 0, "at least ", ""), max(n, -n), keyword, len(f))
			return nil
		}
		line := strings.Join(f, " ")
		if line <= last {
			p.Refuse("%s: want sorted lines, each once, found %q after %q", keyword, clip(line), clip(last))
		}
		last = line
		out = append(out, read(f))
	}
	return out
}

func (p *parser) id(keyword, field string) text.ID {
	return text.Value(p.Reader, keyword, field, parseID)
}

func (p *parser) credits(keyword, field string) uint32 {
	return text.Uint[uint32](p.Reader, keyword, field, maxCredits)
}

// either reads one of two words and returns whether it is the first.
func (p *parser) either(keyword, field, yes, no string) bool {
	if field != yes && field != no {
		p.Refuse("%s: want %s or %s, found %q", keyword, yes, no, clip(field))
	}
	return field == yes
}

// word wants one fixed word.
func (p *parser) word(keyword, field, want string) {
	if field != want {
		p.Refuse("%s: want the word %q, found %q", keyword, want, clip(field))
	}
}

// amount reads an amount above 0 and the unit of the policy's chain.
func (p *parser) amount(keyword, amount, unit string) custody.Amount {
	a := text.Value(p.Reader, keyword, amount, parseAmountAbove0)
	if u := p.Network.Unit(); unit != u {
		p.Refuse("%s: want the unit %s, found %q", keyword, u, clip(unit))
	}
	return a
}
