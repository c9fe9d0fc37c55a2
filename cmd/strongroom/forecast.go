package main

import (
	"cmp"
	"fmt"
	"runtime"
	"slices"

	"strongroom/cmd/internal/cli"
	"strongroom/custody"
	"strongroom/quorum"
	"strongroom/quorum/text"
	"strongroom/signer"
)

// forecast is what one signer will say of an order, judged with the same
// functions over the log that it sent last. It binds nobody: a signer may know
// more by the time that it is asked.
type forecast struct {
	Signer  text.ID
	Verb    quorum.Verb // what it will be asked for: Record or Release
	Reasons []quorum.Reason
	Spend   *signer.Spend // of a release that spends coins; nil when refused
	From    uint32        // of a recording: the first block at which it may be released
	Done    bool          // the signer's log says that it did this already
}

// willing says that the signer will do what it is asked for.
func (f forecast) willing() bool { return len(f.Reasons) == 0 && !f.Done }

// forecasts judges an order and, where it spends coins, its transaction in the
// place of each signer that will be asked. packet may be nil for everything that
// has to be recorded first, and for what spends nothing.
func (x *dossier) forecasts(packet *custody.PSBT) []forecast {
	var out []forecast
	for _, id := range x.asked() {
		i := slices.IndexFunc(x.signers, func(s signerLog) bool { return s.device == id })
		if i < 0 {
			none := quorum.Because(quorum.LimUnproven, "signer %s: want its log in the registry, found none", id)
			out = append(out, forecast{Signer: id, Verb: quorum.Release, Reasons: []quorum.Reason{none}})
			continue
		}
		out = append(out, x.forecast(x.signers[i], packet))
	}
	return out
}

// forecast judges for release; what only lacks its recording, for that.
func (x *dossier) forecast(s signerLog, packet *custody.PSBT) forecast {
	f := forecast{Signer: s.device, Verb: quorum.Release}
	if f.Done = s.carried(x.order.proposal) || x.spares(s); f.Done {
		return f
	}
	w := x.imagine(s)
	permit, report := quorum.Judge(w, x.order.sub, quorum.Release)
	f.Reasons = report.Reasons
	switch unrecorded := func(r quorum.Reason) bool { return r.Code == quorum.ClkNotRecorded }; {
	case permit.Valid() && x.order.proposal.Kind().Moves():
		f.Spend, f.Reasons = x.spend(s, permit, packet)
	case slices.ContainsFunc(report.Reasons, unrecorded):
		_, report = quorum.Judge(w, x.order.sub, quorum.Record)
		tip, _ := w.Chain.Tip()
		f.Verb, f.Reasons, f.From = quorum.Record, report.Reasons, tip.Height+report.Cool
	}
	return f
}

// carried says whether a signer's log holds the effect of something that spends no
// coins. A release of coins can be repeated, and then gives the same bytes.
func (s signerLog) carried(p *quorum.Proposal) bool {
	switch b := p.Body.(type) {
	case quorum.Freeze:
		return s.froze(p.ID())
	case quorum.Cancel:
		return s.state.Killed(b.Kills)
	case quorum.Thaw:
		return s.state.Lifted(b.Lifts)
	case quorum.Restore:
		_, done := s.state.Restored(p.ID())
		return done
	case quorum.Amendment:
		return slices.ContainsFunc(s.state.Adoptions(), adoption(p.ID()))
	case quorum.Rehearsal:
		return slices.ContainsFunc(s.state.Rehearsals(), rehearsed(p.ID()))
	}
	return false
}

// spend is stage H in a signer's place.
func (x *dossier) spend(s signerLog, permit *quorum.Permit, packet *custody.PSBT) (*signer.Spend, []quorum.Reason) {
	p := permit.Proposal()
	for _, id := range []text.ID{p.Wallet, cmp.Or(p.To, p.Wallet)} {
		w := x.descriptor(id)
		if e, ok := s.state.Wallet(id); !ok || w == nil || e.Descriptor != text.Hash(w.Hash()) {
			return nil, []quorum.Reason{quorum.Because(quorum.PolNoWallet, "wallet: want %s enrolled on signer %s, found it missing", id, s.device)}
		}
	}
	if d, ok := permit.Policy().Device(s.device); !ok || d.Verifier != s.verifier {
		return nil, []quorum.Reason{quorum.Because(quorum.PolDevice, "device: want the line of %s with its log key in policy %d, found none", s.device, permit.Policy().Version)}
	}
	if packet == nil {
		return nil, []quorum.Reason{quorum.Because(quorum.TxForm, "transaction: want one that was built, found none")}
	}
	return signer.JudgeTransaction(permit, x.descriptor(p.Wallet), x.descriptor(cmp.Or(p.To, p.Wallet)), packet, s.state, runtime.GOMAXPROCS(0))
}

// descriptor returns one of the policy's wallets, nil when the registry does not
// have it.
func (x *dossier) descriptor(id text.ID) *custody.Descriptor {
	w, _ := x.policy.Wallet(id)
	i := slices.IndexFunc(x.order.sub.Descriptors, func(d *custody.Descriptor) bool { return text.Hash(d.Hash()) == w.Descriptor })
	if i < 0 {
		return nil
	}
	return x.order.sub.Descriptors[i]
}

// asked returns the signers that an order is brought to, sorted: those that hold
// a key of the wallet that it spends from, the one that a resync is about, and
// all of them for what takes effect everywhere.
func (x *dossier) asked() []text.ID {
	var out []text.ID
	switch b := x.order.proposal.Body.(type) {
	case quorum.Withdrawal, quorum.Internal:
		return x.cosigners()
	case quorum.Sweep:
		return x.sweepers(b)
	case quorum.Resync:
		return []text.ID{b.Device}
	}
	for _, d := range x.policy.Devices {
		out = append(out, d.ID)
	}
	slices.Sort(out)
	return out
}

// sweepers returns the signers that hold a key of both wallets of a sweep: a
// signer enrolls no wallet without a key of its own, and judges outputs of
// enrolled wallets only. Where they are too few to sign, it returns all that
// hold a key of the first, so that it is seen who will refuse.
func (x *dossier) sweepers(b quorum.Sweep) []text.ID {
	all := x.cosigners()
	both := slices.DeleteFunc(slices.Clone(all), func(id text.ID) bool {
		return !x.policy.Cosigns(b.To, id)
	})
	if _, ok := x.policy.Wallet(b.From); !ok || len(both) < x.policy.FewestSigners(b.From) {
		return all
	}
	return both
}

// refusedBy gathers the reasons of all forecasts, each once.
func refusedBy(all []forecast) []quorum.Reason {
	var out []quorum.Reason
	for _, f := range all {
		out = append(out, f.Reasons...)
	}
	return quorum.SortReasons(out)
}

// forecastReport is a forecast in machine form.
type forecastReport struct {
	Signer  string         `json:"signer"`
	Verb    string         `json:"verb"`    // record or release
	Release bool           `json:"release"` // it will release it now
	From    uint32         `json:"from,omitempty"`
	Done    bool           `json:"done,omitempty"`
	Reasons []reasonReport `json:"reasons"`
}

func forecastReports(all []forecast) []forecastReport {
	out := []forecastReport{}
	for _, f := range all {
		verb := "release"
		if f.Verb == quorum.Record {
			verb = "record"
		}
		out = append(out, forecastReport{string(f.Signer), verb, f.willing() && f.Verb == quorum.Release, f.From, f.Done, reasonReports(f.Reasons)})
	}
	return out
}

// showForecasts says which signers will do what, and warns once of each reason
// why others will not. about stands before each, where there are several orders.
func showForecasts(w cli.World, about string, all []forecast) {
	who := map[quorum.Reason][]text.ID{}
	for _, f := range all {
		for _, r := range f.Reasons {
			who[r] = append(who[r], f.Signer)
		}
	}
	for _, r := range refusedBy(all) {
		w.Warnf("%s%s will refuse: %s", about, list(who[r]), r)
	}
	recording := signersOf(all, func(f forecast) bool { return f.willing() && f.Verb == quorum.Record })
	releasing := signersOf(all, func(f forecast) bool { return f.willing() && f.Verb == quorum.Release })
	if done := signersOf(all, func(f forecast) bool { return f.Done }); len(done) > 0 {
		w.Field("forecast", about+"done already by "+list(done))
	}
	if len(recording) > 0 {
		from := slices.MaxFunc(all, func(a, b forecast) int { return cmp.Compare(a.From, b.From) }).From
		w.Field("forecast", about+"will be recorded by "+list(recording))
		w.Field("", fmt.Sprintf("and may be released from block %d on", from))
	}
	if len(releasing) > 0 || len(recording) == 0 {
		w.Field("forecast", about+"will be released by "+list(releasing))
	}
}

// signersOf returns the signers whose forecast is of a kind.
func signersOf(all []forecast, is func(forecast) bool) []text.ID {
	var out []text.ID
	for _, f := range all {
		if is(f) {
			out = append(out, f.Signer)
		}
	}
	return out
}
