package policy

import "strongroom/quorum/text"

// exchangeRules is the preset for a real chain. Risk has three people although no
// act asks for more than one of them: with two, nobody but the other could
// check the new keys of one. The treasury has no veto: it only asks.
func exchangeRules() *Policy {
	p := base()
	p.Groups = []Group{{ID: "board"}, {ID: "recovery"}, {ID: "risk"}, {ID: "treasury"}, {ID: "watch"}}
	p.Roles = Roles{
		Freeze:  []text.ID{"board", "risk", "treasury", "watch"},
		Propose: []text.ID{"treasury"},
		Veto:    []text.ID{"board", "risk", "watch"},
	}
	risk, board := withRisk(2), withBoard()
	p.Tiers = []Tier{
		{ID: "small", Below: 1 * coin, Window: oneDay, Mode: Named, Needs: treasury(2)},
		{ID: "medium", Below: 25 * coin, Window: oneWeek, Cool: quarterDay, Mode: Named, Needs: risk},
		{ID: "large", Below: 150 * coin, Window: oneMonth, Cool: threeDays, Mode: Stamped, Needs: board, Clears: watcher()},
	}
	p.Velocities = []Velocity{{Cap: 100 * coin, Window: oneDay}, {Cap: 150 * coin, Window: oneMonth}}
	p.Acts = []Act{
		{Name: Tighten, Mode: Named, Needs: treasury(2)},
		{Name: AddDestination, Cool: quarterDay, Mode: Named, Needs: risk},
		{Name: Loosen, Cool: oneWeek, Mode: Stamped, Needs: board, Clears: watcher()},
		{Name: Rekey, Cool: threeDays, Mode: Stamped, Needs: withRisk(1)},
		{Name: Reanchor, Cool: quarterDay, Mode: Named, Needs: risk},
		{Name: Thaw, Cool: quarterDay, Mode: Named, Needs: risk},
		{Name: Internal, Mode: Named, Needs: treasury(2)},
		{Name: Sweep, Mode: Named, Needs: board},
		{Name: Restore, Mode: Named, Needs: risk},
		{Name: Resync, Mode: Named, Needs: board},
	}
	p.QuietPolicy = threeDays
	p.QuietSigner = QuietSigner{Credits: threeDays, Every: true}
	return p
}

// withRisk asks for seats of the treasury and one of risk.
func withRisk(treasury int) []Need {
	return []Need{{1, "risk"}, {treasury, "treasury"}}
}

// withBoard asks for everybody whom the largest payment takes.
func withBoard() []Need {
	return []Need{{1, "board"}, {1, "risk"}, {2, "treasury"}}
}
