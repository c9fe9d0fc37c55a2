package quorum

import (
	"slices"

	"strongroom/quorum/policy"
)

// judgeCooling is stage G. What cools has to be recorded on this very signer,
// and released only when so many credits of work lie on top of the later of two
// blocks: the one that the text names and the tip when it was recorded.
//
// Record asks only that there is something to wait for and that it was not
// recorded before.
func (j *judgement) judgeCooling() []Reason {
	j.report.Cool = j.cool()
	r, recorded := j.recording()
	j.report.Recorded = recorded
	if recorded {
		j.report.Waited = creditsAt(j.world.Chain, max(j.p.Block.Height, r.Tip.Height))
	}
	switch {
	case j.verb == Record && recorded:
		return []Reason{Because(ClkRecorded, "record: want a proposal that was not recorded here yet, found that it was; release it when it has waited")}
	case j.verb == Record && (j.report.Cool == 0 || j.lost()):
		return []Reason{Because(ClkNoCool, "record: want a proposal that has to wait, found one that does not; release it")}
	case j.verb == Record || j.report.Cool == 0:
		return nil
	case j.world.head().Clock != policy.ClockTest:
		return []Reason{Because(PolUnbuilt, "cooling: want clock test, since this version of the program cannot prove that time has passed on a chain with value, found clock %s", j.world.head().Clock)}
	case j.settled:
		return nil
	case j.lost():
		j.report.Waited = creditsAt(j.world.Chain, j.p.Block.Height)
	case !recorded:
		return []Reason{Because(ClkNotRecorded, "cooling: want a proposal that was recorded on this signer %d credits ago, found that it was not; record it first", j.report.Cool)}
	}
	if j.report.Waited < uint64(j.report.Cool) {
		return []Reason{Because(ClkCooling, "cooling: want %d credits of work since it was recorded, found %d; come back later", j.report.Cool, j.report.Waited)}
	}
	return nil
}

// judgeExpired refuses what is too late. An amendment that takes effect elsewhere
// already is never too late, so its expiry is judged when that is known.
func (j *judgement) judgeExpired() []Reason {
	tip := j.world.tip()
	if tip.Height <= j.p.Expires {
		return nil
	}
	return []Reason{Because(ClkExpired, "expires: want a height of at least %d, the chain's tip, found %d; propose again", tip.Height, j.p.Expires)}
}

// judgeExpiry bounds how long approvals may be kept: by the policy's longest
// age, and by the wait of the tier, class or act that the text claims.
func (j *judgement) judgeExpiry() []Reason {
	for _, b := range j.bench {
		cool := uint64(j.named(b.policy).Cool)
		longest := uint64(j.p.Block.Height) + uint64(b.policy.ExpiryMax) + cool + cool/4
		if uint64(j.p.Expires) > longest {
			return []Reason{Because(ClkExpiryLong, "expires: want at most height %d under this policy, found %d", longest, j.p.Expires)}
		}
	}
	return nil
}

// named returns the sitting that the text itself names, under one version. That
// a resync ends a fork stands in no text: on a signer that a fork stopped, and
// for whoever does not know what stopped it, it may have to wait as long as that.
func (j *judgement) named(p *policy.Policy) Sitting {
	s, fork := SittingOf(p, j.p, j.p.Tier), ForkSitting(p)
	codes, _ := j.world.State.Quarantined()
	forked := j.world.Device == "" || slices.Contains(codes, string(PolFork))
	if j.p.Kind() == KindResync && forked && fork.Cool > s.Cool {
		return fork
	}
	return s
}

// cool is the longest wait of all sittings.
func (j *judgement) cool() uint32 {
	var longest uint32
	for _, b := range j.bench {
		for _, s := range b.sittings {
			longest = max(longest, s.Cool)
		}
	}
	return longest
}

// lost says that the proposal is the resync of a signer whose newest records are
// missing: it cannot record anything before it has them back. Its wait counts
// from the block that the text names.
func (j *judgement) lost() bool {
	r, ok := j.p.Body.(Resync)
	return ok && r.To.Size > j.world.State.Size()
}

// others counts the other signers with a key of a wallet.
func (j *judgement) others() int {
	n := 0
	for _, d := range j.world.head().Devices {
		if j.world.head().HoldsKey(d.ID) && d.ID != j.world.Device {
			n++
		}
	}
	return n
}

// adoptedByOthers says that as many other signers have adopted this very policy
// as can move coins together, or all others where there are fewer. Each has waited by itself; a signer that comes
// late, or is new, need not wait again. What people and watchers sign is wanted all
// the same.
func (j *judgement) adoptedByOthers() bool {
	a, ok := j.p.Body.(Amendment)
	if !ok {
		return false
	}
	need := 0
	for _, w := range j.world.head().Wallets {
		if w.State == policy.Active {
			need = max(need, w.M)
		}
	}
	need = min(need, j.others())
	return need > 0 && j.history.adoptedBy(j.world.head(), a.Version, a.Policy) >= need
}
