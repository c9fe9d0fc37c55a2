package policy

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"strongroom/custody"
	"strongroom/quorum/text"
)

// ParseCases reads a file of cases, one a line, in their only writing: see
// Case. It refuses a file without a case and a name that comes twice. Errors are
// *text.Error with the number of the line.
func ParseCases(b []byte) ([]Case, error) {
	refuse := func(code text.Code, line int, err error) ([]Case, error) {
		return nil, &text.Error{Code: code, Line: line, Text: err.Error()}
	}
	if len(b) > maxCaseBytes {
		return refuse(text.CodeSize, 0, fmt.Errorf("cases: want at most %d bytes, found %d", maxCaseBytes, len(b)))
	}
	body, ended := bytes.CutSuffix(b, []byte("\n"))
	if !ended {
		return refuse(text.CodeGrammar, 0, errors.New("cases: want at least one line, the last one ended, found none or an open end"))
	}
	var cases []Case
	line := 0
	for s := range strings.SplitSeq(string(body), "\n") {
		line++
		if line > maxCases {
			return refuse(text.CodeSize, line, fmt.Errorf("cases: want at most %d, found more", maxCases))
		}
		c, err := parseCase(s)
		if err == nil && slices.ContainsFunc(cases, func(o Case) bool { return o.Name == c.Name }) {
			err = fmt.Errorf("case: want each name once, found %s twice", c.Name)
		}
		if err != nil {
			return refuse(text.CodeGrammar, line, err)
		}
		cases = append(cases, c)
	}
	if err := text.Canonical(b, FormatCases(cases)); err != nil {
		return nil, err
	}
	return cases, nil
}

func parseCase(line string) (Case, error) {
	if len(line) > maxCaseLine {
		return Case{}, fmt.Errorf("case: want at most %d bytes, found %d", maxCaseLine, len(line))
	}
	if err := text.CheckRest(line); err != nil {
		return Case{}, fmt.Errorf("case: %w", err)
	}
	r := caseReader{rest: strings.Split(line, " ")}
	c := r.read()
	if r.err == nil && len(r.rest) > 0 {
		r.refuse("want nothing more, found %q", clip(r.rest[0]))
	}
	return c, r.err
}

// caseReader takes words off the front of a line. After a refusal its methods
// return nothing.
type caseReader struct {
	rest []string
	err  error
}

// read reads, in this order: case, pay once or more, spent or not, maker,
// approve or not, clear or not, expect.
func (r *caseReader) read() Case {
	r.word("case")
	c := Case{Name: r.id()}
	for len(c.Pays) == 0 || r.at("pay") {
		if r.word("pay"); r.err != nil {
			return Case{}
		}
		c.Pays = append(c.Pays, CasePay{Amount: r.amount(), Label: r.id()})
	}
	if r.at("spent") {
		r.word("spent")
		c.Spent = r.amount()
	}
	r.word("maker")
	c.Maker = r.id()
	c.Approve = r.people("approve")
	c.Clear = r.people("clear")
	r.word("expect")
	switch what := r.next("tier or refused"); what {
	case "tier":
		c.Tier = r.id()
	case "refused":
		c.Code = r.code()
	default:
		r.refuse("want tier or refused behind expect, found %q", clip(what))
	}
	return c
}

func (r *caseReader) refuse(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf("case: "+format, args...)
	}
}

func (r *caseReader) at(word string) bool {
	return r.err == nil && len(r.rest) > 0 && r.rest[0] == word
}

// next takes the next word, whatever it is.
func (r *caseReader) next(want string) string {
	if r.err != nil {
		return ""
	}
	if len(r.rest) == 0 {
		r.refuse("want %s, found the end of the line", want)
		return ""
	}
	s := r.rest[0]
	r.rest = r.rest[1:]
	return s
}

func (r *caseReader) word(want string) {
	if s := r.next(want); r.err == nil && s != want {
		r.refuse("want the word %q, found %q", want, clip(s))
	}
}

// id takes a name that is no word of the grammar: otherwise a forgotten name
// would make a name of the next word.
func (r *caseReader) id() text.ID {
	s := r.next("a name")
	if r.err != nil {
		return ""
	}
	if slices.Contains(caseWords(), s) {
		r.refuse("want a name, found the word %q", s)
		return ""
	}
	id, err := parseID(s)
	if err != nil {
		r.refuse("%w", err)
	}
	return id
}

func caseWords() []string {
	return []string{"case", "pay", "spent", "maker", "approve", "clear", "expect", "tier", "refused"}
}

func (r *caseReader) amount() custody.Amount {
	s := r.next("an amount")
	if r.err != nil {
		return 0
	}
	a, err := parseAmountAbove0(s)
	if err != nil {
		r.refuse("%w", err)
	}
	return a
}

// people takes the names behind a word, at least one and each once, or nothing
// where the word is absent.
func (r *caseReader) people(word string) []text.ID {
	if !r.at(word) {
		return nil
	}
	r.word(word)
	var ids []text.ID
	for r.err == nil && (len(ids) == 0 || len(r.rest) > 0 && !slices.Contains(caseWords(), r.rest[0])) {
		id := r.id()
		if r.err == nil && slices.Contains(ids, id) {
			r.refuse("want each name once behind %s, found %s twice", word, id)
		}
		ids = append(ids, id)
	}
	return ids
}

// code takes a code that Try can give: any other would never come true.
func (r *caseReader) code() string {
	s := r.next("a code")
	if r.err == nil && !slices.Contains(caseCodes(), s) {
		r.refuse("want one code of %s, found %q", strings.Join(caseCodes(), ", "), clip(s))
	}
	return s
}
