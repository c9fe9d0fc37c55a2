package policy

import (
	"slices"
	"testing"

	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
)

func hash(s string) text.Hash { return text.Identity([]byte(s)) }

// edition is an amendment of the house, its class, and every item of it.
type edition struct {
	name   string
	change func(*Policy)
	class  Class
	items  []string
}

func compareAll(t *testing.T, editions []edition) {
	t.Helper()
	old := house(t)
	for _, e := range editions {
		t.Run(e.name, func(t *testing.T) {
			next := successor(t, old, e.change)
			d := compared(t, old, next)
			if d.Class != e.class {
				t.Errorf("want class %s, found %s", e.class, d.Class)
			}
			listed(t, d.Items, e.items...)
			if (d.Rekeyed != "") != (e.class == ClassRekey) {
				t.Errorf("want an officer for class rekey only, found %q", d.Rekeyed)
			}
		})
	}
}

func TestTiersCompared(t *testing.T) {
	compareAll(t, []edition{
		{"below lower", func(p *Policy) { p.Tiers[0].Below = coin / 2 }, ClassTighten,
			[]string{"tighten: tier small: below lower: 1.00000000 BTC to 0.50000000 BTC"}},
		{"below higher", func(p *Policy) { p.Tiers[0].Below = 2 * coin }, ClassLoosen,
			[]string{"loosen: tier small: below higher: 1.00000000 BTC to 2.00000000 BTC"}},
		{"top below higher", func(p *Policy) { p.Tiers[1].Below = 60 * coin }, ClassLoosen,
			[]string{"loosen: tier large: below higher: 50.00000000 BTC to 60.00000000 BTC"}},
		{"window longer", func(p *Policy) { p.Tiers[0].Window = 288 }, ClassTighten, []string{"tighten: tier small: window longer: 144 to 288"}},
		{"window shorter", func(p *Policy) { p.Tiers[0].Window = 72 }, ClassLoosen, []string{"loosen: tier small: window shorter: 144 to 72"}},
		{"cool longer", func(p *Policy) { p.Tiers[1].Cool = 72 }, ClassTighten, []string{"tighten: tier large: cool longer: 36 to 72"}},
		{"cool shorter", func(p *Policy) { p.Tiers[1].Cool = 35 }, ClassLoosen, []string{"loosen: tier large: cool shorter: 36 to 35"}},
		{"stamped", func(p *Policy) { p.Tiers[0].Mode = Stamped }, ClassTighten, []string{"tighten: tier small: named to stamped"}},
		{"no longer stamped", func(p *Policy) { p.Tiers[1].Mode = Named }, ClassLoosen, []string{"loosen: tier large: stamped to named"}},
		{"need higher", func(p *Policy) { p.Tiers[0].Needs[0].Seats = 3 }, ClassTighten, []string{"tighten: tier small: need higher: 2 desk to 3 desk"}},
		{"need lower", func(p *Policy) { p.Tiers[1].Needs[1].Seats = 1 }, ClassLoosen, []string{"loosen: tier large: need lower: 2 treasury to 1 treasury"}},
		{"need added", func(p *Policy) { p.Tiers[0].Needs = append(p.Tiers[0].Needs, Need{1, "treasury"}) }, ClassTighten,
			[]string{"tighten: tier small: need added: 1 treasury"}},
		{"need removed", func(p *Policy) { p.Tiers[1].Needs = p.Tiers[1].Needs[:1] }, ClassLoosen,
			[]string{"loosen: tier large: need removed: 2 treasury"}},
		{"need of another group", func(p *Policy) { p.Tiers[0].Needs[0].Group = "treasury" }, ClassLoosen,
			[]string{"loosen: tier small: need removed: 2 desk, need added: 2 treasury"}},
		{"clear added", func(p *Policy) { p.Tiers[0].Clears = watcher() }, ClassTighten, []string{"tighten: tier small: clear added: 1 watch"}},
		{"clear removed", func(p *Policy) { p.Tiers[1].Clears = nil }, ClassLoosen, []string{"loosen: tier large: clear removed: 1 watch"}},
		{"top tier removed", func(p *Policy) { p.Tiers = p.Tiers[:1] }, ClassTighten,
			[]string{"tighten: tier large: tier removed, the others ask no less"}},
		{"mildest tier removed", func(p *Policy) { p.Tiers = p.Tiers[1:] }, ClassLoosen,
			[]string{"loosen: tier small: tier large is the mildest of all, which tier large was not"}},
		{"top tier added", func(p *Policy) {
			p.Tiers = append(p.Tiers, Tier{ID: "huge", Below: 51 * coin, Window: oneWeek, Cool: oneDay, Mode: Stamped, Needs: p.Tiers[1].Needs})
		}, ClassLoosen, []string{"loosen: tier huge: tier large is not the last of all, which tier large was, tier huge lets pass what no tier did"}},
		{"tier between that asks more than the mildest", func(p *Policy) {
			p.Tiers = slices.Insert(p.Tiers, 1, Tier{ID: "medium", Below: 5 * coin, Window: oneWeek, Cool: oneDay, Mode: Stamped, Needs: p.Tiers[1].Needs, Clears: watcher()})
		}, ClassLoosen, []string{"loosen: tier medium: tier medium is not the last of all, which tier large was"}},
		{"mildest tier split by one that asks more", func(p *Policy) {
			p.Tiers = slices.Insert(p.Tiers, 1, Tier{ID: "medium", Below: coin, Window: oneDay, Cool: quarterDay, Mode: Named, Needs: []Need{{2, "desk"}, {1, "treasury"}}})
			p.Tiers[0].Below = coin / 10
		}, ClassTighten, []string{"tighten: tier medium: tier added that asks no less than others did", "tighten: tier small: below lower: 1.00000000 BTC to 0.10000000 BTC"}},
		{"mildest tier split by one that counts for less long", func(p *Policy) {
			p.Tiers = slices.Insert(p.Tiers, 1, Tier{ID: "medium", Below: coin, Window: 72, Mode: Named, Needs: []Need{{2, "desk"}}})
			p.Tiers[0].Below = coin / 10
		}, ClassLoosen, []string{
			"loosen: tier medium: tier medium lets pass what no tier did",
			"tighten: tier small: below lower: 1.00000000 BTC to 0.10000000 BTC"}},
		{"mildest tier split by one that asks less", func(p *Policy) {
			p.Tiers = slices.Insert(p.Tiers, 1, Tier{ID: "medium", Below: coin, Window: oneDay, Mode: Named, Needs: []Need{{2, "treasury"}}})
			p.Tiers[0].Below = coin / 10
		}, ClassLoosen, []string{
			"loosen: tier medium: tier medium asks less than tier small did for these amounts (need removed: 2 desk)",
			"tighten: tier small: below lower: 1.00000000 BTC to 0.10000000 BTC"}},
	})
}

// Lowering a limit sends amounts to the next tier; that is no tightening when
// the next tier asks less.
func TestLowerTierIsLooserWhenTheNextAsksLess(t *testing.T) {
	old := must(t)(house(t).edit(func(p *Policy) error {
		p.Tiers[0].Needs = []Need{{3, "desk"}}
		return nil
	}))
	mustPass(t, old)
	d := compared(t, old, successor(t, old, func(p *Policy) { p.Tiers[0].Below = coin / 2 }))
	listed(t, d.Items, "loosen: tier small: below lower: 1.00000000 BTC to 0.50000000 BTC, "+
		"tier large asks less than tier small did for these amounts (need lower: 3 desk to 2 desk)")
}

func TestPeopleCompared(t *testing.T) {
	key := func(s string) string { return softKey(t, s).Fingerprint() }
	signer := func(p *Policy, id text.ID) *sshsig.Key {
		return &p.Signers[slices.IndexFunc(p.Signers, func(s SignerKey) bool { return s.Officer == id })].Key
	}
	compareAll(t, []edition{
		{"officer added", func(p *Policy) {
			p.Officers = append(p.Officers, Officer{"lee", "acme-ops", "Lee Example"})
			p.Signers = append(p.Signers, SignerKey{"lee", softKey(t, "lee")})
			p.Factors, p.Terms = append(p.Factors, Factor{Officer: "lee"}), append(p.Terms, Term{Officer: "lee"})
		}, ClassLoosen, []string{"loosen: officer lee: officer added"}},
		{"proposer removed", func(p *Policy) { removeOfficer(p, "kim") }, ClassTighten, []string{
			"tighten: officer kim: officer removed, who only proposes and approves",
			"tighten: group desk: kim removed from a group that only proposes and approves"}},
		{"vetoer removed", func(p *Policy) { removeOfficer(p, "judy") }, ClassLoosen, []string{
			"loosen: officer judy: officer removed from a group that clears, vetoes, freezes or recovers",
			"loosen: group watch: judy removed from a group that clears, vetoes, freezes or recovers"}},
		{"renamed", func(p *Policy) { p.Officers[0].Name = "Alice Married" }, ClassLoosen,
			[]string{"loosen: officer alice: name changed: Alice Example to Alice Married"}},
		{"other organisation", func(p *Policy) { p.Officers[0].Org = "law-firm" }, ClassLoosen,
			[]string{"loosen: officer alice: organisation changed: acme-ops to law-firm"}},
		{"key changed", func(p *Policy) { *signer(p, "dave") = softKey(t, "dave's new") }, ClassRekey,
			[]string{"rekey: officer dave: key removed: " + key("dave") + ", key added: " + key("dave's new")}},
		{"key added", func(p *Policy) { p.Signers = append(p.Signers, SignerKey{"dave", softKey(t, "dave's new")}) }, ClassRekey,
			[]string{"rekey: officer dave: key added: " + key("dave's new")}},
		{"key removed", func(p *Policy) {
			p.Signers = slices.DeleteFunc(p.Signers, func(s SignerKey) bool { return s.Officer == "alice" && s.Key.Hardware() })
			p.Factors[0].Needs = sshsig.Factor{}
		}, ClassLoosen, []string{"loosen: officer alice: key removed: " + hardKey(t, "alice's second").Fingerprint() + ", proofs fewer: up to none"}},
		{"keys of two changed", func(p *Policy) {
			*signer(p, "dave") = softKey(t, "dave's new")
			*signer(p, "erin") = softKey(t, "erin's new")
		}, ClassLoosen, []string{
			"rekey: officer dave: key removed: " + key("dave") + ", key added: " + key("dave's new"),
			"rekey: officer erin: key removed: " + key("erin") + ", key added: " + key("erin's new")}},
		{"key and a tightening", func(p *Policy) {
			*signer(p, "dave") = softKey(t, "dave's new")
			p.FeeRateMax = 200
		}, ClassLoosen, []string{
			"rekey: officer dave: key removed: " + key("dave") + ", key added: " + key("dave's new"),
			"tighten: fee-rate-max: limit lower: 300 to 200"}},
		{"more proofs", func(p *Policy) { p.Factors[0].Needs.Verification = true }, ClassLoosen,
			[]string{"loosen: officer alice: proofs more: up to up uv, which may silence somebody who can stop things"}},
		{"more proofs of a hardware key", func(p *Policy) { p.Factors[8].Needs.Presence = true }, ClassTighten,
			[]string{"tighten: officer kim: proofs more: none to up"}},
		{"fewer proofs", func(p *Policy) { p.Factors[2].Needs.Bound = false }, ClassLoosen,
			[]string{"loosen: officer carol: proofs fewer: up uv bound to up uv"}},
		{"other proofs", func(p *Policy) { p.Factors[0].Needs = sshsig.Factor{Verification: true} }, ClassLoosen,
			[]string{"loosen: officer alice: proofs fewer: up to uv"}},
		{"term set", func(p *Policy) { p.Terms[0] = Term{"alice", 1_200_000, true} }, ClassLoosen,
			[]string{"loosen: officer alice: term ends earlier: none to 1200000"}},
		{"term earlier", func(p *Policy) { p.Terms[1].Height = 1_050_000 }, ClassLoosen, []string{"loosen: officer bob: term ends earlier: 1100000 to 1050000"}},
		{"term later", func(p *Policy) { p.Terms[1].Height = 1_150_000 }, ClassLoosen, []string{"loosen: officer bob: term ends later: 1100000 to 1150000"}},
		{"term lifted", func(p *Policy) { p.Terms[1] = Term{Officer: "bob"} }, ClassLoosen, []string{"loosen: officer bob: term ends later: 1100000 to none"}},
		{"member removed", func(p *Policy) { removeMember(&p.Groups[0], "alice") }, ClassTighten,
			[]string{"tighten: group desk: alice removed from a group that only proposes and approves"}},
		{"member added", func(p *Policy) { p.Groups[0].Members = append(p.Groups[0].Members, "grace") }, ClassLoosen,
			[]string{"loosen: group desk: grace added"}},
		{"member exchanged", func(p *Policy) {
			removeMember(&p.Groups[0], "alice")
			p.Groups[0].Members = append(p.Groups[0].Members, "grace")
		}, ClassLoosen, []string{"loosen: group desk: alice removed from a group that only proposes and approves, grace added"}},
		{"watcher added", func(p *Policy) { p.Groups[3].Members = append(p.Groups[3].Members, "kim") }, ClassLoosen, []string{"loosen: group watch: kim added"}},
		{"group added", func(p *Policy) {
			p.Groups = slices.Insert(p.Groups, 1, Group{"night", []text.ID{"alice", "bob"}})
		}, ClassLoosen, []string{"loosen: group night: alice added, bob added"}},
		{"role taken", func(p *Policy) { p.Roles.Veto = []text.ID{"watch"} }, ClassLoosen, []string{"loosen: role veto: role changed"}},
		{"role given", func(p *Policy) { p.Roles.Propose = []text.ID{"desk", "watch"} }, ClassLoosen, []string{"loosen: role propose: role changed"}},
	})
}

// Proofs that a key cannot give would take a veto away.
func TestProofsThatSilenceAVetoLoosen(t *testing.T) {
	old := must(t)(house(t).SetFactor("alice", sshsig.Factor{}))
	next := must(t)(old.SetFactor("alice", sshsig.Factor{Presence: true}))
	d := compared(t, old, successor(t, old, func(p *Policy) { p.Factors = next.Factors }))
	listed(t, d.Items, "loosen: officer alice: proofs more: none to up, which may silence somebody who can stop things")
}

// A watcher, a vetoer, a freezer and a recoverer can stop something.
func TestRemovingWhoCanStopSomethingLoosens(t *testing.T) {
	for _, c := range []struct {
		name string
		use  func(*Policy)
	}{
		{"clear", func(p *Policy) { p.Tiers[0].Clears = []Need{{1, "desk"}} }},
		{"clear of an act", func(p *Policy) { p.Acts[Loosen-1].Clears = []Need{{1, "desk"}} }},
		{"veto", func(p *Policy) { p.Roles.Veto = []text.ID{"desk", "watch"} }},
		{"freeze", func(p *Policy) { p.Roles.Freeze = []text.ID{"desk", "watch"} }},
		{"recovery", func(p *Policy) { p.Recovery.Needs = []Need{{2, "desk"}} }},
	} {
		t.Run(c.name, func(t *testing.T) {
			old := must(t)(house(t).edit(func(p *Policy) error { c.use(p); return nil }))
			mustPass(t, old)
			d := compared(t, old, successor(t, old, func(p *Policy) { removeOfficer(p, "kim") }))
			listed(t, d.Items, "loosen: officer kim: officer removed from a group that clears, vetoes, freezes or recovers",
				"loosen: group desk: kim removed from a group that clears, vetoes, freezes or recovers")
		})
	}
}

func TestPaymentsCompared(t *testing.T) {
	const hot = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"
	payroll := func(p *Policy) *Destination { return &p.Destinations[1] }
	petty := Destination{Label: "petty", Descriptor: hash("petty"), Cap: coin, Window: oneDay}
	compareAll(t, []edition{
		{"velocity lower", func(p *Policy) { p.Velocities[0].Cap = 10 * coin }, ClassTighten,
			[]string{"tighten: velocity 144: cap lower: 20.00000000 BTC to 10.00000000 BTC"}},
		{"velocity higher", func(p *Policy) { p.Velocities[0].Cap = 30 * coin }, ClassLoosen,
			[]string{"loosen: velocity 144: cap higher: 20.00000000 BTC to 30.00000000 BTC"}},
		{"velocity over longer", func(p *Policy) { p.Velocities[0].Window = 288 }, ClassTighten, []string{
			"tighten: velocity 144: limit removed: 20.00000000 BTC, while 20.00000000 BTC in 288 credits stands",
			"tighten: velocity 288: limit added: 20.00000000 BTC"}},
		{"velocity over shorter", func(p *Policy) { p.Velocities[0].Window = 72 }, ClassLoosen, []string{
			"loosen: velocity 144: limit removed: 20.00000000 BTC", "tighten: velocity 72: limit added: 20.00000000 BTC"}},
		{"velocity added", func(p *Policy) { p.Velocities = append(p.Velocities, Velocity{60 * coin, oneMonth}) }, ClassTighten,
			[]string{"tighten: velocity 4320: limit added: 60.00000000 BTC"}},
		{"velocity removed", func(p *Policy) { p.Velocities = p.Velocities[:1] }, ClassLoosen,
			[]string{"loosen: velocity 1008: limit removed: 50.00000000 BTC"}},
		{"no velocity left", func(p *Policy) { p.Velocities = nil }, ClassLoosen, []string{
			"loosen: velocity 1008: limit removed: 50.00000000 BTC", "loosen: velocity 144: limit removed: 20.00000000 BTC"}},
		{"velocity higher where another holds", func(p *Policy) { p.Velocities = []Velocity{{30 * coin, oneDay}, {20 * coin, oneWeek}} }, ClassTighten, []string{
			"tighten: velocity 1008: cap lower: 50.00000000 BTC to 20.00000000 BTC",
			"tighten: velocity 144: cap higher: 20.00000000 BTC to 30.00000000 BTC, while 20.00000000 BTC in 1008 credits stands"}},

		{"destination added", func(p *Policy) { p.Destinations = append(p.Destinations, petty) }, ClassDestination,
			[]string{"destination: destination petty: destination added: descriptor " + hash("petty").String()}},
		{"two destinations added", func(p *Policy) {
			second := petty
			second.Label, second.Descriptor = "petty-2", hash("petty 2")
			p.Destinations = append(p.Destinations, petty, second)
		}, ClassLoosen, []string{
			"destination: destination petty: destination added: descriptor " + hash("petty").String(),
			"destination: destination petty-2: destination added: descriptor " + hash("petty 2").String()}},
		{"destination and conflict added", func(p *Policy) {
			p.Destinations = append(p.Destinations, petty)
			p.Conflicts = append(p.Conflicts, Conflict{"petty", "bob"})
		}, ClassLoosen, []string{
			"destination: destination petty: destination added: descriptor " + hash("petty").String(),
			"tighten: conflict petty bob: conflict added"}},
		{"cap raised", func(p *Policy) { payroll(p).Cap = 5 * coin }, ClassDestination,
			[]string{"destination: destination payroll: cap higher: 2.00000000 BTC to 5.00000000 BTC"}},
		{"cap raised, limit lower", func(p *Policy) { payroll(p).Cap, p.ExpiryMax = 5*coin, 1000 }, ClassLoosen, []string{
			"destination: destination payroll: cap higher: 2.00000000 BTC to 5.00000000 BTC", "tighten: expiry-max: limit lower: 2016 to 1000"}},
		{"cap raised, window longer", func(p *Policy) { payroll(p).Cap, payroll(p).Window = 5*coin, 5000 }, ClassLoosen,
			[]string{"loosen: destination payroll: cap higher: 2.00000000 BTC to 5.00000000 BTC, window longer: 4320 to 5000"}},
		{"cap lower", func(p *Policy) { payroll(p).Cap = coin }, ClassTighten,
			[]string{"tighten: destination payroll: cap lower: 2.00000000 BTC to 1.00000000 BTC"}},
		{"window longer", func(p *Policy) { payroll(p).Window = 5000 }, ClassTighten, []string{"tighten: destination payroll: window longer: 4320 to 5000"}},
		{"window shorter", func(p *Policy) { payroll(p).Window = 4000 }, ClassLoosen, []string{"loosen: destination payroll: window shorter: 4320 to 4000"}},
		{"payee changed", func(p *Policy) { payroll(p).Descriptor = hash("other") }, ClassLoosen,
			[]string{"loosen: destination payroll: payee changed: descriptor " + hash("payroll").String() + " to descriptor " + hash("other").String()}},
		{"payee's label changed", func(p *Policy) {
			p.Destinations[0].Label = "petty"
			p.Conflicts = p.Conflicts[1:]
		}, ClassLoosen, []string{
			"tighten: destination exchange-hot: destination removed", "destination: destination petty: destination added: address " + hot,
			"tighten: conflict exchange-hot carol: conflict removed with its destination"}},
		{"destination removed", func(p *Policy) { removeDestination(p, "payroll") }, ClassTighten, []string{
			"tighten: destination payroll: destination removed", "tighten: conflict payroll bob: conflict removed with its destination"}},
		{"all destinations removed", func(p *Policy) { removeDestination(p, "payroll"); removeDestination(p, "exchange-hot") }, ClassTighten, []string{
			"tighten: destination exchange-hot: destination removed", "tighten: destination payroll: destination removed",
			"tighten: conflict exchange-hot carol: conflict removed with its destination", "tighten: conflict payroll bob: conflict removed with its destination"}},
		{"conflict added", func(p *Policy) { p.Conflicts = append(p.Conflicts, Conflict{"payroll", "kim"}) }, ClassTighten,
			[]string{"tighten: conflict payroll kim: conflict added"}},
		{"conflict removed", func(p *Policy) { p.Conflicts = p.Conflicts[1:] }, ClassLoosen, []string{"loosen: conflict exchange-hot carol: conflict removed"}},
		{"no conflict left", func(p *Policy) { p.Conflicts = nil }, ClassLoosen,
			[]string{"loosen: conflict exchange-hot carol: conflict removed", "loosen: conflict payroll bob: conflict removed"}},
	})
}

func TestActsAndDelaysCompared(t *testing.T) {
	act := func(p *Policy, a ActName) *Act { return &p.Acts[a-1] }
	compareAll(t, []edition{
		{"cool longer", func(p *Policy) { act(p, Thaw).Cool = 72 }, ClassTighten, []string{"tighten: act thaw: cool longer: 36 to 72"}},
		{"cool shorter", func(p *Policy) { act(p, Thaw).Cool = 0 }, ClassLoosen, []string{"loosen: act thaw: cool shorter: 36 to 0"}},
		{"stamped", func(p *Policy) { act(p, Thaw).Mode = Stamped }, ClassTighten, []string{"tighten: act thaw: named to stamped"}},
		{"no longer stamped, cool longer", func(p *Policy) { act(p, Rekey).Mode, act(p, Rekey).Cool = Named, 1000 }, ClassLoosen,
			[]string{"loosen: act rekey: cool longer: 432 to 1000, stamped to named"}},
		{"need higher", func(p *Policy) { act(p, Sweep).Needs[0].Seats = 3; act(p, Internal).Needs[0].Seats = 3 }, ClassTighten,
			[]string{"tighten: act internal: need higher: 2 treasury to 3 treasury"}},
		{"need lower", func(p *Policy) { act(p, Resync).Needs[0].Seats = 2 }, ClassLoosen, []string{"loosen: act resync: need lower: 3 treasury to 2 treasury"}},
		{"need and clear added", func(p *Policy) {
			act(p, Restore).Needs = []Need{{1, "desk"}, {2, "treasury"}}
			act(p, Restore).Clears = watcher()
		}, ClassTighten, []string{"tighten: act restore: need added: 1 desk, clear added: 1 watch"}},
		{"clear removed", func(p *Policy) { act(p, Loosen).Clears = nil }, ClassLoosen, []string{"loosen: act loosen: clear removed: 1 watch"}},

		{"quiet destination longer", func(p *Policy) { p.QuietDestination = 200 }, ClassTighten, []string{"tighten: quiet destination: quiet longer: 144 to 200"}},
		{"quiet destination shorter", func(p *Policy) { p.QuietDestination = 100 }, ClassLoosen, []string{"loosen: quiet destination: quiet shorter: 144 to 100"}},
		{"quiet policy longer", func(p *Policy) { p.QuietPolicy = 200 }, ClassTighten, []string{"tighten: quiet policy: quiet longer: 144 to 200"}},
		{"quiet policy shorter", func(p *Policy) { p.QuietPolicy = 0 }, ClassLoosen, []string{"loosen: quiet policy: quiet shorter: 144 to 0"}},
		{"quiet signer longer", func(p *Policy) { p.QuietSigner.Credits = 500 }, ClassTighten, []string{"tighten: quiet signer: quiet longer: 432 to 500"}},
		{"quiet signer in every tier", func(p *Policy) { p.QuietSigner.Every = true }, ClassTighten, []string{"tighten: quiet signer: mildest to every"}},
		{"quiet signer in every tier but shorter", func(p *Policy) { p.QuietSigner = QuietSigner{400, true} }, ClassLoosen,
			[]string{"loosen: quiet signer: quiet shorter: 432 to 400, mildest to every"}},

		{"recovery later", func(p *Policy) { p.Recovery.After += 144 }, ClassLoosen, []string{"loosen: recovery: recovery changed"}},
		{"recovery cools longer", func(p *Policy) { p.Recovery.Cool += 144 }, ClassLoosen, []string{"loosen: recovery: recovery changed"}},
		{"recovery takes a clear less", func(p *Policy) { p.Recovery.Clears = nil }, ClassLoosen, []string{"loosen: recovery: recovery removed"}},
	})
}

func TestLimitsCompared(t *testing.T) {
	compareAll(t, []edition{
		{"fee rate lower", func(p *Policy) { p.FeeRateMax = 200 }, ClassTighten, []string{"tighten: fee-rate-max: limit lower: 300 to 200"}},
		{"fee rate higher", func(p *Policy) { p.FeeRateMax = 301 }, ClassLoosen, []string{"loosen: fee-rate-max: limit higher: 300 to 301"}},
		{"fee share lower", func(p *Policy) { p.FeeShareMax = 4900 }, ClassTighten, []string{"tighten: fee-share-max: limit lower: 0.50 to 0.49"}},
		{"fee share higher", func(p *Policy) { p.FeeShareMax = 10000 }, ClassLoosen, []string{"loosen: fee-share-max: limit higher: 0.50 to 1.00"}},
		{"anchor younger", func(p *Policy) { p.AnchorAgeMax = 11 }, ClassTighten, []string{"tighten: anchor-age-max: limit lower: 12 to 11"}},
		{"anchor older", func(p *Policy) { p.AnchorAgeMax = 13 }, ClassLoosen, []string{"loosen: anchor-age-max: limit higher: 12 to 13"}},
		{"clear younger", func(p *Policy) { p.ClearAgeMax = 35 }, ClassTighten, []string{"tighten: clear-age-max: limit lower: 36 to 35"}},
		{"clear older", func(p *Policy) { p.ClearAgeMax = 37 }, ClassLoosen, []string{"loosen: clear-age-max: limit higher: 36 to 37"}},
		{"expiry sooner", func(p *Policy) { p.ExpiryMax = 2015 }, ClassTighten, []string{"tighten: expiry-max: limit lower: 2016 to 2015"}},
		{"expiry later", func(p *Policy) { p.ExpiryMax = 2017 }, ClassLoosen, []string{"loosen: expiry-max: limit higher: 2016 to 2017"}},
		{"reorg lower", func(p *Policy) { p.ReorgMax = 99 }, ClassLoosen, []string{"loosen: reorg-max: reorg-max changed"}},
		{"reorg higher", func(p *Policy) { p.ReorgMax = 101 }, ClassLoosen, []string{"loosen: reorg-max: reorg-max changed"}},
		{"witnesses more", func(p *Policy) { p.WitnessNeed = 2 }, ClassTighten, []string{"tighten: witness-need: witnesses higher: 1 to 2"}},
		{"witnesses fewer", func(p *Policy) { p.WitnessNeed = 0 }, ClassLoosen, []string{"loosen: witness-need: witnesses lower: 1 to 0"}},
		{"all at once", func(p *Policy) { p.FeeRateMax, p.ExpiryMax, p.QuietPolicy = 200, 1000, 300 }, ClassTighten, []string{
			"tighten: quiet policy: quiet longer: 144 to 300", "tighten: fee-rate-max: limit lower: 300 to 200", "tighten: expiry-max: limit lower: 2016 to 1000"}},
		{"all but one", func(p *Policy) { p.FeeRateMax, p.ExpiryMax, p.QuietPolicy = 200, 1000, 100 }, ClassLoosen, []string{
			"loosen: quiet policy: quiet shorter: 144 to 100", "tighten: fee-rate-max: limit lower: 300 to 200", "tighten: expiry-max: limit lower: 2016 to 1000"}},
	})
}

// What has no comparator loosens, in both directions.
func TestPlacesCompared(t *testing.T) {
	law := verifier(t, "witness.law.example")
	compareAll(t, []edition{
		{"origin forward", func(p *Policy) { p.Origin.Height += retarget }, ClassReanchor, []string{"reanchor: origin-block: origin-block changed"}},
		{"origin backward", func(p *Policy) { p.Origin.Height -= retarget }, ClassLoosen, []string{"loosen: origin-block: origin-block changed"}},
		{"origin of the same height", func(p *Policy) { p.Origin.Bits-- }, ClassLoosen, []string{"loosen: origin-block: origin-block changed"}},
		{"origin forward, limit lower", func(p *Policy) { p.Origin.Height += retarget; p.FeeRateMax = 200 }, ClassLoosen,
			[]string{"reanchor: origin-block: origin-block changed", "tighten: fee-rate-max: limit lower: 300 to 200"}},
		{"wallet retired", func(p *Policy) { p.Wallets[0].State = Retired }, ClassLoosen, []string{"loosen: wallet main: wallet changed"}},
		{"wallet removed", func(p *Policy) {
			p.Wallets = p.Wallets[:1]
			p.Cosigners = slices.DeleteFunc(p.Cosigners, func(c Cosigner) bool { return c.Wallet != "main" })
		}, ClassLoosen, []string{"loosen: wallet vault-2: wallet removed"}},
		{"cosigner governed", func(p *Policy) {
			i := slices.IndexFunc(p.Cosigners, func(c Cosigner) bool { return !c.Governed })
			p.Cosigners[i].Governed, p.Cosigners[i].Name = true, "signer-c"
		}, ClassLoosen, []string{"loosen: wallet vault-2: wallet changed"}},
		{"annex changed", func(p *Policy) { p.Annexes[0].Hash = hash("other") }, ClassLoosen, []string{"loosen: annex backup: annex changed"}},
		{"no annex left", func(p *Policy) { p.Annexes = nil }, ClassLoosen, []string{"loosen: annex backup: annex removed", "loosen: annex people: annex removed"}},
		{"device added", func(p *Policy) {
			p.Devices = append(p.Devices, Device{"signer-d", verifier(t, "acme-treasury/signer-d")})
		}, ClassLoosen, []string{"loosen: device signer-d: device added"}},
		{"passkey origin removed", func(p *Policy) { p.PasskeyOrigin = "" }, ClassLoosen, []string{"loosen: passkey-origin: passkey-origin changed"}},
		{"witness removed", func(p *Policy) { p.Witnesses = p.Witnesses[:1] }, ClassLoosen, []string{"loosen: witness law-firm " + law + ": witness removed"}},
		{"witness's organisation changed", func(p *Policy) { p.Witnesses[1].Org = "law-two" }, ClassLoosen,
			[]string{"loosen: witness law-firm " + law + ": witness removed", "loosen: witness law-two " + law + ": witness added"}},
	})
}
