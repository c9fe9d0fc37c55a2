package quorum

import (
	"fmt"
	"slices"

	"strongroom/quorum/policy"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
)

// judgeAsk is stage E: what the proposal asks for, whether that may be asked,
// and whose seats and waiting time it takes. For all but what stops things, the
// logs of every signer are needed: their releases, freezes and vetoes count here
// too.
func (j *judgement) judgeAsk() []Reason {
	if j.p.Kind().Brake() {
		return nil
	}
	history, unproven := proveLogs(j.world, j.p, j.in.Logs)
	j.history = history
	reasons := append(unproven, j.judgeWallets()...)
	if len(unproven) > 0 {
		return append(reasons, j.judgeEarly()...)
	}
	if history.Vetoed(j.p.ID()) {
		reasons = append(reasons, Because(StateVetoed, "veto: want none, found that another signer's log holds one, which stands although it was left at home"))
	}
	if history.killed(j.p.ID()) {
		reasons = append(reasons, Because(StateKilled, "proposal: want one that nobody cancelled, found that another signer's log holds its cancellation"))
	}
	if dropped := j.dropping(); dropped != nil {
		j.history = dropped // a signer that is taken out has no say about that
	}
	j.settled = j.settled || j.adoptedByOthers()
	if codes, yes := j.world.State.Quarantined(); yes && j.p.Kind() == KindAmendment && !j.settled && !j.endsFork(codes) {
		reasons = append(reasons, quarantined(codes))
	}
	reasons = append(reasons, j.judgeForks()...)
	reasons = append(reasons, j.judgeFreezes()...)
	for i := range j.bench {
		reasons = append(reasons, j.judgeKind(&j.bench[i])...)
	}
	if j.head().sittings != nil {
		j.report.Sitting = j.head().sittings[len(j.head().sittings)-1].Name
	}
	if j.p.Kind() == KindAmendment && !j.settled {
		reasons = append(reasons, j.judgeExpired()...)
	}
	return reasons
}

// dropping returns the history without the signers that an amendment takes out,
// nil for anything else: one spoiled log must not stop what removes it.
func (j *judgement) dropping() *History {
	a, ok := j.p.Body.(Amendment)
	if !ok || a.Class != policy.ClassLoosen || text.Identity(j.in.Next.Policy) != a.Policy {
		return nil
	}
	next, err := j.readNext(a)
	if err != nil {
		return nil
	}
	return j.history.without(next)
}

// endsFork says that an amendment may pass a signer that a fork has stopped: it
// takes out every signer with another history.
func (j *judgement) endsFork(codes []string) bool {
	return slices.Equal(codes, []string{string(PolFork)}) && len(j.forks()) == 0
}

// judgeEarly is what can be said of a proposal before the logs are proven.
func (j *judgement) judgeEarly() []Reason {
	var reasons []Reason
	if j.p.Kind() == KindWithdrawal {
		for _, b := range j.bench {
			reasons = append(reasons, j.judgePays(b.policy)...)
		}
		reasons = append(reasons, j.judgeTotal()...)
	}
	return reasons
}

func (j *judgement) judgeKind(b *bench) []Reason {
	switch body := j.p.Body.(type) {
	case Withdrawal:
		return j.judgeWithdrawal(b)
	case Internal:
		return j.judgeOwn(b, policy.Internal)
	case Sweep:
		return append(j.judgeOwn(b, policy.Sweep), j.judgeQuietPolicy("a sweep")...)
	case Amendment:
		return j.judgeAmendment(b, body)
	case Thaw:
		b.sittings = []Sitting{sittingOf(b.policy, policy.Thaw)}
		return j.judgeThaw(body)
	case Resync:
		return j.judgeResync(b, body)
	case Restore:
		b.sittings = []Sitting{sittingOf(b.policy, policy.Restore)}
		return j.judgeRestore(b.policy, body)
	}
	return nil // a rehearsal asks for nothing
}

// judgeWallets holds the wallets that a proposal names against the policy:
//
//	withdrawal  from an active wallet
//	internal    within an active one, or within the next: a spend on trial, before
//	            everything goes there
//	sweep       from an active or a retired wallet to the next, and from a retired
//	            one also to an active one: what was paid to it late
func (j *judgement) judgeWallets() []Reason {
	if !j.p.Kind().Moves() {
		return nil
	}
	head := j.world.head()
	w, ok := head.Wallet(j.p.Wallet)
	if j.p.Kind() == KindSweep {
		var reasons []Reason
		if !ok || w.State == policy.Next {
			reasons = append(reasons, Because(TextWallet, "from: want an active or retired wallet of the policy, found %s", j.p.Wallet))
		}
		to, ok := head.Wallet(j.p.To)
		switch late := w.State == policy.Retired; {
		case ok && (to.State == policy.Next || late && to.State == policy.Active):
		case late:
			reasons = append(reasons, Because(TextWallet, "to: want the policy's wallet in state next, or an active one, found %s", j.p.To))
		default:
			reasons = append(reasons, Because(TextWallet, "to: want the policy's wallet in state next, found %s", j.p.To))
		}
		return reasons
	}
	trial := ok && w.State == policy.Next && j.p.Kind() == KindInternal
	if !trial && (!ok || w.State != policy.Active) {
		return []Reason{Because(TextWallet, "wallet: want an active wallet of the policy, found %s", j.p.Wallet)}
	}
	return nil
}

// judgeOwn is for what pays the vault itself: it stands outside tiers, limits
// and destinations and has its own seats.
func (j *judgement) judgeOwn(b *bench, act policy.ActName) []Reason {
	b.sittings = []Sitting{sittingOf(b.policy, act)}
	if _, reasons := j.lineage(); len(reasons) > 0 {
		return reasons
	}
	if j.p.FeeMax >= j.p.Total {
		return []Reason{Because(TextTotal, "fee-max: want less than what moves, %s, found %s", j.p.Total.In(j.p.Network), j.p.FeeMax.In(j.p.Network))}
	}
	return nil
}

// judgeThaw wants a freeze that stands: in this signer's log or in another's.
func (j *judgement) judgeThaw(b Thaw) []Reason {
	if slices.ContainsFunc(j.history.freezes(), func(f record.Freeze) bool { return f.ID == b.Lifts }) {
		return nil
	}
	return []Reason{Because(FrzUnknown, "lifts: want a freeze that stands, found %s", b.Lifts.Short())}
}

// judgeRestore wants an operator whom the policy knows.
func (j *judgement) judgeRestore(p *policy.Policy, b Restore) []Reason {
	if j.listed(p, b.Operator) {
		return nil
	}
	return []Reason{Because(TextOperator, "operator: want an officer of the policy, found %s", b.Operator)}
}

// judgeFreezes refuses what a freeze covers. Under a freeze of everything no
// coin moves and nothing takes effect; a change of the policy may begin its wait,
// so that the remedy is ready when the freeze is lifted.
func (j *judgement) judgeFreezes() []Reason {
	var reasons []Reason
	for _, f := range j.history.freezes() {
		if j.covered(f) {
			reasons = append(reasons, Because(FrzActive, "freeze: want none that covers this, found %s of %s by %s; 'thaw' lifts it", f.ID.Short(), scopeText(f.Scope), f.Officer))
		}
	}
	return reasons
}

func (j *judgement) covered(f record.Freeze) bool {
	kind := j.p.Kind()
	switch f.Scope.What {
	case record.ScopeAll:
		return kind.Moves() || kind == KindRestore || kind == KindAmendment && j.verb == Release && !j.settled
	case record.ScopeDestination:
		return slices.ContainsFunc(j.p.Pays, func(p record.Pay) bool { return p.Label == f.Scope.Name })
	case record.ScopeSigner:
		return f.Scope.Name == j.world.Device && (kind.Moves() || kind == KindRestore)
	case record.ScopeOfficer:
		a, amends := j.p.Body.(Amendment)
		return f.Scope.Name == j.p.Maker && (!amends || a.Class != policy.ClassRekey && !j.settled)
	}
	return true
}

func scopeText(s record.Scope) string {
	if s.What == record.ScopeAll {
		return "everything"
	}
	f := s.Fields()
	return fmt.Sprintf("%s %s", f[0], f[len(f)-1])
}

// frozen says whether an officer's approvals and clearances count for nothing.
func (j *judgement) frozen(officer text.ID) bool {
	if j.history == nil || j.settled {
		return false
	}
	return slices.ContainsFunc(j.history.freezes(), func(f record.Freeze) bool {
		return f.Scope.What == record.ScopeOfficer && f.Scope.Name == officer
	})
}

// judgeQuietPolicy keeps larger things still for a while after the rules were
// loosened: of the period before and after the loosening, the longer one counts.
func (j *judgement) judgeQuietPolicy(what string) []Reason {
	versions := j.world.Policies.Versions()
	for i, v := range slices.Backward(versions) {
		if i == 0 || v.Class != policy.ClassLoosen && v.Class != policy.ClassRecovery {
			continue
		}
		quiet := max(v.Policy.QuietPolicy, versions[i-1].Policy.QuietPolicy)
		if waited := j.world.credits(v.At); waited < uint64(quiet) {
			return []Reason{Because(QuietPolicy, "policy: want %d credits since version %d loosened it before %s, found %d", quiet, v.Policy.Version, what, waited)}
		}
	}
	return nil
}

// judgeResync puts this signer back to work: it has to be about this signer and
// about its log as it is, and the logs of all others have to be at hand, so that
// nothing that was released is forgotten.
func (j *judgement) judgeResync(b *bench, r Resync) []Reason {
	b.sittings = []Sitting{sittingOf(b.policy, policy.Resync)}
	if codes, _ := j.world.State.Quarantined(); slices.Contains(codes, string(PolFork)) && len(j.forks()) > 0 {
		b.sittings = []Sitting{ForkSitting(b.policy)}
	}
	if j.world.Device == "" {
		return nil
	}
	if r.Device != j.world.Device {
		return []Reason{Because(StateResync, "signer: want a resync of %s, which this is, found one of %s", j.world.Device, r.Device)}
	}
	if root, err := j.world.Root(min(r.From.Size, j.world.State.Size())); err != nil || r.From.Size > j.world.State.Size() || root != r.From.Root {
		return []Reason{Because(StateResync, "from: want this signer's log, %d records, found %d or other ones", j.world.State.Size(), r.From.Size)}
	}
	if seq, yes := j.world.State.QuarantinedAt(); yes && !j.lost() {
		if s, _ := seenIn(j.p.Seen, j.world.Device); s.Size <= seq {
			return []Reason{Because(StateResync, "seen: want a resync by officers who saw this signer's alarm, record %d, found that they saw %d records; propose again", seq, s.Size)}
		}
	}
	if seq, ok := j.world.State.Resynced(); ok && r.To.Size <= seq {
		return []Reason{Because(StateResync, "to: want a log that holds this signer's last resync, record %d, found one of %d records; propose again", seq, r.To.Size)}
	}
	if r.To.Size < r.From.Size || r.To.Size == r.From.Size && r.To.Root != r.From.Root {
		return []Reason{Because(StateResync, "to: want the log as officers know it, at least the %d records that this signer has, found %d or other ones", r.From.Size, r.To.Size)}
	}
	return nil
}
