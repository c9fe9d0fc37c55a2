package quorum_test

import (
	"fmt"
	"runtime"
	"sync"
	"testing"

	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/record"
	"strongroom/quorum/sshsig"
	"strongroom/signer/signertest"
)

// signed is a signature with the key and the text that it is on: what the bare
// verification needs.
type signed struct {
	sig  *sshsig.Signature
	act  quorum.Act
	text []byte
}

// bare verifies signatures and does nothing else, spread over all cores.
func bare(b *testing.B, all []signed) {
	b.Helper()
	spread(len(all), func(i int) {
		s := all[i]
		if _, err := s.sig.Verify(s.sig.Key(), s.act.Namespace(), s.text, sshsig.Factor{}); err != nil {
			b.Error(err)
		}
	})
}

// spread calls work for every number below n, on all cores.
func spread(n int, work func(i int)) {
	var wg sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	for w := range workers {
		wg.Go(func() {
			for i := w; i < n; i += workers {
				work(i)
			}
		})
	}
	wg.Wait()
}

func parsed(b *testing.B, files []quorum.SignatureFile, message []byte) (out []signed) {
	b.Helper()
	for _, f := range files {
		s, err := sshsig.Parse(f.Bytes)
		if err != nil {
			b.Fatal(err)
		}
		out = append(out, signed{s, f.Act, message})
	}
	return out
}

// chainOf amends a vault's policy n times: a payee's cap goes up and down.
func chainOf(b *testing.B, v *signertest.Vault, n int) (steps []quorum.Step, sigs []signed) {
	b.Helper()
	logs := v.Logs()
	for i := range n {
		limit := coin * 2
		if i%2 == 0 {
			limit = coin * 3
		}
		o := v.AmendAs(policy.ClassLoosen, "alice", func(p *policy.Policy) (*policy.Policy, error) {
			d, _ := p.Destination("payroll")
			d.Cap = limit
			p, err := p.RemoveDestination("payroll")
			if err != nil {
				return nil, err
			}
			return p.AddDestination(d)
		}, nil, "bob", "dave", "erin")
		sub := quorum.Submission{Text: o.Proposal.Bytes(), Signatures: o.Signatures, Logs: logs, Next: quorum.Next{Policy: o.Beside[0].Bytes}}
		steps = append(steps, quorum.Step{Submission: sub, At: record.Tip{Known: true, Height: 10}})
		sigs = append(sigs, parsed(b, o.Signatures, o.Proposal.Bytes())...)
		v.Adopted(o)
	}
	return steps, sigs
}

// BenchmarkReplayOfPolicies replays a chain of 1,000 versions, four signatures
// each, and compares that with verifying the signatures alone.
func BenchmarkReplayOfPolicies(b *testing.B) {
	v := signertest.New(b)
	first := v.Policy
	steps, sigs := chainOf(b, v, 1000)
	b.Run("bare", func(b *testing.B) {
		for b.Loop() {
			bare(b, sigs)
		}
	})
	b.Run("replay", func(b *testing.B) {
		for b.Loop() {
			w := v.World(v.Signer("signer-a"))
			w.Device, w.State, w.Root = "", record.NewState(v.Network), nil
			w.Policies = quorum.NewPolicies(first)
			if c, report := quorum.Follow(w, steps, runtime.GOMAXPROCS(0)); c.Head().Version != uint64(len(steps)+1) {
				b.Fatal(c.Head().Version, report.Reasons)
			}
		}
	})
}

// BenchmarkTally judges 10,000 withdrawals with five approvals each, and compares
// that with verifying their signatures alone.
func BenchmarkTally(b *testing.B) {
	const proposals = 10_000
	v := signertest.New(b)
	world, logs := v.World(v.Signer("signer-a")), v.Logs()
	subs, sigs := make([]quorum.Submission, proposals), make([]signed, 0, 6*proposals)
	for i := range subs {
		p := v.Propose(func(w *signertest.Asked) { w.Memo = fmt.Sprintf("invoice %d", i) })
		files := v.Approve(p, "bob", "dave", "erin", "frank", "grace")
		subs[i] = quorum.Submission{Text: p.Bytes(), Signatures: files, Logs: logs}
		sigs = append(sigs, parsed(b, files, p.Bytes())...)
	}
	b.Run("bare", func(b *testing.B) {
		for b.Loop() {
			bare(b, sigs)
		}
	})
	b.Run("judge", func(b *testing.B) {
		for b.Loop() {
			quorum.Judge(world, subs[0], quorum.Release) // the logs are proven once
			spread(len(subs), func(i int) {
				if p, r := quorum.Judge(world, subs[i], quorum.Release); !p.Valid() {
					b.Error(r.Reasons)
				}
			})
		}
	})
}
