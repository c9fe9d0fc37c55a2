package policy

import (
	"fmt"
	"math/big"
	"strings"
)

// textWidth is how many columns the coalition table takes.
const textWidth = 80

// Text returns the table as lines for a terminal of 80 columns; who is bound by
// no policy stands first. A name that is longer than a line is not broken.
func (c Coalitions) Text() []string {
	w := &tableWriter{}
	w.line(0, "Who can sign without the policy")
	for _, b := range c.Bypasses {
		w.line(1, "%s", b.sentence(c.Cheapest))
	}
	w.none(len(c.Bypasses), "no wallet yet")
	w.line(0, "What an act takes, the maker included")
	for _, r := range c.Rows {
		c.row(w, r)
	}
	w.line(0, "Whose loss leaves no way to change the policy, neither loosen nor recovery")
	for _, k := range c.Kills {
		w.line(1, "%s: %s", headcount(k.People), k.sentence())
	}
	w.none(len(c.Kills), "nobody, or loosen and recovery cannot be filled at all")
	w.line(0, "The most that leaves if signers are hidden from each other (N/M times the cap)")
	for _, b := range c.Bounds {
		outside := ""
		if b.External > 0 {
			outside = fmt.Sprintf("; %d of its keys external, counting no limits", b.External)
		}
		w.line(1, "wallet %s: %s in %d credits, where the cap is %s%s", b.Wallet, b.Hard.In(c.Network), b.Window, b.Cap.In(c.Network), outside)
	}
	w.none(len(c.Bounds), "no bound: no velocity or no wallet")
	if c.More {
		w.line(0, "There is more than is listed here.")
	}
	return w.lines
}

// row writes what an act takes, how long it waits, and who stops it: the fewest
// who can, and all others who are few.
func (c Coalitions) row(w *tableWriter, r Row) {
	name := r.Name
	if len(r.To) > 0 {
		name += " to " + spacedIDs(r.To)
	}
	if r.People == 0 {
		w.line(1, "%s: nobody can", name)
		return
	}
	w.line(1, "%s: %s, %s%s", name, headcount(r.People), waysText(r.Ways), c.limit(r))
	if r.Cool > 0 {
		w.line(2, "waits %d credits, %s: %s", r.Cool, r.Mode, c.price(r))
	}
	for i, b := range r.Blocks {
		if i == 0 || b.Any <= maxStoppers {
			w.line(2, "stopped by %s", b)
		}
	}
	if r.More {
		w.line(2, "and perhaps by others")
	}
}

// limit says how much a tier lets out.
func (c Coalitions) limit(r Row) string {
	switch {
	case r.Limit == 0:
		return ""
	case r.Most < r.Limit:
		return fmt.Sprintf(", at most %s in %d credits", r.Most.In(c.Network), r.Window)
	}
	return fmt.Sprintf(", below %s in %d credits", r.Limit.In(c.Network), r.Window)
}

// price says what it takes to fake a wait.
func (c Coalitions) price(r Row) string {
	switch {
	case c.Clock != ClockFull:
		return "no price: test chain"
	case r.Mode == Stamped:
		return fmt.Sprintf("faking it gives up %s and takes as long", r.Price.In(c.Network))
	}
	return fmt.Sprintf("faking it costs %s", r.Price.In(c.Network))
}

// sentence says who passes by, beside the cheapest coalition.
func (b Bypass) sentence(cheapest int) string {
	s := fmt.Sprintf("wallet %s: ", b.Wallet)
	if b.People == 0 {
		s += fmt.Sprintf("not assessed, no annex people says who holds %d of its %d keys", b.M, b.N)
	} else {
		s += fmt.Sprintf("%s rebuild %d of its %d keys; by the policy it takes %s", headcount(b.People), b.M, b.N, headcount(cheapest))
	}
	if len(b.Unnamed) > 0 {
		s += fmt.Sprintf("; nobody is named for %d of them, each counted as one person", len(b.Unnamed))
	}
	if b.External > 0 {
		s += fmt.Sprintf("; %d of its keys external, bound by no policy", b.External)
	}
	return s
}

// String names the people, such as "any 2 of alice bob carol".
func (b Block) String() string {
	if b.Any == len(b.Of) {
		return strings.ReplaceAll(spacedIDs(b.Of), " ", " and ")
	}
	return fmt.Sprintf("any %d of %s", b.Any, spacedIDs(b.Of))
}

func (k Kill) sentence() string {
	parts := make([]string, len(k.All))
	for i, b := range k.All {
		parts[i] = b.String()
	}
	return strings.Join(parts, "; with ")
}

func headcount(n int) string {
	switch n {
	case 0:
		return "nobody"
	case 1:
		return "1 person"
	}
	return fmt.Sprintf("%d people", n)
}

func waysText(n *big.Int) string {
	switch {
	case n == nil:
		return "ways not counted"
	case n.IsInt64() && n.Int64() == 1:
		return "1 way"
	}
	return n.String() + " ways"
}

// tableWriter breaks sentences into lines.
type tableWriter struct{ lines []string }

// line adds a sentence, indented by two columns a level, and two more where it
// goes on.
func (w *tableWriter) line(level int, format string, args ...any) {
	indent := strings.Repeat("  ", level)
	line := indent
	for i, word := range strings.Fields(fmt.Sprintf(format, args...)) {
		if i > 0 && len(line)+1+len(word) > textWidth {
			w.lines, line = append(w.lines, line), indent+"    "+word
			continue
		}
		if i > 0 {
			line += " "
		}
		line += word
	}
	w.lines = append(w.lines, line)
}

// none adds what stands where a list is empty.
func (w *tableWriter) none(n int, sentence string) {
	if n == 0 {
		w.line(1, "%s", sentence)
	}
}
