package signer_test

import (
	"encoding/hex"
	"slices"
	"strings"
	"testing"

	"github.com/btcsuite/btcd/wire/v2"

	"strongroom/custody"
	"strongroom/quorum"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
	"strongroom/signer/signertest"
)

const coin custody.Amount = 1_0000_0000

// theft is an approved order whose packet a desk has changed.
type theft struct {
	attack string
	order  []signertest.Edit
	spoil  func(t *testing.T, v *signertest.Vault, p *custody.PSBT)
	want   []string // "text (CODE)"; names in braces stand for values of the vault
}

// Attacks with the transaction. The order is approved by all who are needed;
// only the packet is not what was approved. Each is refused, the refusal is
// recorded, and nothing is released.
func TestAttacksWithTheTransaction(t *testing.T) {
	v := signertest.New(t)
	for _, c := range slices.Concat(outputThefts(), inputThefts(), formThefts(), feeThefts()) {
		t.Run(c.attack, func(t *testing.T) {
			v := v.In(t)
			v.Coins = nil
			v.Fund(coin)
			order := v.Order(c.order...)
			packet, err := custody.ParsePSBT(order.Packet.Bytes())
			if err != nil {
				t.Fatal(err)
			}
			order.Packet = packet
			c.spoil(t, v, packet)
			refusedBy(t, v, v.Signer("signer-a"), v.Bundle(order), c.want...)
		})
	}
}

// refusedBy brings files to a signer and demands that one item, or the bundle,
// is refused for these reasons alone, and that the log says so and no more.
func refusedBy(t *testing.T, v *signertest.Vault, s *signertest.Signer, files []quorum.File, want ...string) {
	t.Helper()
	before, home := s.Records(), onDisk(t, s.Dir)
	a := s.Release(files)
	if a.Err != nil {
		t.Fatal(a.Err)
	}
	var found []string
	reasons := a.Visit.Reasons
	for _, i := range a.Visit.Items {
		reasons = append(reasons, i.Reasons...)
		if i.Spend != nil {
			t.Error("want no spend, found one")
		}
	}
	for _, r := range reasons {
		found = append(found, r.String())
	}
	names := named(t, v, a)
	for i := range want {
		want[i] = names.Replace(want[i])
	}
	if !slices.Equal(found, want) {
		t.Errorf("want\n%s\nfound\n%s", strings.Join(want, "\n"), strings.Join(found, "\n"))
	}
	if slices.ContainsFunc(a.Signed, func(b []byte) bool { return b != nil }) {
		t.Error("want nothing signed, found a packet")
	}
	refusalOnDisk(t, s, before, a)
	onlyLogGrew(t, home, onDisk(t, s.Dir))
}

// refusalOnDisk demands that the log grew by one visit in which nothing but a
// refusal with these codes is recorded.
func refusalOnDisk(t *testing.T, s *signertest.Signer, before []record.Record, a signertest.Answer) {
	t.Helper()
	s.Reopen()
	after := s.Records()
	if slices.Contains(a.Codes(), "STATE-ROLLBACK") || slices.Contains(a.Codes(), "STATE-FORK") {
		if len(after) != len(before) {
			t.Errorf("want a log in doubt left as it is, found %d records more", len(after)-len(before))
		}
		return
	}
	var kinds []string
	var refused record.Refused
	for _, r := range after[len(before):] {
		if b, ok := r.Body.(record.Refused); ok {
			refused = b
		}
		if k := r.Body.Kind(); k != record.KindHeaders && k != record.KindVetoed && k != record.KindQuarantine {
			kinds = append(kinds, string(r.Body.Kind()))
		}
	}
	if got := strings.Join(kinds, " "); got != "session-open inputs refused session-close" {
		t.Errorf("want a visit with one refusal in the log, found %s", got)
	}
	for _, c := range a.Codes() {
		if !slices.Contains(refused.Codes, c) {
			t.Errorf("want code %s recorded, found %v", c, refused.Codes)
		}
	}
}

// named replaces the names that stand for values of the vault.
func named(t *testing.T, v *signertest.Vault, a signertest.Answer) *strings.Replacer {
	t.Helper()
	names := []string{"{thief}", signertest.Address(t, "thief").String(), "{tip}", text.FormatUint(v.Chain.Tip().Height)}
	if d, ok := v.Policy.Destination("exchange-hot"); ok {
		names = append(names, "{hot}", d.Address.String())
	}
	stranger := derived(t, signertest.Stranger(t, "stranger"), custody.Receive, 0)
	look := derived(t, signertest.Stranger(t, "stranger"), custody.Change, 0)
	own := derived(t, v.Wallet, custody.Receive, 0)
	names = append(names, "{tip1}", text.FormatUint(v.Chain.Tip().Height+1), "{stranger0}", look.Address(v.Network).String(),
		"{stranger witness}", hex.EncodeToString(stranger.Witness), "{stranger key}", hex.EncodeToString(stranger.Keys[0][:]),
		"{change0}", derived(t, v.Wallet, custody.Change, v.NextChange()-1).Address(v.Network).String(),
		"{own1}", hex.EncodeToString(derived(t, v.Wallet, custody.Receive, 1).Output), "{out0}", hex.EncodeToString(own.Output), "{witness0}", hex.EncodeToString(own.Witness))
	if len(a.Visit.Items) == 1 && a.Visit.Items[0].Packet != nil {
		names = append(names, namedByPacket(own, a.Visit.Items[0].Packet)...)
	}
	return strings.NewReplacer(names...)
}

func namedByPacket(own custody.Script, p *custody.PSBT) []string {
	point := p.Tx.TxIn[0].PreviousOutPoint
	digest := custody.NewSighasher(p.Tx).Digest(0, own.Witness, coin)
	names := []string{"{txid}", p.TxID().String(), "{coin}", point.String(), "{prev}", point.Hash.String(), "{digest}", hex.EncodeToString(digest[:])}
	if tx := p.Inputs[0].Previous; tx != nil {
		names = append(names, "{found}", tx.TxHash().String(), "{out1}", hex.EncodeToString(tx.TxOut[1].PkScript))
	}
	if d := p.Inputs[0].Derivations; len(d) > 0 {
		place := slices.Index(own.Keys, d[0].PublicKey) + 1
		names = append(names, "{key0}", hex.EncodeToString(d[0].PublicKey[:]), "{place0}", text.FormatUint(uint32(place)))
	}
	return names
}

func derived(t testing.TB, d *custody.Descriptor, b custody.Branch, index uint32) custody.Script {
	t.Helper()
	s, err := d.Derive(b, index)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// places finds the payment and the change among the outputs.
func places(t *testing.T, v *signertest.Vault, p *custody.PSBT) (pay, change int) {
	t.Helper()
	pay, change = -1, -1
	for i := range p.Outputs {
		if _, _, err := p.Outputs[i].Claim(v.Wallet); err == nil {
			change = i
		} else {
			pay = i
		}
	}
	if pay < 0 || change < 0 {
		t.Fatal("want a payment and change, found less")
	}
	return pay, change
}

// outputAt makes an output to a place of the wallet, with its derivations.
func outputAt(t *testing.T, v *signertest.Vault, like custody.PSBTOutput, b custody.Branch, index uint32) ([]byte, custody.PSBTOutput) {
	t.Helper()
	s := derived(t, v.Wallet, b, index)
	var out custody.PSBTOutput
	for _, d := range like.Derivations {
		d.Path = slices.Clone(d.Path)
		d.Path[len(d.Path)-2], d.Path[len(d.Path)-1] = uint32(b), index
		for k, key := range v.Wallet.Keys() {
			if key.Origin().Fingerprint == d.Fingerprint {
				d.PublicKey = s.Keys[k]
			}
		}
		out.Derivations = append(out.Derivations, d)
	}
	return s.Output, out
}

func outputThefts() []theft {
	type edit = func(t *testing.T, v *signertest.Vault, p *custody.PSBT)
	onPay := func(f func(t *testing.T, o *wire.TxOut)) edit {
		return func(t *testing.T, v *signertest.Vault, p *custody.PSBT) { i, _ := places(t, v, p); f(t, p.Tx.TxOut[i]) }
	}
	onChange := func(f func(t *testing.T, v *signertest.Vault, p *custody.PSBT, i int)) edit {
		return func(t *testing.T, v *signertest.Vault, p *custody.PSBT) { _, i := places(t, v, p); f(t, v, p, i) }
	}
	moveTo := func(b custody.Branch, index uint32) edit {
		return onChange(func(t *testing.T, v *signertest.Vault, p *custody.PSBT, i int) {
			p.Tx.TxOut[i].PkScript, p.Outputs[i] = outputAt(t, v, p.Outputs[i], b, index)
		})
	}
	const missing = "payment: want 0.50000000 rBTC to exchange-hot at {hot}, found no such output (TX-OUTPUT)"
	return []theft{
		{"payee changed", nil, onPay(func(t *testing.T, o *wire.TxOut) { o.PkScript = signertest.Address(t, "thief").Script() }),
			[]string{"output 1: want a payment of the proposal or change, found 0.50000000 rBTC to {thief} (TX-OUTPUT)", missing}},
		{"amount raised", nil, onPay(func(_ *testing.T, o *wire.TxOut) { o.Value++ }),
			[]string{"output 1: want a payment of the proposal or change, found 0.50000001 rBTC to {hot} (TX-OUTPUT)", missing}},
		{"amount lowered", nil, onPay(func(_ *testing.T, o *wire.TxOut) { o.Value-- }),
			[]string{"output 1: want a payment of the proposal or change, found 0.49999999 rBTC to {hot} (TX-OUTPUT)", missing}},
		{"extra output to a thief", nil, onChange(func(t *testing.T, _ *signertest.Vault, p *custody.PSBT, i int) {
			p.Tx.TxOut[i].Value -= 1000
			p.Tx.AddTxOut(&wire.TxOut{Value: 1000, PkScript: signertest.Address(t, "thief").Script()})
			p.Outputs = append(p.Outputs, custody.PSBTOutput{})
		}), []string{"output 2: want a payment of the proposal or change, found 0.00001000 rBTC to {thief} (TX-OUTPUT)"}},
		{"second payment of the same", nil, onChange(func(t *testing.T, v *signertest.Vault, p *custody.PSBT, i int) {
			p.Tx.TxOut[i].Value = 1000
			p.Tx.AddTxOut(&wire.TxOut{Value: int64(coin / 2), PkScript: v.To("exchange-hot", 1).Address.Script()})
			p.Outputs = append(p.Outputs, custody.PSBTOutput{})
		}), []string{"output 2: want a payment of the proposal or change, found 0.50000000 rBTC to {hot} (TX-OUTPUT)"}},
		{"data output", nil, onChange(func(_ *testing.T, _ *signertest.Vault, p *custody.PSBT, _ int) {
			p.Tx.AddTxOut(&wire.TxOut{PkScript: []byte{0x6a, 1, 'x'}})
			p.Outputs = append(p.Outputs, custody.PSBTOutput{})
		}), []string{"output 2: want a payment of the proposal or change, found 0.00000000 rBTC to script 6a0178 (TX-OUTPUT)"}},
		{"change to a look-alike wallet", nil, onChange(func(t *testing.T, _ *signertest.Vault, p *custody.PSBT, i int) {
			p.Tx.TxOut[i].PkScript = derived(t, signertest.Stranger(t, "stranger"), custody.Change, 0).Output
		}), []string{"output 0: want change at {change0} of the enrolled wallet, found {stranger0} (TX-CHANGE)"}},
		{"change without derivations", nil, onChange(func(_ *testing.T, _ *signertest.Vault, p *custody.PSBT, i int) { p.Outputs[i].Derivations = nil }),
			[]string{"output 0: want a payment of the proposal or change, found 0.49999622 rBTC to {change0} (TX-OUTPUT)"}},
		{"change to the receive branch", nil, moveTo(custody.Receive, 0), []string{"output 0: want change on the change branch of the enrolled wallet, found it on the receive branch (TX-CHANGE)"}},
		{"change beyond the gap", nil, moveTo(custody.Change, 201), []string{"output 0: want a change index up to 200, found 201 (TX-CHANGE)"}},
		{"change far beyond the gap", nil, moveTo(custody.Change, 1<<31-1), []string{"output 0: want a change index up to 200, found 2147483647 (TX-CHANGE)"}},
		{"change as dust", nil, onChange(func(_ *testing.T, _ *signertest.Vault, p *custody.PSBT, i int) { p.Tx.TxOut[i].Value = 329 }),
			[]string{"output 0: want change of at least 0.00000330 rBTC, found 0.00000329 rBTC (TX-CHANGE)"}},
		{"change in two outputs", nil, onChange(func(t *testing.T, v *signertest.Vault, p *custody.PSBT, i int) {
			script, out := outputAt(t, v, p.Outputs[i], custody.Change, 7)
			p.Tx.TxOut[i].Value -= 5000
			p.Tx.AddTxOut(&wire.TxOut{Value: 5000, PkScript: script})
			p.Outputs = append(p.Outputs, out)
		}), []string{"change: want at most 1 output, found 2 (TX-CHANGE)"}},
		{"output with a redeem script", nil, onChange(func(_ *testing.T, _ *signertest.Vault, p *custody.PSBT, i int) {
			p.Outputs[i].RedeemScript = []byte{0x51}
		}),
			[]string{"output: want no redeem script, found one (TX-FORM)"}},
	}
}

func inputThefts() []theft {
	return []theft{
		{"previous transaction missing", nil, func(t *testing.T, _ *signertest.Vault, p *custody.PSBT) {
			p.Inputs[0] = withoutPrevious(t, p.Inputs[0])
		}, []string{"input 0: want the full previous transaction {prev}, found none (TX-PREV)"}},
		{"previous transaction of another txid", nil, func(t *testing.T, v *signertest.Vault, p *custody.PSBT) {
			other := v.Fund(coin)[0]
			p.Inputs[0] = withPrevious(p.Inputs[0], other.Previous)
		}, []string{"input 0: want the previous transaction {prev}, found {found} (TX-PREV)"}},
		{"value that the previous transaction does not have", nil, func(_ *testing.T, _ *signertest.Vault, p *custody.PSBT) {
			p.Inputs[0].WitnessUTXO = &wire.TxOut{Value: 1000, PkScript: p.Inputs[0].Previous.TxOut[0].PkScript}
		}, []string{"input 0: want the witness utxo to be the output spent, 1.00000000 to {out0}, found 0.00001000 to {out0} (TX-PREV)"}},
		{"foreign coin", nil, func(t *testing.T, v *signertest.Vault, p *custody.PSBT) {
			p.Tx.TxIn[0].PreviousOutPoint.Index = 1
			p.Inputs[0].WitnessUTXO = nil
		}, []string{"input 0: want the output script at receive/0, {out0}, found {out1}: not this wallet's (TX-NOTMINE)"}},
		{"witness script swapped", nil, func(t *testing.T, v *signertest.Vault, p *custody.PSBT) {
			p.Inputs[0].WitnessScript = derived(t, signertest.Stranger(t, "stranger"), custody.Receive, 0).Witness
		}, []string{"input 0: want the witness script at receive/0, {witness0}, found {stranger witness}: not this wallet's (TX-NOTMINE)"}},
		{"derivations of another index", nil, func(t *testing.T, v *signertest.Vault, p *custody.PSBT) {
			for i := range p.Inputs[0].Derivations {
				path := p.Inputs[0].Derivations[i].Path
				path[len(path)-1]++
			}
		}, []string{"input 0: want the output script at receive/1, {own1}, found {out0}: not this wallet's (TX-NOTMINE)"}},
		{"no derivations", nil, func(_ *testing.T, _ *signertest.Vault, p *custody.PSBT) { p.Inputs[0].Derivations = nil }, []string{"input 0: want 1 to 3 derivations, found 0: not this wallet's (TX-NOTMINE)"}},
		{"redeem script", nil, func(_ *testing.T, _ *signertest.Vault, p *custody.PSBT) { p.Inputs[0].RedeemScript = []byte{0x51} }, []string{"input 0: want no redeem script for P2WSH, found 1 bytes: not this wallet's (TX-NOTMINE)"}},
	}
}

func formThefts() []theft {
	pair := []custody.Pair{{Key: []byte{0xfc, 1, 'x', 0}, Value: []byte{1}}}
	return []theft{
		{"signature type SINGLE", nil, func(_ *testing.T, _ *signertest.Vault, p *custody.PSBT) { p.Inputs[0].Sighash = 3 },
			[]string{"input 0: want signature type ALL (1), found 3 (TX-SIGHASH)"}},
		{"signature type ALL, anyone can pay", nil, func(_ *testing.T, _ *signertest.Vault, p *custody.PSBT) { p.Inputs[0].Sighash = 0x81 },
			[]string{"input 0: want signature type ALL (1), found 129 (TX-SIGHASH)"}},
		{"signature type NONE of a cosigner", nil, func(_ *testing.T, _ *signertest.Vault, p *custody.PSBT) {
			p.Inputs[0].PartialSigs = []custody.PartialSig{{PublicKey: p.Inputs[0].Derivations[0].PublicKey, Signature: []byte{0x30, 0x06, 2, 1, 1, 2, 1, 1, 2}}}
		}, []string{"input 0: want signatures of type ALL only, found one of another type (TX-SIGHASH)"}},
		{"bad signature of a cosigner", nil, func(_ *testing.T, _ *signertest.Vault, p *custody.PSBT) {
			p.Inputs[0].PartialSigs = []custody.PartialSig{{PublicKey: p.Inputs[0].Derivations[0].PublicKey, Signature: []byte{0x30, 0x06, 2, 1, 1, 2, 1, 1, 1}}}
		}, []string{"transaction: want no signatures but good ones: signed by: input 0: key {place0}: signature: want one by key {key0} over digest {digest}, found another (TX-FORM)"}},
		{"signature by a key outside the script", nil, func(t *testing.T, v *signertest.Vault, p *custody.PSBT) {
			s := derived(t, signertest.Stranger(t, "stranger"), custody.Receive, 0)
			p.Inputs[0].PartialSigs = []custody.PartialSig{{PublicKey: s.Keys[0], Signature: []byte{0x30, 0x06, 2, 1, 1, 2, 1, 1, 1}}}
		}, []string{"transaction: want no signatures but good ones: signed by: input 0: want signatures by the keys of its script, found one by {stranger key}: not this wallet's (TX-FORM)"}},
		{"final input", nil, func(_ *testing.T, _ *signertest.Vault, p *custody.PSBT) {
			p.Inputs[0].FinalScriptWitness = []byte{1, 1, 0x51}
		},
			[]string{"input 0: want one that is still to be signed, found it final (TX-FORM)"}},
		{"final input of the old kind", nil, func(_ *testing.T, _ *signertest.Vault, p *custody.PSBT) { p.Inputs[0].FinalScriptSig = []byte{0x51} },
			[]string{"input 0: want one that is still to be signed, found it final (TX-FORM)"}},
		{"unknown entry", nil, func(_ *testing.T, _ *signertest.Vault, p *custody.PSBT) { p.Unknown = pair },
			[]string{"transaction: want only entries of BIP-174, found type fc (TX-FORM)"}},
		{"unknown entry of an input", nil, func(_ *testing.T, _ *signertest.Vault, p *custody.PSBT) { p.Inputs[0].Unknown = pair },
			[]string{"input: want only entries of BIP-174, found type fc (TX-FORM)"}},
		{"unknown entry of an output", nil, func(_ *testing.T, _ *signertest.Vault, p *custody.PSBT) { p.Outputs[1].Unknown = pair },
			[]string{"output: want only entries of BIP-174, found type fc (TX-FORM)"}},
		{"lock time above the tip", nil, func(_ *testing.T, v *signertest.Vault, p *custody.PSBT) { p.Tx.LockTime = v.Chain.Tip().Height + 1 },
			[]string{"transaction: want lock time 0 or a height up to {tip}, found {tip1} (TX-FORM)"}},
		{"lock time that is a time", nil, func(_ *testing.T, _ *signertest.Vault, p *custody.PSBT) { p.Tx.LockTime = 1_700_000_000 },
			[]string{"transaction: want lock time 0 or a height up to {tip}, found 1700000000 (TX-FORM)"}},
		{"version unheard of", nil, func(_ *testing.T, _ *signertest.Vault, p *custody.PSBT) { p.Tx.Version = 3 }, []string{"transaction: want version 1 or 2, found 3 (TX-FORM)"}},
		{"negative version", nil, func(_ *testing.T, _ *signertest.Vault, p *custody.PSBT) { p.Tx.Version = -1 }, []string{"transaction: want version 1 or 2, found -1 (TX-FORM)"}},
	}
}

// setFee takes from the change what makes the fee this.
func setFee(t *testing.T, v *signertest.Vault, p *custody.PSBT, of custody.Amount) {
	t.Helper()
	_, i := places(t, v, p)
	now, err := p.Fee()
	must(t, err)
	p.Tx.TxOut[i].Value -= int64(of - now)
}

func feeThefts() []theft {
	fee := func(of custody.Amount) func(*testing.T, *signertest.Vault, *custody.PSBT) {
		return func(t *testing.T, v *signertest.Vault, p *custody.PSBT) { setFee(t, v, p, of) }
	}
	ceiling := func(a custody.Amount) signertest.Edit { return func(w *signertest.Asked) { w.FeeMax = a } }
	small := func(w *signertest.Asked) { w.Pays[0].Amount = 100_000 }
	return []theft{
		{"fee above the proposal's ceiling", nil, fee(10_001), []string{"fee: want at most 0.00010000 rBTC, the proposal's ceiling, found 0.00010001 rBTC (TX-FEE)"}},
		{"fee above the policy's rate", []signertest.Edit{ceiling(coin / 100)}, fee(100_000), []string{"fee: want at most 300 satoshi a vbyte, 0.00056700 rBTC here, found 0.00100000 rBTC (TX-FEE)"}},
		{"fee above the policy's share", []signertest.Edit{small, ceiling(60_000)}, fee(50_001),
			[]string{"fee: want at most 5000 hundredths of a percent of the payments, found 0.00050001 rBTC of 0.00100000 rBTC (TX-FEE)"}},
		{"outputs above the inputs", nil, fee(-1), []string{"fee: want outputs below the inputs, found 1.00000001 rBTC from 1.00000000 rBTC (TX-FEE)"}},
		{"output beyond all bitcoin", nil, func(t *testing.T, v *signertest.Vault, p *custody.PSBT) {
			_, i := places(t, v, p)
			p.Tx.TxOut[i].Value = int64(custody.MaxAmount)
		}, []string{"fee: amount: want a sum of at most 21000000.00000000, found 21000000.00000000 + 0.50000000: amount out of range (TX-FEE)"}},
	}
}

func withoutPrevious(t *testing.T, in custody.PSBTInput) custody.PSBTInput {
	t.Helper()
	return withPrevious(in, nil)
}

// withPrevious returns the input with another previous transaction; an input
// made anew, since one that was parsed remembers its bytes.
func withPrevious(in custody.PSBTInput, tx *wire.MsgTx) custody.PSBTInput {
	return custody.PSBTInput{Previous: tx, WitnessUTXO: in.WitnessUTXO, PartialSigs: in.PartialSigs, Sighash: in.Sighash,
		HasSighash: in.HasSighash, WitnessScript: in.WitnessScript, Derivations: in.Derivations}
}
