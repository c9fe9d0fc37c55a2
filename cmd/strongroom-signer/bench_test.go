package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"testing"

	"strongroom/custody"
	"strongroom/signer/signertest"
)

// built builds a program of this module as a release does.
func built(b *testing.B, name string) string {
	b.Helper()
	bin := filepath.Join(b.TempDir(), name)
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", bin, "strongroom/cmd/"+name)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	return bin
}

// run runs a program to its end and returns its peak memory in bytes.
func run(b *testing.B, bin string, args ...string) float64 {
	b.Helper()
	cmd := exec.Command(bin, args...)
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	used, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		b.Fatal("want the child's resource usage, found none")
	}
	return float64(used.Maxrss) * 1024
}

func BenchmarkStartSigner(b *testing.B) { benchmarkStart(b, "strongroom-signer") }
func BenchmarkStartDesk(b *testing.B)   { benchmarkStart(b, "strongroom") }

// benchmarkStart measures a program from its start to its end with nothing to
// do, beside its size.
func benchmarkStart(b *testing.B, name string) {
	bin := built(b, name)
	info, err := os.Stat(bin)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		run(b, bin, "--version")
	}
	b.ReportMetric(float64(info.Size())/1e6, "MB-on-disk")
}

func BenchmarkInspect1(b *testing.B)    { benchmarkInspect(b, 1) }
func BenchmarkInspect100(b *testing.B)  { benchmarkInspect(b, 100) }
func BenchmarkInspect1000(b *testing.B) { benchmarkInspect(b, 1000) }

// benchmarkInspect measures the whole program judging a bundle with n inputs,
// and the most memory it held. Unlocking the key, which is made to take 256 MiB,
// comes on top when it releases.
func benchmarkInspect(b *testing.B, n int) {
	const coin custody.Amount = 1_0000_0000
	bin, v := built(b, "strongroom-signer"), signertest.New(b)
	coins := v.Fund(slices.Repeat([]custody.Amount{max(coin/1000, coin/custody.Amount(n))}, n)...)
	p := v.Propose(func(w *signertest.Asked) { w.FeeMax = coin / 100 })
	order := &signertest.Order{Proposal: p, Signatures: v.Approve(p, "bob", "carol"), Packet: v.BuildPSBT(p, coins...)}
	bundle := filepath.Join(b.TempDir(), "bundle")
	v.WriteBundle(bundle, v.Bundle(order))
	s := v.Signer("signer-a")
	s.Close()
	var peak float64
	for b.Loop() {
		peak = max(peak, run(b, bin, "--home", s.Dir, "inspect", bundle))
	}
	b.ReportMetric(peak/(1<<20), "peak-MiB")
	b.ReportMetric(float64(len(order.Packet.Bytes()))/1e3, "packet-kB")
}
