package policy

import (
	"testing"

	"strongroom/custody"
	"strongroom/quorum/text"
)

func BenchmarkParse(b *testing.B) {
	raw := rich(b).Bytes()
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(raw); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCheck(b *testing.B) {
	p := rich(b)
	b.ReportAllocs()
	for b.Loop() {
		if r := p.Check(); len(r) != 0 {
			b.Fatal(r)
		}
	}
}

func BenchmarkMatch(b *testing.B) {
	p := filled(b, custody.Regtest)
	needs := []Need{{3, "treasury"}, {1, "recovery"}, {1, "watch"}}
	people := []text.ID{"grace", "erin", "dave", "bob", "alice"}
	b.ReportAllocs()
	for b.Loop() {
		if _, _, ok := p.Match(needs, people); !ok {
			b.Fatal("want all seated")
		}
	}
}
