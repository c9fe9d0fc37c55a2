package policy

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"strongroom/custody"
	"strongroom/quorum/text"
)

// single is one change of which the class is known, whatever the policy.
type single struct {
	name   string
	class  Class
	change func(drawer, *Policy)
}

func (d drawer) someTier(p *Policy) *Tier { return &p.Tiers[d.upTo(len(p.Tiers)-1, "tier")] }

func (d drawer) someAct(p *Policy) *Act { return &p.Acts[d.upTo(len(p.Acts)-1, "act")] }

func (d drawer) somePayee(p *Policy) *Destination {
	return &p.Destinations[d.upTo(len(p.Destinations)-1, "destination")]
}

func (d drawer) more(what string) uint32 { return uint32(1 + d.upTo(50, what)) }

func (d drawer) sat(what string) custody.Amount { return custody.Amount(1 + d.upTo(1000, what)) }

func tightChanges() []single {
	return []single{
		{"below lower", ClassTighten, func(d drawer, p *Policy) { d.someTier(p).Below -= d.sat("less") }},
		{"tier's window longer", ClassTighten, func(d drawer, p *Policy) { d.someTier(p).Window += d.more("longer") }},
		{"act's cool longer", ClassTighten, func(d drawer, p *Policy) { d.someAct(p).Cool += d.more("longer") }},
		{"strictest tier cools longer", ClassTighten, func(d drawer, p *Policy) { p.Tiers[len(p.Tiers)-1].Cool += d.more("longer") }},
		{"strictest tier goes", ClassTighten, func(_ drawer, p *Policy) { p.Tiers = p.Tiers[:max(1, len(p.Tiers)-1)] }},
		{"velocity added", ClassTighten, func(d drawer, p *Policy) {
			p.Velocities = append(p.Velocities, Velocity{d.coins("cap"), 9 * oneDay})
		}},
		{"cap lower", ClassTighten, func(d drawer, p *Policy) { d.somePayee(p).Cap -= d.sat("less") }},
		{"window longer", ClassTighten, func(d drawer, p *Policy) { d.somePayee(p).Window += d.more("longer") }},
		{"destination removed", ClassTighten, func(d drawer, p *Policy) { removeDestination(p, d.somePayee(p).Label) }},
		{"conflict added", ClassTighten, func(d drawer, p *Policy) {
			p.Conflicts = append(p.Conflicts, Conflict{"payroll", []text.ID{"carol", "dave", "kim"}[d.upTo(2, "who")]})
		}},
		{"quiet longer", ClassTighten, func(d drawer, p *Policy) { p.QuietPolicy += d.more("longer") }},
		{"fee rate lower", ClassTighten, func(d drawer, p *Policy) { p.FeeRateMax -= d.more("less") }},
		{"expiry sooner", ClassTighten, func(d drawer, p *Policy) { p.ExpiryMax -= d.more("less") }},
		{"proposer removed", ClassTighten, func(_ drawer, p *Policy) { removeOfficer(p, "kim") }},
		{"term ends", ClassLoosen, func(d drawer, p *Policy) { p.Terms[2] = Term{"carol", d.more("height"), true} }},
	}
}

func otherChanges() []single {
	return []single{
		{"below higher", ClassLoosen, func(d drawer, p *Policy) { d.someTier(p).Below += d.sat("more") }},
		{"tier's window shorter", ClassLoosen, func(d drawer, p *Policy) { d.someTier(p).Window -= d.more("less") }},
		{"velocity higher", ClassLoosen, func(d drawer, p *Policy) {
			for i := range p.Velocities {
				p.Velocities[i].Cap += d.sat("more")
			}
		}},
		{"window shorter", ClassLoosen, func(d drawer, p *Policy) { d.somePayee(p).Window -= d.more("less") }},
		{"conflict removed", ClassLoosen, func(d drawer, p *Policy) { p.Conflicts = p.Conflicts[:d.upTo(1, "left")] }},
		{"quiet shorter", ClassLoosen, func(d drawer, p *Policy) { p.QuietDestination -= d.more("less") }},
		{"reorg", ClassLoosen, func(d drawer, p *Policy) { p.ReorgMax -= d.more("less") }},
		{"fee rate higher", ClassLoosen, func(d drawer, p *Policy) { p.FeeRateMax += d.more("more") }},
		{"member added", ClassLoosen, func(_ drawer, p *Policy) { p.Groups[3].Members = append(p.Groups[3].Members, "kim") }},
		{"annex", ClassLoosen, func(_ drawer, p *Policy) { p.Annexes[0].Hash = hash("x") }},
		{"cap higher", ClassDestination, func(d drawer, p *Policy) { d.somePayee(p).Cap += d.sat("more") }},
		{"destination added", ClassDestination, func(d drawer, p *Policy) {
			p.Destinations = append(p.Destinations, Destination{Label: "spare", Descriptor: hash("spare"), Cap: d.coins("cap"), Window: oneDay})
		}},
		{"software key removed", ClassRekey, func(_ drawer, p *Policy) {
			p.Signers = slices.DeleteFunc(p.Signers, func(s SignerKey) bool { return s.Officer == "alice" && !s.Key.Hardware() })
		}},
		{"anchored later", ClassReanchor, func(d drawer, p *Policy) { p.Origin.Height += retarget * d.more("periods") }},
	}
}

// In a policy whose tiers ask for more the higher they are, the class of one
// small change depends on its direction alone.
func TestSingleChangesHaveTheirClass(t *testing.T) {
	house := house(t)
	all := append(tightChanges(), otherChanges()...)
	judged := make(map[string]int)
	rapid.Check(t, func(rt *rapid.T) {
		d := drawer{rt}
		old := d.policy(house, true)
		for range 10 {
			s := all[d.upTo(len(all)-1, "change")]
			next, err := old.edit(func(p *Policy) error {
				s.change(d, p)
				p.Version, p.Previous = old.Version+1, old.Hash()
				return nil
			})
			if err != nil {
				continue
			}
			diff, err := Compare(old, next)
			if err != nil {
				continue
			}
			judged[s.name]++
			wholeDiff(rt, old, next, diff)
			if diff.Class != s.class {
				rt.Errorf("%s: want %s, found %v", s.name, s.class, diff.Items)
			}
		}
	})
	if testing.Short() {
		return // too few draws to ask that each change came up
	}
	if most := len(all) * 9 / 10; len(judged) < most {
		t.Errorf("want at least %d of %d changes judged, found %d: %v", most, len(all), len(judged), judged)
	}
}
