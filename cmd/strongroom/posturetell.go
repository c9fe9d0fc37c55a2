package main

import (
	"fmt"
	"strings"

	"strongroom/backup/posture"
	"strongroom/cmd/internal/cli"
)

func (r *postureReport) print(w cli.World) {
	for _, s := range r.Stores {
		w.Field("store", fmt.Sprintf("%s, %s", s.Store, s.Path))
		if s.Power != "" {
			w.Field("credentials", "of the "+string(s.Power))
		}
		printFindings(w, s.Findings)
		w.Text("")
	}
	if len(r.Host) > 0 {
		w.Field("host", "where this runs")
		printFindings(w, r.Host)
		w.Text("")
	}
	if len(r.Bad) == 0 {
		w.Text("Nothing failed.")
	}
}

// printFindings writes the table, then what helps against what is bad, and
// against the rest.
func printFindings(w cli.World, list []posture.Finding) {
	rows := [][]string{}
	for _, f := range list {
		for i, part := range fold(f.Found, foundWidth) {
			row := []string{"", "", part}
			if i == 0 {
				row = []string{f.Name, postureWord(f), part}
			}
			rows = append(rows, row)
		}
	}
	w.Table([]string{"finding", "result", "found"}, rows)
	for _, bad := range []bool{true, false} {
		for _, f := range list {
			if f.Bad() == bad && (f.Status == posture.Fail || f.Status == posture.Warn || bad) {
				w.Text("\n%s: %s\n  %s\n  fix: %s", f.Name, postureWord(f), f.Why, f.Fix)
			}
		}
	}
}

// postureWord is a status as people see it: what is bad in capitals.
func postureWord(f posture.Finding) string {
	if f.Bad() {
		return strings.ToUpper(f.Status.String())
	}
	return f.Status.String()
}

// fold breaks a text into lines of at most width bytes, between words where that
// is possible.
func fold(s string, width int) []string {
	lines := []string{""}
	for _, word := range strings.Fields(s) {
		if last := lines[len(lines)-1]; last != "" && len(last)+1+len(word) <= width {
			lines[len(lines)-1] += " " + word
			continue
		}
		for ; len(word) > width; word = word[width:] {
			lines = append(lines, word[:width])
		}
		lines = append(lines, word)
	}
	return lines[min(1, len(lines)-1):]
}
