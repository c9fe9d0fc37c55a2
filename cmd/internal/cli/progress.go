package cli

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// Progress tells on Err how far a long piece of work has come: a redrawn bar
// on a terminal, JSON lines elsewhere. Any number of goroutines may add to it.
type Progress struct {
	w     World
	label string
	unit  string
	total int64 // 0: not known
	width int   // columns of the terminal; 0: not a terminal

	mu    sync.Mutex
	done  int64
	shown time.Time
	drawn int // columns of the last bar, to be overwritten
}

// Progress starts one. The unit is the plural of what is counted, such as
// "coins"; "bytes" are shown with binary prefixes. A total of 0 is unknown.
// The first count is shown after a moment, the last one always.
func (w World) Progress(label string, total int64, unit string) *Progress {
	return &Progress{w: w, label: harmless(label), unit: harmless(unit), total: total, width: min(w.ErrWidth(), lineWidth), shown: w.Now()}
}

// Add counts n more and shows it when the last showing is old enough.
func (p *Progress) Add(n int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done += n
	every := jsonEvery
	if p.width > 0 {
		every = barEvery
	}
	if now := p.w.Now(); now.Sub(p.shown) >= every {
		p.shown = now
		p.show(false)
	}
}

// Done shows the last count and ends the line. It does not claim that the
// count is the total: work that failed ends where it stopped.
func (p *Progress) Done() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.show(true)
}

func (p *Progress) show(end bool) {
	if p.width == 0 {
		fmt.Fprintf(p.w.Err, "%s\n", p.json(end))
		return
	}
	bar := p.bar()
	columns := utf8.RuneCountInString(bar)
	fmt.Fprintf(p.w.Err, "\r%s", pad(bar, p.drawn))
	p.drawn = columns
	if end {
		fmt.Fprintln(p.w.Err)
	}
}

// json is one line such as
//
//	{"progress":"ship","done":5,"total":9,"unit":"bytes","end":false}
func (p *Progress) json(end bool) []byte {
	b, err := json.Marshal(struct {
		Progress string `json:"progress"`
		Done     int64  `json:"done"`
		Total    int64  `json:"total,omitempty"`
		Unit     string `json:"unit"`
		End      bool   `json:"end"`
	}{p.label, p.done, p.total, p.unit, end})
	if err != nil {
		panic("cli: a struct of texts and numbers does not encode: " + err.Error())
	}
	return b
}

// bar is one line such as
//
//	ship [##########          ]  50 % 1.0 GiB of 2.0 GiB
//
// at least one column short of the terminal's width, so that the cursor stays
// on it.
func (p *Progress) bar() string {
	counts := p.quantity(p.done)
	if p.total > 0 {
		share := min(1, float64(p.done)/float64(p.total))
		const cells = 20
		full := int(share * cells)
		counts = fmt.Sprintf("[%s%s] %3d %% %s of %s", strings.Repeat("#", full), strings.Repeat(" ", cells-full),
			int(share*100), p.quantity(p.done), p.quantity(p.total))
	}
	line := []rune(p.label + " " + counts)
	return string(line[:min(len(line), max(0, p.width-1))])
}

func (p *Progress) quantity(n int64) string {
	if p.unit != "bytes" {
		return grouped(n) + " " + p.unit
	}
	value, prefix := float64(n), 0
	for value >= 1024 && prefix < len(binaryPrefixes)-1 {
		value /= 1024
		prefix++
	}
	if prefix == 0 {
		return fmt.Sprintf("%d B", n)
	}
	return fmt.Sprintf("%.1f %s", value, binaryPrefixes[prefix])
}

var binaryPrefixes = [...]string{"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"}

// grouped writes a count with a comma before every third digit.
func grouped(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
