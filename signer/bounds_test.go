package signer_test

import (
	"slices"
	"testing"

	"strongroom/custody"
	"strongroom/quorum"
	"strongroom/quorum/record"
	"strongroom/signer"
	"strongroom/signer/signertest"
)

// A judgement that lacks something permits nothing: no permit, or one that was
// not granted, no wallet, no packet, no log. With everything, the loosest form that
// is allowed passes.
func TestNothingIsSpentWithoutAPermit(t *testing.T) {
	v := signertest.New(t)
	v.Fund(coin)
	s, order := v.Signer("signer-a"), v.Order()
	permit, report := quorum.Judge(v.World(s), quorum.Submission{Text: order.Proposal.Bytes(), Signatures: order.Signatures, Logs: v.Logs()}, quorum.Release)
	if !permit.Valid() {
		t.Fatal(report.Reasons)
	}
	mine := s.Machine.State()
	const want = "transaction: want a permit, a wallet and a packet, found less (TX-FORM)"
	for _, c := range []struct {
		lacks  string
		permit *quorum.Permit
		wallet *custody.Descriptor
		packet *custody.PSBT
		mine   *record.State
	}{
		{"permit", nil, v.Wallet, order.Packet, mine},
		{"permit that was granted", &quorum.Permit{}, v.Wallet, order.Packet, mine},
		{"wallet", permit, nil, order.Packet, mine},
		{"packet", permit, v.Wallet, nil, mine},
		{"log", permit, v.Wallet, order.Packet, nil},
	} {
		spend, reasons := signer.JudgeTransaction(c.permit, c.wallet, c.wallet, c.packet, c.mine, 1)
		if spend != nil || len(reasons) != 1 || reasons[0].String() != want {
			t.Errorf("%s: want %s, found %v", c.lacks, want, reasons)
		}
	}
	order.Packet.Tx.Version = 1
	order.Packet.Inputs[0].HasSighash, order.Packet.Inputs[0].Sighash = false, 0
	if spend, reasons := signer.JudgeTransaction(permit, v.Wallet, v.Wallet, order.Packet, mine, 1); spend == nil {
		t.Errorf("want version 1 taken, and an input that names no signature type, found %v", reasons)
	}
}

// The last change index that is allowed is taken.
func TestChangeAtTheEndOfTheGapIsTaken(t *testing.T) {
	v := signertest.New(t)
	v.Fund(coin)
	order := v.Order()
	_, i := places(t, v, order.Packet)
	order.Packet.Tx.TxOut[i].PkScript, order.Packet.Outputs[i] = outputAt(t, v, order.Packet.Outputs[i], custody.Change, 200)
	v.Signer("signer-a").MustRelease(v.Bundle(order))
}

// A fee at its ceiling is one that officers and policy allow; one satoshi more
// is refused among the attacks.
func TestFeesAtTheirCeilingsAreTaken(t *testing.T) {
	v := signertest.New(t)
	for _, c := range []struct {
		ceiling string
		pay     custody.Amount
		feeMax  custody.Amount
		fee     custody.Amount
	}{
		{"of the proposal", coin / 2, 10_000, 10_000},
		{"of the policy's rate", coin / 2, coin / 100, 56_700},
		{"of the policy's share", 100_000, 60_000, 50_000},
	} {
		t.Run(c.ceiling, func(t *testing.T) {
			v := v.In(t)
			v.Coins = nil
			v.Fund(coin)
			order := v.Order(signertest.Pay(v.To("exchange-hot", c.pay)), func(w *signertest.Asked) { w.FeeMax = c.feeMax })
			setFee(t, v, order.Packet, c.fee)
			visit := v.Signer("signer-a").Machine.Judge(v.Bundle(order), quorum.Release, 1)
			if item := visit.Items[0]; item.Spend == nil {
				t.Errorf("want it permitted, found %v", item.Reasons)
			}
		})
	}
}

// Who releases is told of a payee that was never paid before, also by another
// signer, and only then.
func TestFirstPaymentToALabelIsTold(t *testing.T) {
	v := signertest.New(t)
	v.Fund(coin, coin, coin)
	first := func(order *signertest.Order) (labels []string) {
		t.Helper()
		item := v.Signer("signer-a").Machine.Judge(v.Bundle(order), quorum.Release, 1).Items[0]
		if item.Spend == nil {
			t.Fatal(item.Reasons)
		}
		for _, p := range item.Spend.FirstTime() {
			labels = append(labels, string(p.Label))
		}
		return labels
	}
	payroll, hot := signertest.Pay(v.To("payroll", coin/8)), signertest.Pay(v.To("payroll", coin/8), v.To("exchange-hot", coin/8))
	order := v.Order(payroll)
	if got := first(order); !slices.Equal(got, []string{"payroll"}) {
		t.Errorf("want the first payment to payroll told, found %v", got)
	}
	v.Signer("signer-b").MustRelease(v.Bundle(order))
	if got := first(order); !slices.Equal(got, []string{"payroll"}) {
		t.Errorf("want it told again for the same order, found %v", got)
	}
	if got := first(v.Order(hot)); !slices.Equal(got, []string{"exchange-hot"}) {
		t.Errorf("want the first payment to exchange-hot alone told, found %v", got)
	}
}
