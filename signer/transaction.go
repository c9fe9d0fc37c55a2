package signer

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"errors"
	"slices"

	"github.com/btcsuite/btcd/txscript/v2"
	"github.com/btcsuite/btcd/wire/v2"

	"strongroom/custody"
	"strongroom/quorum"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
)

// Spend is a transaction that does exactly what a permitted proposal says, no
// more and no less. Only JudgeTransaction makes one; the zero Spend signs
// nothing.
type Spend struct {
	permit   *quorum.Permit
	packet   *custody.PSBT
	wallet   *custody.Descriptor
	inputs   []custody.OwnInput
	released record.Released
	earlier  *record.Release // this very release, when the log holds it already
}

// Released returns what the log will say before anything is signed.
func (s *Spend) Released() record.Released { return s.released }

// Permit returns the permit that the transaction carries out.
func (s *Spend) Permit() *quorum.Permit { return s.permit }

// Again says that this very transaction was released here before: signing it
// again gives the same bytes and moves nothing more.
func (s *Spend) Again() bool { return s.earlier != nil }

// Inputs returns how many coins are spent and what they come to.
func (s *Spend) Inputs() (int, custody.Amount) {
	var sum custody.Amount
	for _, in := range s.inputs {
		sum += in.Value
	}
	return len(s.inputs), sum
}

// JudgeTransaction is stage H: it decides whether signing the packet would do
// what the permit's proposal says and nothing else. from is the enrolled wallet
// whose coins the proposal spends, to the one that its outputs go to: the same
// but for a sweep. mine is the fold of this machine's log. It reads nothing else,
// and spreads its work over at most workers goroutines.
//
//  1. form: nothing in the packet that must be understood and is not
//  2. inputs: each spends a coin of the wallet, proven by its previous
//     transaction; none is promised to another withdrawal; no coin comes from
//     a transaction of the vault that no log holds
//  3. outputs: the payments exactly, and at most one change output, derived;
//     for what pays the vault itself, derived outputs only
//  4. fee: from proven amounts, under every ceiling
//  5. once: one transaction for one proposal, over all logs
func JudgeTransaction(permit *quorum.Permit, from, to *custody.Descriptor, p *custody.PSBT, mine *record.State, workers int) (*Spend, []quorum.Reason) {
	if !permit.Valid() || !permit.Proposal().Kind().Moves() || from == nil || to == nil || p == nil || mine == nil {
		return nil, []quorum.Reason{quorum.Because(quorum.TxForm, "transaction: want a permit, a wallet and a packet, found less")}
	}
	j := txJudgement{permit: permit, text: permit.Proposal(), wallet: from, to: to, packet: p, mine: mine}
	j.judgeForm()
	j.judgeImported()
	j.judgeInputs(workers)
	j.judgeOutputs()
	if len(j.reasons) == 0 {
		j.judgeFee()
	}
	j.judgeOnce()
	if len(j.reasons) > 0 {
		return nil, quorum.SortReasons(j.reasons)
	}
	s := &Spend{permit: permit, packet: p, wallet: from, inputs: j.own, released: j.release()}
	if r, ok := mine.Released(j.text.ID()); ok {
		s.earlier = &r
	}
	return s, nil
}

type txJudgement struct {
	permit  *quorum.Permit
	text    *quorum.Proposal
	wallet  *custody.Descriptor
	to      *custody.Descriptor // whose change branch takes what is no payment
	packet  *custody.PSBT
	mine    *record.State
	own     []custody.OwnInput
	change  []record.Change
	fee     custody.Amount
	reasons []quorum.Reason
}

func (j *txJudgement) refuse(c quorum.Code, format string, args ...any) {
	j.reasons = append(j.reasons, quorum.Because(c, format, args...))
}

// judgeImported lets a key that was brought from elsewhere send everything to
// the wallet that comes next, and nothing anywhere else: others may have it.
func (j *txJudgement) judgeImported() {
	own, ok := j.mine.Wallet(j.text.Wallet)
	if ok && j.mine.Imported(own.Fingerprint) && j.text.Kind() != quorum.KindSweep {
		j.refuse(quorum.KeyImported, "key %x: want a sweep from a key that was brought from elsewhere, found a %s", own.Fingerprint, j.text.Kind())
	}
}

func (j *txJudgement) judgeForm() {
	tx, tip := j.packet.Tx, j.permit.Tip()
	if tx.Version < minVersion || tx.Version > maxVersion {
		j.refuse(quorum.TxForm, "transaction: want version %d or %d, found %d", minVersion, maxVersion, tx.Version)
	}
	if tx.LockTime >= lockTimeHeights || tx.LockTime > tip.Height {
		j.refuse(quorum.TxForm, "transaction: want lock time 0 or a height up to %d, found %d", tip.Height, tx.LockTime)
	}
	j.judgeUnknown("transaction", j.packet.Unknown)
	for i, in := range j.packet.Inputs {
		j.judgeInputForm(i, in)
	}
	for _, out := range j.packet.Outputs {
		j.judgeUnknown("output", out.Unknown)
		if out.RedeemScript != nil {
			j.refuse(quorum.TxForm, "output: want no redeem script, found one")
		}
	}
}

func (j *txJudgement) judgeInputForm(i int, in custody.PSBTInput) {
	j.judgeUnknown("input", in.Unknown)
	if tx := j.packet.Tx; tx.Version > minVersion && tx.TxIn[i].Sequence&wire.SequenceLockTimeDisabled == 0 {
		j.refuse(quorum.TxForm, "input %d: want no relative lock time (BIP-68), found sequence %08x", i, tx.TxIn[i].Sequence)
	}
	if in.FinalScriptSig != nil || in.FinalScriptWitness != nil {
		j.refuse(quorum.TxForm, "input %d: want one that is still to be signed, found it final", i)
	}
	if in.HasSighash && in.Sighash != uint32(txscript.SigHashAll) {
		j.refuse(quorum.TxSighash, "input %d: want signature type ALL (1), found %d", i, in.Sighash)
	}
	for _, s := range in.PartialSigs {
		if n := len(s.Signature); n == 0 || s.Signature[n-1] != byte(txscript.SigHashAll) {
			j.refuse(quorum.TxSighash, "input %d: want signatures of type ALL only, found one of another type", i)
		}
	}
}

// judgeUnknown refuses entries that this program does not understand: one of
// them might change what the transaction means to others.
func (j *txJudgement) judgeUnknown(where string, pairs []custody.Pair) {
	for _, p := range pairs {
		j.refuse(quorum.TxForm, "%s: want only entries of BIP-174, found type %s", where, hex.EncodeToString(p.Key[:min(1, len(p.Key))]))
	}
}

func (j *txJudgement) judgeInputs(workers int) {
	own, err := j.packet.OwnInputs(j.wallet, workers)
	if err != nil {
		code := quorum.TxPrev
		if errors.Is(err, custody.ErrNotOwn) {
			code = quorum.TxNotMine
		}
		j.refuse(code, "%v", err)
		return
	}
	j.own = own
	for i, in := range j.packet.Tx.TxIn {
		j.judgeUsed(in.PreviousOutPoint)
		j.judgeCustody(i, in.PreviousOutPoint)
	}
	if len(j.reasons) == 0 {
		j.judgeSigned()
	}
}

// judgeSigned refuses signatures that came along and are not good: one under
// this machine's key would be found out only after the release is recorded.
func (j *txJudgement) judgeSigned() {
	signed := func(in custody.PSBTInput) bool { return len(in.PartialSigs) > 0 }
	if !slices.ContainsFunc(j.packet.Inputs, signed) {
		return
	}
	if _, err := custody.SignedBy(j.packet, j.wallet); err != nil {
		j.refuse(quorum.TxForm, "transaction: want no signatures but good ones: %v", err)
	}
}

// judgeUsed refuses a coin that another withdrawal, here or on another signer,
// was released to spend. Only a replacement may spend its predecessor's coins.
func (j *txJudgement) judgeUsed(o wire.OutPoint) {
	line, _ := j.permit.History().Lineage(j.text.Replaces)
	for _, r := range j.permit.History().Spenders(o) {
		inLine := slices.ContainsFunc(line, func(l record.Release) bool { return l.ID == r.ID })
		if r.ID != j.text.ID() && !inLine {
			j.refuse(quorum.TxInputUsed, "coin %s: want one that no other withdrawal spends, found it released for %s", o, r.ID.Short())
		}
	}
}

// judgeCustody looks for spends of the vault that no log holds. A coin on the
// change branch can only come from a transaction of the vault, and so can a coin
// whose transaction spends what the vault is known to have held; both must be in
// a log that is proven here. If they are not, somebody signs with a copy of
// this state or of these keys, or the other signers' logs were left at home.
func (j *txJudgement) judgeCustody(i int, o wire.OutPoint) {
	if _, ok := j.permit.History().ReleasedTx(o.Hash); ok {
		return
	}
	if j.own[i].Script.Branch == custody.Change || j.spendsOurs(j.packet.Inputs[i].Previous) {
		j.refuse(quorum.StateCustodyGap, "coin %s: want the log record of the withdrawal it is change of, found none in any signer's log", o)
	}
}

// spendsOurs says whether a transaction spends a coin that the logs know: one
// that a release spends, or change of a release.
func (j *txJudgement) spendsOurs(tx *wire.MsgTx) bool {
	return slices.ContainsFunc(tx.TxIn, func(in *wire.TxIn) bool {
		o := in.PreviousOutPoint
		if len(j.permit.History().Spenders(o)) > 0 {
			return true
		}
		r, ok := j.permit.History().ReleasedTx(o.Hash)
		return ok && slices.ContainsFunc(r.Rungs, func(g record.Rung) bool {
			return g.TxID == o.Hash && slices.ContainsFunc(g.Change, func(c record.Change) bool { return c.Vout == o.Index })
		})
	})
}

// judgeOutputs takes each payment off the outputs once; what remains must be
// change.
func (j *txJudgement) judgeOutputs() {
	missing := slices.Clone(j.text.Pays)
	for i, out := range j.packet.Tx.TxOut {
		k := slices.IndexFunc(missing, func(p record.Pay) bool {
			return int64(p.Amount) == out.Value && bytes.Equal(p.Address.Script(), out.PkScript)
		})
		if k >= 0 {
			missing = slices.Delete(missing, k, k+1)
			continue
		}
		j.judgeChange(i, out)
	}
	for _, p := range missing {
		j.refuse(quorum.TxOutput, "payment: want %s to %s at %s, found no such output", p.Amount.In(j.text.Network), p.Label, p.Address)
	}
	most := maxChange
	if j.text.To != "" {
		most = maxOwn
	}
	if len(j.change) > most {
		j.refuse(quorum.TxChange, "change: want at most %d output, found %d", most, len(j.change))
	}
}

// judgeChange accepts an output that is no payment only when this machine's own
// descriptor derives its script on the change branch.
func (j *txJudgement) judgeChange(i int, out *wire.TxOut) {
	branch, index, err := j.packet.Outputs[i].Claim(j.to)
	if err != nil {
		j.refuse(quorum.TxOutput, "output %d: want a payment of the proposal or change, found %s to %s", i, custody.Amount(out.Value).In(j.text.Network), j.place(out.PkScript))
		return
	}
	if branch != custody.Change {
		j.refuse(quorum.TxChange, "output %d: want change on the change branch of the enrolled wallet, found it on the %s branch", i, branch)
		return
	}
	s, err := j.to.Derive(branch, index)
	if err != nil || !bytes.Equal(s.Output, out.PkScript) {
		j.refuse(quorum.TxChange, "output %d: want change at %s of the enrolled wallet, found %s", i, s.Address(j.text.Network), j.place(out.PkScript))
		return
	}
	if highest := j.highestChange(); index > highest+changeGap {
		j.refuse(quorum.TxChange, "output %d: want a change index up to %d, found %d", i, highest+changeGap, index)
	}
	value := custody.Amount(out.Value)
	if dust := custody.DustLimit(out.PkScript); value < dust {
		j.refuse(quorum.TxChange, "output %d: want change of at least %s, found %s", i, dust.In(j.text.Network), value.In(j.text.Network))
	}
	j.change = append(j.change, record.Change{Vout: uint32(i), Index: index, Amount: value})
}

func (j *txJudgement) place(script []byte) string {
	if a, ok := custody.AddressOf(j.text.Network, script); ok {
		return a.String()
	}
	return "script " + hex.EncodeToString(script[:min(len(script), 40)])
}

func (j *txJudgement) highestChange() uint32 {
	var highest uint32
	owner := cmp.Or(j.text.To, j.text.Wallet)
	for _, r := range j.permit.History().Releases() {
		if cmp.Or(r.To, r.Wallet) != owner {
			continue
		}
		for _, g := range r.Rungs {
			for _, c := range g.Change {
				highest = max(highest, c.Index)
			}
		}
	}
	return highest
}

// judgeFee computes the fee from the proven inputs and holds it to the text's
// ceiling and the policy's rate and share.
func (j *txJudgement) judgeFee() {
	in, out, paid, scripts, err := j.sums()
	if err != nil {
		j.refuse(quorum.TxFee, "fee: %v", err)
		return
	}
	fee, err := in.Sub(out)
	if err != nil {
		j.refuse(quorum.TxFee, "fee: want outputs below the inputs, found %s from %s", out.In(j.text.Network), in.In(j.text.Network))
		return
	}
	j.fee = fee
	if j.text.To != "" {
		paid = out
		if in > j.text.Total {
			j.refuse(quorum.TxMoves, "inputs: want at most %s, which the proposal lets move, found %s", j.text.Total.In(j.text.Network), in.In(j.text.Network))
		}
	}
	if fee > j.text.FeeMax {
		j.refuse(quorum.TxFee, "fee: want at most %s, the proposal's ceiling, found %s", j.text.FeeMax.In(j.text.Network), fee.In(j.text.Network))
	}
	policy := j.permit.Policy()
	vsize := custody.WithdrawalVsize(j.wallet, len(j.own), scripts)
	if most := custody.Amount(vsize * int64(policy.FeeRateMax)); fee > most {
		j.refuse(quorum.TxFee, "fee: want at most %d satoshi a vbyte, %s here, found %s", policy.FeeRateMax, most.In(j.text.Network), fee.In(j.text.Network))
	}
	if !fee.AtMostShare(paid, policy.FeeShareMax) {
		j.refuse(quorum.TxFee, "fee: want at most %d hundredths of a percent of the payments, found %s of %s", policy.FeeShareMax, fee.In(j.text.Network), paid.In(j.text.Network))
	}
}

// sums adds up inputs, outputs and payments; foreign amounts can be any number.
func (j *txJudgement) sums() (in, out, paid custody.Amount, scripts [][]byte, err error) {
	for _, o := range j.own {
		if in, err = in.Add(o.Value); err != nil {
			return 0, 0, 0, nil, err
		}
	}
	for _, o := range j.packet.Tx.TxOut {
		if out, err = out.Add(custody.Amount(o.Value)); err != nil {
			return 0, 0, 0, nil, err
		}
		scripts = append(scripts, o.PkScript)
	}
	for _, p := range j.text.Pays {
		if paid, err = paid.Add(p.Amount); err != nil {
			return 0, 0, 0, nil, err
		}
	}
	return in, out, paid, scripts, nil
}

// judgeOnce holds to one transaction for one proposal, whoever released it, and
// to what binds this one.
func (j *txJudgement) judgeOnce() {
	txid := j.packet.TxID()
	for _, r := range j.permit.History().ReleasesOf(j.text.ID()) {
		if !slices.ContainsFunc(r.Rungs, func(g record.Rung) bool { return g.TxID == txid }) {
			j.refuse(quorum.TxSecond, "transaction: want %s, which was released for this proposal, found %s", r.Rungs[0].TxID, txid)
		}
	}
	if b := j.text.BindTx; b != nil && *b != txid {
		j.refuse(quorum.TxBind, "transaction: want %s, which the proposal is bound to, found %s", b, txid)
	}
	line, _ := j.permit.History().Lineage(j.text.Replaces)
	for _, member := range line {
		for _, r := range j.permit.History().ReleasesOf(member.ID) {
			j.judgeReplaced(r)
		}
	}
}

// judgeReplaced wants a coin in common with every transaction of a release that
// is replaced: only then can no two of them stand in the chain.
func (j *txJudgement) judgeReplaced(r record.Release) {
	for _, g := range r.Rungs {
		if !j.shares(g.Inputs) {
			j.refuse(quorum.TxLineage, "transaction: want a coin in common with %s, which it replaces, found none", g.TxID)
		}
	}
}

func (j *txJudgement) shares(points []wire.OutPoint) bool {
	return slices.ContainsFunc(j.packet.Tx.TxIn, func(in *wire.TxIn) bool { return slices.Contains(points, in.PreviousOutPoint) })
}

// release is the record that will stand in the log before anything is signed.
func (j *txJudgement) release() record.Released {
	g := record.Rung{TxID: j.packet.TxID(), Change: j.change}
	for _, in := range j.packet.Tx.TxIn {
		g.Inputs = append(g.Inputs, in.PreviousOutPoint)
	}
	slices.SortFunc(g.Inputs, record.CompareOutPoints)
	return record.Released{
		ID: j.text.ID(), Replaces: j.text.Replaces, Wallet: j.text.Wallet, Tier: j.permit.Tier(), To: j.text.To,
		Total: j.text.Total, Pays: j.text.Pays, Fee: j.fee, Rungs: []record.Rung{g},
	}
}

// FirstTime returns the payments to labels that no log has paid before.
func (s *Spend) FirstTime() []record.Pay {
	paid := map[text.ID]bool{}
	for _, r := range s.permit.History().Releases() {
		for _, p := range r.Pays {
			paid[p.Label] = paid[p.Label] || r.ID != s.released.ID
		}
	}
	var out []record.Pay
	for _, p := range s.released.Pays {
		if !paid[p.Label] {
			out = append(out, p)
		}
	}
	return out
}
