package quorum_test

import (
	"slices"
	"strings"
	"testing"

	"strongroom/custody"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/text"
	"strongroom/signer/signertest"
)

// consents returns everybody's consent to a policy's text.
func consents(v *signertest.Vault, b []byte, but ...text.ID) []quorum.SignatureFile {
	var sigs []quorum.SignatureFile
	for _, o := range []text.ID{"alice", "bob", "carol", "dave", "erin", "frank", "grace"} {
		if !slices.Contains(but, o) {
			sigs = append(sigs, v.Sign(o, quorum.Consent, b))
		}
	}
	return sigs
}

func texts(reasons []quorum.Reason) string {
	var s []string
	for _, r := range reasons {
		s = append(s, r.String())
	}
	return strings.Join(s, "\n")
}

func TestCharterNeedsEveryOfficersConsent(t *testing.T) {
	v := signertest.Draft(t)
	all := consents(v, v.PolicyText)
	c, reasons := quorum.Found(v.PolicyText, all, nil)
	if c == nil || len(reasons) > 0 || c.Genesis() != v.Genesis || len(c.Consents()) != 7 || c.Policy().Hash() != v.Genesis {
		t.Fatalf("want a charter, found %v", reasons)
	}
	approved := slices.Clone(all)
	approved[1] = v.Sign("bob", quorum.Approve, v.PolicyText)
	approved[1].Act = quorum.Consent
	for _, c := range []struct {
		attack string
		sigs   []quorum.SignatureFile
		want   string
	}{
		{"nobody", nil, "consent: want one of every officer, found none of alice (POL-CONSENT)\nconsent: want one of every officer, found none of bob (POL-CONSENT)\n" +
			"consent: want one of every officer, found none of carol (POL-CONSENT)\nconsent: want one of every officer, found none of dave (POL-CONSENT)\n" +
			"consent: want one of every officer, found none of erin (POL-CONSENT)\nconsent: want one of every officer, found none of frank (POL-CONSENT)\n" +
			"consent: want one of every officer, found none of grace (POL-CONSENT)"},
		{"one missing", consents(v, v.PolicyText, "grace"), "consent: want one of every officer, found none of grace (POL-CONSENT)"},
		{"approval in its place", approved, "consent: want one of every officer, found none of bob (POL-CONSENT)\n" +
			`policy-1.bob.consent.sig: signature namespace: want "consent.v1@strongroom", found "approve.v1@strongroom" (SIG-NAMESPACE)`},
		{"consent to another policy", consents(v, append(slices.Clone(v.PolicyText), "x\n"...)), ""},
	} {
		found, reasons := quorum.Found(v.PolicyText, c.sigs, nil)
		if found != nil {
			t.Errorf("%s: want no charter, found one", c.attack)
		}
		if got := texts(reasons); c.want != "" && got != c.want {
			t.Errorf("%s: want\n%s\nfound\n%s", c.attack, c.want, got)
		}
		if c.want == "" && len(reasons) != 14 {
			t.Errorf("%s: want every consent bad and missing, found\n%s", c.attack, texts(reasons))
		}
	}
}

// What this version cannot enforce is refused by a sentence each.
func TestUnbuiltRulesAreRefused(t *testing.T) {
	v := signertest.Draft(t)
	const only = ", since this version of the program enforces nothing else yet, found "
	for _, c := range []struct{ rule, old, new, want string }{
		{"witnesses", "witness none\nwitness-need 0\n", "witness audit-llp witness.audit.example/w1+b1623093+BIyFSckGtrZhwSa4plwc5jP3i9GpKfHrrEqUCrsuOkoJ\nwitness-need 1\n",
			"want witness none and witness-need 0" + only + "1 witnesses and 1 (POL-UNBUILT)"},
		{"passkeys", "passkey-origin none", "passkey-origin http://localhost:7443", "want passkey-origin none" + only + "http://localhost:7443 (POL-UNBUILT)"},
	} {
		b := signertest.Replace(t, v.PolicyText, c.old, c.new)
		found, reasons := quorum.Found(b, consents(v, b), nil)
		if found != nil || texts(reasons) != c.want {
			t.Errorf("%s: want no charter and\n%s\nfound\n%s", c.rule, c.want, texts(reasons))
		}
	}
}

// Time is counted in blocks where blocks have no value, and promised nowhere
// else.
func TestWaitingIsTrustedOnTestChainsOnly(t *testing.T) {
	v := signertest.Draft(t)
	for _, c := range []struct{ old, new, found string }{
		{"window 144 cool 0 named", "window 144 cool 1 named", "tier small cool 1"},
		{"act thaw cool 0", "act thaw cool 7", "act thaw cool 7"},
		{"quiet destination 0", "quiet destination 1", "quiet destination 1"},
		{"quiet policy 0", "quiet policy 2", "quiet policy 2"},
		{"quiet signer 0", "quiet signer 3", "quiet signer 3"},
	} {
		b := signertest.Replace(t, v.PolicyText, c.old, c.new)
		if found, reasons := quorum.Found(b, consents(v, b), nil); found == nil {
			t.Errorf("%s: want it trusted by clock test, found\n%s", c.new, texts(reasons))
		}
		b = signertest.Replace(t, b, "clock test", "clock full")
		found, reasons := quorum.Found(b, consents(v, b), nil)
		want := "want no waiting time, since this version of the program cannot prove on regtest that time has passed, found " + c.found + " (POL-UNBUILT)"
		if found != nil || !strings.Contains(texts(reasons), want) {
			t.Errorf("%s: want no charter and\n%s\nfound\n%s", c.new, want, texts(reasons))
		}
	}
}

// An annex is part of the policy, so it has to be there to be consented to.
func TestAnnexLeftAtHomeIsRefused(t *testing.T) {
	v := signertest.Draft(t)
	b := signertest.Replace(t, v.PolicyText, "annex none", "annex backup "+strings.Repeat("a", 64))
	if found, reasons := quorum.Found(b, consents(v, b), nil); found != nil || !slices.Contains(quorum.Codes(reasons), "POL-ANNEX") {
		t.Errorf("want POL-ANNEX, found\n%s", texts(reasons))
	}
}

func TestFirstPolicyIsTheFirst(t *testing.T) {
	v := signertest.Draft(t)
	b := signertest.Replace(t, v.PolicyText, "version 1\nprevious "+strings.Repeat("0", 64), "version 2\nprevious "+strings.Repeat("1", 64))
	found, reasons := quorum.Found(b, consents(v, b), nil)
	if want := "policy: want version 1 with no previous one, found version 2 after 1111111111111111 (POL-VERSION)"; found != nil || texts(reasons) != want {
		t.Errorf("want\n%s\nfound\n%s", want, texts(reasons))
	}
	found, reasons = quorum.Found([]byte("x"), nil, nil)
	if want := "policy: want LF as the last byte, found 'x' (TEXT-GRAMMAR)"; found != nil || texts(reasons) != want {
		t.Errorf("want\n%s\nfound\n%s", want, texts(reasons))
	}
}

func TestDraftIsNoCharter(t *testing.T) {
	o := signertest.NewChain(t, 0).Headers.Origin()
	p, err := policy.Draft(policy.Team, "acme-treasury", custody.Regtest, policy.OriginBlock{Height: o.Height, Hash: o.Hash, Bits: o.Bits})
	if err != nil {
		t.Fatal(err)
	}
	found, reasons := quorum.Found(p.Bytes(), nil, nil)
	if found != nil || !slices.Contains(quorum.Codes(reasons), "POL-UNFILLED") {
		t.Errorf("want POL-UNFILLED, found\n%s", texts(reasons))
	}
}
