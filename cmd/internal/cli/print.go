package cli

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

// JSON writes v to Out as one indented document. Every command that reports
// has it behind --json.
func (w World) JSON(v any) error {
	enc := json.NewEncoder(w.Out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// Text writes paragraphs to Out, wrapped at 80 columns. Each line of the text
// is one paragraph; a word longer than a line stays whole.
func (w World) Text(format string, args ...any) {
	for _, paragraph := range strings.Split(fmt.Sprintf(format, args...), "\n") {
		fmt.Fprintln(w.Out, strings.Join(wrap(harmless(paragraph), lineWidth), "\n"))
	}
}

// Field writes one named value to Out. Long values wrap under themselves; an
// amount, address or hash is one word and is never cut.
func (w World) Field(name, value string) {
	lines := wrap(harmless(value), lineWidth-nameWidth)
	label := pad(harmless(name), nameWidth-1) + " "
	if utf8.RuneCountInString(label) > nameWidth {
		fmt.Fprintln(w.Out, harmless(name))
		label = strings.Repeat(" ", nameWidth)
	}
	for _, line := range lines {
		fmt.Fprintln(w.Out, strings.TrimRight(label+line, " "))
		label = strings.Repeat(" ", nameWidth)
	}
}

// Table writes rows under a header to Out. A header that begins with ">" sets
// its column to the right, as amounts want. A table wider than 80 columns is
// written as one block of fields for each row: nothing is ever cut.
func (w World) Table(header []string, rows [][]string) {
	names, widths := make([]string, len(header)), make([]int, len(header))
	for i, h := range header {
		names[i] = strings.TrimPrefix(h, ">")
		widths[i] = utf8.RuneCountInString(names[i])
		for _, row := range rows {
			widths[i] = max(widths[i], utf8.RuneCountInString(harmless(cell(row, i))))
		}
	}
	total := 2 * (len(widths) - 1)
	for _, n := range widths {
		total += n
	}
	if total > lineWidth {
		w.blocks(names, rows)
		return
	}
	w.row(header, names, widths)
	for _, row := range rows {
		w.row(header, row, widths)
	}
}

func (w World) row(header, row []string, widths []int) {
	cells := make([]string, len(widths))
	for i, n := range widths {
		text := harmless(cell(row, i))
		if strings.HasPrefix(header[i], ">") {
			cells[i] = strings.Repeat(" ", n-utf8.RuneCountInString(text)) + text
		} else {
			cells[i] = pad(text, n)
		}
	}
	fmt.Fprintln(w.Out, strings.TrimRight(strings.Join(cells, "  "), " "))
}

func (w World) blocks(names []string, rows [][]string) {
	for i, row := range rows {
		if i > 0 {
			fmt.Fprintln(w.Out)
		}
		for j, name := range names {
			w.Field(name, cell(row, j))
		}
	}
}

// cell is the row's i-th text; a short row ends in empty cells.
func cell(row []string, i int) string {
	if i < len(row) {
		return row[i]
	}
	return ""
}

// wrap splits a paragraph at spaces into lines of at most width columns, and
// keeps its leading spaces on every line.
func wrap(s string, width int) []string {
	indent := s[:len(s)-len(strings.TrimLeft(s, " "))]
	var lines []string
	line := indent
	for _, word := range strings.Fields(s) {
		if line != indent && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
			lines = append(lines, line)
			line = indent
		}
		if line != indent {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}

func pad(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-utf8.RuneCountInString(s)))
}
