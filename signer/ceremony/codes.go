package ceremony

import (
	"cmp"
	"fmt"
	"slices"

	"strongroom/quorum/policy"
)

// The codes of what Check, Against and their like find. They never change their
// meaning.
const (
	// CodeForm means that a plan or a transcript does not fit its grammar.
	CodeForm = "CER-FORM"
	// CodeScheme means groups and shares that SLIP-39 cannot split a key into,
	// or that one person could rebuild it from.
	CodeScheme = "CER-SCHEME"
	// CodeHolder means that somebody would hold more than one share, or open
	// one with what opens another.
	CodeHolder = "CER-HOLDER"
	// CodeSeal means a share that is sealed to no hardware, which the plan does
	// not allow.
	CodeSeal = "CER-SEAL"
	// CodeSite means a place that could rebuild the key by itself, or whose loss
	// loses it.
	CodeSite = "CER-SITE"
	// CodeEntropy means too few people who give entropy, or too little of it.
	CodeEntropy = "CER-ENTROPY"
	// CodeRole means that one person has two parts that belong apart, or that a
	// part has nobody.
	CodeRole = "CER-ROLE"
	// CodePerson means somebody who is named and has no line of their own, or
	// two who sign with one key.
	CodePerson = "CER-PERSON"
	// CodeAllow means that the plan leaves out a rule that the vault does not.
	CodeAllow = "CER-ALLOW"
	// CodePlan means a transcript of another plan.
	CodePlan = "CER-PLAN"
	// CodeKey means a transcript whose key, shares or commitments are not those
	// of the plan.
	CodeKey = "CER-KEY"
	// CodeStep means a step that was left out, done twice, out of order or by
	// somebody else.
	CodeStep = "CER-STEP"
)

// findings collects grounds to refuse.
type findings []policy.Reason

func (f *findings) add(code, format string, args ...any) {
	*f = append(*f, policy.Reason{Code: code, Text: fmt.Sprintf(format, args...)})
}

// sorted returns the grounds by code and text, each once.
func (f findings) sorted() []policy.Reason {
	slices.SortFunc(f, func(a, b policy.Reason) int {
		return cmp.Or(cmp.Compare(a.Code, b.Code), cmp.Compare(a.Text, b.Text))
	})
	return slices.Compact(f)
}
