package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"strongroom/cmd/internal/cli"
	"strongroom/custody"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/signer/signertest"
)

var fixture = flag.String("fixture", "", "leave what a session needs in `DIR`, for scripts/airgap-session.sh")

// A whole session on a machine that trusts nothing yet: trust, enroll, inspect,
// release of a real packet with one input; then an amendment is recorded and, when
// it has waited, adopted. With -fixture the session is left to
// a script, which runs the released program under the kernel's eye.
func TestSession(t *testing.T) {
	dir := *fixture
	if dir == "" {
		dir = filepath.Join(t.TempDir(), "session")
	}
	psbt := layOut(t, dir)
	if *fixture != "" {
		return
	}
	for _, step := range [][]string{
		{"trust", "founding", "--confirm-fd", "3"},
		{"enroll", "founding", "--confirm-fd", "3"},
		{"inspect", "bundle"},
		{"release", "bundle", "--confirm-fd", "3", "--passphrase-fd", "3", "--operator", "frank"},
		{"record", "amendment", "--confirm-fd", "3", "--operator", "frank"},
		{"release", "waited", "--confirm-fd", "3", "--operator", "frank"},
	} {
		d := &desk{}
		if b, err := os.ReadFile(filepath.Join(dir, step[1]+"."+step[0]+".typed")); err == nil {
			d.lines = strings.Split(strings.TrimSuffix(string(b), "\n"), "\n")
		}
		if step[0] == "release" && step[1] == "bundle" {
			step = append(step, given(filepath.Join(dir, "home"))...)
		}
		step[1] = filepath.Join(dir, step[1])
		if exit := d.run(append(step, "--home", filepath.Join(dir, "home"))...); exit != cli.Done {
			t.Fatalf("%s: want exit 0, found %d\n%s", step[0], exit, d.err.String())
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "bundle.signer-a", psbt)); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "home", "policy-2.txt")); err != nil {
		t.Error(err)
	}
}

// layOut writes a session's folder and returns the name of the packet that it
// will release:
//
//	home/                    signer-a with its key, before it trusts anything
//	founding/ bundle/        what is brought
//	amendment/ waited/       and later, the second with the blocks of the wait
//	FOLDER.VERB.typed        what people type, passphrases included
//	make.plan make.typed     a ceremony at a new machine, and one that shares signer-a's key anew:
//	reshare.plan …           the plans name another program; people type PLAN8 and PROGRAM8
func layOut(t *testing.T, dir string) string {
	t.Helper()
	v := signertest.Draft(t, signertest.WithShares(policy.AllowNetwork, policy.AllowUnreviewed), signertest.WithLine("act destination cool 0 named", "act destination cool 3 named"))
	founding, reasons := quorum.ReadBundle(v.Founding())
	if len(reasons) > 0 {
		t.Fatal(reasons)
	}
	for _, s := range v.Signers[1:] { // the other two are set up already
		if reasons, err := s.Machine.Trust(v.Session(), founding, v.Genesis.String()); err != nil || len(reasons) > 0 {
			t.Fatal(reasons, err)
		}
		if reasons, err := s.Machine.Enroll(v.Session(), founding, signertest.WalletID); err != nil || len(reasons) > 0 {
			t.Fatal(reasons, err)
		}
	}
	v.Fund(coin)
	order := v.Order()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	v.WriteBundle(filepath.Join(dir, "founding"), v.Founding())
	v.WriteBundle(filepath.Join(dir, "bundle"), v.Bundle(order))
	amendment := layOutAmendment(t, v, dir)
	v.Signers[0].Close()
	if err := os.CopyFS(filepath.Join(dir, "home"), os.DirFS(v.Signers[0].Dir)); err != nil {
		t.Fatal(err)
	}
	first, err := v.Wallet.Derive(custody.Receive, 0)
	if err != nil {
		t.Fatal(err)
	}
	fingerprint := fmt.Sprintf("%x", v.Signers[0].Record.Key.Origin().Fingerprint)
	for step, lines := range map[string][]string{
		"founding.trust":   {v.Genesis.String()},
		"founding.enroll":  {first.Address(v.Network).LastGroup()},
		"bundle.release":   typed(order),
		"amendment.record": {amendment},
		"waited.release":   {amendment},
		"make":             layOutPlan(t, dir, "make", sessionPlan("make", "")),
		"reshare":          layOutPlan(t, dir, "reshare", sessionPlan("reshare", fingerprint)),
	} {
		b := fmt.Appendln(nil, strings.Join(lines, "\n"))
		if err := os.WriteFile(filepath.Join(dir, step+".typed"), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return order.ID().Short() + ".psbt"
}

// layOutPlan writes a ceremony's plan and returns what people type.
func layOutPlan(t *testing.T, dir, what string, have map[string]string) []string {
	t.Helper()
	plan := planText(t, what, have, nil)
	if err := os.WriteFile(filepath.Join(dir, what+".plan"), plan, 0o600); err != nil {
		t.Fatal(err)
	}
	lines, err := acted(plan, map[string]string{"plan8": "PLAN8", "end": "PROGRAM8"}, map[string]string{})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(lines), "\n"), "\n")
}

// sessionPlan is a plan of the session: one to make a key, or to share one anew.
func sessionPlan(what, fingerprint string) map[string]string {
	if what == "make" {
		return map[string]string{"signer": "signer-d"}
	}
	return map[string]string{"from": fingerprint + ":1", "openers": "anna,bert", "holders": "kurt,lena"}
}

// layOutAmendment writes the bundles of an amendment that lists one more payee,
// before and after its wait, and returns what a person types to confirm it.
func layOutAmendment(t *testing.T, v *signertest.Vault, dir string) string {
	t.Helper()
	o := v.Amend(func(p *policy.Policy) (*policy.Policy, error) {
		return p.AddDestination(policy.Destination{Label: "otc-desk", Address: signertest.Address(t, "otc-desk"), Cap: coin, Window: 1008})
	}, nil, "bob", "dave")
	v.WriteBundle(filepath.Join(dir, "amendment"), v.Bundle(o))
	v.Chain.Mine(3)
	v.WriteBundle(filepath.Join(dir, "waited"), v.Bundle(o))
	return o.ID().String()[:typedDigits]
}
