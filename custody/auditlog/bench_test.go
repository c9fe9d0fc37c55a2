package auditlog

import (
	"bytes"
	"crypto/sha256"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

// benchEntries are records of the usual length.
func benchEntries(n int) [][]byte {
	entries := make([][]byte, n)
	for i := range entries {
		entries[i] = append(bytes.Repeat([]byte("r"), 190), entry(i)...)
	}
	return entries
}

// hashOnce is the least that a verification can do: each leaf and each node once.
func hashOnce(entries [][]byte) Root {
	buf := make([]byte, 1, 1<<10)
	var edge []tlog.Hash
	for i, e := range entries {
		edge = append(edge, sha256.Sum256(append(buf[:1], e...)))
		for n := i; n&1 == 1; n >>= 1 {
			last := len(edge) - 1
			edge = append(edge[:last-1], tlog.NodeHash(edge[last-1], edge[last]))
		}
	}
	h := edge[len(edge)-1]
	for i := len(edge) - 2; i >= 0; i-- {
		h = tlog.NodeHash(edge[i], h)
	}
	return Root(h)
}

// BenchmarkProve reports full verification (decode, signature, every hash kept)
// as a multiple of hashing once, measured in turns in the same run.
func BenchmarkProve(b *testing.B) {
	const n = 200_000
	entries := benchEntries(n)
	k := testKey(1)
	note, err := k.sign(n, RootOf(entries))
	must(b, err)
	file := EncodeEntries(entries)
	var floor, full time.Duration
	for b.Loop() {
		start := time.Now()
		if hashOnce(entries) != RootOf(entries[:0]) { // always: only to use the result
			floor += time.Since(start)
		}
		start = time.Now()
		if _, err := Prove(note, file, k.Verifier()); err != nil {
			b.Fatal(err)
		}
		full += time.Since(start)
	}
	b.ReportMetric(float64(full)/float64(floor), "x-of-hashing-once")
	b.ReportMetric(float64(full.Nanoseconds())/float64(b.N)/n, "ns/entry")
}

func BenchmarkAppend(b *testing.B) {
	dir := b.TempDir()
	l, err := Create(openDir(b, dir), testKey(1))
	must(b, err)
	e := benchEntries(1)[0]
	for b.Loop() {
		must(b, l.Append(e))
	}
}

func BenchmarkProveAndCheckEntry(b *testing.B) {
	const n = 100_000
	tree := NewTree(benchEntries(n))
	e := benchEntries(100)[99]
	root, err := tree.Root(n)
	must(b, err)
	for b.Loop() {
		p, err := tree.ProveEntry(99, n)
		must(b, err)
		must(b, CheckEntry(p, n, root, 99, e))
	}
}
