package policy

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"strongroom/custody"
	"strongroom/quorum/text"
)

const threeCases = `case small-payroll pay 0.50000000 payroll maker alice approve bob carol expect tier small
case alice-alone pay 0.50000000 payroll maker alice approve alice bob expect refused SEAT-SHORT
case after-others pay 0.50000000 payroll pay 1.00000000 otc-desk spent 99.50000000 maker dave approve alice bob erin grace clear heidi judy expect refused LIM-VELOCITY
case nobody pay 0.00000001 payroll maker alice expect refused SEAT-SHORT
`

func TestCasesAreReadAsTheyAreWritten(t *testing.T) {
	cases, err := ParseCases([]byte(threeCases))
	if err != nil || len(cases) != 4 {
		t.Fatalf("want 4 cases, found %d, %v", len(cases), err)
	}
	if got := string(FormatCases(cases)); got != threeCases {
		t.Errorf("want the same text, found\n%s", got)
	}
	want := Case{Name: "after-others", Pays: []CasePay{{coin / 2, "payroll"}, {coin, "otc-desk"}}, Spent: 99*coin + coin/2, Maker: "dave",
		Approve: []text.ID{"alice", "bob", "erin", "grace"}, Clear: []text.ID{"heidi", "judy"}, Code: CodeVelocity}
	if got := cases[2]; fmt.Sprint(got) != fmt.Sprint(want) || got.Maker != "dave" || len(got.Approve) != 4 || got.Tier != "" {
		t.Errorf("want %+v, found %+v", want, got)
	}
}

func TestCasesAreRefusedWithTheirLine(t *testing.T) {
	const first = "case one pay 1.00000000 payroll maker alice expect tier small\n"
	line := func(s string) string { return first + s + "\n" }
	for _, c := range []struct{ in, want string }{
		{"", "cases: want at least one line, the last one ended, found none or an open end"},
		{"case one", "cases: want at least one line, the last one ended, found none or an open end"},
		{"\n", "line 1: case: want some text, found none"},
		{first + "\n", "line 2: case: want some text, found none"},
		{first + "\n" + first, "line 2: case: want some text, found none"},
		{first + first, "line 2: case: want each name once, found one twice"},
		{line("# a remark"), `line 2: case: want the word "case", found "#"`},
		{line("case two\tpay"), "line 2: case: want printable ASCII, found byte 09 at 9"},
		{line("case two\r"), "line 2: case: want printable ASCII, found byte 0d at 9"},
		{line("case  two"), "line 2: case: want single spaces between words only, found one too many at 6"},
		{line("case"), "line 2: case: want a name, found the end of the line"},
		{line("case Two"), `line 2: case: want an id: a lower-case letter, then up to 31 letters, digits and single hyphens, found "Two"`},
		{line("case none pay"), `line 2: case: want a name, found "none", which is kept for absence`},
		{line("case pay 1.00000000 payroll"), `line 2: case: want a name, found the word "pay"`},
		{line("case two maker alice"), `line 2: case: want the word "pay", found "maker"`},
		{line("case two pay"), "line 2: case: want an amount, found the end of the line"},
		{line("case two pay 0.5 payroll"), `line 2: case: amount: want digits.eight-digits such as 0.50000000, found "0.5"`},
		{line("case two pay 0.00000000 payroll"), `line 2: case: want an amount above 0, found "0.00000000"`},
		{line("case two pay 1.00000000 BTC payroll"), `line 2: case: want an id: a lower-case letter, then up to 31 letters, digits and single hyphens, found "BTC"`},
		{line("case two pay 1.00000000 maker alice"), `line 2: case: want a name, found the word "maker"`},
		{line("case two pay 1.00000000 payroll approve bob"), `line 2: case: want the word "maker", found "approve"`},
		{line("case two pay 1.00000000 payroll spent 0.00000000"), `line 2: case: want an amount above 0, found "0.00000000"`},
		{line("case two pay 1.00000000 payroll spent 1.00000000 pay"), `line 2: case: want the word "maker", found "pay"`},
		{line("case two pay 1.00000000 payroll maker alice approve expect"), `line 2: case: want a name, found the word "expect"`},
		{line("case two pay 1.00000000 payroll maker alice approve bob bob"), "line 2: case: want each name once behind approve, found bob twice"},
		{line("case two pay 1.00000000 payroll maker alice clear bob approve carol"), `line 2: case: want the word "expect", found "approve"`},
		{line("case two pay 1.00000000 payroll maker alice bob"), `line 2: case: want the word "expect", found "bob"`},
		{line("case two pay 1.00000000 payroll maker alice"), "line 2: case: want expect, found the end of the line"},
		{line("case two pay 1.00000000 payroll maker alice expect"), "line 2: case: want tier or refused, found the end of the line"},
		{line("case two pay 1.00000000 payroll maker alice expect approved"), `line 2: case: want tier or refused behind expect, found "approved"`},
		{line("case two pay 1.00000000 payroll maker alice expect tier"), "line 2: case: want a name, found the end of the line"},
		{line("case two pay 1.00000000 payroll maker alice expect refused"), "line 2: case: want a code, found the end of the line"},
		{line("case two pay 1.00000000 payroll maker alice expect refused LIM-TEAR"),
			`line 2: case: want one code of SIG-UNKNOWN, SEAT-ROLE, DEST-UNKNOWN, DEST-DUP, LIM-TIER, LIM-VELOCITY, LIM-DESTINATION, SEAT-SHORT, CLR-MISSING, found "LIM-TEAR"`},
		{line("case two pay 1.00000000 payroll maker alice expect tier small now"), `line 2: case: want nothing more, found "now"`},
		{line("case two " + strings.Repeat("x", 4096)), "line 2: case: want at most 4096 bytes, found 4105"},
		{strings.Repeat(" ", 256<<10) + "\n", "cases: want at most 262144 bytes, found 262145"},
		{manyCases(1001), "line 1001: cases: want at most 1000, found more"},
	} {
		cases, err := ParseCases([]byte(c.in))
		var e *text.Error
		if !errors.As(err, &e) || err.Error() != c.want || cases != nil {
			t.Errorf("want %s\nfound %v", c.want, err)
		}
	}
	if cases, err := ParseCases([]byte(manyCases(1000))); err != nil || len(cases) != 1000 {
		t.Errorf("want 1000 cases, found %d, %v", len(cases), err)
	}
}

func manyCases(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "case c%d pay 1.00000000 payroll maker alice expect tier small\n", i)
	}
	return b.String()
}

func TestCaseMeetsTheRuleThatItIsAbout(t *testing.T) {
	p := paying(t, Exchange, custody.Mainnet)
	const large = "approve alice bob erin grace"
	for _, c := range []struct{ in, want string }{
		{"pay 0.50000000 payroll maker alice approve bob carol", "small: bob for treasury, carol for treasury"},
		{"pay 0.99999999 payroll maker alice approve bob carol", "small: bob for treasury, carol for treasury"},
		{"pay 1.00000000 payroll maker alice approve bob carol erin", "medium: erin for risk, bob for treasury, carol for treasury"},
		{"pay 0.50000000 payroll spent 0.50000000 maker alice approve bob carol",
			"medium SEAT-SHORT: approvals: want all seats of tier medium filled, found 0 of 1 seats of risk"},
		{"pay 0.40000000 payroll pay 0.50000000 payroll maker alice approve bob carol", "small: bob for treasury, carol for treasury"},
		{"pay 0.50000000 payroll maker alice approve bob alice",
			"small SEAT-SHORT: approvals: want all seats of tier small filled, found 1 of 2 seats of treasury; alice is the maker and does not count"},
		{"pay 0.50000000 payroll maker alice",
			"small SEAT-SHORT: approvals: want all seats of tier small filled, found 0 of 2 seats of treasury"},
		{"pay 0.50000000 otc-desk maker alice approve bob carol",
			"small SEAT-SHORT: approvals: want all seats of tier small filled, found 1 of 2 seats of treasury; carol has a conflict with a payee and does not count"},
		{"pay 0.50000000 otc-desk maker carol approve alice bob", "small: alice for treasury, bob for treasury"},
		{"pay 0.50000000 payroll maker alice approve bob zed", " SIG-UNKNOWN: signers: want officers of the policy, found zed"},
		{"pay 0.50000000 payroll maker alice approve bob carol clear zed", " SIG-UNKNOWN: signers: want officers of the policy, found zed"},
		{"pay 0.50000000 payroll maker zed", " SIG-UNKNOWN: signers: want officers of the policy, found zed"},
		{"pay 0.50000000 payroll maker erin approve bob carol", " SEAT-ROLE: maker: want an officer who may propose, found erin"},
		{"pay 0.50000000 petty maker alice approve bob carol", " DEST-UNKNOWN: pay: want a destination that the policy lists, found petty"},
		{"pay 0.50000000 otc-desk pay 0.10000000 otc-desk maker alice", " DEST-DUP: pay: want each payee once, found otc-desk twice"},
		{"pay 2.00000000 payroll maker alice approve bob carol erin", "medium: erin for risk, bob for treasury, carol for treasury"},
		{"pay 2.00000001 payroll maker alice approve bob carol erin",
			"medium LIM-DESTINATION: destination payroll: want at most 2.00000000 BTC in 4320 blocks, found 2.00000001 BTC with this withdrawal"},
		{"pay 0.50000000 payroll spent 1.60000000 maker alice approve bob carol erin",
			"medium LIM-DESTINATION: destination payroll: want at most 2.00000000 BTC in 4320 blocks, found 2.10000000 BTC with this withdrawal"},
		{"pay 100.00000001 otc-desk maker dave",
			"large LIM-VELOCITY: velocity: want at most 100.00000000 BTC in 144 blocks, found 100.00000001 BTC with this withdrawal"},
		{"pay 150.00000000 otc-desk maker dave", " LIM-TIER: tier: want a sum below the last tier's limit, found 150.00000000 BTC"},
		{"pay 20000000.00000000 otc-desk spent 20000000.00000000 maker dave",
			" LIM-TIER: tier: amount: want a sum of at most 21000000.00000000, found 20000000.00000000 + 20000000.00000000: amount out of range"},
		{"pay 100.00000000 otc-desk maker dave " + large + " clear heidi",
			"large: grace for board, erin for risk, alice for treasury, bob for treasury; cleared by heidi for watch"},
		{"pay 100.00000000 otc-desk maker dave " + large, "large CLR-MISSING: clearances: want all clear seats of tier large filled, found 0 of 1 seats of watch"},
		{"pay 100.00000000 otc-desk maker dave " + large + " clear kate",
			"large CLR-MISSING: clearances: want all clear seats of tier large filled, found 0 of 1 seats of watch"},
	} {
		cases, err := ParseCases([]byte("case one " + c.in + " expect tier small\n"))
		if err != nil {
			t.Fatal(err)
		}
		o := p.Try(cases[0])
		got := string(o.Tier) + ": " + o.Text
		if o.Code != "" {
			got = string(o.Tier) + " " + o.Code + ": " + o.Text
		}
		if got != c.want {
			t.Errorf("%s\nwant  %s\nfound %s", c.in, c.want, got)
		}
		if o.Approved() != (o.Code == "") {
			t.Errorf("%s: want approved exactly without a code, found %+v", c.in, o)
		}
	}
}

// Who is seated, or the maker, does not clear as well, whatever groups they are
// in.
func TestNobodySeatedClears(t *testing.T) {
	p := &Policy{
		Officers: []Officer{{ID: "alice"}, {ID: "bob"}, {ID: "carol"}},
		Groups:   []Group{{"all", []text.ID{"alice", "bob", "carol"}}},
		Roles:    Roles{Propose: []text.ID{"all"}},
		Tiers:    []Tier{{ID: "one", Below: coin, Needs: seatsOf(1, "all"), Clears: seatsOf(1, "all")}},
		Network:  custody.Regtest, Destinations: []Destination{{Label: "petty", Cap: coin}},
	}
	for clear, want := range map[text.ID]string{"alice": CodeUncleared, "bob": CodeUncleared, "carol": ""} {
		c := Case{Pays: []CasePay{{1, "petty"}}, Maker: "alice", Approve: []text.ID{"bob"}, Clear: []text.ID{clear}}
		if o := p.Try(c); o.Code != want {
			t.Errorf("%s: want %q, found %+v", clear, want, o)
		}
	}
	if o := (&Policy{}).Try(Case{}); o.Approved() || o.Code != CodeUnknownSigner {
		t.Errorf("want nothing approved by no policy, found %+v", o)
	}
	if o := p.Try(Case{Maker: "alice"}); o.Code != CodeUnknownPayee || o.Text != "pay: want at least one, found none" {
		t.Errorf("want no case without a payment, found %+v", o)
	}
	if o := p.Try(Case{Maker: "alice", Pays: []CasePay{{-1, "petty"}}}); o.Code != CodeTier {
		t.Errorf("want no amount below 0, found %+v", o)
	}
}

func TestCaseAgreesWithWhatItExpectsAlone(t *testing.T) {
	approved, refused := CaseOutcome{Tier: "small"}, CaseOutcome{Tier: "small", Code: CodeShort}
	for _, c := range []struct {
		c    Case
		o    CaseOutcome
		want bool
	}{
		{Case{Tier: "small"}, approved, true}, {Case{Tier: "large"}, approved, false}, {Case{Code: CodeShort}, approved, false},
		{Case{Code: CodeShort}, refused, true}, {Case{Code: CodeTier}, refused, false}, {Case{Tier: "small"}, refused, false},
		{Case{}, approved, false}, {Case{}, refused, false}, {Case{}, CaseOutcome{}, false}, {Case{Tier: "small", Code: CodeShort}, refused, false},
	} {
		if got := c.c.Agrees(c.o); got != c.want {
			t.Errorf("%+v and %+v: want %v", c.c, c.o, c.want)
		}
	}
}

func TestExampleCasesAreWhatTryFinds(t *testing.T) {
	for preset, fewest := range map[Preset]int{Team: 10, Fund: 14, Exchange: 14} {
		for _, n := range []custody.Network{custody.Mainnet, custody.Regtest} {
			p := paying(t, preset, n)
			cases := p.ExampleCases()
			for _, c := range cases {
				if o := p.Try(c); !c.Agrees(o) {
					t.Errorf("%s on %s: %s: found %+v", preset, n, c, o)
				}
			}
			b := FormatCases(cases)
			if again, err := ParseCases(b); err != nil || !bytes.Equal(FormatCases(again), b) {
				t.Errorf("%s on %s: want the examples read again, found %v", preset, n, err)
			}
			for _, x := range p.Tiers {
				if !slices.ContainsFunc(cases, func(c Case) bool { return c.Tier == x.ID }) {
					t.Errorf("%s on %s: want tier %s approved once, found it nowhere", preset, n, x.ID)
				}
			}
			if n == custody.Mainnet && len(cases) < fewest {
				t.Errorf("%s: want at least %d cases, found %d", preset, fewest, len(cases))
			}
		}
	}
	name := "cases-exchange-mainnet.txt"
	if got := FormatCases(paying(t, Exchange, custody.Mainnet).ExampleCases()); !bytes.Equal(got, golden(t, name)) {
		t.Errorf("%s: want that text, found\n%s", name, got)
	}
}

// Without payees there is nothing to show, and what cannot be written is left
// out.
func TestExampleCasesOfLess(t *testing.T) {
	for _, p := range []*Policy{{}, presetDraft(t, Team, custody.Regtest), staffed(t, Team, custody.Regtest)} {
		if got := p.ExampleCases(); got != nil {
			t.Errorf("want no examples, found %v", got)
		}
	}
	p := paying(t, Team, custody.Regtest)
	long := text.ID(strings.Repeat("x", 32))
	p.Tiers[0].ID, p.Tiers[1].ID = long, "expect"
	for _, c := range p.ExampleCases() {
		if c.Tier == "expect" || !c.Agrees(p.Try(c)) {
			t.Errorf("want what can be written, found %s", c)
		}
	}
	p.Tiers[1].ID = text.ID(strings.Repeat("y", 32))
	cases := p.ExampleCases()
	if again, err := ParseCases(FormatCases(cases)); err != nil || len(again) != len(cases) {
		t.Errorf("want names that differ, found %v", err)
	}
}

func drawCase(t *rapid.T, p *Policy) Case {
	who := rapid.SampledFrom(p.everybody())
	amount := rapid.OneOf(rapid.Int64Range(1, 3*int64(coin)), rapid.Int64Range(1, 200*int64(coin)),
		rapid.SampledFrom([]int64{int64(coin) - 1, int64(coin), 2 * int64(coin), 25 * int64(coin), 100 * int64(coin), 150 * int64(coin)}))
	c := Case{Name: "drawn", Maker: who.Draw(t, "maker"), Code: CodeShort}
	for _, label := range rapid.SliceOfNDistinct(rapid.SampledFrom([]text.ID{"otc-desk", "payroll", "petty"}), 1, 3, rapid.ID).Draw(t, "payees") {
		c.Pays = append(c.Pays, CasePay{custody.Amount(amount.Draw(t, "amount")), label})
	}
	if rapid.Bool().Draw(t, "after others") {
		c.Spent = custody.Amount(amount.Draw(t, "spent"))
	}
	c.Approve = rapid.SliceOfNDistinct(who, 0, 11, rapid.ID).Draw(t, "approve")
	c.Clear = rapid.SliceOfNDistinct(who, 0, 3, rapid.ID).Draw(t, "clear")
	return c
}

// slowly says whether a case is approved, the slow and obvious way, where no
// watcher sits in another group.
func slowly(p *Policy, c Case) bool {
	total := c.Spent
	to := map[text.ID]custody.Amount{}
	for _, x := range c.Pays {
		total += x.Amount
		to[x.Label] += x.Amount
	}
	for label, sum := range to {
		if d, ok := p.Destination(label); !ok || sum+c.Spent > d.Cap {
			return false
		}
	}
	for _, v := range p.Velocities {
		if total > v.Cap {
			return false
		}
	}
	may := func(ids []text.ID, conflicts bool) []text.ID {
		var out []text.ID
		for _, id := range ids {
			if id != c.Maker && !(conflicts && to["otc-desk"] > 0 && id == "carol") {
				out = append(out, id)
			}
		}
		return out
	}
	full := func(needs []Need, people []text.ID) bool {
		var seats []text.ID
		for _, n := range needs {
			for range n.Seats {
				seats = append(seats, n.Group)
			}
		}
		return judge(p, seats, people) == len(seats)
	}
	for _, x := range p.Tiers {
		if total < x.Below {
			return slices.Contains(p.Members("treasury"), c.Maker) && full(x.Needs, may(c.Approve, true)) && full(x.Clears, may(c.Clear, false))
		}
	}
	return false
}

func TestTryAgreesWithTheSlowWay(t *testing.T) {
	p := paying(t, Exchange, custody.Mainnet)
	approved := 0
	rapid.Check(t, func(t *rapid.T) {
		c := drawCase(t, p)
		o := p.Try(c)
		if o.Approved() {
			approved++
		}
		if want := slowly(p, c); o.Approved() != want {
			t.Fatalf("%s: want approved %v, found %+v", c, want, o)
		}
		if again, err := ParseCases([]byte(c.String() + "\n")); err != nil || again[0].String() != c.String() {
			t.Fatalf("%s: want it read again, found %v", c, err)
		}
	})
	t.Logf("%d approved", approved)
}

// What parses is written in the same bytes, and no case makes Try fail otherwise
// than by an outcome.
func FuzzParseCases(f *testing.F) {
	p := paying(f, Exchange, custody.Mainnet)
	f.Add([]byte(threeCases))
	f.Add(FormatCases(p.ExampleCases()))
	f.Add([]byte("case one pay 1.00000000 payroll maker alice expect tier small\n"))
	f.Add([]byte("case one\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		cases, err := ParseCases(b)
		if err != nil {
			if cases != nil {
				t.Fatal("want no cases beside a refusal")
			}
			return
		}
		if again := FormatCases(cases); !bytes.Equal(again, b) {
			t.Fatalf("want the same bytes, found %q", again)
		}
		for _, c := range cases {
			if o := p.Try(c); o.Approved() == (o.Code != "") || o.Text == "" {
				t.Fatalf("%s: want a tier or a code, and a sentence, found %+v", c, o)
			}
		}
	})
}

// An example fills a limit to the brim and no further, and spreads a sum that no
// payee may take alone.
func TestExamplePaysWithinTheLimits(t *testing.T) {
	p := &Policy{Velocities: []Velocity{{10, oneDay}}, Destinations: []Destination{{Label: "a", Cap: 3}, {Label: "b", Cap: 6}, {Label: "c", Cap: 5}}}
	for sum, want := range map[custody.Amount]string{0: "[]", 3: "[{0.00000003 a}]", 4: "[{0.00000004 b}]", 6: "[{0.00000006 b}]",
		7: "[{0.00000003 a} {0.00000004 b}]", 10: "[{0.00000003 a} {0.00000006 b} {0.00000001 c}]", 11: "[]"} {
		if got := fmt.Sprint(p.payOut(sum)); got != want {
			t.Errorf("%s: want %s, found %s", sum, want, got)
		}
	}
	p.Velocities[0].Cap = 20
	if got := p.payOut(15); got != nil {
		t.Errorf("want no payment beyond all caps, found %v", got)
	}
}
