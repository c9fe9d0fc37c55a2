package main

import (
	"fmt"
	"os"
	"slices"

	"github.com/rogpeppe/go-internal/testscript"

	"strongroom/custody"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/record"
	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
	"strongroom/signer/signertest"
)

// waiting are the lines of a vault in which things have to wait.
func waiting() []signertest.Option {
	var out []signertest.Option
	for _, l := range [][2]string{
		{"act destination cool 0 named", "act destination cool 3 named"},
		{"act loosen cool 0 named", "act loosen cool 12 stamped"},
		{"tier large below 50.00000000 rBTC window 1008 cool 0 named", "tier large below 50.00000000 rBTC window 1008 cool 6 named"},
		{"quiet destination 0", "quiet destination 5"},
		{"quiet policy 0", "quiet policy 7"},
		{"quiet signer 0 mildest", "quiet signer 9 mildest"},
	} {
		out = append(out, signertest.WithLine(l[0], l[1]))
	}
	return out
}

// take makes an order the last one, and puts what scripts look for into the
// environment: $ID, $ID8, $ID16.
func (s *stage) take(ts *testscript.TestScript, o *signertest.Order) {
	s.order = o
	s.all, s.ever = append(s.all, o), append(s.ever, o)
	id := o.ID().String()
	ts.Setenv("ID", id)
	ts.Setenv("ID8", id[:8])
	ts.Setenv("ID16", id[:16])
}

// decide KIND [WORD...] proposes what spends no coins, with the approvals that it
// takes; "alone" leaves them out.
func (s *stage) decide(ts *testscript.TestScript, args []string) {
	approve := []text.ID{"bob", "dave", "erin"}
	if slices.Contains(args, "alone") {
		approve = nil
	}
	s.on(func() {
		maker, body := s.body(ts, args)
		if body.Kind().Brake() {
			approve = nil
		}
		s.take(ts, s.v.Decide(maker, body, approve...))
	})
}

func (s *stage) body(ts *testscript.TestScript, args []string) (text.ID, quorum.Body) {
	switch args[0] {
	case "freeze":
		scope := record.Scope{What: record.ScopeAll}
		if len(args) > 2 {
			what, err := record.ParseScopeKind(args[1])
			ts.Check(err)
			scope = record.Scope{What: what, Name: text.ID(args[2])}
		}
		return "grace", quorum.Freeze{Scope: scope}
	case "thaw":
		return "alice", quorum.Thaw{Lifts: s.last(ts, quorum.KindFreeze)}
	case "cancel":
		return "grace", quorum.Cancel{Kills: s.order.ID()}
	case "resync":
		return "alice", quorum.Resync{Device: "signer-a", From: s.marked, To: s.head()}
	case "rehearsal":
		return "alice", quorum.Rehearsal{Statement: "we are here on Monday"}
	case "restore":
		return "alice", quorum.Restore{Snapshot: text.Identity([]byte("manifest")), Store: "oslo", Place: "drill-host", Operator: "dave",
			Recipients: []string{"age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq"}}
	}
	ts.Fatalf("want a known kind, found %s", args[0])
	return "", nil
}

func (s *stage) last(ts *testscript.TestScript, k quorum.Kind) text.Hash {
	for _, o := range slices.Backward(s.ever) {
		if o.Kind() == k {
			return o.ID()
		}
	}
	ts.Fatalf("want a %s proposed before, found none", k)
	return text.Hash{}
}

// amend CHANGE proposes the next version of the policy: $HASH and $HASH8 are its
// own.
func (s *stage) amend(ts *testscript.TestScript, args []string) {
	s.on(func() {
		change, consents := s.change(ts, args[0])
		s.take(ts, s.v.Amend(change, consents, "bob", "dave", "erin"))
		a, ok := s.order.Body.(quorum.Amendment)
		if !ok {
			ts.Fatalf("want an amendment, found a %s", s.order.Kind())
		}
		ts.Setenv("HASH", a.Policy.String())
		ts.Setenv("HASH8", a.Policy.String()[:8])
		ts.Setenv("HASH16", a.Policy.Short())
	})
}

func (s *stage) change(ts *testscript.TestScript, name string) (signertest.Change, []text.ID) {
	switch name {
	case "kate": // joins treasury, and may approve
		s.v.Hire("kate")
		key := []sshsig.Key{s.v.Officers["kate"].Keys[0].Key()}
		return func(p *policy.Policy) (*policy.Policy, error) {
			return p.AddOfficer("kate", "acme-ops", "Kate Example", key, "treasury")
		}, []text.ID{"kate"}
	case "payee": // one more may be paid
		return func(p *policy.Policy) (*policy.Policy, error) {
			return p.AddDestination(policy.Destination{Label: "otc-desk", Address: signertest.Address(s.t, "otc-desk"), Cap: 5 * coin, Window: 1008})
		}, nil
	case "signer": // signer-d joins
		return s.v.Signer("signer-d").Listing(), nil
	case "wallet": // a next wallet, two of our keys and that of a hardware wallet
		return s.nextWallet, nil
	}
	ts.Fatalf("want a known change, found %s", name)
	return nil, nil
}

func (s *stage) nextWallet(p *policy.Policy) (*policy.Policy, error) {
	s.spare = signertest.NewHardware(s.t, "coldcard-7")
	next, keys, err := s.v.WithHardware(s.spare)
	if err != nil {
		return nil, err
	}
	s.next = next
	return p.SetWallet(policy.Wallet{ID: "cold", State: policy.Next, Descriptor: s.next.Hash(), M: s.next.M(), N: s.next.N()}, keys)
}

// adopted makes the last amendment's policy the one that proposals name from here
// on.
func (s *stage) adopted(*testscript.TestScript, []string) { s.v.Adopted(s.order) }

// clear WATCHER clears the last proposal, by the logs as they are now.
func (s *stage) clear(ts *testscript.TestScript, args []string) {
	s.on(func() { s.order.Beside = append(s.order.Beside, s.v.Clear(text.ID(args[0]), s.order.Proposal)...) })
}

// mine N makes blocks.
func (s *stage) mine(ts *testscript.TestScript, args []string) {
	var n int
	_, err := fmt.Sscan(args[0], &n)
	ts.Check(err)
	s.v.Chain.Mine(n)
	ts.Setenv("TIP", s.v.Chain.Tip().Hash.String())
}

// mark remembers how long signer-a's log is now.
func (s *stage) mark(ts *testscript.TestScript, _ []string) {
	s.on(func() { s.marked = s.head() })
	ts.Setenv("HEAD", fmt.Sprintf("%d:%s", s.marked.Size, s.marked.String()[len(fmt.Sprint(s.marked.Size))+1:]))
}

func (s *stage) head() record.LogHead {
	seen := s.v.Seen()[0]
	return record.LogHead{Size: seen.Size, Root: seen.Root}
}

// forget leaves out of later bundles what was proposed so far.
func (s *stage) forget(*testscript.TestScript, []string) { s.all = nil }

// join sets signer-d up, whose home is $D, before any policy names it.
func (s *stage) join(ts *testscript.TestScript, _ []string) {
	d := s.v.Join("signer-d")
	d.Close()
	ts.Setenv("D", d.Dir)
}

// begin SIGNER records the last proposal on a signer, as its own program would.
func (s *stage) begin(ts *testscript.TestScript, args []string) {
	s.on(func() {
		a := s.v.Signer(text.ID(args[0])).Begin(s.v.Bundle(s.order))
		if ts.Check(a.Err); len(a.Codes()) > 0 {
			ts.Fatalf("want it recorded, found %v", a.Codes())
		}
	})
}

// adopt SIGNER releases the last proposal on a signer, as its own program would.
func (s *stage) adopt(ts *testscript.TestScript, args []string) {
	s.on(func() {
		a := s.v.Signer(text.ID(args[0])).Release(s.v.Bundle(s.order))
		if ts.Check(a.Err); len(a.Codes()) > 0 {
			ts.Fatalf("want it adopted, found %v", a.Codes())
		}
	})
}

// founded DIR writes what a machine that joins later is brought: the founding
// folder and every amendment so far with the logs that settled it.
func (s *stage) founded(ts *testscript.TestScript, args []string) {
	s.on(func() { s.v.WriteBundle(ts.MkAbs(args[0]), append(s.v.Bundle(s.all...), s.v.Founding()...)) })
}

// descriptor DIR puts the next wallet's descriptor beside the keys' proofs.
func (s *stage) descriptor(ts *testscript.TestScript, args []string) {
	f := signertest.DescriptorFile(s.next)
	for _, f := range []quorum.File{f, s.spare.RecordFile()} {
		ts.Check(os.WriteFile(ts.MkAbs(args[0]+"/"+f.Name), f.Bytes, 0o600))
	}
	first, err := s.next.Derive(custody.Receive, 0)
	ts.Check(err)
	ts.Setenv("NEXTGROUP", first.Address(s.v.Network).LastGroup())
}

// move internal|sweep proposes to move a wallet's coins within the vault, with
// its transaction: $SUM is what is spent, $END the end of the first address.
func (s *stage) move(ts *testscript.TestScript, args []string) {
	s.on(func() {
		coins := s.v.Coins[:2]
		s.v.Coins = s.v.Coins[2:]
		sum := coins[0].Value + coins[1].Value
		var body quorum.Body = quorum.Internal{Wallet: signertest.WalletID, Moves: sum, FeeMax: coin / 1000}
		to := s.v.Wallet
		if args[0] == "sweep" {
			body, to = quorum.Sweep{From: signertest.WalletID, To: "cold", Moves: sum, FeeMax: coin / 1000}, s.next
		}
		order := s.v.Decide("alice", body, "bob", "dave", "erin")
		out := custody.ChangeOutput{Index: s.v.NextChange(), Value: sum - 1000}
		var err error
		order.Packet, err = custody.NewOwnPSBT(s.v.Wallet, coins, to, []custody.ChangeOutput{out}, 0)
		ts.Check(err)
		s.take(ts, order)
		script, err := to.Derive(custody.Change, out.Index)
		ts.Check(err)
		ts.Setenv("SUM", sum.String())
		ts.Setenv("END", script.Address(s.v.Network).LastGroup())
		ts.Setenv("TXID", order.Packet.TxID().String())
	})
}
