package policy

import (
	"bytes"
	"strings"

	"strongroom/custody"
	"strongroom/quorum/text"
)

// Case is an example of a withdrawal and what is expected of it: a sentence
// that the officers agreed on, which policy test holds against the policy. One
// stands on a line:
//
//	case small-payroll pay 0.50000000 payroll maker alice approve bob carol expect tier small
//	case alice-alone pay 0.50000000 payroll maker alice approve alice bob expect refused SEAT-SHORT
//	case after-others pay 0.50000000 payroll spent 0.80000000 maker alice approve bob carol dave clear frank expect tier large
//
// There may be several pays. Amounts are in the unit of the policy's chain. What
// is spent was released before, within every window and to every payee of the
// case. The words of the grammar are not names here.
type Case struct {
	Name    text.ID
	Pays    []CasePay // at least one
	Spent   custody.Amount
	Maker   text.ID
	Approve []text.ID
	Clear   []text.ID

	// Exactly one of the two is set: the tier as which the withdrawal is
	// approved, or the code with which it is refused.
	Tier text.ID
	Code string
}

// CasePay is one payment of a Case.
type CasePay struct {
	Amount custody.Amount
	Label  text.ID
}

// String returns the line of the case, without its end.
func (c Case) String() string {
	words := []string{"case", string(c.Name)}
	for _, x := range c.Pays {
		words = append(words, "pay", x.Amount.String(), string(x.Label))
	}
	if c.Spent != 0 {
		words = append(words, "spent", c.Spent.String())
	}
	words = append(words, "maker", string(c.Maker))
	words = append(words, worded("approve", c.Approve)...)
	words = append(words, worded("clear", c.Clear)...)
	if c.Code != "" {
		return strings.Join(append(words, "expect", "refused", c.Code), " ")
	}
	return strings.Join(append(words, "expect", "tier", string(c.Tier)), " ")
}

// worded writes a word and its names, or nothing where there is no name.
func worded(word string, ids []text.ID) []string {
	if len(ids) == 0 {
		return nil
	}
	return join(text.ID(word), ids)
}

// FormatCases writes cases as ParseCases reads them.
func FormatCases(cases []Case) []byte {
	var b bytes.Buffer
	for _, c := range cases {
		b.WriteString(c.String() + "\n")
	}
	return b.Bytes()
}

// Agrees says whether the outcome is the one that the case expects. Nothing
// agrees with a case that expects nothing.
func (c Case) Agrees(o CaseOutcome) bool {
	if c.Code != "" {
		return c.Tier == "" && o.Code == c.Code
	}
	return c.Tier != "" && o.Approved() && o.Tier == c.Tier
}
