package policy

import "strongroom/quorum/text"

// fundRules is the preset for a real chain. The partners ask for nothing themselves:
// whatever is more than small passes two separate hands, and rules loosen only
// with as many people as the largest payment takes.
func fundRules() *Policy {
	p := base()
	p.Groups = []Group{{ID: "partners"}, {ID: "recovery"}, {ID: "treasury"}, {ID: "watch"}}
	p.Roles = Roles{
		Freeze:  []text.ID{"partners", "treasury", "watch"},
		Propose: []text.ID{"treasury"},
		Veto:    []text.ID{"partners", "treasury", "watch"},
	}
	p.Tiers = []Tier{
		{ID: "small", Below: 1 * coin, Window: oneDay, Mode: Named, Needs: treasury(2)},
		{ID: "medium", Below: 20 * coin, Window: oneWeek, Cool: quarterDay, Mode: Named, Needs: withPartners(1, 2)},
		{ID: "large", Below: 100 * coin, Window: oneMonth, Cool: oneDay, Mode: Stamped, Needs: withPartners(2, 2), Clears: watcher()},
	}
	p.Velocities = []Velocity{{Cap: 50 * coin, Window: oneWeek}, {Cap: 100 * coin, Window: oneMonth}}
	p.Acts = []Act{
		{Name: Tighten, Mode: Named, Needs: treasury(2)},
		{Name: AddDestination, Cool: quarterDay, Mode: Named, Needs: withPartners(1, 2)},
		{Name: Loosen, Cool: oneWeek, Mode: Stamped, Needs: withPartners(2, 2), Clears: watcher()},
		{Name: Rekey, Cool: threeDays, Mode: Stamped, Needs: withPartners(1, 1)},
		{Name: Reanchor, Cool: quarterDay, Mode: Named, Needs: treasury(2)},
		{Name: Thaw, Cool: quarterDay, Mode: Named, Needs: withPartners(1, 2)},
		{Name: Internal, Mode: Named, Needs: treasury(2)},
		{Name: Sweep, Mode: Named, Needs: withPartners(2, 2)},
		{Name: Restore, Mode: Named, Needs: withPartners(1, 1)},
		{Name: Resync, Mode: Named, Needs: withPartners(2, 2)},
	}
	p.QuietPolicy = oneDay
	p.QuietSigner = QuietSigner{Credits: threeDays}
	return p
}

// withPartners asks for seats of both hands.
func withPartners(partners, treasury int) []Need {
	return []Need{{partners, "partners"}, {treasury, "treasury"}}
}
