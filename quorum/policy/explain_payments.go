package policy

func (p *Policy) explainTiers() Section {
	s := Section{Title: "What a withdrawal takes"}
	s.say("How much it takes depends on the sum: the payment, its highest fee and all that was paid in the window before it, so that splitting a sum gains nothing. Nobody fills two seats.")
	for i, t := range p.Tiers {
		from := "A sum"
		if i > 0 {
			from = "A sum that is no longer " + string(p.Tiers[i-1].ID) + ","
		}
		s.say("Tier %s. %s under %s, counted over %s, takes %s", t.ID, from, t.Below.In(p.Network), p.wait(t.Window),
			p.takes("the maker", t.Needs, t.Clears, t.Cool, t.Mode))
	}
	if n := len(p.Tiers); n > 0 {
		s.say("A sum of %s or more is refused, whoever asks.", p.Tiers[n-1].Below.In(p.Network))
	}
	return s
}

func (p *Policy) explainLimits() Section {
	s := Section{Title: "How much may leave"}
	if len(p.Velocities) == 0 {
		s.say("There is no limit over time beside those above.")
	}
	for _, v := range p.Velocities {
		s.say("At most %s leave in any %s, from all wallets together and whoever approves.", v.Cap.In(p.Network), p.wait(v.Window))
	}
	s.say("A fee is at most %d satoshi for a virtual byte, and at most %d %% of what is paid.", p.FeeRateMax, p.FeeShareMax/100)
	return s
}

func (p *Policy) explainPayees() Section {
	s := Section{Title: "Who may be paid"}
	if len(p.Destinations) == 0 {
		s.say("Nobody yet.")
	} else {
		s.say("%s listed; nobody else may be paid.", plural(len(p.Destinations), "payee is", "payees are"))
	}
	for _, d := range p.Destinations {
		to := "the address " + d.Address.String()
		if d.ByDescriptor() {
			to = "the addresses, each once, of the descriptor file with the SHA-256 " + d.Descriptor.String()
		}
		s.say("%s: at most %s in any %s, to %s.", d.Label, d.Cap.In(p.Network), p.wait(d.Window), to)
	}
	for _, c := range p.Conflicts {
		s.say("An approval by %s does not count where %s is paid.", c.Officer, c.Label)
	}
	return s
}

func (p *Policy) explainAges() Section {
	s := Section{Title: "How long anything stays good"}
	s.say("A request names a block. An officer's program refuses to approve it when that block is more than %s old.", p.wait(p.AnchorAgeMax))
	s.say("A request is void %s after that block; one that must wait, by its wait and a quarter of it later.", p.wait(p.ExpiryMax))
	s.say("A clearance is good for %s.", p.wait(p.ClearAgeMax))
	s.say("When the chain of blocks changes more than %s back, signers follow nobody and raise an alarm.", plural(p.ReorgMax, "block", "blocks"))
	return s
}
