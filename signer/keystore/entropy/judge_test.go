package entropy

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// dice are the sources that judgeRolls judges.
func dice() []Source { return []Source{Dice6, Dice8, Dice10, Dice12, Dice20, Coins, File} }

// sumsOfSquares returns how likely each sum of squared counts is for n rolls,
// added up over all ways to fall: no approximation but that of floats.
func sumsOfSquares(faces, n int) map[int]float64 {
	weight := make([]float64, n+1)
	for c := range weight {
		g, _ := math.Lgamma(float64(c + 1))
		weight[c] = math.Exp(-g)
	}
	at := make([]map[int]float64, n+1) // by rolls used so far
	at[0] = map[int]float64{0: 1}
	for range faces {
		next := make([]map[int]float64, n+1)
		for used, sums := range at {
			for c := 0; used+c <= n; c++ {
				if next[used+c] == nil {
					next[used+c] = map[int]float64{}
				}
				for s, p := range sums {
					next[used+c][s+c*c] += p * weight[c]
				}
			}
		}
		at = next
	}
	g, _ := math.Lgamma(float64(n + 1))
	all := math.Exp(g - float64(n)*math.Log(float64(faces)))
	for s := range at[n] {
		at[n][s] *= all
	}
	return at[n]
}

// chances says how likely honest rolls reach each threshold.
func chances(faces, n int) (even, suspect, refuse float64) {
	for s, p := range sumsOfSquares(faces, n) {
		statistic, at := faces*s-n*n, chiSquare(faces)
		if 100*statistic <= at.even*n {
			even += p
		}
		if statistic >= at.suspect*n {
			suspect += p
		}
		if statistic >= at.refuse*n {
			refuse += p
		}
	}
	return even, suspect, refuse
}

func TestChiSquareThresholdsHoldExactly(t *testing.T) {
	for _, source := range dice() {
		faces, least := source.kind().faces, source.Least(LeastBits)
		counts := []int{fewestCounted, least, least + 5}
		if source == File {
			counts = []int{fewestCounted, 50} // more take long; see below
		}
		for _, n := range counts {
			even, suspect, refuse := chances(faces, n)
			slack := 1.0
			if n < least {
				slack = 5
			}
			if refuse > slack/refuseOdds || suspect > slack/suspectOdds || even > slack/suspectOdds {
				t.Errorf("%s, %d rolls: refused %.2g, suspect %.2g, even %.2g", source, n, refuse, suspect, even)
			}
			if source != Coins && source != File && n == least && refuse < 0.1/refuseOdds {
				t.Errorf("%s, %d rolls: refused %.2g, the threshold is too lax", source, n, refuse)
			}
		}
		// for very many rolls
		at := chiSquare(faces)
		if p := chiTail(float64(at.refuse), faces-1); p > 1.0/refuseOdds {
			t.Errorf("%s: refused %.2g", source, p)
		}
		if p := chiTail(float64(at.suspect), faces-1); p > 1.0/suspectOdds {
			t.Errorf("%s: suspect %.2g", source, p)
		}
		if p := 1 - chiTail(max(float64(at.even)/100, 0), faces-1); p > 1.0/suspectOdds {
			t.Errorf("%s: even %.2g", source, p)
		}
	}
}

// chiTail is the chance that a chi-square of so many degrees of freedom, an odd
// number, is above x.
func chiTail(x float64, degrees int) float64 {
	p := math.Erfc(math.Sqrt(x / 2))
	for k := 1; k < degrees; k += 2 {
		g, _ := math.Lgamma(float64(k)/2 + 1)
		p += math.Exp(float64(k)/2*math.Log(x/2) - x/2 - g)
	}
	return p
}

func rolls(r *rand.Rand, faces, n int) []byte {
	out := make([]byte, n)
	for i := range out {
		out[i] = byte(r.IntN(faces))
	}
	return out
}

func TestHonestDicePass(t *testing.T) {
	const runs = 3000
	r := rand.New(rand.NewPCG(1, 2))
	for _, source := range dice() {
		faces, least := source.kind().faces, source.Least(LeastBits)
		found := map[Level]int{}
		for i := range runs {
			found[judgeRolls(rolls(r, faces, least+i%20), faces).Level()]++
		}
		if found[Refused] > 0 || found[Suspect] > runs/80 || found[Plain]+found[Suspect] != runs {
			t.Errorf("%s: %v", source, found)
		}
		t.Logf("%s: %d honest contributions, %d suspect, %d refused", source, runs, found[Suspect], found[Refused])
	}
}

// loaded rolls a die whose first faces share a probability.
func loaded(r *rand.Rand, faces, heavy int, p float64, n int) []byte {
	out := make([]byte, n)
	for i := range out {
		if r.Float64() < p {
			out[i] = byte(r.IntN(heavy))
		} else {
			out[i] = byte(heavy + r.IntN(faces-heavy))
		}
	}
	return out
}

func TestLoadedDiceAreRefused(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	cases := []struct {
		faces, heavy int
		p            float64
		n            int
	}{
		{6, 1, 0.75, 50}, {6, 1, 0.3, 1000}, {6, 2, 0.97, 50}, {6, 3, 0.999, 100}, {20, 1, 0.6, 30}, {20, 4, 0.95, 60}, {2, 1, 0.85, 132}, {2, 1, 0.6, 2000}, {16, 8, 0.9, 256},
	}
	for _, c := range cases {
		refused := 0
		for range 100 {
			if judgeRolls(loaded(r, c.faces, c.heavy, c.p, c.n), c.faces).Level() == Refused {
				refused++
			}
		}
		if refused < 90 {
			t.Errorf("%+v: refused %d of 100", c, refused)
		}
	}
}

func TestKeyboardsAreRefused(t *testing.T) {
	repeated := func(s string, n int) string { return strings.Repeat(s, n/len(s)+1)[:n] }
	text := func(s string, n int) string { return fmt.Sprintf("%x", repeated(s, n)) }
	var counter strings.Builder
	for i := range 128 {
		fmt.Fprintf(&counter, "%02x", i)
	}
	cases := []struct {
		source Source
		typed  string
		want   string
	}{
		{Dice6, repeated("1", 50), "some faces come up too often"},
		{Dice6, repeated("123456", 50), "some steps from roll to roll come too often"},
		{Dice6, repeated("654321", 50), "some steps from roll to roll come too often"},
		{Dice6, repeated("12", 50), "some faces come up too often"},
		{Dice6, repeated("112233445566", 60), "some steps from roll to roll come too often"},
		{Dice6, repeated("153624", 50), "some steps from roll to roll come too often"},
		{Dice6, repeated("4153266412355", 50), "a long stretch comes twice"},
		{Dice6, exampleValue[:30] + "111111111111" + exampleValue[30:], "one face comes up too many times in a row"},
		{Dice6, exampleValue[:25] + exampleValue[:25], "a long stretch comes twice"},
		{Coins, repeated("ht", 132), "some steps from roll to roll come too often"},
		{Coins, repeated("hhtt", 140), "a long stretch comes twice"},
		{Dice20, repeated("1 2 3 4 5 6 7 8 9 10 ", 90), "some steps from roll to roll come too often"},
		{File, text("The quick brown fox jumps over the lazy dog. ", 128), "some faces come up too often"},
		{File, repeated("00", 256), "some faces come up too often"},
		{File, counter.String(), "the bytes count up or down"},
	}
	for _, c := range cases {
		got, err := NewContribution(alice, c.source, []byte(c.typed))
		if err != nil {
			t.Fatal(err)
		}
		if v := got.Judge(); v.Level() != Refused || v.Worst() != c.want {
			t.Errorf("%s %.20s...: want %q, found %v %q", c.source, c.typed, c.want, v.Level(), v.Worst())
		}
	}
}

// People who make rolls up avoid what was just there.
func TestMadeUpRollsWithoutRepeatsAreNoticed(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	made := func(n int) []byte {
		out := []byte{0}
		for len(out) < n {
			if next := byte(r.IntN(6)); next != out[len(out)-1] {
				out = append(out, next)
			}
		}
		return out
	}
	for range 200 {
		if v := judgeRolls(made(50), 6); v.Level() < Suspect {
			t.Errorf("50: found %v", v)
		}
		if v := judgeRolls(made(100), 6); v.Level() != Refused || !slices.Contains(v.Findings(), Finding{Refused, "too few rolls are like the one before"}) {
			t.Errorf("100: found %v", v)
		}
	}
}

// Every face five times, as if dealt out: too good to be true, but no more.
func TestEvenRollsAreNoticed(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	out := make([]byte, 0, 100)
	for i := range 100 {
		out = append(out, byte(i%20))
	}
	r.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	v := judgeRolls(out, 20)
	if v.Level() != Suspect || v.Worst() != "the faces come up too evenly" {
		t.Errorf("found %v", v)
	}
}

func TestShuffledCardsPassAndOthersDont(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 9))
	fresh := func() []byte { // a new deck: suit after suit, two to ace
		var deck []byte
		for suit := range 4 {
			for rank := range 13 {
				deck = append(deck, byte(4*rank+suit))
			}
		}
		return deck
	}
	riffle := func(deck []byte) []byte { // as Gilbert, Shannon and Reeds model it
		cut := 0
		for range deck {
			cut += r.IntN(2)
		}
		left, right := deck[:cut], deck[cut:]
		var out []byte
		for len(left)+len(right) > 0 {
			if r.IntN(len(left)+len(right)) < len(left) {
				out, left = append(out, left[0]), left[1:]
			} else {
				out, right = append(out, right[0]), right[1:]
			}
		}
		return out
	}
	riffled := func(times, cards int) []byte {
		deck := fresh()
		for range times {
			deck = riffle(deck)
		}
		return deck[:cards]
	}
	const runs = 2000
	found := map[Level]int{}
	for range runs {
		found[judgeCards([][]byte{riffled(7, 52), riffled(8, 29)}).Level()]++
	}
	if found[Refused] > 0 || found[Suspect] > runs/50 {
		t.Errorf("seven riffles: %v", found)
	}
	t.Logf("%d honest pairs of decks, %d suspect, %d refused", runs, found[Suspect], found[Refused])
	backwards := fresh()
	slices.Reverse(backwards)
	good := riffled(9, 52)
	cut := append(slices.Clone(good[20:]), good[:20]...)
	const neighbours, again = "too many cards lie beside their neighbour of a new deck", "a stretch comes again in another deck"
	for _, c := range []struct {
		name  string
		decks [][]byte
		want  string
	}{
		{"new", [][]byte{fresh()}, neighbours},
		{"backwards", [][]byte{good, backwards}, neighbours},
		{"fifteen new ones", [][]byte{fresh()[:15]}, neighbours},
		{"one riffle", [][]byte{riffled(1, 52)}, neighbours},
		{"two riffles", [][]byte{riffled(2, 52)}, neighbours},
		{"the same deck", [][]byte{good, good}, again},
		{"the same deck, cut", [][]byte{good, riffled(9, 52), cut}, again},
	} {
		if v := judgeCards(c.decks); v.Level() != Refused || v.Worst() != c.want {
			t.Errorf("%s: found %v", c.name, v)
		}
	}
}

func TestFewRollsAreNoPattern(t *testing.T) {
	for _, s := range []string{"1", "11", "12", "123", "1111"} {
		c, err := NewContribution(alice, Dice6, []byte(s))
		if err != nil {
			t.Fatal(err)
		}
		if v := c.Judge(); v.Level() != Plain {
			t.Errorf("%s: found %v", s, v)
		}
	}
	if v := judgeRolls(nil, 6); v.Level() != Plain {
		t.Errorf("none: found %v", v)
	}
	if v := judgeRolls(make([]byte, 20), 7); v.Level() != Refused {
		t.Errorf("a die that isn't known: found %v", v)
	}
}

func TestLevelsHaveNames(t *testing.T) {
	if got := fmt.Sprint(Level(0), Plain, Suspect, Refused, Verdict{}.Level()); got != "not judged plain suspect refused not judged" {
		t.Errorf("found %s", got)
	}
	if (Verdict{judged: true}).Worst() != "" {
		t.Error("plain rolls have a fault")
	}
}
