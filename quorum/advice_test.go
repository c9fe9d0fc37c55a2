package quorum_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"strongroom/quorum"
)

// codesIn returns the codes that a Go file declares, by the name of their
// constant.
func codesIn(t *testing.T, path string) map[string]string {
	t.Helper()
	form := regexp.MustCompile(`^[A-Z]+(-[A-Z]+)+$`)
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	codes := map[string]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		for i, v := range spec.Values {
			if lit, ok := v.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				if s, err := strconv.Unquote(lit.Value); err == nil && form.MatchString(s) {
					codes[spec.Names[i].Name] = s
				}
			}
		}
		return true
	})
	return codes
}

// allCodes returns every code that the judgement and what it stands on declare.
func allCodes(t *testing.T) []string {
	t.Helper()
	var all []string
	for path, least := range map[string]int{"code.go": 60, "policy/codes.go": 13, "text/error.go": 5, "sshsig/error.go": 10,
		"../custody/headers/error.go": 8, "../signer/keystore/error.go": 1} {
		codes := codesIn(t, path)
		if len(codes) < least {
			t.Fatalf("%s: want at least %d codes, found %d", path, least, len(codes))
		}
		for _, c := range codes {
			all = append(all, c)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func TestEveryCodeHasAdvice(t *testing.T) {
	for _, c := range allCodes(t) {
		if a := quorum.Code(c).Advice(); a.Do == "" || a.Call == "" {
			t.Errorf("%s: want something to do and somebody to call, found %+v", c, a)
		}
	}
	if a := quorum.Code("NO-SUCH").Advice(); a != (quorum.Advice{}) {
		t.Errorf("want no advice about an unknown code, found %+v", a)
	}
}

// The handbook's table is written by hand. It has one line for each code, with
// the program's own advice, and tells the alarms.
func TestHandbookListsEveryRefusal(t *testing.T) {
	b, err := os.ReadFile("../docs/refusals.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string][]string{}
	for _, line := range strings.Split(string(b), "\n") {
		cells := strings.Split(line, " | ")
		if code, ok := strings.CutPrefix(cells[0], "| "); ok && code != "code" {
			if rows[code] != nil || len(cells) != 3 {
				t.Errorf("%s: want one line of three cells, found another", code)
			}
			rows[code] = cells
		}
	}
	codes := allCodes(t)
	for _, c := range codes {
		row := rows[c]
		if row == nil {
			t.Errorf("%s: want a line in docs/refusals.md, found none", c)
			continue
		}
		if do := strings.TrimSuffix(row[2], " |"); do != quorum.Code(c).Advice().Do {
			t.Errorf("%s: want the program's advice %q, found %q", c, quorum.Code(c).Advice().Do, do)
		}
		if alarm := strings.HasSuffix(row[1], "(alarm)"); alarm != quorum.Code(c).Alarm() || len(row[1]) < 10 {
			t.Errorf("%s: want its meaning, and whether it is an alarm, found %q", c, row[1])
		}
	}
	if len(rows) != len(codes) {
		t.Errorf("want %d lines, found %d", len(codes), len(rows))
	}
}

// Codes of findings that no judge gives stand in the handbook as a list.
func TestHandbookListsTheCodesOfCeremoniesAndWorkstations(t *testing.T) {
	b, err := os.ReadFile("../docs/refusals.md")
	if err != nil {
		t.Fatal(err)
	}
	var codes []string
	for _, c := range codesIn(t, "../signer/ceremony/codes.go") {
		codes = append(codes, c)
	}
	for _, path := range []string{"doctor.go", "drift.go"} {
		source, err := os.ReadFile("../cmd/strongroom-signer/" + path)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`"(HOST-[A-Z]+)"`).FindAllStringSubmatch(string(source), -1) {
			codes = append(codes, m[1])
		}
	}
	if len(codes) < 14 {
		t.Fatalf("want at least 14 codes, found %d", len(codes))
	}
	for _, c := range codes {
		if !regexp.MustCompile(`(?m)^- ` + c + `( \(alarm\))?: `).Match(b) {
			t.Errorf("%s: want a line in docs/refusals.md, found none", c)
		}
	}
}

func TestReasonsAreSortedAndOnce(t *testing.T) {
	rs := []quorum.Reason{{Code: "B", Text: "b"}, {Code: "A", Text: "z"}, {Code: "B", Text: "a"}, {Code: "A", Text: "z"}}
	if got := texts(quorum.SortReasons(rs)); got != "z (A)\na (B)\nb (B)" {
		t.Errorf("want three reasons in order, found\n%s", got)
	}
	if got := quorum.Codes([]quorum.Reason{{Code: "B"}, {Code: "A"}, {Code: "B"}}); !slices.Equal(got, []string{"A", "B"}) {
		t.Errorf("want A and B, found %v", got)
	}
}

func TestActsAreWhatTheyAreCalled(t *testing.T) {
	for _, name := range strings.Fields("propose approve veto consent clear certify manifest") {
		a, err := quorum.ParseAct(name)
		if err != nil || a.String() != name || a.Namespace() != name+".v1@strongroom" {
			t.Errorf("want act %s, found %s, %v", name, a, err)
		}
	}
	for _, name := range []string{"", "Approve", "no act", "sign"} {
		_, err := quorum.ParseAct(name)
		if want := `act: want propose, approve, veto, consent, clear, certify or manifest, found ` + strconv.Quote(name); err == nil || err.Error() != want {
			t.Errorf("want %s, found %v", want, err)
		}
	}
}
