package custody

import (
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
)

func TestClaim(t *testing.T) {
	w, other := newPurse(t, "claim", 2, 3), newPurse(t, "strangers", 2, 3)
	packet := w.packet(t, 4)
	for i := range packet.Inputs {
		b, index, err := packet.Inputs[i].Claim(w.Descriptor)
		if err != nil {
			t.Fatal(err)
		}
		s, err := w.Derive(b, index)
		if err != nil || !slices.Equal(s.Output, packet.Inputs[i].WitnessUTXO.PkScript) {
			t.Fatalf("input %d: want the script at %s/%d, found another, error %v", i, b, index, err)
		}
	}
	changes := 0
	for i := range packet.Outputs {
		b, index, err := packet.Outputs[i].Claim(w.Descriptor)
		if err != nil {
			wantErrorText(t, err, "want 1 to 3 derivations, found 0: not this wallet's")
			continue
		}
		if changes++; b != Change || index != 5 {
			t.Fatalf("want change/5, found %s/%d", b, index)
		}
	}
	if changes != 1 {
		t.Fatalf("want one change output, found %d", changes)
	}
	foreign := other.packet(t, 1).Inputs[0].Derivations[0]
	name := func(v Derivation) string { return fmt.Sprintf("derivation of %x: ", v.PublicKey) }
	cases := []struct {
		attack string
		change func(all []Derivation) []Derivation
		want   func(all []Derivation) string
	}{
		{"foreign key beside ours", func(a []Derivation) []Derivation { return []Derivation{a[0], foreign} }, func([]Derivation) string {
			return name(foreign) + "want the origin of one of the wallet's keys and two steps, found " + KeyOrigin{foreign.Fingerprint, foreign.Path}.String()
		}},
		{"foreign key in place of one of ours", func(a []Derivation) []Derivation { a[1] = foreign; return a }, func([]Derivation) string {
			return name(foreign) + "want the origin of one of the wallet's keys and two steps, found " + KeyOrigin{foreign.Fingerprint, foreign.Path}.String()
		}},
		{"index of another", func(a []Derivation) []Derivation { a[2].Path[5] = 9; return a }, func(a []Derivation) string {
			return name(a[2]) + "want 0/0 like the one before, found 0/9"
		}},
		{"branch 2", func(a []Derivation) []Derivation { a[0].Path[4] = 2; return a }, func(a []Derivation) string {
			return name(a[0]) + "want branch 0 or 1 and an index below 2147483648, found " + KeyOrigin{a[0].Fingerprint, a[0].Path}.String()
		}},
		{"hardened index", func(a []Derivation) []Derivation { a[0].Path[5] |= Hardened; return a }, func(a []Derivation) string {
			return name(a[0]) + "want branch 0 or 1 and an index below 2147483648, found " + KeyOrigin{a[0].Fingerprint, a[0].Path}.String()
		}},
		{"one step less", func(a []Derivation) []Derivation { a[0].Path = a[0].Path[:5]; return a }, func(a []Derivation) string {
			return name(a[0]) + "want the origin of one of the wallet's keys and two steps, found " + KeyOrigin{a[0].Fingerprint, a[0].Path}.String()
		}},
		{"another account", func(a []Derivation) []Derivation { a[0].Path[2]++; return a }, func(a []Derivation) string {
			return name(a[0]) + "want the origin of one of the wallet's keys and two steps, found " + KeyOrigin{a[0].Fingerprint, a[0].Path}.String()
		}},
		{"one key twice", func(a []Derivation) []Derivation { a[2].Fingerprint = a[1].Fingerprint; return a }, func(a []Derivation) string {
			return name(a[2]) + fmt.Sprintf("want each of the wallet's keys once, found %x twice", a[1].Fingerprint)
		}},
		{"too many", func(a []Derivation) []Derivation { return append(a, a[0]) }, func([]Derivation) string { return "want 1 to 3 derivations, found 4" }},
	}
	for _, c := range cases {
		p := w.packet(t, 1)
		p.Inputs[0].Derivations = c.change(p.Inputs[0].Derivations)
		_, _, err := p.Inputs[0].Claim(w.Descriptor)
		if want := c.want(p.Inputs[0].Derivations) + ": not this wallet's"; err == nil || err.Error() != want || !errors.Is(err, ErrNotOwn) {
			t.Errorf("%s: want the error\n%s, found\n%v", c.attack, want, err)
		}
	}
}

func TestOwnInputsDoNotDependOnWorkers(t *testing.T) {
	w := newPurse(t, "workers", 2, 3)
	packet := w.packet(t, 9)
	for _, workers := range []int{-1, 0, 1, 2, 3, 100} {
		own, err := packet.OwnInputs(w.Descriptor, workers)
		if err != nil {
			t.Fatal(err)
		}
		for i := range own {
			if !slices.Equal(own[i].Script.Witness, packet.Inputs[i].WitnessScript) || own[i].Value != 100_000 {
				t.Fatalf("%d workers, input %d: want the input's own script and value, found %+v", workers, i, own[i])
			}
		}
	}
	lying := again(t, packet)
	lying.Inputs[6].WitnessScript = lying.Inputs[3].WitnessScript
	lying.Inputs[7].WitnessScript = lying.Inputs[3].WitnessScript
	for workers := range 12 {
		_, err := lying.OwnInputs(w.Descriptor, workers)
		place, _ := w.Derive(mustClaim(t, w, lying, 6))
		wantErrorText(t, err, fmt.Sprintf("input 6: want the witness script at %s, %x, found %x: not this wallet's", place.place(), place.Witness, lying.Inputs[3].WitnessScript))
	}
}

func mustClaim(t *testing.T, w *purse, p *PSBT, i int) (Branch, uint32) {
	t.Helper()
	b, index, err := p.Inputs[i].Claim(w.Descriptor)
	if err != nil {
		t.Fatal(err)
	}
	return b, index
}

func TestSignedByAttributes(t *testing.T) {
	w := newPurse(t, "attribute", 2, 3)
	packet := w.packet(t, 2)
	all, err := Combine(w.signed(t, packet, 2), w.signed(t, packet, 0))
	if err != nil {
		t.Fatal(err)
	}
	signed, err := SignedBy(all, w.Descriptor)
	if err != nil || fmt.Sprint(signed) != "[[0 2] [0 2]]" {
		t.Fatalf("want [[0 2] [0 2]], found %v, error %v", signed, err)
	}
	if signed, err = SignedBy(packet, w.Descriptor); err != nil || fmt.Sprint(signed) != "[[] []]" {
		t.Fatalf("want nobody, found %v, error %v", signed, err)
	}
	forged := again(t, all)
	forged.Inputs[1].PartialSigs[0].Signature[20] ^= 1
	if _, err := SignedBy(forged, w.Descriptor); err == nil {
		t.Fatal("want a bad signature refused, found it attributed")
	}
	foreign := again(t, all)
	setSignature(&foreign.Inputs[0], foreign.Inputs[1].PartialSigs[0].PublicKey, foreign.Inputs[1].PartialSigs[0].Signature)
	_, err = SignedBy(foreign, w.Descriptor)
	wantErrorText(t, err, fmt.Sprintf("signed by: input 0: want signatures by the keys of its script, found one by %x: not this wallet's", foreign.Inputs[1].PartialSigs[0].PublicKey))
	final, err := Finalize(all, w.Descriptor)
	if err != nil {
		t.Fatal(err)
	}
	final.Inputs[0].Derivations, final.Inputs[1].Derivations = packet.Inputs[0].Derivations, packet.Inputs[1].Derivations
	_, err = SignedBy(final, w.Descriptor)
	wantErrorText(t, err, "signed by: input 0: want partial signatures, found it final")
}

func TestEachInputCallsEachOnceAndNamesTheFirst(t *testing.T) {
	for workers := range 9 {
		var calls [50]atomic.Int32
		err := eachInput(len(calls), workers, func(i int) error {
			calls[i].Add(1)
			if i%7 == 6 {
				return fmt.Errorf("input %d", i)
			}
			return nil
		})
		wantErrorText(t, err, "input 6")
		if err := eachInput(50, workers, func(i int) error { calls[i].Add(10); return nil }); err != nil {
			t.Fatal(err)
		}
		for i := range calls {
			if n := calls[i].Load(); n < 10 || n > 11 {
				t.Fatalf("%d workers: want input %d once, found %d", workers, i, n)
			}
		}
	}
}

func BenchmarkOwnInputs(b *testing.B) {
	w := newPurse(b, "bench", 2, 3)
	p := w.packet(b, 1000)
	for b.Loop() {
		if _, err := p.OwnInputs(w.Descriptor, 1); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*1000), "ns/input")
}
