package policy

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"strongroom/quorum/text"
)

// velocity compares the limit over one window. A limit that goes or rises
// tightens nothing, unless another one implies it: no more, over as long.
func (c *comparison) velocity(window string) []Verdict {
	find := func(p *Policy) (Velocity, bool) {
		i := slices.IndexFunc(p.Velocities, func(v Velocity) bool { return number(v.Window) == window })
		if i < 0 {
			return Velocity{}, false
		}
		return p.Velocities[i], true
	}
	old, was := find(c.old)
	next, is := find(c.next)
	if !was {
		return []Verdict{{Tighter: true, Why: "limit added: " + c.amounts(next.Cap)}}
	}
	why := "limit removed: " + c.amounts(old.Cap)
	if is {
		why = measured(ceiling(), "cap", old.Cap, next.Cap, c.amounts)[0].Why
	}
	by := slices.IndexFunc(c.next.Velocities, func(v Velocity) bool { return v.Cap <= old.Cap && v.Window >= old.Window })
	if by < 0 {
		return []Verdict{{Why: why}}
	}
	if v := c.next.Velocities[by]; v.Window != next.Window {
		why += fmt.Sprintf(", while %s in %d credits stands", c.amounts(v.Cap), v.Window)
	}
	return []Verdict{{Tighter: true, Why: why}}
}

// destination compares who may be paid under one label.
func (c *comparison) destination(label text.ID) []Verdict {
	old, was := c.old.Destination(label)
	next, is := c.next.Destination(label)
	switch {
	case !was:
		return []Verdict{{Why: "destination added: " + next.payee()}}
	case !is:
		return []Verdict{{Tighter: true, Why: "destination removed"}}
	}
	var out []Verdict
	if old.payee() != next.payee() {
		out = append(out, Verdict{Why: fmt.Sprintf("payee changed: %s to %s", old.payee(), next.payee())})
	}
	out = append(out, measured(ceiling(), "cap", old.Cap, next.Cap, c.amounts)...)
	return append(out, measured(delay(), "window", old.Window, next.Window, number)...)
}

// payee returns the address or descriptor as the text has it.
func (d Destination) payee() string {
	if d.ByDescriptor() {
		return "descriptor " + d.Descriptor.String()
	}
	return "address " + d.Address.String()
}

// addsPayee says whether a destination is new, or the same but for a higher cap.
func (c *comparison) addsPayee(label text.ID) bool {
	old, was := c.old.Destination(label)
	next, is := c.next.Destination(label)
	return is && (!was || next.payee() == old.payee() && next.Window == old.Window && next.Cap > old.Cap)
}

// conflict compares one conflict of interest. It may go with its destination
// or its officer only.
func (c *comparison) conflict(id string) []Verdict {
	label, officer, _ := strings.Cut(id, " ")
	if c.next.Conflicted(text.ID(label), text.ID(officer)) {
		return []Verdict{{Tighter: true, Why: "conflict added"}}
	}
	if _, is := c.next.Destination(text.ID(label)); !is {
		return []Verdict{{Tighter: true, Why: "conflict removed with its destination"}}
	}
	if _, is := c.next.Officer(text.ID(officer)); !is {
		return []Verdict{{Tighter: true, Why: "conflict removed with its officer"}}
	}
	return []Verdict{{Why: "conflict removed"}}
}

// act compares what one act takes.
func (c *comparison) act(name string) []Verdict {
	for a := Tighten; a <= Resync; a++ {
		old, was := c.old.Act(a)
		next, is := c.next.Act(a)
		if was && is && a.String() == name {
			return demands(old.terms(), next.terms())
		}
	}
	return nil
}

// quiet compares how long something new stays quiet.
func (c *comparison) quiet(what string) []Verdict {
	old, next := c.old, c.next
	switch what {
	case "destination":
		return measured(delay(), "quiet", old.QuietDestination, next.QuietDestination, number)
	case "policy":
		return measured(delay(), "quiet", old.QuietPolicy, next.QuietPolicy, number)
	case "signer":
		out := measured(delay(), "quiet", old.QuietSigner.Credits, next.QuietSigner.Credits, number)
		if every := next.QuietSigner.Every; every != old.QuietSigner.Every {
			out = append(out, Verdict{Tighter: every, Why: pick(every, "mildest to every", "every to mildest")})
		}
		return out
	}
	return nil
}

// limit compares a keyword that stands once and holds a number; nothing for any
// other.
func (c *comparison) limit(keyword string) []Verdict {
	old, next := c.old, c.next
	lower := func(a, b uint32, show func(uint32) string) []Verdict {
		return measured(ceiling(), "limit", a, b, show)
	}
	switch keyword {
	case "fee-rate-max":
		return lower(old.FeeRateMax, next.FeeRateMax, number)
	case "fee-share-max":
		return lower(old.FeeShareMax, next.FeeShareMax, shareText)
	case "anchor-age-max":
		return lower(old.AnchorAgeMax, next.AnchorAgeMax, number)
	case "clear-age-max":
		return lower(old.ClearAgeMax, next.ClearAgeMax, number)
	case "expiry-max":
		return lower(old.ExpiryMax, next.ExpiryMax, number)
	case "witness-need":
		return measured(count(), "witnesses", old.WitnessNeed, next.WitnessNeed, strconv.Itoa)
	}
	return nil
}
