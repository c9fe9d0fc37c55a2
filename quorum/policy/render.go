package policy

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"strongroom/custody"
	"strongroom/quorum/text"
)

// Render writes the policy as its text. It refuses, as Parse would, what is not
// in order or does not fit the grammar, so that what it returns says exactly
// what the fields say.
func Render(p *Policy) ([]byte, error) {
	b, err := write(p)
	if err != nil {
		return nil, err
	}
	if _, err := Parse(b); err != nil {
		return nil, err
	}
	return b, nil
}

// write is Render without the proof.
func write(p *Policy) ([]byte, error) {
	w := &writer{Writer: text.NewWriter(text.Policy), unit: p.Network.Unit()}
	w.head(p)
	w.wallets(p)
	w.people(p)
	w.groups(p)
	w.payments(p)
	w.acts(p)
	w.limits(p)
	if w.err != nil {
		return nil, w.err
	}
	return w.Bytes()
}

type writer struct {
	*text.Writer
	unit string
	err  error
}

// line adds a line of fields none of which may hold a space: otherwise one
// name could read back as two.
func (w *writer) line(keyword string, fields ...string) {
	for _, f := range fields {
		if f == "" || strings.ContainsAny(f, " \n") {
			w.fail("%s: want one word, found %q", keyword, clip(f))
		}
	}
	w.Line(keyword, fields...)
}

// empty writes "KEYWORD none" and says so when there are no lines.
func (w *writer) empty(keyword string, n int) {
	if n == 0 {
		w.line(keyword, none)
	}
}

func (w *writer) fail(format string, args ...any) {
	if w.err == nil {
		w.err = &text.Error{Code: text.CodeGrammar, Text: fmt.Sprintf(format, args...)}
	}
}

func (w *writer) head(p *Policy) {
	w.line("vault", string(p.Vault))
	w.line("chain", w.kind("chain", p.Network.String()))
	w.line("clock", w.kind("clock", p.Clock.String()))
	w.line("version", text.FormatUint(p.Version))
	w.line("previous", p.Previous.String())
	w.line("origin-block", number(p.Origin.Height), hex.EncodeToString(p.Origin.Hash[:]), bitsText(p.Origin.Bits))
}

// kind passes a closed type's name on, unless it is the zero value's.
func (w *writer) kind(keyword, name string) string {
	if strings.HasPrefix(name, "no ") {
		w.fail("%s: want a value, found none", keyword)
		return none
	}
	return name
}

func (w *writer) wallets(p *Policy) {
	w.empty("wallet", len(p.Wallets))
	for _, x := range p.Wallets {
		w.line("wallet", string(x.ID), w.kind("wallet", x.State.String()), x.Descriptor.String(), strconv.Itoa(x.M), strconv.Itoa(x.N))
	}
	w.empty("cosigner", len(p.Cosigners))
	for _, c := range p.Cosigners {
		w.line("cosigner", string(c.Wallet), hex.EncodeToString(c.Fingerprint[:]), pick(c.Governed, "governed", "external"), string(c.Name))
	}
	w.empty("annex", len(p.Annexes))
	for _, a := range p.Annexes {
		w.line("annex", string(a.Name), a.Hash.String())
	}
	w.empty("device", len(p.Devices))
	for _, d := range p.Devices {
		w.line("device", string(d.ID), d.Verifier)
	}
}

func (w *writer) people(p *Policy) {
	w.empty("officer", len(p.Officers))
	for _, o := range p.Officers {
		if err := text.CheckRest(o.Name); err != nil {
			w.fail("officer: %v", err)
		}
		if strings.Contains(string(o.ID+o.Org), " ") {
			w.fail("officer: want one word, found %q", clip(string(o.ID+" "+o.Org)))
		}
		w.Line("officer", string(o.ID), string(o.Org), o.Name)
	}
	w.empty("signer", len(p.Signers))
	for _, s := range p.Signers {
		kind, key, _ := strings.Cut(s.Key.String(), " ")
		w.line("signer", string(s.Officer), namespaces, kind, key)
	}
	w.empty("factor", len(p.Factors))
	for _, f := range p.Factors {
		w.line("factor", append([]string{string(f.Officer)}, strings.Fields(factorText(f.Needs))...)...)
	}
	w.empty("term", len(p.Terms))
	for _, t := range p.Terms {
		if !t.Ends && t.Height != 0 {
			w.fail("term: want a height only where a term ends, found %d", t.Height)
		}
		w.line("term", string(t.Officer), termText(t))
	}
	w.line("passkey-origin", orNone(p.PasskeyOrigin))
}

func termText(t Term) string {
	if !t.Ends {
		return none
	}
	return number(t.Height)
}

func (w *writer) groups(p *Policy) {
	for _, g := range p.Groups {
		if len(g.Members) == 0 {
			w.line("group", string(g.ID), none)
			continue
		}
		if slices.Contains(g.Members, none) {
			w.fail("group: want a name, found %q, which is kept for absence", none)
		}
		w.line("group", join(g.ID, g.Members)...)
	}
	for _, role := range []Role{Freeze, Propose, Veto} {
		w.line("role", join(text.ID(role.String()), *p.Roles.of(role))...)
	}
	for _, t := range p.Tiers {
		w.line("tier", string(t.ID), "below", t.Below.String(), w.unit, "window", number(t.Window), "cool", number(t.Cool), w.kind("tier", t.Mode.String()))
		w.seats(string(t.ID), t.Needs, t.Clears)
	}
}

func (w *writer) seats(of string, needs, clears []Need) {
	for _, n := range needs {
		w.line("need", of, strconv.Itoa(n.Seats), string(n.Group))
	}
	for _, n := range clears {
		w.line("clear", of, strconv.Itoa(n.Seats), string(n.Group))
	}
}

func (w *writer) payments(p *Policy) {
	w.empty("velocity", len(p.Velocities))
	for _, v := range p.Velocities {
		w.line("velocity", v.Cap.String(), w.unit, "window", number(v.Window))
	}
	w.empty("destination", len(p.Destinations))
	for _, d := range p.Destinations {
		w.destination(p.Network, d)
	}
	w.empty("conflict", len(p.Conflicts))
	for _, c := range p.Conflicts {
		w.line("conflict", string(c.Label), string(c.Officer))
	}
}

func (w *writer) destination(n custody.Network, d Destination) {
	how, what := "address", d.Address.String()
	if d.ByDescriptor() {
		how, what = "descriptor", d.Descriptor.String()
	}
	if d.ByDescriptor() == (d.Address.String() != "") {
		w.fail("destination: want an address or a descriptor, found both or none for %q", clip(string(d.Label)))
		return
	}
	if !d.ByDescriptor() && d.Address.Network() != n {
		w.fail("destination: want an address of %s, found one of %s", n, d.Address.Network())
	}
	w.line("destination", string(d.Label), how, what, "cap", d.Cap.String(), w.unit, "window", number(d.Window))
}

func (w *writer) acts(p *Policy) {
	for _, a := range p.Acts {
		w.line("act", w.kind("act", a.Name.String()), "cool", number(a.Cool), w.kind("act", a.Mode.String()))
		w.seats(a.Name.String(), a.Needs, a.Clears)
	}
	w.line("quiet", "destination", number(p.QuietDestination))
	w.line("quiet", "policy", number(p.QuietPolicy))
	w.line("quiet", "signer", number(p.QuietSigner.Credits), pick(p.QuietSigner.Every, "every", "mildest"))
	w.line("recovery", "after", number(p.Recovery.After), "cool", number(p.Recovery.Cool), w.kind("recovery", p.Recovery.Mode.String()))
	w.seats("recovery", p.Recovery.Needs, p.Recovery.Clears)
}

func (w *writer) limits(p *Policy) {
	w.line("fee-rate-max", number(p.FeeRateMax))
	if p.FeeShareMax%100 != 0 {
		w.fail("fee-share-max: want whole percents, found %d hundredths", p.FeeShareMax)
	}
	w.line("fee-share-max", shareText(p.FeeShareMax))
	w.line("anchor-age-max", number(p.AnchorAgeMax))
	w.line("clear-age-max", number(p.ClearAgeMax))
	w.line("expiry-max", number(p.ExpiryMax))
	w.line("reorg-max", number(p.ReorgMax))
	w.empty("witness", len(p.Witnesses))
	for _, x := range p.Witnesses {
		w.line("witness", string(x.Org), x.Verifier)
	}
	w.line("witness-need", strconv.Itoa(p.WitnessNeed))
}

func number(n uint32) string { return text.FormatUint(n) }

func orNone(s string) string {
	if s == "" {
		return none
	}
	return s
}

func pick(yes bool, a, b string) string {
	if yes {
		return a
	}
	return b
}

func join(first text.ID, rest []text.ID) []string {
	fields := []string{string(first)}
	for _, id := range rest {
		fields = append(fields, string(id))
	}
	return fields
}
