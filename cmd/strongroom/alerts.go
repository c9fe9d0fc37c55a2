package main

import "fmt"

// showAlerts writes what everybody should know before anything else: what stands
// frozen, which signers stopped themselves, and whose term ends soon.
func (d *desk) showAlerts(v *view) {
	now := d.world.Now()
	shown := false
	for _, b := range v.freezes() {
		shown = true
		d.world.Field("FROZEN", fmt.Sprintf("%s, by %s", b.what(), v.person(b.officer)))
		d.world.Field("since", v.sinceBlock(now, b.since))
		where := "on its way to the signers; carry it with 'strongroom bundle " + b.id.Short() + " -o DIR'"
		if !b.pending() {
			where = "by the log of " + list(b.on)
		}
		d.world.Field("known", where)
		showCommand(d.world, "to lift it", "strongroom propose thaw "+b.id.Short()+" --memo TEXT")
	}
	for _, s := range v.signers {
		if codes, yes := s.state.Quarantined(); yes {
			shown = true
			d.world.Field("STOPPED", fmt.Sprintf("%s stopped itself: %s", s.device, list(codes)))
			showCommand(d.world, "to go on", "strongroom propose resync "+string(s.device)+" --memo TEXT")
		}
	}
	if shown {
		d.world.Text("")
	}
	v.warnTerms(d)
}

// warnTerms warns of terms that ended, or end within sixty days.
func (v *view) warnTerms(d *desk) {
	tip, ok := v.chain.Tip()
	for _, t := range v.policy.Terms {
		switch {
		case !ok || !t.Ends || t.Height > tip.Height+termWarning:
		case t.Height < tip.Height:
			d.world.Warnf("the term of %s ended with block %d; approvals since then do not count", t.Officer, t.Height)
		default:
			d.world.Warnf("the term of %s ends with %s; a longer one takes an amendment", t.Officer, v.untilBlock(d.world.Now(), t.Height))
		}
	}
}
