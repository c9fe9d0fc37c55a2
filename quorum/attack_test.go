package quorum_test

import (
	"fmt"
	"strings"
	"testing"

	"strongroom/quorum"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
	"strongroom/signer/signertest"
)

// A caller that forgets the verb must not read silence as consent.
func TestJudgementWithoutVerbIsRefused(t *testing.T) {
	v := signertest.New(t)
	tr := newTrial(t, v)
	for _, verb := range []quorum.Verb{0, quorum.Release + 1} {
		p, r := quorum.Judge(tr.world, tr.in, verb)
		if got, want := texts(r.Reasons), "judge: want the verb review, record or release, found another (STATE-CORRUPT)"; p != nil || got != want {
			t.Errorf("verb %d: want %s and no permit, found %q", verb, want, got)
		}
	}
}

// The record's word for a veto and the judge's are one.
func TestVetoHasOneCode(t *testing.T) {
	if record.CodeVetoed != string(quorum.StateVetoed) {
		t.Errorf("want one code, found %s and %s", record.CodeVetoed, quorum.StateVetoed)
	}
}

// A first policy whose chain cannot be checked would be trusted and recorded,
// and the home would never open again.
func TestPolicyWhoseHeadersCannotBeCheckedIsRefused(t *testing.T) {
	v := signertest.Draft(t)
	origin := v.Policy.Origin
	for _, c := range []struct{ attack, old, new, want string }{
		{"bits too easy", fmt.Sprintf("%08x", origin.Bits), "217fffff", "origin-block: headers: want origin bits up to 207fffff, found 217fffff (POL-CLOCK)"},
		{"not the genesis block", text.Hash(origin.Hash).String(), strings.Repeat("0f", 32),
			"origin-block: headers: want the genesis block " + text.Hash(origin.Hash).String() + " at origin height 0, found " + strings.Repeat("0f", 32) + " (POL-CLOCK)"},
	} {
		b := signertest.Replace(t, v.PolicyText, c.old, c.new)
		charter, reasons := quorum.Found(b, consents(v, b), nil)
		if got := texts(reasons); charter != nil || got != c.want {
			t.Errorf("%s: want %s, found %s", c.attack, c.want, got)
		}
	}
}

// Each proposal leaves a record for ever, even one of a single byte.
func TestBundleCannotFloodTheLogWithProposals(t *testing.T) {
	proposals := func(n int) (files []quorum.File) {
		for i := range n {
			b := fmt.Appendf(nil, "%d", i)
			files = append(files, quorum.File{Name: text.Identity(b).Short() + ".txt", Bytes: b})
		}
		return files
	}
	if _, reasons := quorum.ReadBundle(proposals(128)); len(reasons) > 0 {
		t.Errorf("want 128 proposals read, found %v", reasons)
	}
	_, reasons := quorum.ReadBundle(proposals(129))
	if got, want := texts(reasons), "bundle: want at most 128 proposals, found 129 (BUN-LIMIT)"; got != want {
		t.Errorf("want %s, found %s", want, got)
	}
}

// 4,096 names of 255 characters would not fit the record that lists them, and
// their refusal would go unrecorded.
func TestBundleNamesAreShort(t *testing.T) {
	if _, known := quorum.MaxFileSize("0123456789abcdef.a." + strings.Repeat("b", 17) + ".sig"); known {
		t.Error("want an act of 17 letters unknown, found it known")
	}
}
