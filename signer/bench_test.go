package signer_test

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	"strongroom/custody"
	"strongroom/quorum"
	"strongroom/signer/keystore"
	"strongroom/signer/signertest"
)

// The benchmarks of a release stand beside the floor: what a signer cannot do
// without, done bare. Their ratio is what the judgement, the packet's form and
// the records on disk cost.

func BenchmarkRelease1(b *testing.B)    { benchmarkRelease(b, 1) }
func BenchmarkRelease100(b *testing.B)  { benchmarkRelease(b, 100) }
func BenchmarkRelease1000(b *testing.B) { benchmarkRelease(b, 1000) }

func BenchmarkFloor1(b *testing.B)    { benchmarkFloor(b, 1) }
func BenchmarkFloor100(b *testing.B)  { benchmarkFloor(b, 100) }
func BenchmarkFloor1000(b *testing.B) { benchmarkFloor(b, 1000) }

// inputs returns a vault with an order that spends n coins.
func inputs(b *testing.B, n int) (*signertest.Vault, *signertest.Order, []quorum.File) {
	b.Helper()
	v := signertest.New(b)
	coins := v.Fund(slices.Repeat([]custody.Amount{max(coin/1000, coin/custody.Amount(n))}, n)...)
	p := v.Propose(func(w *signertest.Asked) { w.FeeMax = coin / 100 })
	order := &signertest.Order{Proposal: p, Signatures: v.Approve(p, "bob", "carol"), Packet: v.BuildPSBT(p, coins...)}
	return v, order, v.Bundle(order)
}

// benchmarkRelease judges, records, signs, verifies and records again, each time
// on a fresh copy of the home. Unlocking the key, which is slow on purpose, is
// not counted.
func benchmarkRelease(b *testing.B, n int) {
	v, order, files := inputs(b, n)
	s, key := v.Signer("signer-a"), v.Signer("signer-a").Unlock()
	s.Close()
	home, workers := s.Dir, runtime.GOMAXPROCS(0)
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		s.Dir = filepath.Join(b.TempDir(), "home")
		must(b, os.CopyFS(s.Dir, os.DirFS(home)))
		s.Reopen()
		session := v.Session("frank")
		b.StartTimer()
		visit := s.Machine.Judge(files, quorum.Release, workers)
		if len(visit.Items) != 1 || visit.Items[0].Spend == nil {
			b.Fatalf("want it permitted, found %v", visit.Items[0].Reasons)
		}
		if _, err := s.Machine.Release(visit, session, visit.Items[0], key, workers); err != nil {
			b.Fatal(err)
		}
		must(b, s.Machine.Finish(visit, session, ""))
		b.StopTimer()
		s.Close()
		b.StartTimer()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/input")
	b.ReportMetric(float64(len(order.Packet.Bytes())), "packet-bytes")
}

// benchmarkFloor derives the scripts, signs and verifies, and no more.
func benchmarkFloor(b *testing.B, n int) {
	v, order, _ := inputs(b, n)
	key, workers := v.Signer("signer-a").Unlock(), runtime.GOMAXPROCS(0)
	index, _ := v.Wallet.KeyIndex(key.Key())
	indexes := make([]uint32, n)
	values := make([]custody.Amount, n)
	for i, in := range order.Packet.Inputs {
		_, at, err := in.Claim(v.Wallet)
		must(b, err)
		out, err := order.Packet.Spent(i)
		must(b, err)
		indexes[i], values[i] = at, custody.Amount(out.Value)
	}
	b.ReportAllocs()
	for b.Loop() {
		scripts, err := v.Wallet.DeriveParallel(custody.Receive, indexes, workers)
		must(b, err)
		hasher := custody.NewSighasher(order.Packet.Tx)
		keys, digests, jobs := make([][33]byte, n), make([][32]byte, n), make([]keystore.Job, n)
		for i, s := range scripts {
			digests[i] = hasher.Digest(i, s.Witness, values[i])
			keys[i], jobs[i] = s.Keys[index], keystore.Job{Branch: s.Branch, Index: s.Index, Digest: digests[i]}
		}
		sigs, err := key.SignMany(jobs, workers)
		must(b, err)
		must(b, custody.VerifyMany(keys, digests, sigs, workers))
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/input")
}

// BenchmarkMemory1000 reports how much a judged transaction keeps in memory, as
// a multiple of the packet's size.
func BenchmarkMemory1000(b *testing.B) {
	v, order, files := inputs(b, 1000)
	s := v.Signer("signer-a")
	size := float64(len(order.Packet.Bytes()))
	var before, after runtime.MemStats
	for b.Loop() {
		runtime.GC()
		runtime.ReadMemStats(&before)
		visit := s.Machine.Judge(files, quorum.Release, runtime.GOMAXPROCS(0))
		runtime.GC()
		runtime.ReadMemStats(&after)
		runtime.KeepAlive(visit)
	}
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/size, "kept/packet")
	b.ReportMetric(float64(after.TotalAlloc-before.TotalAlloc)/size, "allocated/packet")
}
