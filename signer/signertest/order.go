package signertest

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"

	"github.com/btcsuite/btcd/wire/v2"

	"strongroom/custody"
	"strongroom/custody/auditlog"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/record"
	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
)

// Order is a proposal on its way: its text, its signatures, its transaction.
type Order struct {
	*quorum.Proposal
	Signatures []quorum.SignatureFile
	Packet     *custody.PSBT
	Beside     []quorum.File // what travels with an amendment: policy, consents, annexes
}

// Asked is a withdrawal that is still being written.
type Asked struct {
	quorum.Head
	quorum.Withdrawal
	Expires uint32
	Memo    string
}

// Statement returns what is asked as a proposal's text says it.
func (a Asked) Statement() quorum.Statement {
	return quorum.Statement{Head: a.Head, Body: a.Withdrawal, Expires: a.Expires, Memo: a.Memo}
}

// Bytes renders what is asked as its canonical text.
func (a Asked) Bytes() ([]byte, error) { return a.Statement().Bytes() }

// Edit changes what a proposal will ask for.
type Edit func(*Asked)

// Pay makes the proposal pay these and nothing else.
func Pay(pays ...record.Pay) Edit { return func(w *Asked) { w.Pays = pays } }

// To returns a payment to a destination of the policy.
func (v *Vault) To(label text.ID, amount custody.Amount) record.Pay {
	d, ok := v.Policy.Destination(label)
	if !ok {
		v.t.Fatalf("signertest: want a destination of the policy, found %s", label)
	}
	return record.Pay{Amount: amount, Label: label, Address: d.Address}
}

// Fund pays the amounts to the wallet, each by a transaction of its own in one
// block, and returns the coins.
func (v *Vault) Fund(amounts ...custody.Amount) []custody.Coin {
	v.t.Helper()
	var txs []*wire.MsgTx
	var coins []custody.Coin
	for _, a := range amounts {
		c := v.deposit(a)
		coins, txs = append(coins, c), append(txs, c.Previous)
	}
	v.Chain.Include(txs...)
	v.Coins = append(v.Coins, coins...)
	return coins
}

// deposit is a stranger's payment to the next receive address, as the first of
// two outputs.
func (v *Vault) deposit(a custody.Amount) custody.Coin {
	s, err := v.Wallet.Derive(custody.Receive, v.paid)
	v.must(err)
	tx := wire.NewMsgTx(2)
	from := sha256.Sum256(binary.BigEndian.AppendUint32([]byte("deposit"), v.paid))
	tx.AddTxIn(&wire.TxIn{PreviousOutPoint: wire.OutPoint{Hash: from}, Sequence: wire.MaxTxInSequenceNum})
	tx.AddTxOut(&wire.TxOut{Value: int64(a), PkScript: s.Output})
	tx.AddTxOut(&wire.TxOut{Value: 1000, PkScript: Address(v.t, "change of a stranger").Script()})
	c := custody.Coin{Outpoint: wire.OutPoint{Hash: tx.TxHash()}, Value: a, Branch: custody.Receive, Index: v.paid,
		Height: v.Chain.Tip().Height + 1, Previous: tx}
	v.paid++
	return c
}

// Seen returns how far the log of every signer of the policy has grown.
func (v *Vault) Seen() []quorum.Seen {
	v.t.Helper()
	var seen []quorum.Seen
	for _, s := range v.Signers {
		if _, listed := v.Policy.Device(s.ID); !listed {
			continue
		}
		entries := s.entries()
		seen = append(seen, quorum.Seen{Device: s.ID, Size: int64(len(entries)), Root: auditlog.RootOf(entries)})
	}
	return seen
}

func (s *Signer) entries() [][]byte {
	s.v.t.Helper()
	_, raw := s.Machine.Export()
	entries, err := auditlog.DecodeEntries(raw)
	s.v.must(err)
	return entries
}

// Head returns how a proposal begins that somebody makes now.
func (v *Vault) Head(maker text.ID) quorum.Head {
	v.t.Helper()
	tip := v.Chain.Tip()
	h := quorum.Head{Vault: VaultID, Network: v.Network, Genesis: v.Genesis, PolicyVersion: v.Policy.Version, PolicyHash: v.Policy.Hash(),
		Block: quorum.Block{Height: tip.Height, Hash: text.Hash(tip.Hash)}, Seen: v.Seen(), Maker: maker}
	v.read(h.Salt[:])
	return h
}

// Withdrawal returns what alice asks for by default: half a coin to
// exchange-hot, small, under the policy, block and logs of now. The total is
// what the payments and the fee ceiling come to, unless an edit sets it.
func (v *Vault) Withdrawal(edits ...Edit) Asked {
	v.t.Helper()
	w := Asked{Head: v.Head("alice"), Expires: v.Chain.Tip().Height + 144, Memo: "invoice 4411", Withdrawal: quorum.Withdrawal{
		Tier: "small", Wallet: WalletID, Pays: []record.Pay{v.To("exchange-hot", coin/2)}, FeeMax: coin / 10_000,
	}}
	for _, edit := range edits {
		edit(&w)
	}
	if w.Total == 0 {
		w.Total = w.FeeMax
		for _, p := range w.Pays {
			w.Total += p.Amount
		}
	}
	return w
}

// Propose writes a proposal.
func (v *Vault) Propose(edits ...Edit) *quorum.Proposal {
	v.t.Helper()
	return v.parse(v.Withdrawal(edits...).Statement())
}

func (v *Vault) parse(s quorum.Statement) *quorum.Proposal {
	v.t.Helper()
	b, err := s.Bytes()
	v.must(err)
	p, err := quorum.ParseProposal(b)
	v.must(err)
	return p
}

// Ask writes a proposal of any other kind, which may wait for a day.
func (v *Vault) Ask(maker text.ID, body quorum.Body, edits ...func(*quorum.Statement)) *quorum.Proposal {
	v.t.Helper()
	s := quorum.Statement{Head: v.Head(maker), Body: body, Memo: "because"}
	if !body.Kind().Brake() {
		s.Expires = v.Chain.Tip().Height + 144
	}
	for _, edit := range edits {
		edit(&s)
	}
	return v.parse(s)
}

// Sign returns an officer's signature of a text, made with their first key.
func (v *Vault) Sign(officer text.ID, act quorum.Act, b []byte) quorum.SignatureFile {
	v.t.Helper()
	o, ok := v.Officers[officer]
	if !ok {
		v.t.Fatalf("signertest: want an officer, found %s", officer)
	}
	return v.SignWith(o.Keys[0], officer, act, b)
}

// SignWith returns a signature made with any key, under an officer's name.
func (v *Vault) SignWith(key sshsig.Signer, officer text.ID, act quorum.Act, b []byte) quorum.SignatureFile {
	v.t.Helper()
	armored, err := sshsig.Sign(key, act.Namespace(), b)
	v.must(err)
	return signatureFile(armored, officer, act, b)
}

// SignUnchecked is SignWith for a key that makes signatures which are refused.
func (v *Vault) SignUnchecked(key *Key, officer text.ID, act quorum.Act, b []byte) quorum.SignatureFile {
	v.t.Helper()
	return signatureFile(armored(v.t, key, act.Namespace(), b), officer, act, b)
}

func signatureFile(armored []byte, officer text.ID, act quorum.Act, b []byte) quorum.SignatureFile {
	on := text.Identity(b).Short()
	switch t, _ := text.TypeOf(b); t {
	case text.Policy:
		on = policyName(b)
	case text.Clearance:
		on = quorum.ClearancePrefix + on
	}
	return quorum.SignatureFile{On: on, Officer: officer, Act: act, Bytes: armored}
}

// policyName returns what a policy's text is called in a bundle; version 1 for
// one that is spoiled.
func policyName(b []byte) string {
	p, err := policy.Parse(b)
	if err != nil {
		return quorum.PolicyName(1)
	}
	return quorum.PolicyName(p.Version)
}

// Approve returns the maker's signature and the approvals of the officers.
func (v *Vault) Approve(p *quorum.Proposal, officers ...text.ID) []quorum.SignatureFile {
	v.t.Helper()
	sigs := []quorum.SignatureFile{v.Sign(p.Maker, quorum.Propose, p.Bytes())}
	for _, o := range officers {
		sigs = append(sigs, v.Sign(o, quorum.Approve, p.Bytes()))
	}
	return sigs
}

// Order proposes, has bob and carol approve, and builds the transaction from
// the vault's coins.
func (v *Vault) Order(edits ...Edit) *Order {
	v.t.Helper()
	p := v.Propose(edits...)
	return &Order{Proposal: p, Signatures: v.Approve(p, "bob", "carol"), Packet: v.BuildPSBT(p)}
}

// BuildPSBT builds a proposal's transaction from the coins given, or from
// coins that it selects and takes out of the vault's. What is left goes to the
// next change address.
func (v *Vault) BuildPSBT(p *quorum.Proposal, coins ...custody.Coin) *custody.PSBT {
	v.t.Helper()
	var pays []custody.Output
	var need custody.Amount
	for _, pay := range p.Pays {
		pays, need = append(pays, custody.Output{Script: pay.Address.Script(), Value: pay.Amount}), need+pay.Amount
	}
	back, err := v.Wallet.Derive(custody.Change, v.change)
	v.must(err)
	scripts := [][]byte{back.Output}
	for _, o := range pays {
		scripts = append(scripts, o.Script)
	}
	fee := func(inputs int) custody.Amount {
		return feeRate * custody.Amount(custody.WithdrawalVsize(v.Wallet, inputs, scripts))
	}
	if len(coins) == 0 {
		coins, err = custody.SelectCoins(v.Coins, need+coin/1000, fee) // enough for change that is no dust
		v.must(err)
		v.Coins = slices.DeleteFunc(v.Coins, func(c custody.Coin) bool { return slices.ContainsFunc(coins, same(c)) })
	}
	have := custody.Amount(0)
	for _, c := range coins {
		have += c.Value
	}
	packet, err := custody.NewPSBT(v.Wallet, coins, pays, &custody.ChangeOutput{Index: v.change, Value: have - need - fee(len(coins))}, p.Block.Height)
	v.must(err)
	v.change++
	return packet
}

func same(c custody.Coin) func(custody.Coin) bool {
	return func(d custody.Coin) bool { return c.Outpoint == d.Outpoint }
}

// NextChange returns the index of the change address that the next transaction
// will return to.
func (v *Vault) NextChange() uint32 { return v.change }

// Bundle returns what the courier carries: the orders, the header chain and
// the logs of all signers as they are now.
func (v *Vault) Bundle(orders ...*Order) []quorum.File {
	v.t.Helper()
	files := []quorum.File{{Name: "headers.bin", Bytes: v.Chain.Headers.Bytes()}}
	for _, s := range v.Signers {
		checkpoint, entries := s.Machine.Export()
		files = append(files, quorum.File{Name: string(s.ID) + ".checkpoint", Bytes: checkpoint},
			quorum.File{Name: string(s.ID) + ".entries", Bytes: entries})
	}
	for _, o := range orders {
		files = append(files, o.Files()...)
	}
	if slices.ContainsFunc(orders, func(o *Order) bool { return o.Kind() == quorum.KindAmendment }) {
		files = append(files, v.annexFiles()...)
	}
	return files
}

// Files returns the order's text, signatures and transaction as files.
func (o *Order) Files() []quorum.File {
	files := []quorum.File{{Name: o.ID().Short() + ".txt", Bytes: o.Proposal.Bytes()}}
	for _, s := range o.Signatures {
		files = append(files, SignatureFile(s))
	}
	if o.Packet != nil {
		files = append(files, quorum.File{Name: o.ID().Short() + ".psbt", Bytes: o.Packet.Bytes()})
	}
	return append(files, o.Beside...)
}

// Logs returns the signers' logs as a judgement takes them.
func (v *Vault) Logs() []*quorum.LogFile {
	v.t.Helper()
	var logs []*quorum.LogFile
	for _, s := range v.Signers {
		checkpoint, entries := s.Machine.Export()
		logs = append(logs, &quorum.LogFile{Device: s.ID, Checkpoint: checkpoint, Entries: entries})
	}
	return logs
}

// Complete combines signed packets, checks the transaction as a node would,
// mines it and takes its change among the vault's coins.
func (v *Vault) Complete(signed ...[]byte) *wire.MsgTx {
	v.t.Helper()
	var packets []*custody.PSBT
	for _, b := range signed {
		p, err := custody.ParsePSBT(slices.Clone(b))
		v.must(err)
		packets = append(packets, p)
	}
	whole, err := custody.Combine(packets...)
	v.must(err)
	final, err := custody.Finalize(whole, v.Wallet)
	v.must(err)
	tx, err := custody.Extract(final)
	v.must(err)
	v.Chain.Include(tx)
	for i := range packets[0].Outputs {
		branch, index, err := packets[0].Outputs[i].Claim(v.Wallet)
		if err == nil && branch == custody.Change {
			v.Coins = append(v.Coins, custody.Coin{Outpoint: wire.OutPoint{Hash: tx.TxHash(), Index: uint32(i)},
				Value: custody.Amount(tx.TxOut[i].Value), Branch: branch, Index: index, Height: v.Chain.Tip().Height, Previous: tx})
		}
	}
	return tx
}
