package quorum_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"strongroom/custody"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/record"
	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
	"strongroom/signer/signertest"
)

// everything is a heap of signature files over one text: good ones, worthless
// ones, and some that are no signatures.
func everything(v *signertest.Vault, p *quorum.Proposal) []quorum.SignatureFile {
	b := p.Bytes()
	files := append(worthless(v, p), v.SignWith(v.Officers["bob"].Keys[0].Malleated(), "bob", quorum.Approve, b))
	files = append(files, v.Sign("alice", quorum.Propose, b), v.Sign("grace", quorum.Veto, b))
	for _, o := range []text.ID{"bob", "carol", "dave", "erin"} {
		files = append(files, v.Sign(o, quorum.Approve, b))
	}
	return files
}

// worthless is everything but a good approval of somebody who counts, the
// maker's signature, and vetoes.
func worthless(v *signertest.Vault, p *quorum.Proposal) []quorum.SignatureFile {
	b := p.Bytes()
	bob, carol := v.Officers["bob"].Keys[0], *v.Officers["carol"].Keys[0]
	carol.Flags = 0
	other := v.Sign("dave", quorum.Approve, append(p.Bytes(), "x\n"...))
	other.On = p.ID().Short()
	renamed := v.SignWith(bob, "bob", quorum.Approve, b)
	renamed.Officer = "erin"
	acted := v.Sign("dave", quorum.Clear, b)
	acted.Act = quorum.Approve
	cut := v.Sign("erin", quorum.Approve, b)
	cut.Bytes = cut.Bytes[:len(cut.Bytes)/2]
	return []quorum.SignatureFile{
		v.Sign("alice", quorum.Approve, b), v.Sign("frank", quorum.Approve, b), v.Sign("grace", quorum.Approve, b),
		v.Sign("dave", quorum.Propose, b), v.Sign("carol", quorum.Consent, b), v.Sign("erin", quorum.Clear, b), v.Sign("dave", quorum.Certify, b),
		v.Sign("bob", quorum.Manifest, b), v.SignUnchecked(&carol, "carol", quorum.Approve, b),
		v.SignWith(signertest.NewKey(panicking{}, sshsig.Ed25519, "mallory"), "dave", quorum.Approve, b), other, renamed, acted, cut,
		{On: p.ID().Short(), Officer: "dave", Act: quorum.Approve}, {On: p.ID().Short(), Officer: "nobody", Act: quorum.Approve, Bytes: []byte("x")},
	}
}

// panicking stands for a test where a failure would be a bug of the test.
type panicking struct{ testing.TB }

func (panicking) Helper()           {}
func (panicking) Fatal(args ...any) { panic(fmt.Sprint(args...)) }

// pick returns the elements of these numbers.
func pick[T any](from []T, numbers []int) (out []T) {
	for _, i := range numbers {
		out = append(out, from[i])
	}
	return out
}

func TestVerdictDoesNotDependOnTheOrderOfFiles(t *testing.T) {
	v := signertest.New(t)
	tr := newTrial(t, v)
	all := everything(v, tr.p)
	rapid.Check(t, func(rt *rapid.T) {
		some := rapid.SliceOfN(rapid.IntRange(0, len(all)-1), 0, len(all)).Draw(rt, "files")
		first, second := tr.in, tr.in
		first.Signatures = pick(all, some)
		second.Signatures = pick(all, rapid.Permutation(some).Draw(rt, "order"))
		second.Logs = pick(tr.in.Logs, rapid.Permutation([]int{0, 1, 2}).Draw(rt, "logs"))
		p, a := quorum.Judge(tr.world, first, quorum.Release)
		q, b := quorum.Judge(tr.world, second, quorum.Release)
		if p.Valid() != q.Valid() || !reflect.DeepEqual(a, b) {
			rt.Fatalf("want the same report\n%+v\nfound\n%+v", a, b)
		}
	})
}

func TestOnlyGoodSignaturesEverPermit(t *testing.T) {
	v := signertest.New(t)
	tr := newTrial(t, v)
	good := []quorum.SignatureFile{v.Sign("alice", quorum.Propose, tr.in.Text), v.Sign("bob", quorum.Approve, tr.in.Text), v.Sign("carol", quorum.Approve, tr.in.Text)}
	bad := append(worthless(v, tr.p), v.Sign("grace", quorum.Veto, tr.in.Text))
	rapid.Check(t, func(rt *rapid.T) {
		left := rapid.IntRange(0, len(good)-1).Draw(rt, "left out")
		in := tr.in
		in.Signatures = append(pick(bad, rapid.SliceOfN(rapid.IntRange(0, len(bad)-1), 0, 30).Draw(rt, "files")), slices.Delete(slices.Clone(good), left, left+1)...)
		if p, r := quorum.Judge(tr.world, in, quorum.Release); p.Valid() {
			rt.Fatalf("want it refused without %s, found it permitted with %d votes", good[left].Name(), len(r.Votes))
		}
	})
}

// tighter are lines, each of which can only take something away.
func tighter() [][2]string {
	return [][2]string{
		{"conflict none\n", "conflict exchange-hot carol\n"},
		{"term bob none\n", "term bob 5\n"},
		{"term carol none\n", "term carol 11\n"},
		{"velocity 50.00000000 rBTC window 1008\n", "velocity 0.70000000 rBTC window 144\nvelocity 50.00000000 rBTC window 1008\n"},
		{"cap 20.00000000 rBTC window 1008\n", "cap 0.60000000 rBTC window 1008\n"},
		{"tier small below 1.00000000", "tier small below 0.55000000"},
		{"need small 2 treasury\n", "need small 3 treasury\n"},
		{"need small 2 treasury\n", "need small 1 recovery\nneed small 2 treasury\n"},
		{"expiry-max 2016\n", "expiry-max 143\n"},
		{"role veto treasury watch\n", "role veto recovery treasury watch\n"},
	}
}

func TestMoreLinesInAPolicyOnlyRefuseMore(t *testing.T) {
	v := signertest.New(t)
	approvers := []text.ID{"bob", "carol", "dave", "erin"}
	counts := map[bool]int{}
	rapid.Check(t, func(rt *rapid.T) {
		b := v.PolicyText
		amount := custody.Amount(rapid.Int64Range(1000, int64(coin)).Draw(rt, "amount"))
		who := rapid.SliceOfDistinct(rapid.SampledFrom(approvers), rapid.ID[text.ID]).Draw(rt, "approvals")
		permitted := true
		for _, i := range append([]int{-1}, rapid.SliceOfDistinct(rapid.IntRange(0, len(tighter())-1), rapid.ID[int]).Draw(rt, "lines")...) {
			if i >= 0 {
				if !strings.Contains(string(b), tighter()[i][0]) {
					continue // another line has taken its place
				}
				b = signertest.Replace(panicking{}, b, tighter()[i][0], tighter()[i][1])
			}
			now := permits(rt, v, b, amount, who)
			counts[now]++
			if now && !permitted {
				rt.Fatalf("want a tighter policy to refuse what the other refused, found it permitted under\n%s", b)
			}
			permitted = now
		}
	})
	if !testing.Short() && (counts[true] < 3 || counts[false] < 3) {
		t.Errorf("want both verdicts, found %v", counts)
	}
}

// permits says whether a withdrawal, approved anew, passes under a policy.
func permits(rt *rapid.T, v *signertest.Vault, b []byte, amount custody.Amount, who []text.ID) bool {
	p, err := policy.Parse(b)
	if err != nil {
		rt.Fatal(err)
	}
	order := v.Propose(func(w *signertest.Asked) {
		w.PolicyHash, w.Pays = p.Hash(), []record.Pay{v.To("exchange-hot", amount)}
	})
	world := v.World(v.Signer("signer-a"))
	world.Policies = quorum.NewPolicies(p)
	permit, _ := quorum.Judge(world, quorum.Submission{Text: order.Bytes(), Signatures: v.Approve(order, who...), Logs: v.Logs()}, quorum.Release)
	return permit.Valid()
}
