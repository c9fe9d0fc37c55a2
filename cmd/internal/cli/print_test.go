package cli

import (
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"
)

const address = "bc1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3qccfmv3"

func TestFieldsWrapAndNothingIsCut(t *testing.T) {
	s := newStage(t)
	s.Field("payee", address)
	s.Field("digest", strings.Repeat("0123456789abcdef", 4))
	s.Field("purpose", "the quarterly payment to the custodian's second desk, agreed in the meeting of 3 March, minus what was paid early")
	s.Field("a name that is long", "12.5 BTC")
	s.Field("empty", "")
	s.Field("forged", "a\npayee         b")
	same(t, "fields", s.out.String(), `payee         `+address+`
digest        0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
purpose       the quarterly payment to the custodian's second desk, agreed in
              the meeting of 3 March, minus what was paid early
a name that is long
              12.5 BTC
empty
forged        a\npayee b
`)
	for _, line := range strings.Split(s.out.String(), "\n") {
		if utf8.RuneCountInString(line) > lineWidth {
			t.Errorf("wanted at most %d columns, found %q", lineWidth, line)
		}
	}
}

func TestTableSetsAmountsToTheRight(t *testing.T) {
	s := newStage(t)
	s.Table([]string{"id", ">amount", "state"}, [][]string{{"W-1", "12.5 BTC", "waiting"}, {"W-12", "0.001 BTC"}})
	same(t, "table", s.out.String(), "id       amount  state\nW-1    12.5 BTC  waiting\nW-12  0.001 BTC\n")
}

func TestTableTooWideBecomesBlocksOfFields(t *testing.T) {
	s := newStage(t)
	s.Table([]string{"id", ">amount", "payee", "state"}, [][]string{{"W-1", "12.5 BTC", address, "waiting"}, {"W-2", "1 BTC", address}})
	same(t, "blocks", s.out.String(), "id            W-1\namount        12.5 BTC\npayee         "+address+
		"\nstate         waiting\n\nid            W-2\namount        1 BTC\npayee         "+address+"\nstate\n")
}

func TestTextWrapsParagraphsAndKeepsTheirIndent(t *testing.T) {
	s := newStage(t)
	s.Text("%s\n\n  %s", "one two", strings.Repeat("word ", 20))
	same(t, "text", s.out.String(), "one two\n\n  "+strings.Repeat("word ", 14)+"word\n  "+strings.Repeat("word ", 4)+"word\n")
}

func TestJSONKeepsAngleBrackets(t *testing.T) {
	s := newStage(t)
	if err := s.JSON(map[string]string{"path": "<0;1>/*"}); err != nil {
		t.Fatal(err)
	}
	same(t, "json", s.out.String(), "{\n  \"path\": \"<0;1>/*\"\n}\n")
}

func TestProgressElsewhereIsAtMostOneLineASecond(t *testing.T) {
	s := newStage(t)
	p := s.Progress("ship", 4000, "bytes")
	for range 35 {
		s.clock = s.clock.Add(100 * time.Millisecond)
		p.Add(100)
	}
	p.Done()
	same(t, "lines", s.err.String(), `{"progress":"ship","done":1000,"total":4000,"unit":"bytes","end":false}
{"progress":"ship","done":2000,"total":4000,"unit":"bytes","end":false}
{"progress":"ship","done":3000,"total":4000,"unit":"bytes","end":false}
{"progress":"ship","done":3500,"total":4000,"unit":"bytes","end":true}
`)
	s.err.Reset()
	s.Progress("scan", 0, "coins").Done()
	same(t, "unknown total", s.err.String(), `{"progress":"scan","done":0,"unit":"coins","end":true}`+"\n")
}

func TestProgressOnATerminalIsRedrawn(t *testing.T) {
	s := newStage(t)
	s.ErrWidth = func() int { return 200 }
	p := s.Progress("ship", 3<<30, "bytes")
	s.clock = s.clock.Add(50 * time.Millisecond)
	p.Add(1 << 30) // too early to be shown
	s.clock = s.clock.Add(50 * time.Millisecond)
	p.Add(1 << 29)
	p.Done()
	bar := "ship [##########          ]  50 % 1.5 GiB of 3.0 GiB"
	same(t, "screen", s.err.String(), "\r"+bar+"\r"+bar+"\n")
}

func TestProgressNeverReachesTheLastColumn(t *testing.T) {
	for _, width := range []int{1, 2, 40, 80, 500} {
		s := newStage(t)
		s.ErrWidth = func() int { return width }
		p := s.Progress(strings.Repeat("é", 100), 10, "coins")
		p.Done()
		line := strings.Trim(s.err.String(), "\r\n")
		if n := utf8.RuneCountInString(line); n >= min(width, lineWidth) {
			t.Errorf("width %d: found %d columns", width, n)
		}
	}
}

func TestProgressOverwritesALongerBar(t *testing.T) {
	s := newStage(t)
	s.ErrWidth = func() int { return 80 }
	p := s.Progress("scan", 0, "bytes")
	s.clock = s.clock.Add(time.Second)
	p.Add(1000)
	s.clock = s.clock.Add(time.Second)
	p.Add(24)
	same(t, "screen", s.err.String(), "\rscan 1000 B\rscan 1.0 KiB")
	p.Add(-1020)
	p.Done()
	same(t, "screen", s.err.String(), "\rscan 1000 B\rscan 1.0 KiB\rscan 4 B    \n")
}

func TestProgressIsSafeForManyWorkers(t *testing.T) {
	s := newStage(t)
	p := s.Progress("hash", 1000, "files")
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			for range 100 {
				p.Add(1)
			}
		})
	}
	wg.Wait()
	p.Done()
	same(t, "end", s.err.String(), `{"progress":"hash","done":1000,"total":1000,"unit":"files","end":true}`+"\n")
}

func TestCountsAreGrouped(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1000: "-1,000", -999: "-999"} {
		same(t, "count", grouped(n), want)
	}
}
