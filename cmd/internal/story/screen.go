package story

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// What the terminal obeys when Options.Styled says that it does.
const (
	bold  = "\x1b[1m"
	dim   = "\x1b[2m"
	plain = "\x1b[0m"
)

// heading opens a step.
func (s *stage) heading(number, of int, title string) {
	line := fmt.Sprintf("== %d of %d  %s ", number, of, title)
	line += strings.Repeat("=", max(2, columns-utf8.RuneCountInString(line)))
	s.blank()
	s.styled(bold, line)
}

// say tells the audience something, wrapped, and marked as a shell would want it
// between commands.
func (s *stage) say(format string, args ...any) {
	for _, line := range wrap(fmt.Sprintf(format, args...), columns-len(aside), 0) {
		fmt.Fprintln(s.w.Out, aside+line)
	}
}

// aside marks what is told and neither typed nor printed.
const aside = "# "

func (s *stage) blank() { fmt.Fprintln(s.w.Out) }

func (s *stage) styled(style, line string) {
	if s.o.Styled {
		line = style + line + plain
	}
	fmt.Fprintln(s.w.Out, line)
}

// prompt shows a command line as a person would type it.
func (s *stage) prompt(line string) {
	s.blank()
	for i, l := range strings.Split(line, "\n") {
		mark := "$ "
		if i > 0 {
			mark = "    "
		}
		s.styled(bold, mark+strings.TrimLeft(l, " "))
	}
}

// shown is one line of a command's screen.
type shown struct {
	text  string
	typed bool // by a person
}

// screen shows what a command printed, and what was typed in between: the lines
// that cut leaves.
func (s *stage) screen(lines []shown, c cut) {
	before, after := c.of(lines)
	for i, l := range lines {
		switch {
		case i >= before && i < after:
			if i == before {
				s.styled(dim, fmt.Sprintf("... %d lines ...", after-before))
			}
		case l.typed:
			s.styled(bold, "> "+l.text)
		default:
			for _, part := range wrap(l.text, columns, hanging(l.text)) {
				s.styled(dim, part)
			}
		}
	}
}

// cut says which lines of a screen are shown: the first ones, then those from
// the one that begins with resume, or else the last ones. The zero cut shows
// all.
type cut struct {
	head, tail int
	resume     string
}

// of returns the range of lines that are left out. One line is never left out:
// saying so takes as much room.
func (c cut) of(lines []shown) (before, after int) {
	if c == (cut{}) {
		return 0, 0
	}
	before, after = c.head, len(lines)-c.tail
	if c.resume != "" {
		at := slices.IndexFunc(lines, func(l shown) bool { return strings.HasPrefix(l.text, c.resume) })
		if at < 0 {
			return 0, 0
		}
		after = at
	}
	if after-before < 2 {
		return 0, 0
	}
	return before, after
}

// hanging returns where the rest of a long line goes: under a field's value,
// under the line's own beginning, or a little in.
func hanging(line string) int {
	own := len(line) - len(strings.TrimLeft(line, " "))
	switch {
	case own > 0:
		return own
	case len(line) > fieldColumn && line[fieldColumn-1] == ' ' && line[fieldColumn] != ' ' && strings.Contains(line[:fieldColumn], "  "):
		return fieldColumn
	}
	return messageIndent
}

// wrap breaks a line at spaces. The first part is kept as it stands; those that
// follow begin at the column hang. A word that is too long stays whole.
func wrap(line string, width, hang int) []string {
	var parts []string
	for utf8.RuneCountInString(line) > width {
		cut := lastSpace(line, width, hang)
		if cut < 0 || line[cut:] == ` \` { // a continued command stays one that can be pasted
			break
		}
		parts = append(parts, strings.TrimRight(line[:cut], " "))
		line = strings.Repeat(" ", hang) + strings.TrimLeft(line[cut:], " ")
	}
	return append(parts, line)
}

// lastSpace returns the byte of the last space at which a line can be broken so
// that the first part fits, or else of the first one at all; -1 when there is
// none behind the indentation.
func lastSpace(line string, width, hang int) int {
	best, column, word := -1, 0, false
	for i, r := range line {
		if r == ' ' && word && column > hang {
			if column > width && best >= 0 {
				return best
			}
			best = i
			if column > width {
				return best
			}
		}
		word = word || r != ' '
		column++
	}
	return best
}
