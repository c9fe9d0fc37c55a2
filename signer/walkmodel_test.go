package signer_test

import (
	"slices"
	"testing"

	"github.com/btcsuite/btcd/wire/v2"

	"strongroom/custody"
	"strongroom/custody/auditlog"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/record"
	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
	"strongroom/signer/signertest"
)

// model is what is known of a vault by those who watch everybody: every text and
// who signed it, and every policy. It judges what the signers' logs say from
// that alone.
type model struct {
	t        *testing.T
	orders   map[text.Hash]*asked
	policies map[text.Hash]*policy.Policy
	genesis  text.Hash
	counts   map[string]int
	forked   bool // two versions were adopted in one place
}

// asked is a proposal and who signed it for which act.
type asked struct {
	*signertest.Order
	approved  map[text.ID]sshsig.Key // with which key
	cleared   map[text.ID]bool
	maker     sshsig.Key // that it was proposed with
	vetoed    bool
	wants     *policy.Policy // what an amendment adopts
	how       string         // and what it changes
	fresh     *signertest.Key
	consented text.ID // with the fresh key
}

// view is what a signer could know at one point: its own log so far, and what it
// was shown of the others'.
type view struct {
	own    []record.Record
	others [][]record.Record
	at     record.Tip
}

func (v view) all() [][]record.Record { return append([][]record.Record{v.own}, v.others...) }

func each[B record.Body](logs [][]record.Record, found func(B, record.Record)) {
	for _, log := range logs {
		for _, r := range log {
			if b, ok := r.Body.(B); ok {
				found(b, r)
			}
		}
	}
}

// check judges one new record of a signer's log.
func (m *model) check(id text.ID, r record.Record, v view) {
	v.at = r.Tip
	switch b := r.Body.(type) {
	case record.Released:
		m.checkReleased(id, b, v)
	case record.Adopted:
		m.checkAdopted(id, b, v)
	case record.Thawed:
		m.checkSeats(id, b.ID, policy.Thaw, v)
	case record.Restore:
		m.checkSeats(id, b.ID, policy.Restore, v)
	case record.Resync:
		m.checkSeats(id, b.ID, policy.Resync, v)
	case record.Frozen:
		m.counts["frozen "+b.Scope.What.String()]++
		if o := m.orders[b.ID]; o == nil || !m.head(v).InRole(policy.Freeze, o.Maker) || !m.listed(m.head(v), o.Maker, o.maker) {
			m.t.Fatalf("%s: want freezes by those who may, found %+v", id, b)
		}
	case record.Killed:
		o := m.orders[b.By]
		if killed := m.orders[b.ID]; o == nil || !m.head(v).InRole(policy.Veto, o.Maker) && (killed == nil || killed.Maker != o.Maker) {
			m.t.Fatalf("%s: want cancels by those who may, found %+v", id, b)
		}
	}
}

// versions returns the policies of a signer's log, the first one first.
func (m *model) versions(v view) []*policy.Policy {
	out := []*policy.Policy{m.policies[m.genesis]}
	each([][]record.Record{v.own}, func(a record.Adopted, _ record.Record) { out = append(out, m.policies[a.Policy]) })
	return out
}

func (m *model) head(v view) *policy.Policy { vs := m.versions(v); return vs[len(vs)-1] }

// dead says whether a proposal was vetoed or cancelled as far as the signer knew.
func (m *model) dead(id text.Hash, v view) (dead bool) {
	each(v.all(), func(b record.Vetoed, _ record.Record) { dead = dead || b.ID == id })
	each(v.all(), func(b record.Killed, _ record.Record) { dead = dead || b.ID == id })
	return dead
}

// bench returns the versions that a proposal has to pass under.
func (m *model) bench(id text.ID, o *asked, v view) []*policy.Policy {
	versions := m.versions(v)
	head := versions[len(versions)-1]
	if o.PolicyVersion <= head.Version && versions[o.PolicyVersion-1].Hash() != o.PolicyHash {
		m.t.Fatalf("%s: want what was decided under this branch, found %s of another", id, o.ID())
	}
	if o.PolicyVersion == head.Version {
		return []*policy.Policy{head}
	}
	if o.PolicyVersion > head.Version || !o.Kind().Moves() {
		m.t.Fatalf("%s: want what is decided under version %d, found it under %d", id, o.PolicyVersion, head.Version)
	}
	each([][]record.Record{v.own}, func(a record.Adopted, _ record.Record) {
		if a.Version > o.PolicyVersion && a.Class != "tighten" && a.Class != "destination" {
			m.t.Fatalf("%s: want proposals of version %d dead after version %d, found one alive", id, o.PolicyVersion, a.Version)
		}
	})
	return []*policy.Policy{versions[o.PolicyVersion-1], head}
}

func (m *model) checkReleased(id text.ID, b record.Released, v view) {
	o := m.orders[b.ID]
	switch {
	case o == nil:
		m.t.Fatalf("%s: want releases of what was asked, found %s", id, b.ID)
	case m.frozen(id, o, false, v):
		m.t.Fatalf("%s: want nothing moved under a freeze, found %s", id, b.ID)
	case m.quarantined(v) || m.knowsFork(v):
		m.t.Fatalf("%s: want nothing moved by a signer in doubt, found %s", id, b.ID)
	case m.dead(b.ID, v) || v.at.Height > o.Expires:
		m.t.Fatalf("%s: want the dead dead, found %s released", id, b.ID)
	}
	m.checkOnce(id, b, v)
	if b.Tier == "" {
		m.counts["released "+string(o.Kind())]++
	}
	for _, p := range m.bench(id, o, v) {
		m.checkMaker(id, o, p)
		if b.Tier == "" {
			act, to := policy.Internal, signertest.WalletID
			if o.Kind() == quorum.KindSweep {
				act, to = policy.Sweep, signertest.NextID
			}
			if b.To != to || len(b.Pays) > 0 {
				m.t.Fatalf("%s: want %s to %s, found %+v", id, o.Kind(), to, b)
			}
			m.checkSeated(id, o, p, sitting{needs: sittingOf(p, act)}, v)
			continue
		}
		tier, _ := p.Tier(b.Tier)
		m.checkSeated(id, o, p, sitting{needs: tier.Needs, mildest: tier.ID == p.Tiers[0].ID}, v)
		m.checkWaited(id, o, tier.Cool, v)
		m.checkLimits(id, b, p, tier, v)
		m.checkCleared(id, o, p, tier.Clears, v)
	}
	m.checkQuietPayees(id, b, v)
}

func sittingOf(p *policy.Policy, name policy.ActName) []policy.Need {
	a, _ := p.Act(name)
	return a.Needs
}

// checkOnce wants one release and one transaction of a proposal, and each coin
// spent by one, in all that the signer knew.
func (m *model) checkOnce(id text.ID, b record.Released, v view) {
	coins := map[wire.OutPoint]bool{}
	for _, in := range b.Rungs[0].Inputs {
		coins[in] = true
	}
	each(v.all(), func(other record.Released, _ record.Record) {
		if other.ID == b.ID && other.Rungs[0].TxID != b.Rungs[0].TxID {
			m.t.Fatalf("%s: want one transaction for %s, found a second", id, b.ID)
		}
		spends := slices.ContainsFunc(other.Rungs[0].Inputs, func(in wire.OutPoint) bool { return coins[in] })
		if other.ID != b.ID && spends {
			m.t.Fatalf("%s: want each coin spent once, found one of %s spent by %s", id, other.ID, b.ID)
		}
	})
	each([][]record.Record{v.own}, func(other record.Released, _ record.Record) {
		if other.ID == b.ID {
			m.t.Fatalf("%s: want one release of %s, found a second", id, b.ID)
		}
	})
}

func (m *model) checkSeats(id text.ID, order text.Hash, act policy.ActName, v view) {
	o := m.orders[order]
	if o == nil || m.dead(order, v) || v.at.Height > o.Expires {
		m.t.Fatalf("%s: want a living proposal for %s, found %s", id, act, order)
	}
	if m.frozen(id, o, false, v) {
		m.t.Fatalf("%s: want no %s under a freeze, found %s", id, act, order)
	}
	if act != policy.Resync && (m.quarantined(v) || m.knowsFork(v)) {
		m.t.Fatalf("%s: want no %s by a signer in doubt, found %s", id, act, order)
	}
	for _, p := range m.bench(id, o, v) {
		m.checkMaker(id, o, p)
		m.checkSeated(id, o, p, sitting{needs: sittingOf(p, act)}, v)
	}
}

func (m *model) checkWaited(id text.ID, o *asked, cool uint32, v view) {
	if cool == 0 {
		return
	}
	waited := int64(-1)
	each([][]record.Record{v.own}, func(b record.Recorded, r record.Record) {
		if b.ID == o.ID() {
			waited = int64(v.at.Height) - int64(max(r.Tip.Height, o.Block.Height))
		}
	})
	if waited < int64(cool) {
		m.t.Fatalf("%s: want %s to wait %d blocks, found %d", id, o.ID(), cool, waited)
	}
}

func (m *model) checkCleared(id text.ID, o *asked, p *policy.Policy, clears []policy.Need, v view) {
	n := 0
	each([][]record.Record{v.own}, func(b record.Cleared, _ record.Record) {
		if b.ID == o.ID() && o.cleared[b.Watcher] && slices.Contains(p.Members(clears[0].Group), b.Watcher) {
			n++
		}
	})
	if len(clears) > 0 && n < clears[0].Seats {
		m.t.Fatalf("%s: want %s cleared, found it not", id, o.ID())
	}
}

// sums adds up what was released within a window, each proposal once and one not
// at all.
func sums(logs [][]record.Record, but text.Hash, now, window uint32, of func(record.Released) custody.Amount) (sum custody.Amount) {
	counted := map[text.Hash]bool{but: true}
	each(logs, func(b record.Released, r record.Record) {
		if b.Tier != "" && !counted[b.ID] && now-r.Tip.Height < window {
			counted[b.ID] = true
			sum += of(b)
		}
	})
	return sum
}

func (m *model) checkLimits(id text.ID, b record.Released, p *policy.Policy, tier policy.Tier, v view) {
	total := func(r record.Released) custody.Amount { return r.Total }
	if used := sums(v.all(), b.ID, v.at.Height, tier.Window, total) + b.Total; used >= tier.Below {
		m.t.Fatalf("%s: want tier %s kept, found %s", id, tier.ID, used)
	}
	for _, lim := range p.Velocities {
		if used := sums(v.all(), b.ID, v.at.Height, lim.Window, total) + b.Total; used > lim.Cap {
			m.t.Fatalf("%s: want at most %s in %d blocks, found %s", id, lim.Cap, lim.Window, used)
		}
	}
	for _, pay := range b.Pays {
		d, ok := p.Destination(pay.Label)
		used := m.paidTo(pay, b.ID, d.Window, v)
		if !ok || used > d.Cap {
			m.t.Fatalf("%s: want at most %s to %s, found %s", id, d.Cap, pay.Label, used)
		}
	}
}

func (m *model) checkAdopted(id text.ID, b record.Adopted, v view) {
	o := m.orders[b.ID]
	if o == nil || o.wants == nil || o.wants.Hash() != b.Policy || o.PolicyVersion != m.head(v).Version || o.PolicyHash != m.head(v).Hash() {
		m.t.Fatalf("%s: want what officers asked adopted, found %+v", id, b)
	}
	elsewhere, need := 0, 0
	for _, log := range v.others {
		each([][]record.Record{log}, func(a record.Adopted, _ record.Record) {
			if a.Policy == b.Policy {
				elsewhere++
			} else if a.Version == b.Version {
				m.t.Fatalf("%s: want no rival of what is in force elsewhere adopted, found %s beside %s", id, b.Policy.Short(), a.Policy.Short())
			}
		})
	}
	for _, wallet := range m.head(v).Wallets {
		if wallet.State == policy.Active {
			need = max(need, wallet.M)
		}
	}
	need = min(need, len(m.head(v).Devices)-1)
	class := o.Body.(quorum.Amendment).Class
	m.counts["adopted "+class.String()]++
	m.counts["adopted a "+o.how]++
	if m.dead(b.ID, v) || m.knowsFork(v) {
		m.t.Fatalf("%s: want the dead dead, found %s adopted", id, b.ID)
	}
	act, _ := m.head(v).Act(actOf(class))
	settled := elsewhere >= need
	m.checkSeated(id, o, m.head(v), sitting{needs: act.Needs, settled: settled}, v)
	m.checkPeople(id, o, settled, v)
	if !settled {
		m.checkWaited(id, o, act.Cool, v)
		m.checkCleared(id, o, m.head(v), act.Clears, v)
		if m.frozen(id, o, true, v) || m.quarantined(v) || v.at.Height > o.Expires {
			m.t.Fatalf("%s: want nothing adopted under a freeze, in doubt or too late, found %s", id, b.ID)
		}
	}
}

func actOf(c policy.Class) policy.ActName {
	return map[policy.Class]policy.ActName{policy.ClassTighten: policy.Tighten, policy.ClassDestination: policy.AddDestination,
		policy.ClassLoosen: policy.Loosen, policy.ClassRekey: policy.Rekey}[c]
}

// checkTogether holds all logs against each other: the policies are one chain,
// and what enough signers released to move coins stays within N/M of each cap,
// whatever was concealed from whom.
func (m *model) checkTogether(logs map[text.ID][]record.Record, now uint32) {
	var longest []text.Hash
	released := map[text.Hash]int{}
	var completed []record.Record
	for id, log := range logs {
		chain := []text.Hash{m.genesis}
		each([][]record.Record{log}, func(a record.Adopted, _ record.Record) { chain = append(chain, a.Policy) })
		n := min(len(chain), len(longest))
		if !slices.Equal(chain[:n], longest[:n]) {
			m.checkRivals(id, chain, longest)
		}
		if len(chain) > len(longest) {
			longest = chain
		}
		each([][]record.Record{log}, func(b record.Released, r record.Record) {
			if released[b.ID]++; released[b.ID] == 2 {
				completed = append(completed, r)
			}
		})
	}
	for _, lim := range m.policies[longest[len(longest)-1]].Velocities {
		used := sums([][]record.Record{completed}, text.Hash{}, now, lim.Window, func(r record.Released) custody.Amount { return r.Total })
		if used > lim.Cap*3/2 {
			m.t.Fatalf("want at most %s moved in %d blocks by two of three signers, found %s", lim.Cap*3/2, lim.Window, used)
		}
	}
}

func seenOf(t *testing.T, id text.ID, e export) quorum.Seen {
	t.Helper()
	entries, err := auditlog.DecodeEntries(e.entries)
	must(t, err)
	return quorum.Seen{Device: id, Size: int64(len(entries)), Root: auditlog.RootOf(entries)}
}
