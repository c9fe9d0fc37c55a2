package main

import (
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
	Reasons []quorum.Reason
	Spend   *signer.Spend // nil when refused
}

// forecasts judges an order and its transaction in the place of each signer that
// holds a key of the wallet.
func (x *dossier) forecasts(packet *custody.PSBT) []forecast {
	var out []forecast
	for _, id := range x.cosigners() {
		i := slices.IndexFunc(x.signers, func(s signerLog) bool { return s.device == id })
		if i < 0 {
			out = append(out, forecast{id, []quorum.Reason{quorum.Because(quorum.LimUnproven, "signer %s: want its log in the registry, found none", id)}, nil})
			continue
		}
		permit, report := quorum.Judge(x.signers[i].world(x.view), x.order.sub, quorum.Release)
		f := forecast{Signer: id, Reasons: report.Reasons}
		if permit.Valid() {
			f.Spend, f.Reasons = x.signers[i].spend(permit, x.wallet, packet)
		}
		out = append(out, f)
	}
	return out
}

func (s signerLog) spend(permit *quorum.Permit, w *custody.Descriptor, packet *custody.PSBT) (*signer.Spend, []quorum.Reason) {
	id := permit.Proposal().Wallet
	if e, ok := s.state.Wallet(id); !ok || w == nil || e.Descriptor != text.Hash(w.Hash()) {
		return nil, []quorum.Reason{quorum.Because(quorum.PolNoWallet, "wallet: want %s enrolled on signer %s, found it missing", id, s.device)}
	}
	if packet == nil {
		return nil, []quorum.Reason{quorum.Because(quorum.TxForm, "transaction: want one that was built, found none")}
	}
	return signer.JudgeTransaction(permit, w, w, packet, s.state, runtime.GOMAXPROCS(0))
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
	Release bool           `json:"release"`
	Reasons []reasonReport `json:"reasons"`
}

func forecastReports(all []forecast) []forecastReport {
	out := []forecastReport{}
	for _, f := range all {
		out = append(out, forecastReport{string(f.Signer), f.Spend != nil, reasonReports(f.Reasons)})
	}
	return out
}

// showForecasts says which signers will release, and warns once of each reason
// why others will not.
func showForecasts(w cli.World, all []forecast) {
	var ready []text.ID
	who := map[quorum.Reason][]text.ID{}
	for _, f := range all {
		if f.Spend != nil {
			ready = append(ready, f.Signer)
		}
		for _, r := range f.Reasons {
			who[r] = append(who[r], f.Signer)
		}
	}
	for _, r := range refusedBy(all) {
		w.Warnf("%s will refuse: %s", list(who[r]), r)
	}
	w.Field("forecast", "will be released by "+list(ready))
}
