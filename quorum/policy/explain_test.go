package policy

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"strongroom/custody"
	"strongroom/quorum/sshsig"
)

func explained(p *Policy) string {
	var b strings.Builder
	for _, s := range p.Explain() {
		b.WriteString(s.Title + "\n")
		for _, line := range s.Lines {
			b.WriteString("  " + line + "\n")
		}
	}
	return b.String()
}

func TestExplanationIsTheGoldenOne(t *testing.T) {
	read := 0
	for name, p := range map[string]*Policy{
		"explain-team-mainnet.txt":     paying(t, Team, custody.Mainnet),
		"explain-fund-mainnet.txt":     paying(t, Fund, custody.Mainnet),
		"explain-exchange-mainnet.txt": paying(t, Exchange, custody.Mainnet),
		"explain-exchange-regtest.txt": paying(t, Exchange, custody.Regtest),
		"explain-policy-12.txt":        rich(t),
	} {
		if got := explained(p); got != string(golden(t, name)) {
			t.Errorf("%s: want that text, found\n%s", name, got)
		}
		read++
	}
	if read != 5 {
		t.Errorf("want 5 explanations, found %d", read)
	}
}

// A draft is explained too, and every section has a title and says something.
func TestDraftIsExplained(t *testing.T) {
	for _, preset := range presets() {
		for _, s := range presetDraft(t, preset, custody.Regtest).Explain() {
			if s.Title == "" || len(s.Lines) == 0 {
				t.Errorf("%s: want a title and lines, found %v", preset, s)
			}
		}
	}
	if got := len((&Policy{}).Explain()); got != 13 {
		t.Errorf("want 13 sections of no policy at all, found %d", got)
	}
}

func TestTestChainIsCalledOne(t *testing.T) {
	got := explained(paying(t, Team, custody.Regtest))
	if !strings.Contains(got, "TEST: regtest is a chain for tests") || strings.Contains(got, "(about") {
		t.Errorf("want TEST said and no hours, found\n%s", got)
	}
	if got := explained(paying(t, Team, custody.Mainnet)); strings.Contains(got, "TEST") {
		t.Errorf("want no TEST on mainnet, found\n%s", got)
	}
}

// waiting is the rich policy in which everything waits: where nothing does, the
// mode of the delay means nothing and is not explained. A factor line that asks
// for everything says what holds without one, so there is none.
func waiting(t *testing.T) *Policy {
	return must(t)(rich(t).edit(func(q *Policy) error {
		for i := range q.Tiers {
			q.Tiers[i].Cool = max(q.Tiers[i].Cool, 1)
		}
		for i := range q.Acts {
			q.Acts[i].Cool = max(q.Acts[i].Cool, 1)
		}
		q.Factors[2].Needs = sshsig.Factor{Presence: true, Verification: true}
		return nil
	}))
}

// others returns fields that may stand where one does.
func others(t *testing.T, field string) []string {
	var out []string
	if n := len(field); n > 0 && field[n-1] >= '0' && field[n-1] <= '9' || len(field) == 64 || len(field) == 8 {
		for _, digit := range "0123456789" {
			out = append(out, field[:n-1]+string(digit), field+string(digit))
		}
	}
	words := []string{"none", "7", "mainnet", "testnet", "full", "test", "active", "next", "retired", "governed", "external", "named", "stamped",
		"address", "descriptor", "every", "mildest", "up", "uv", "bound", "freeze", "propose", "veto", field + "x",
		"http://localhost:7444", "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0", verifier(t, "acme-treasury/zz")}
	for _, k := range []string{softKey(t, "other").String(), hardKey(t, "other").String(), p256Key(t, "other").String()} {
		_, b64, _ := strings.Cut(k, " ")
		words = append(words, b64)
	}
	return slices.DeleteFunc(append(out, words...), func(s string) bool { return s == field })
}

// altered returns the policy with one field of one line replaced by another that
// parses; where it must change in several lines, in all.
func altered(t *testing.T, lines []string, i, k int) (*Policy, bool) {
	fields := strings.Fields(lines[i])
	old := fields[k]
	for _, other := range others(t, old) {
		changed := slices.Clone(fields)
		changed[k] = other
		edited := slices.Clone(lines)
		edited[i] = strings.Join(changed, " ")
		if p, err := Parse([]byte(strings.Join(edited, "\n"))); err == nil {
			return p, true
		}
	}
	for j := range lines {
		lines[j] = strings.ReplaceAll(lines[j]+" ", " "+old+" ", " "+old+"x ")
		lines[j] = strings.TrimSuffix(lines[j], " ")
	}
	p, err := Parse([]byte(strings.Join(lines, "\n")))
	return p, err == nil
}

// Every value of every line shows: with another value the explanation is another
// one. What cannot have another value is listed.
func TestNoLineIsLeftUnexplained(t *testing.T) {
	p := waiting(t)
	before := explained(p)
	lines := strings.Split(string(bytes.TrimRight(p.Bytes(), "\n")), "\n")
	lines = append(lines, "")
	var fixed []string
	tried := 0
	for i, line := range lines[1 : len(lines)-1] {
		keyword, rest, _ := strings.Cut(line, " ")
		for k, field := range strings.Fields(rest) {
			q, ok := altered(t, slices.Clone(lines), i+1, k+1)
			if !ok {
				fixed = append(fixed, keyword+" "+field)
				continue
			}
			tried++
			if explained(q) == before {
				t.Errorf("%s: want field %q explained, found the same explanation with another", line, field)
			}
		}
	}
	slices.Sort(fixed)
	want := fixedFields()
	if got := slices.Compact(fixed); !slices.Equal(got, want) {
		t.Errorf("want only these without another value:\n%s\nfound\n%s", strings.Join(want, "\n"), strings.Join(got, "\n"))
	}
	if tried < 200 {
		t.Errorf("want at least 200 fields tried, found %d", tried)
	}
	t.Logf("%d fields tried", tried)
}

// fixedFields are the words that hold the grammar together, and the chain, which
// the addresses share.
func fixedFields() []string {
	return strings.Split(`act cool
act destination
act internal
act loosen
act reanchor
act rekey
act restore
act resync
act sweep
act thaw
act tighten
chain mainnet
clear loosen
clear recovery
destination BTC
destination address
destination cap
destination descriptor
destination window
factor up
need destination
need internal
need loosen
need reanchor
need recovery
need rekey
need restore
need resync
need sweep
need thaw
need tighten
quiet destination
quiet policy
quiet signer
recovery after
recovery cool
role freeze
role propose
role veto
signer ecdsa-sha2-nistp256
signer namespaces="*.v1@strongroom"
signer sk-ssh-ed25519@openssh.com
signer ssh-ed25519
tier BTC
tier below
tier cool
tier window
velocity BTC
velocity window`, "\n")
}

// Without any one of its lines the policy is explained differently.
func TestEveryLineCountsInTheExplanation(t *testing.T) {
	p := waiting(t)
	before := explained(p)
	lines := strings.SplitAfter(string(p.Bytes()), "\n")
	tried := 0
	for i := range lines[:len(lines)-1] {
		q, err := Parse([]byte(strings.Join(slices.Concat(lines[:i], lines[i+1:]), "")))
		if err != nil {
			continue
		}
		tried++
		if explained(q) == before {
			t.Errorf("want %q explained, found the same explanation without it", strings.TrimSpace(lines[i]))
		}
	}
	if tried < 40 {
		t.Errorf("want at least 40 lines tried, found %d", tried)
	}
}

func TestDurations(t *testing.T) {
	for n, want := range map[uint32]string{1: "10 minutes", 5: "50 minutes", 6: "1 hour", 36: "6 hours", 143: "23 hours", 144: "1 day", 4320: "30 days"} {
		if got := duration(n); got != want {
			t.Errorf("%d blocks: want %s, found %s", n, want, got)
		}
	}
	p := &Policy{Clock: ClockFull}
	for n, want := range map[uint32]string{0: "0 blocks", 1: "1 block (about 10 minutes)", 432: "432 blocks (about 3 days)"} {
		if got := p.wait(n); got != want {
			t.Errorf("want %s, found %s", want, got)
		}
	}
	if got := fmt.Sprint(series([]string{"a"}, "or"), ";", series([]string{"a", "b"}, "or"), ";", series([]string{"a", "b", "c"}, "and"), ";", series[string](nil, "or")); got != "a;a or b;a, b and c;nobody" {
		t.Errorf("found %s", got)
	}
}
