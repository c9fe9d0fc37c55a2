package policy

import "strongroom/quorum/text"

// teamRules is the preset for a real chain.
func teamRules() *Policy {
	p := base()
	p.Groups = []Group{{ID: "recovery"}, {ID: "treasury"}, {ID: "watch"}}
	p.Roles = Roles{
		Freeze:  []text.ID{"treasury", "watch"},
		Propose: []text.ID{"treasury"},
		Veto:    []text.ID{"treasury", "watch"},
	}
	two, three := treasury(2), treasury(3)
	p.Tiers = []Tier{
		{ID: "small", Below: 1 * coin, Window: oneDay, Mode: Named, Needs: two},
		{ID: "large", Below: 50 * coin, Window: oneWeek, Cool: quarterDay, Mode: Stamped, Needs: three, Clears: watcher()},
	}
	p.Velocities = []Velocity{{Cap: 50 * coin, Window: oneWeek}}
	p.Acts = []Act{
		{Name: Tighten, Mode: Named, Needs: two},
		{Name: AddDestination, Cool: quarterDay, Mode: Named, Needs: two},
		{Name: Loosen, Cool: oneWeek, Mode: Stamped, Needs: three, Clears: watcher()},
		{Name: Rekey, Cool: threeDays, Mode: Stamped, Needs: two},
		{Name: Reanchor, Cool: quarterDay, Mode: Named, Needs: two},
		{Name: Thaw, Cool: quarterDay, Mode: Named, Needs: two},
		{Name: Internal, Mode: Named, Needs: two},
		{Name: Sweep, Mode: Named, Needs: three},
		{Name: Restore, Mode: Named, Needs: two},
		{Name: Resync, Mode: Named, Needs: three},
	}
	p.QuietPolicy = oneDay
	p.QuietSigner = QuietSigner{Credits: threeDays}
	return p
}

func seatsOf(seats int, group text.ID) []Need { return []Need{{Seats: seats, Group: group}} }

func treasury(seats int) []Need { return seatsOf(seats, "treasury") }

func watcher() []Need { return seatsOf(1, "watch") }
