package signer_test

import (
	"fmt"
	"slices"
	"testing"

	"strongroom/custody"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
	"strongroom/signer/signertest"
)

func freezing(what record.ScopeKind, name text.ID) quorum.Freeze {
	return quorum.Freeze{Scope: record.Scope{What: what, Name: name}}
}

// active is the sentence about a freeze that stands.
func active(f *signertest.Order, what, by string) string {
	return fmt.Sprintf("freeze: want none that covers this, found %s of %s by %s; 'thaw' lifts it (FRZ-ACTIVE)", f.ID().Short(), what, by)
}

// restoring asks to read a backup.
func restoring(operator text.ID) quorum.Restore {
	return quorum.Restore{Snapshot: text.Identity([]byte("snapshot")), Store: "minio", Place: "oslo", Operator: operator,
		Recipients: []string{"age1qyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqs3290gq"}}
}

func TestFreezeOfEachScopeStopsWhatItNames(t *testing.T) {
	for _, c := range []struct {
		name         string
		scope        quorum.Freeze
		what         string
		stops, lets  []string // pay hot, pay payroll, tighten, restore, internal, rehearse
		onThisSigner bool
	}{
		{"everything", freezing(record.ScopeAll, ""), "everything", []string{"hot", "payroll", "tighten", "restore", "internal"}, []string{"rehearse"}, true},
		{"one destination", freezing(record.ScopeDestination, "exchange-hot"), "destination exchange-hot", []string{"hot"}, []string{"payroll", "internal", "restore", "rehearse", "tighten"}, true},
		{"this signer", freezing(record.ScopeSigner, "signer-a"), "signer signer-a", []string{"hot", "payroll", "restore", "internal"}, []string{"rehearse", "tighten"}, true},
		{"another signer", freezing(record.ScopeSigner, "signer-b"), "signer signer-b", nil, []string{"hot", "payroll", "internal", "restore", "rehearse", "tighten"}, false},
		{"the maker", freezing(record.ScopeOfficer, "alice"), "officer alice", []string{"hot", "payroll", "tighten", "restore", "internal", "rehearse"}, nil, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := signertest.New(t)
			coins := v.Fund(coin, coin, coin)
			s := v.Signer("signer-a")
			freeze := v.Decide("grace", c.scope)
			codes(t, s.Release(v.Bundle(freeze)))
			ask := map[string]func() *signertest.Order{
				"hot":     func() *signertest.Order { return approved(v, coins[:1], signertest.Pay(v.To("exchange-hot", coin/2))) },
				"payroll": func() *signertest.Order { return approved(v, coins[1:2], signertest.Pay(v.To("payroll", coin/4))) },
				"internal": func() *signertest.Order {
					return v.Move(quorum.Internal{Wallet: "main", Moves: coin, FeeMax: coin / 100}, coins[2:], v.Changes(v.Wallet, 1), "bob", "carol")
				},
				"tighten":  func() *signertest.Order { return v.Amend(tightened(), nil, "bob", "carol") },
				"restore":  func() *signertest.Order { return v.Decide("alice", restoring("dave"), "bob", "carol") },
				"rehearse": func() *signertest.Order { return v.Decide("alice", quorum.Rehearsal{Statement: "we are here"}) },
			}
			for _, name := range c.stops {
				told(t, s, s.Release(v.Bundle(ask[name]())), active(freeze, c.what, "grace"))
			}
			for _, name := range c.lets {
				codes(t, s.Release(v.Bundle(ask[name]())))
			}
		})
	}
}

// A change may begin its wait under a freeze of everything, and takes effect
// only when it is lifted.
func TestChangeCoolsUnderAFreezeAndTakesEffectAfterIt(t *testing.T) {
	v := signertest.New(t, signertest.WithLine("act tighten cool 0 named", "act tighten cool 3 named"))
	s := v.Signer("signer-a")
	freeze := v.Decide("grace", freezing(record.ScopeAll, ""))
	codes(t, s.Release(v.Bundle(freeze)))
	o := v.Amend(tightened(), nil, "bob", "carol")
	codes(t, s.Begin(v.Bundle(o)))
	v.Chain.Mine(3)
	told(t, s, s.Release(v.Bundle(o)), active(freeze, "everything", "grace"))
	codes(t, s.Release(v.Bundle(v.Decide("alice", quorum.Thaw{Lifts: freeze.ID()}, "bob", "dave"), o)))
}

func TestFrozenOfficersApprovalFillsNoSeat(t *testing.T) {
	v := signertest.New(t)
	v.Fund(coin)
	s, order := v.Signer("signer-a"), v.Order()
	freeze := v.Decide("grace", freezing(record.ScopeOfficer, "carol"))
	codes(t, s.Release(v.Bundle(freeze)))
	a := s.Release(v.Bundle(order))
	told(t, s, a, "approvals: want 2 of group treasury for tier small, found 1 (SEAT-SHORT)")
	if got, want := fmt.Sprint(a.Visit.Items[0].Report.Notes), "[carol: want approvals by officers who are not frozen, found one by an officer who is, which does not count (SEAT-FROZEN)]"; got != want {
		t.Errorf("want %s, found %s", want, got)
	}
	told(t, v.Signer("signer-b"), v.Signer("signer-b").Release(v.Bundle(order)), "approvals: want 2 of group treasury for tier small, found 1 (SEAT-SHORT)")
	thaw := v.Decide("alice", quorum.Thaw{Lifts: freeze.ID()}, "bob", "carol")
	told(t, s, s.Release(v.Bundle(thaw)), "approvals: want 2 of group treasury for thaw, found 1 (SEAT-SHORT)")
	order.Signatures = append(order.Signatures, v.Sign("dave", quorum.Approve, order.Proposal.Bytes()))
	s.MustRelease(v.Bundle(order))
}

func TestBrakesOfThoseWhoMayNot(t *testing.T) {
	v := signertest.New(t, signertest.WithLine("role freeze treasury watch", "role freeze watch"), signertest.WithLine("role veto treasury watch", "role veto watch"))
	v.Fund(coin)
	s, order := v.Signer("signer-a"), v.Order()
	told(t, s, s.Release(v.Bundle(v.Decide("bob", freezing(record.ScopeAll, "")))), "maker: want an officer who may freeze, found bob (SEAT-ROLE)")
	forged := v.Decide("grace", freezing(record.ScopeAll, ""))
	forged.Signatures = nil
	told(t, s, s.Release(v.Bundle(forged)), "maker: want a valid signature to propose by grace, found none (SEAT-NOMAKER)")
	const stranger = "maker: want the maker of the proposal, its text brought along, or an officer who may veto, found %s (SEAT-ROLE)"
	told(t, s, s.Release(v.Bundle(v.Decide("bob", quorum.Cancel{Kills: order.ID()}))), fmt.Sprintf(stranger, "bob"))
	other := v.Propose()
	wrong := v.Decide("alice", quorum.Cancel{Kills: text.Identity([]byte("x"))})
	told(t, s, s.Release(append(v.Bundle(wrong), quorum.File{Name: other.ID().Short() + ".txt", Bytes: other.Bytes()})),
		fmt.Sprintf(stranger, "alice"), "maker: want a valid signature to propose by alice, found none (SEAT-NOMAKER)")
	s.MustRelease(v.Bundle(order))
}

// What was cancelled stays dead, on this signer and on those that see its log.
func TestCancelledProposalIsDeadEverywhere(t *testing.T) {
	v := signertest.New(t)
	v.Fund(coin)
	a, b, order := v.Signer("signer-a"), v.Signer("signer-b"), v.Order()
	codes(t, a.Release(v.Bundle(v.Decide("grace", quorum.Cancel{Kills: order.ID()}))))
	a.Reopen()
	told(t, a, a.Release(v.Bundle(order)), "proposal: want one that nobody cancelled, found that this signer's log holds its cancellation (STATE-KILLED)")
	told(t, b, b.Release(v.Bundle(order)), "proposal: want one that nobody cancelled, found that another signer's log holds its cancellation (STATE-KILLED)")
}

func TestThawOfWhatIsNotFrozen(t *testing.T) {
	v := signertest.New(t)
	s := v.Signer("signer-a")
	nothing := text.Identity([]byte("nothing"))
	told(t, s, s.Release(v.Bundle(v.Decide("alice", quorum.Thaw{Lifts: nothing}, "bob", "carol"))),
		fmt.Sprintf("lifts: want a freeze that stands, found %s (FRZ-UNKNOWN)", nothing.Short()))
	freeze := v.Decide("grace", freezing(record.ScopeAll, ""))
	thaw := v.Decide("alice", quorum.Thaw{Lifts: freeze.ID()}, "bob", "carol")
	codes(t, s.Release(v.Bundle(freeze, thaw)))
	told(t, s, s.Release(v.Bundle(thaw)), fmt.Sprintf("lifts: want a freeze that stands, found %s (FRZ-UNKNOWN)", freeze.ID().Short()))
	size := len(s.Records())
	codes(t, s.Release(v.Bundle(freeze))) // carried here once more, it freezes nothing again
	if len(s.Records()) != size {
		t.Errorf("want no record of a freeze that was lifted, found %v", s.Kinds()[size:])
	}
}

// An operator whom nobody knows is to read the backups.
func TestRestoreForAStranger(t *testing.T) {
	v := signertest.New(t)
	s := v.Signer("signer-a")
	told(t, s, s.Release(v.Bundle(v.Decide("alice", restoring("mallory"), "bob", "carol"))), "operator: want an officer of the policy, found mallory (TEXT-OPERATOR)")
	told(t, s, s.Release(v.Bundle(v.Decide("alice", restoring("dave"), "bob"))), "approvals: want 2 of group treasury for restore, found 1 (SEAT-SHORT)")
	o := v.Decide("alice", restoring("dave"), "bob", "carol")
	codes(t, s.Release(v.Bundle(o)))
	codes(t, s.Release(v.Bundle(o)))
	if n := count(s, record.KindRestore); n != 1 {
		t.Errorf("want one restore in the log, found %d", n)
	}
}

// What pays the vault itself pays nobody else.
func TestAttacksOnWhatStaysInTheVault(t *testing.T) {
	stranger := signertest.Stranger(t, "stranger")
	const toStranger = "output 0: want a payment of the proposal or change, found {value} rBTC to {place} (TX-OUTPUT)"
	for _, c := range []struct {
		attack  string
		sweep   bool
		moves   custody.Amount
		to      func(v *signertest.Vault, own *custody.Descriptor) []signertest.Place
		approve []text.ID
		want    []string
	}{
		{attack: "output to a stranger", to: func(*signertest.Vault, *custody.Descriptor) []signertest.Place {
			return []signertest.Place{{Wallet: stranger, Branch: custody.Change}}
		}, want: []string{toStranger}},
		{attack: "output to the receive branch", to: func(_ *signertest.Vault, own *custody.Descriptor) []signertest.Place {
			return []signertest.Place{{Wallet: own, Branch: custody.Receive}}
		}, want: []string{"output 0: want change on the change branch of the enrolled wallet, found it on the receive branch (TX-CHANGE)"}},
		{attack: "too many outputs", to: func(v *signertest.Vault, own *custody.Descriptor) []signertest.Place { return v.Changes(own, 101) },
			want: []string{"change: want at most 100 output, found 101 (TX-CHANGE)"}},
		{attack: "inputs above the ceiling", moves: coin - 1, to: func(v *signertest.Vault, own *custody.Descriptor) []signertest.Place { return v.Changes(own, 1) },
			want: []string{"inputs: want at most 0.99999999 rBTC, which the proposal lets move, found 1.00000000 rBTC (TX-MOVES)"}},
		{attack: "one approval short", approve: []text.ID{"bob"}, to: func(v *signertest.Vault, own *custody.Descriptor) []signertest.Place { return v.Changes(own, 1) },
			want: []string{"approvals: want {seats} of group treasury for {act}, found 1 (SEAT-SHORT)"}},
		{attack: "nothing but fee", moves: coin / 100, to: func(v *signertest.Vault, own *custody.Descriptor) []signertest.Place { return v.Changes(own, 1) },
			want: []string{"fee-max: want less than what moves, 0.01000000 rBTC, found 0.01000000 rBTC (TEXT-TOTAL)"}},
		{attack: "none", to: func(v *signertest.Vault, own *custody.Descriptor) []signertest.Place { return v.Changes(own, 3) }},
	} {
		for _, act := range []string{"internal", "sweep"} {
			t.Run(act+" "+c.attack, func(t *testing.T) {
				ownAttack(t, signertest.New(t, signertest.WithNext()), act, c.attack, c.moves, c.to, c.approve, c.want)
			})
		}
	}
}

func ownAttack(t *testing.T, v *signertest.Vault, act, attack string, moves custody.Amount, to func(*signertest.Vault, *custody.Descriptor) []signertest.Place, approve []text.ID, want []string) {
	t.Helper()
	coins := v.Fund(coin)
	if moves == 0 {
		moves = coin
	}
	if approve == nil {
		approve = []text.ID{"bob", "carol", "dave"}
	}
	own, seats := v.Wallet, "2"
	var body quorum.Body = quorum.Internal{Wallet: "main", Moves: moves, FeeMax: coin / 100}
	if act == "sweep" {
		own, seats = v.Next, "3"
		body = quorum.Sweep{From: "main", To: signertest.NextID, Moves: moves, FeeMax: coin / 100}
	}
	o := v.Move(body, coins, to(v, own), approve...)
	out := o.Packet.Tx.TxOut[0]
	place := ""
	if a, ok := custody.AddressOf(v.Network, out.PkScript); ok {
		place = a.String()
	}
	var said []string
	for _, w := range want {
		said = append(said, filled(w, "{value}", custody.Amount(out.Value).String(), "{place}", place, "{seats}", seats, "{act}", act))
	}
	s := v.Signer("signer-a")
	told(t, s, s.Release(v.Bundle(o)), said...)
	if attack == "none" && count(s, record.KindReleased) == 0 {
		t.Error("want it released, found nothing")
	}
}

// A sweep leads to the next wallet and nowhere else.
func TestSweepToAnyOtherWallet(t *testing.T) {
	v := signertest.New(t, signertest.WithNext())
	s := v.Signer("signer-a")
	coins := v.Fund(coin)
	for _, c := range []struct {
		body quorum.Body
		want string
	}{
		{quorum.Sweep{From: "main", To: "main", Moves: coin, FeeMax: 1000}, "to: want the policy's wallet in state next, found main (TEXT-WALLET)"},
		{quorum.Sweep{From: "main", To: "vault-3", Moves: coin, FeeMax: 1000}, "to: want the policy's wallet in state next, found vault-3 (TEXT-WALLET)"},
		{quorum.Sweep{From: signertest.NextID, To: signertest.NextID, Moves: coin, FeeMax: 1000}, "from: want an active or retired wallet of the policy, found vault-2 (TEXT-WALLET)"},
	} {
		told(t, s, s.Release(v.Bundle(v.Move(c.body, coins, v.Changes(v.Next, 1), "bob", "carol", "dave"))), c.want)
	}
}

// The policy moves a wallet under another's name.
func TestWalletsNameIsNotReused(t *testing.T) {
	v := signertest.New(t, signertest.WithNext())
	o := v.Amend(func(p *policy.Policy) (*policy.Policy, error) {
		w, _ := p.Wallet(signertest.NextID)
		w.Descriptor = text.Identity([]byte("another wallet"))
		return p.SetWallet(w, slices.DeleteFunc(slices.Clone(p.Cosigners), func(c policy.Cosigner) bool { return c.Wallet != w.ID }))
	}, nil, "bob", "carol", "dave")
	s := v.Signer("signer-a")
	told(t, s, s.Release(append(v.Bundle(o), v.Clear("frank", o.Proposal)...)), "wallet vault-2: want a new name for another descriptor, found the name of version 1's (POL-WALLET)")
}
