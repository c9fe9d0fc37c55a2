package quorum_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"strongroom/custody"
	"strongroom/custody/auditlog"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
	"strongroom/signer/signertest"
)

// otcDesk is a policy's destination that is a descriptor.
func otcDesk(d *custody.Descriptor) signertest.Option {
	return signertest.WithPolicy(func(p *policy.Policy) (*policy.Policy, error) {
		return p.AddDestination(policy.Destination{Label: "otc-desk", Descriptor: d.Hash(), Cap: 5 * coin, Window: 1008})
	})
}

// indexed is a payment to an index of a descriptor.
func indexed(t *testing.T, d *custody.Descriptor, index uint32, amount custody.Amount) record.Pay {
	t.Helper()
	s, err := d.Derive(custody.Receive, index)
	if err != nil {
		t.Fatal(err)
	}
	return record.Pay{Amount: amount, Label: "otc-desk", Indexed: true, Index: index, Address: s.Address(custody.Regtest)}
}

func TestAttacksOnWhatAWithdrawalPays(t *testing.T) {
	desk := signertest.Stranger(t, "otc-desk")
	v := signertest.New(t, otcDesk(desk))
	hot := v.To("exchange-hot", coin/2)
	thief := hot
	thief.Address = signertest.Address(t, "thief")
	unknown := hot
	unknown.Label = "thief"
	numbered := hot
	numbered.Indexed = true
	unnumbered := indexed(t, desk, 3, coin/2)
	unnumbered.Indexed = false
	wrong := indexed(t, desk, 3, coin/2)
	wrong.Index = 4
	pays := func(pays ...record.Pay) signertest.Edit { return signertest.Pay(pays...) }
	for _, c := range []struct {
		attack string
		edit   signertest.Edit
		want   []string
	}{
		{"another address for a known label", pays(thief), []string{"pay: want {hot} for exchange-hot, found {thief} (DEST-ADDRESS)"}},
		{"unknown label", pays(unknown), []string{"pay: want a destination that the policy lists, found thief (DEST-UNKNOWN)"}},
		{"index of an address", pays(numbered), []string{"pay: exchange-hot: want no index, since the destination is one address, found #0 (DEST-ADDRESS)"}},
		{"descriptor without index", pays(unnumbered), []string{"pay: otc-desk: want LABEL#INDEX, since the destination is a descriptor, found none (DEST-ADDRESS)"}},
		{"address of another index", pays(wrong), []string{"pay: want {desk4} for otc-desk, found {desk3} (DEST-ADDRESS)"}},
		{"payee twice", pays(v.To("exchange-hot", coin/4), v.To("exchange-hot", coin/8)), []string{"pay: want each payee once, found exchange-hot {hot} twice (DEST-DUP)"}},
		{"dust", pays(v.To("exchange-hot", 293)), []string{"pay: want at least 0.00000294 rBTC to exchange-hot, found 0.00000293 rBTC (DEST-DUST)"}},
		{"nothing at all", pays(v.To("exchange-hot", 0)), []string{"pay: want at least 0.00000294 rBTC to exchange-hot, found 0.00000000 rBTC (DEST-DUST)"}},
		{"total too small", func(w *signertest.Asked) { w.Total = coin / 2 }, []string{"total: want the pays and the fee ceiling, 0.50010000 rBTC, found 0.50000000 rBTC (TEXT-TOTAL)"}},
		{"total too large", func(w *signertest.Asked) { w.Total = coin }, []string{"total: want the pays and the fee ceiling, 0.50010000 rBTC, found 1.00000000 rBTC (TEXT-TOTAL)"}},
		{"total beyond all bitcoin", func(w *signertest.Asked) { w.FeeMax, w.Total = custody.MaxAmount, custody.MaxAmount },
			[]string{"total: amount: want a sum of at most 21000000.00000000, found 21000000.00000000 + 0.50000000: amount out of range (TEXT-TOTAL)"}},
		{"unknown wallet", func(w *signertest.Asked) { w.Wallet = "other" }, []string{"wallet: want an active wallet of the policy, found other (TEXT-WALLET)"}},
		{"all at once", func(w *signertest.Asked) { w.Wallet, w.Total, w.Pays = "other", 1000, []record.Pay{unknown, thief} }, []string{
			"pay: want {hot} for exchange-hot, found {thief} (DEST-ADDRESS)", "pay: want a destination that the policy lists, found thief (DEST-UNKNOWN)",
			"total: want the pays and the fee ceiling, 1.00010000 rBTC, found 0.00001000 rBTC (TEXT-TOTAL)", "wallet: want an active wallet of the policy, found other (TEXT-WALLET)"}},
		{"tier unheard of", func(w *signertest.Asked) { w.Tier = "tiny" }, []string{"tier: want small, which the amount and the releases of the window come to, found tiny (LIM-TIER-UNDERSTATED)"}},
		{"large sum as a small one", pays(v.To("exchange-hot", coin)), []string{"tier: want large, which the amount and the releases of the window come to, found small (LIM-TIER-UNDERSTATED)"}},
		{"above the destination's cap", large(pays(v.To("exchange-hot", 20*coin+1))), []string{"destination exchange-hot: want at most 20.00000000 rBTC in 1008 blocks, found 20.00000001 rBTC with this withdrawal (LIM-DESTINATION)"}},
		{"above every tier", large(pays(v.To("exchange-hot", 50*coin))), []string{
			"destination exchange-hot: want at most 20.00000000 rBTC in 1008 blocks, found 50.00000000 rBTC with this withdrawal (LIM-DESTINATION)",
			"tier: want an amount below the highest tier, with all that was released in its window, found 50.00010000 rBTC more (LIM-TIER)",
			"velocity: want at most 50.00000000 rBTC in 1008 blocks, found 50.00010000 rBTC with this withdrawal (LIM-VELOCITY)"}},
		{"replaces what nobody released", func(w *signertest.Asked) { w.Replaces = text.Hash{1} },
			[]string{"replaces: want a released proposal whose line is known, found 01" + strings.Repeat("00", 31) + " (TX-LINEAGE)"}},
	} {
		t.Run(c.attack, func(t *testing.T) {
			tr := newTrial(t, v, c.edit)
			tr.in.Descriptors = []*custody.Descriptor{signertest.Stranger(t, "another"), desk}
			names := strings.NewReplacer("{hot}", hot.Address.String(), "{thief}", thief.Address.String(), "{desk3}", wrong.Address.String(),
				"{desk4}", indexed(t, desk, 4, coin).Address.String())
			for i := range c.want {
				c.want[i] = names.Replace(c.want[i])
			}
			tr.refused(t, 'E', c.want...)
		})
	}
}

// large claims the large tier.
func large(edit signertest.Edit) signertest.Edit {
	return func(w *signertest.Asked) { edit(w); w.Tier = "large" }
}

func TestPaymentToADescriptorNeedsTheDescriptor(t *testing.T) {
	desk := signertest.Stranger(t, "otc-desk")
	v := signertest.New(t, otcDesk(desk))
	tr := newTrial(t, v, signertest.Pay(indexed(t, desk, 3, coin/2)))
	tr.refused(t, 'E', "pay: otc-desk: want the descriptor "+text.Hash(desk.Hash()).Short()+" in the bundle, found none (DEST-ADDRESS)")
	tr.in.Descriptors = []*custody.Descriptor{desk}
	tr.permitted(t)
}

func TestIndexIsPaidOnce(t *testing.T) {
	desk := signertest.Stranger(t, "otc-desk")
	v := signertest.New(t, otcDesk(desk))
	v.Fund(coin)
	first := v.Order(signertest.Pay(indexed(t, desk, 3, coin/8)))
	v.Signer("signer-b").MustRelease(append(v.Bundle(first), signertest.DescriptorFile(desk)))
	tr := newTrial(t, v, signertest.Pay(indexed(t, desk, 3, coin/4)))
	tr.in.Descriptors = []*custody.Descriptor{desk}
	tr.refused(t, 'E', "pay: want an index of otc-desk that was never paid, found #3 (DEST-REUSED)")
	tr = newTrial(t, v, signertest.Pay(indexed(t, desk, 4, coin/4)))
	tr.in.Descriptors = []*custody.Descriptor{desk}
	tr.permitted(t)
}

// Thirty coins in 31 parts: after the first, each part is large.
func TestSplittingALargeSumKeepsItLarge(t *testing.T) {
	v := signertest.New(t)
	v.Fund(2 * coin)
	part := signertest.Pay(v.To("exchange-hot", 30*coin/31))
	v.Signer("signer-a").MustRelease(v.Bundle(v.Order(part)))
	for range 30 {
		newTrial(t, v, part).refused(t, 'E', "tier: want large, which the amount and the releases of the window come to, found small (LIM-TIER-UNDERSTATED)")
	}
}

// Limits hold over all signers together: what b and c released counts at a.
func TestLimitsCountWhatOtherSignersReleased(t *testing.T) {
	v := signertest.New(t)
	v.Fund(coin, coin)
	v.Signer("signer-b").MustRelease(v.Bundle(v.Order(signertest.Pay(v.To("payroll", coin/2)))))
	v.Signer("signer-c").MustRelease(v.Bundle(v.Order(signertest.Pay(v.To("payroll", coin/4)))))
	_, r := newTrial(t, v, signertest.Pay(v.To("payroll", coin/8))).permitted(t)
	if u := useOf(r, "destination payroll"); u.Used != coin/8+coin/4+coin/2 || u.Cap != 2*coin || u.Window != 4320 {
		t.Errorf("want 0.875 of 2 used at payroll, found %+v", u)
	}
	newTrial(t, v, signertest.Pay(v.To("payroll", coin/4))).refused(t, 'E',
		"tier: want large, which the amount and the releases of the window come to, found small (LIM-TIER-UNDERSTATED)")
	tr := newTrial(t, v, large(signertest.Pay(v.To("payroll", coin/4*5+1))))
	tr.in.Signatures = v.Approve(tr.p, "bob", "carol", "dave")
	tr.refused(t, 'E', "destination payroll: want at most 2.00000000 rBTC in 4320 blocks, found 2.00000001 rBTC with this withdrawal (LIM-DESTINATION)")
}

func useOf(r quorum.Report, name string) quorum.Use {
	i := slices.IndexFunc(r.Used, func(u quorum.Use) bool { return u.Name == name })
	if i < 0 {
		return quorum.Use{}
	}
	return r.Used[i]
}

func TestSameReleaseBySeveralSignersCountsOnce(t *testing.T) {
	v := signertest.New(t)
	v.Fund(coin)
	order := v.Order()
	for _, s := range v.Signers {
		s.MustRelease(v.Bundle(order))
	}
	_, r := newTrial(t, v, signertest.Pay(v.To("exchange-hot", coin/4))).permitted(t)
	if u := useOf(r, "tier small"); u.Used != coin/2+coin/4+2*coin/10_000 {
		t.Errorf("want the release counted once, found %s", u.Used)
	}
}

func TestLogsThatProveNothing(t *testing.T) {
	v := signertest.New(t)
	stale := v.Logs()
	v.Fund(coin)
	v.Signer("signer-b").MustRelease(v.Bundle(v.Order()))
	proof := "signer signer-b: want a log that its checkpoint proves: "
	spoiled := slices.Clone(v.Logs()[1].Entries)
	spoiled[40] ^= 1
	entries, err := auditlog.DecodeEntries(spoiled)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		attack string
		logs   func(logs []*quorum.LogFile) []*quorum.LogFile
		want   []string
	}{
		{"left at home", func([]*quorum.LogFile) []*quorum.LogFile { return nil }, []string{
			"signer signer-b: want its log in the bundle, found none (LIM-UNPROVEN)", "signer signer-c: want its log in the bundle, found none (LIM-UNPROVEN)"}},
		{"the one of before the release", func([]*quorum.LogFile) []*quorum.LogFile { return stale },
			[]string{"signer signer-b: want at least the 10 records that the approvers saw, found 4 (LIM-UNPROVEN)"}},
		{"another signer's under this name", func(l []*quorum.LogFile) []*quorum.LogFile {
			l[1].Checkpoint, l[1].Entries = l[2].Checkpoint, l[2].Entries
			return l
		}, []string{proof + "checkpoint: wanted origin acme-treasury/signer-b, found \"acme-treasury/signer-c\" (LIM-UNPROVEN)"}},
		{"an entry changed", func(l []*quorum.LogFile) []*quorum.LogFile {
			l[1].Entries = spoiled
			return l
		}, []string{proof + "entries: wanted root " + v.Seen()[1].Root.String() + " at size 10 as the checkpoint of acme-treasury/signer-b says, found " +
			auditlog.RootOf(entries).String() + " (LIM-UNPROVEN)"}},
		{"an entry concealed", func(l []*quorum.LogFile) []*quorum.LogFile {
			l[1].Entries = l[1].Entries[:len(l[1].Entries)-300]
			return l
		}, []string{proof + "entries: entry 8: wanted 457 bytes, found 432 (LIM-UNPROVEN)"}},
		{"cut by an auditor's bound", func(l []*quorum.LogFile) []*quorum.LogFile { l[1].Upto = 4; return l },
			[]string{"signer signer-b: want at least the 10 records that the approvers saw, found 4 (LIM-UNPROVEN)"}},
	} {
		t.Run(c.attack, func(t *testing.T) {
			tr := newTrial(t, v, signertest.Pay(v.To("payroll", coin/8)))
			tr.in.Logs = c.logs(tr.in.Logs)
			tr.refused(t, 'E', c.want...)
		})
	}
}

// The approvers saw records that the log brought here does not hold: two
// histories of one signer.
func TestForkedLogOfAnotherSigner(t *testing.T) {
	v := signertest.New(t)
	tr := newTrial(t, v, func(w *signertest.Asked) { w.Seen[1].Root = w.Seen[2].Root })
	tr.refused(t, 'E', "signer signer-b: want the records that the approvers saw, found others (LIM-UNPROVEN)")
}

func TestSignerThatTrustsNothingProvesNothing(t *testing.T) {
	v := signertest.Draft(t)
	v.Signer("signer-a").Trust()
	v.Signer("signer-a").Enroll()
	v.Signer("signer-b").Trust()
	newTrial(t, v).refused(t, 'E', "signer signer-c: want a signer that trusts this vault, found one that does not (LIM-UNPROVEN)")
}

func TestVelocityWindowSlidesWithBlocks(t *testing.T) {
	v := signertest.New(t, signertest.WithLine("velocity 50.00000000 rBTC window 1008", "velocity 0.60000000 rBTC window 20"))
	v.Fund(coin)
	v.Signer("signer-b").MustRelease(v.Bundle(v.Order()))
	quarter := signertest.Pay(v.To("exchange-hot", coin/4))
	want := "velocity: want at most 0.60000000 rBTC in 20 blocks, found 0.75020000 rBTC with this withdrawal (LIM-VELOCITY)"
	newTrial(t, v, quarter).refused(t, 'E', want)
	v.Chain.Mine(19)
	newTrial(t, v, quarter).refused(t, 'E', want)
	v.Chain.Mine(1)
	newTrial(t, v, quarter).permitted(t)
}

// A release whose block was replaced in the chain counts from the block that
// stands at its height; one at a height that this chain has not reached counts
// as long as that is so.
func TestReleaseAtAReplacedBlockCountsFromItsHeight(t *testing.T) {
	v := signertest.New(t)
	v.Fund(coin)
	v.Signer("signer-b").MustRelease(v.Bundle(v.Order()))
	at := v.Chain.Tip().Height
	const inside = "tier: want large, which the amount and the releases of the window come to, found small (LIM-TIER-UNDERSTATED)"
	for _, c := range []struct {
		tip  uint32
		want string
	}{{at - 1, inside}, {at + 143, inside}, {at + 144, ""}} {
		other := signertest.NewChain(t, 5)
		if _, err := other.Headers.Extend(other.Fork(5, int(c.tip)-5)); err != nil {
			t.Fatal(err)
		}
		tip, _ := other.Headers.Tip()
		if tip.Height != c.tip {
			t.Fatalf("want a chain up to %d, found %d", c.tip, tip.Height)
		}
		tr := newTrial(t, v, func(w *signertest.Asked) {
			w.Block, w.Expires = quorum.Block{Height: tip.Height, Hash: text.Hash(tip.Hash)}, tip.Height+1
		})
		tr.world.Chain = other.Headers
		if c.want == "" {
			tr.permitted(t)
		} else {
			tr.refused(t, 'E', c.want)
		}
	}
}

// A replacement takes the place of what it replaces: the larger of the two
// counts, once.
func TestLineageCountsOnceWithItsLargest(t *testing.T) {
	v := signertest.New(t)
	v.Fund(coin)
	first := v.Order()
	v.Signer("signer-b").MustRelease(v.Bundle(first))
	replacing := func(amount custody.Amount) signertest.Edit {
		return func(w *signertest.Asked) {
			w.Replaces, w.Pays = first.ID(), []record.Pay{v.To("exchange-hot", amount)}
		}
	}
	for _, c := range []struct{ amount, used custody.Amount }{{coin / 4, coin/2 + coin/10_000}, {coin / 8 * 7, coin/8*7 + coin/10_000}} {
		_, r := newTrial(t, v, replacing(c.amount)).permitted(t)
		if u := useOf(r, "velocity 1008"); u.Used != c.used {
			t.Errorf("replaced by %s: want %s used, found %s", c.amount, c.used, u.Used)
		}
	}
}

// Two releases of one line count once for everybody else too.
func TestLineageCountsOnceForOthers(t *testing.T) {
	v := signertest.New(t)
	coins := v.Fund(coin)
	first := v.Order()
	v.Signer("signer-b").MustRelease(v.Bundle(first))
	second := v.Propose(func(w *signertest.Asked) {
		w.Replaces, w.Pays = first.ID(), []record.Pay{v.To("exchange-hot", coin/10*6)}
	})
	v.Signer("signer-c").MustRelease(v.Bundle(&signertest.Order{Proposal: second, Signatures: v.Approve(second, "bob", "carol"), Packet: v.BuildPSBT(second, coins...)}))
	_, r := newTrial(t, v, signertest.Pay(v.To("exchange-hot", coin/8))).permitted(t)
	if u := useOf(r, "velocity 1008"); u.Used != second.Total+coin/8+coin/10_000 {
		t.Errorf("want the larger of the line and this, found %s", u.Used)
	}
}

func TestReplacedProposalIsDead(t *testing.T) {
	v := signertest.New(t)
	coins := v.Fund(coin)
	first := v.Order()
	v.Signer("signer-b").MustRelease(v.Bundle(first))
	second := v.Propose(func(w *signertest.Asked) {
		w.Replaces, w.Pays = first.ID(), []record.Pay{v.To("exchange-hot", coin/4)}
	})
	order := &signertest.Order{Proposal: second, Signatures: v.Approve(second, "bob", "carol"), Packet: v.BuildPSBT(second, coins...)}
	v.Signer("signer-b").MustRelease(v.Bundle(order))

	tr := textTrial(t, v, first.Proposal.Bytes())
	tr.refused(t, 'E', fmt.Sprintf("proposal: want one that nothing has replaced, found that %s was released in its place (STATE-REPLAY)", second.ID().Short()))
	third := newTrial(t, v, func(w *signertest.Asked) {
		w.Replaces, w.Pays = first.ID(), []record.Pay{v.To("exchange-hot", coin/8)}
	})
	third.refused(t, 'E', fmt.Sprintf("replaces: want the last of its line, found %s, which %s replaced (TX-LINEAGE)", first.ID().Short(), second.ID().Short()))
	textTrial(t, v, second.Bytes()).permitted(t)
}

// A maker may ask for more approval than the amount needs, never for less.
func TestHigherTierIsGrantedWithItsSeats(t *testing.T) {
	v := signertest.New(t)
	tr := newTrial(t, v, func(w *signertest.Asked) { w.Tier = "large" })
	tr.refused(t, 'F', "approvals: want 3 of group treasury for tier large, found 2 (SEAT-SHORT)")
	tr.in.Signatures = v.Approve(tr.p, "bob", "carol", "erin")
	if p, _ := tr.permitted(t); p.Tier() != "large" {
		t.Errorf("want tier large, found %s", p.Tier())
	}
}
