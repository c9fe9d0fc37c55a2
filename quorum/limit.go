package quorum

import (
	"fmt"
	"slices"

	"strongroom/custody"
	"strongroom/quorum/policy"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
)

// judgeWithdrawal is where the money goes and how much of it goes within each
// window, counted over the logs of all signers.
func (j *judgement) judgeWithdrawal(b *bench) []Reason {
	reasons := j.judgePays(b.policy)
	if reasons = append(reasons, j.judgeTotal()...); len(reasons) > 0 {
		return reasons
	}
	own, reasons := j.lineage()
	if len(reasons) > 0 {
		return reasons
	}
	reasons = append(reasons, j.judgeIndexes(own)...)
	reasons = append(reasons, j.judgeTier(b, own)...)
	reasons = append(reasons, j.judgeVelocities(b.policy, own)...)
	reasons = append(reasons, j.judgeDestinations(b.policy, own)...)
	return append(reasons, j.judgeQuietDestinations()...)
}

// judgePays checks each payment against the policy's destinations.
func (j *judgement) judgePays(in *policy.Policy) []Reason {
	var reasons []Reason
	paid := map[string]bool{}
	for _, p := range j.p.Pays {
		where := fmt.Sprintf("%s %s", p.Label, p.Address)
		if paid[where] {
			reasons = append(reasons, Because(DestDup, "pay: want each payee once, found %s twice", where))
		}
		paid[where] = true
		if dust := custody.DustLimit(p.Address.Script()); p.Amount < dust {
			reasons = append(reasons, Because(DestDust, "pay: want at least %s to %s, found %s", dust.In(j.p.Network), p.Label, p.Amount.In(j.p.Network)))
		}
		d, ok := in.Destination(p.Label)
		if !ok {
			reasons = append(reasons, Because(DestUnknown, "pay: want a destination that the policy lists, found %s", p.Label))
			continue
		}
		if want, err := j.addressOf(d, p); err != nil {
			reasons = append(reasons, Because(DestAddress, "pay: %s: %v", p.Label, err))
		} else if want != p.Address.String() {
			reasons = append(reasons, Because(DestAddress, "pay: want %s for %s, found %s", want, p.Label, p.Address))
		}
	}
	return reasons
}

// addressOf returns the one address that a payment to a destination may name.
func (j *judgement) addressOf(d policy.Destination, p record.Pay) (string, error) {
	if d.Descriptor.IsZero() {
		if p.Indexed {
			return "", fmt.Errorf("want no index, since the destination is one address, found #%d", p.Index)
		}
		return d.Address.String(), nil
	}
	if !p.Indexed {
		return "", fmt.Errorf("want LABEL#INDEX, since the destination is a descriptor, found none")
	}
	i := slices.IndexFunc(j.in.Descriptors, func(c *custody.Descriptor) bool { return text.Hash(c.Hash()) == d.Descriptor })
	if i < 0 {
		return "", fmt.Errorf("want the descriptor %s in the bundle, found none", d.Descriptor.Short())
	}
	s, err := j.in.Descriptors[i].Derive(custody.Receive, p.Index)
	if err != nil {
		return "", err
	}
	return s.Address(j.p.Network).String(), nil
}

func (j *judgement) judgeTotal() []Reason {
	sum := j.p.FeeMax
	for _, p := range j.p.Pays {
		var err error
		if sum, err = sum.Add(p.Amount); err != nil {
			return []Reason{Because(TextTotal, "total: %v", err)}
		}
	}
	if sum != j.p.Total {
		return []Reason{Because(TextTotal, "total: want the pays and the fee ceiling, %s, found %s", sum.In(j.p.Network), j.p.Total.In(j.p.Network))}
	}
	return nil
}

// lineage finds the proposal's line of replacements. It returns the id under
// which the line is counted.
func (j *judgement) lineage() (text.Hash, []Reason) {
	if by, ok := j.history.ReplacedBy(j.p.ID()); ok {
		return text.Hash{}, []Reason{Because(StateReplay, "proposal: want one that nothing has replaced, found that %s was released in its place", by.Short())}
	}
	line, ok := j.history.Lineage(j.p.Replaces)
	if !ok {
		return text.Hash{}, []Reason{Because(TxLineage, "replaces: want a released proposal whose line is known, found %s", j.p.Replaces)}
	}
	if len(line) == 0 {
		return j.p.ID(), nil
	}
	last := line[len(line)-1].ID
	if by, ok := j.history.ReplacedBy(last); ok && by != j.p.ID() {
		return text.Hash{}, []Reason{Because(TxLineage, "replaces: want the last of its line, found %s, which %s replaced", last.Short(), by.Short())}
	}
	return line[0].ID, nil
}

func (j *judgement) judgeIndexes(own text.Hash) []Reason {
	var reasons []Reason
	for _, p := range j.p.Pays {
		if p.Indexed && j.history.indexPaid(p.Label, p.Index, own) {
			reasons = append(reasons, Because(DestReused, "pay: want an index of %s that was never paid, found #%d", p.Label, p.Index))
		}
	}
	return reasons
}

// use adds this withdrawal to what a window already holds. A lineage counts
// once, with its largest member.
func (j *judgement) use(window uint32, own text.Hash, this custody.Amount, of func(record.Released) custody.Amount) (custody.Amount, error) {
	others, mine, err := j.history.sum(j.world.Chain, window, own, of)
	if err != nil {
		return 0, err
	}
	return others.Add(max(this, mine))
}

func whole(r record.Released) custody.Amount { return r.Total }

// judgeTier computes the tier: the first, ascending, that the withdrawal and
// everything released in the tier's window stay below. Splitting a large sum
// does not keep it in a small tier. After a loosening only the mildest tier is
// open for a while.
func (j *judgement) judgeTier(b *bench, own text.Hash) []Reason {
	tiers := b.policy.Tiers
	rank := -1
	var use Use
	for i, t := range tiers {
		used, err := j.use(t.Window, own, j.p.Total, whole)
		if err == nil && used < t.Below {
			rank, use = i, Use{Name: "tier " + string(t.ID), Window: t.Window, Used: used, Cap: t.Below}
			break
		}
	}
	if rank < 0 {
		return []Reason{Because(LimTier, "tier: want an amount below the highest tier, with all that was released in its window, found %s more", j.p.Total.In(j.p.Network))}
	}
	j.report.Tier = tiers[rank].ID
	j.report.Used = append(j.report.Used, use)
	claimed := slices.IndexFunc(tiers, func(t policy.Tier) bool { return t.ID == j.p.Tier })
	if claimed < rank { // an unknown claim is -1
		return []Reason{Because(LimTierUnderstate, "tier: want %s, which the amount and the releases of the window come to, found %s", j.report.Tier, j.p.Tier)}
	}
	j.report.Tier = j.p.Tier
	for i := rank; i <= claimed; i++ {
		b.sittings = append(b.sittings, sittingOfTier(b.policy, i))
	}
	if claimed > 0 {
		return j.judgeQuietPolicy("a tier above the mildest")
	}
	return nil
}

func (j *judgement) judgeVelocities(in *policy.Policy, own text.Hash) []Reason {
	var reasons []Reason
	for _, v := range in.Velocities {
		used, err := j.use(v.Window, own, j.p.Total, whole)
		j.used(in, Use{Name: "velocity " + text.FormatUint(v.Window), Window: v.Window, Used: used, Cap: v.Cap})
		if err != nil || used > v.Cap {
			reasons = append(reasons, Because(LimVelocity, "velocity: want at most %s in %d blocks, found %s with this withdrawal", v.Cap.In(j.p.Network), v.Window, used.In(j.p.Network)))
		}
	}
	return reasons
}

func (j *judgement) judgeDestinations(in *policy.Policy, own text.Hash) []Reason {
	var reasons []Reason
	for _, d := range in.Destinations {
		to := func(pays []record.Pay) (sum custody.Amount) {
			for _, p := range pays {
				if p.Label == d.Label {
					sum = min(sum+p.Amount, custody.MaxAmount)
				}
			}
			return sum
		}
		this := to(j.p.Pays)
		if this == 0 {
			continue
		}
		used, err := j.use(d.Window, own, this, func(r record.Released) custody.Amount { return to(r.Pays) })
		j.used(in, Use{Name: "destination " + string(d.Label), Window: d.Window, Used: used, Cap: d.Cap})
		if err != nil || used > d.Cap {
			reasons = append(reasons, Because(LimDestination, "destination %s: want at most %s in %d blocks, found %s with this withdrawal", d.Label, d.Cap.In(j.p.Network), d.Window, used.In(j.p.Network)))
		} else if quiet := j.quietCap(d); in == j.world.head() && used > quiet {
			reasons = append(reasons, Because(QuietDest, "destination %s: want at most %s while its higher cap is new, found %s with this withdrawal", d.Label, quiet.In(j.p.Network), used.In(j.p.Network)))
		}
	}
	return reasons
}

// used notes a limit of the policy in force for the report.
func (j *judgement) used(in *policy.Policy, u Use) {
	if in == j.world.head() {
		j.report.Used = append(j.report.Used, u)
	}
}

// judgeQuietDestinations keeps payments from a new payee for a while: whoever
// got it into the policy should be found out before it is paid.
func (j *judgement) judgeQuietDestinations() []Reason {
	quiet := uint64(j.world.head().QuietDestination)
	var reasons []Reason
	for _, pay := range j.p.Pays {
		d, ok := j.world.head().Destination(pay.Label)
		s := j.world.Policies.payees[payeeName(d)]
		if waited := j.world.credits(s.at); ok && !s.first && waited < quiet {
			reasons = append(reasons, Because(QuietDest, "destination %s: want %d credits since it was listed, found %d", pay.Label, quiet, waited))
		}
	}
	return SortReasons(reasons)
}

// quietCap returns the cap of a destination without raises that are still quiet:
// what was allowed before stays allowed.
func (j *judgement) quietCap(d policy.Destination) custody.Amount {
	lowest := d.Cap
	versions := j.world.Policies.Versions()
	for i := len(versions) - 1; i > 0 && j.world.credits(versions[i].At) < uint64(j.world.head().QuietDestination); i-- {
		if before, ok := versions[i-1].Policy.Destination(d.Label); ok && payeeName(before) == payeeName(d) {
			lowest = min(lowest, before.Cap)
		}
	}
	return lowest
}
