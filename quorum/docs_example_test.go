package quorum_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"strongroom/custody"
	"strongroom/custody/auditlog"
	"strongroom/custody/headers"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
)

// exampleDir holds the handbook's worked example. Its files are never made
// again: what they say has to hold for every later version of the program.
const exampleDir = "../docs/example"

// exampleFiles is how many files the example has, its page and script included.
const exampleFiles = 62

func exampleFile(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(exampleDir, name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// exampleSignatures returns the signatures on one of the example's texts.
func exampleSignatures(t *testing.T, on string) []quorum.SignatureFile {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(exampleDir, on+".*.sig"))
	if err != nil || len(names) == 0 {
		t.Fatalf("%s: want signatures, found %d, %v", on, len(names), err)
	}
	var list []quorum.SignatureFile
	for _, n := range names {
		part := strings.Split(filepath.Base(n), ".")
		act, err := quorum.ParseAct(part[2])
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, quorum.SignatureFile{On: part[0], Officer: text.ID(part[1]), Act: act, Bytes: exampleFile(t, filepath.Base(n))})
	}
	return list
}

func exampleEntries(t *testing.T, signer text.ID) [][]byte {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(exampleDir, string(signer), "0*"))
	if err != nil || len(names) < 3 {
		t.Fatalf("%s: want at least 3 records, found %d, %v", signer, len(names), err)
	}
	var entries [][]byte
	for i := range names {
		entries = append(entries, exampleFile(t, fmt.Sprintf("%s/%06d", signer, i)))
	}
	return entries
}

func exampleSigned(t *testing.T, name string) quorum.Submission {
	t.Helper()
	s := quorum.Submission{Text: exampleFile(t, name+".txt"), Signatures: exampleSignatures(t, name)}
	for _, signer := range []text.ID{"signer-b", "signer-c"} {
		s.Logs = append(s.Logs, &quorum.LogFile{Device: signer, Checkpoint: exampleFile(t, string(signer)+"/checkpoint"),
			Entries: auditlog.EncodeEntries(exampleEntries(t, signer))})
	}
	return s
}

func examplePolicies(t *testing.T) (one, two *policy.Policy) {
	t.Helper()
	var list []*policy.Policy
	for _, name := range []string{"policy-1.txt", "policy-2.txt"} {
		p, err := policy.Parse(exampleFile(t, name))
		if err != nil {
			t.Fatal(err)
		}
		if reasons := p.Check(); len(reasons) > 0 {
			t.Fatalf("%s: want a sound policy, found %v", name, reasons)
		}
		list = append(list, p)
	}
	return list[0], list[1]
}

// exampleWorld is signer-a when its log held size records.
func exampleWorld(t *testing.T, size int) quorum.World {
	t.Helper()
	one, two := examplePolicies(t)
	o := one.Origin
	chain, err := headers.New(one.Network, headers.Origin{Height: o.Height, Hash: o.Hash, Bits: o.Bits}, one.ReorgMax)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := chain.Extend(exampleFile(t, "headers.bin")); err != nil {
		t.Fatal(err)
	}
	entries := exampleEntries(t, "signer-a")[:size]
	state, err := record.Fold(entries, one.Network)
	if err != nil {
		t.Fatal(err)
	}
	w := quorum.World{Policies: quorum.NewPolicies(one), Device: "signer-a", State: state, Chain: chain,
		Root: func(n int64) (auditlog.Root, error) { return auditlog.RootOf(entries[:n]), nil }}
	for _, a := range state.Adoptions() {
		if w.Policies, err = w.Policies.Adopt(two, policy.ClassLoosen, a.Tip); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

func examplePermit(t *testing.T, size int, s quorum.Submission, verb quorum.Verb) *quorum.Permit {
	t.Helper()
	permit, report := quorum.Judge(exampleWorld(t, size), s, verb)
	if !permit.For(verb) {
		t.Fatalf("want it permitted, found %v, %v", report.Reasons, report.Notes)
	}
	return permit
}

// exampleRecord returns the body of one record of signer-a.
func exampleRecord(t *testing.T, seq int) record.Body {
	t.Helper()
	r, err := record.Parse(exampleEntries(t, "signer-a")[seq], custody.Regtest)
	if err != nil || r.Seq != int64(seq) {
		t.Fatalf("record %d: found %d, %v", seq, r.Seq, err)
	}
	return r.Body
}

func refusedAs(t *testing.T, size int, s quorum.Submission, want ...string) {
	t.Helper()
	permit, report := quorum.Judge(exampleWorld(t, size), s, quorum.Release)
	if permit != nil || !slices.Equal(quorum.Codes(report.Reasons), want) {
		t.Errorf("want it refused with %v, found %v", want, report.Reasons)
	}
}

func without(list []quorum.SignatureFile, officer text.ID) []quorum.SignatureFile {
	return slices.DeleteFunc(slices.Clone(list), func(s quorum.SignatureFile) bool { return s.Officer == officer })
}

func TestWorkedExampleIsWholeAndAdoptsWhatItSays(t *testing.T) {
	files := 0
	if err := filepath.WalkDir(exampleDir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files++
		}
		return err
	}); err != nil || files != exampleFiles {
		t.Errorf("want %d files, found %d, %v", exampleFiles, files, err)
	}
	one, two := examplePolicies(t)
	diff, err := policy.Compare(one, two)
	if err != nil || diff.Class != policy.ClassLoosen {
		t.Fatalf("want a loosening, found %s, %v", diff.Class, err)
	}
	const before = 17 // records of signer-a when the amendment took effect
	s := exampleSigned(t, "amendment")
	s.Next = quorum.Next{Policy: two.Bytes(), Consents: exampleSignatures(t, "policy-2")}
	desk := exampleWorld(t, before)
	next, class, report := quorum.Adoptable(desk, s)
	if len(report.Reasons) > 0 || class != policy.ClassLoosen || next.Hash() != two.Hash() {
		t.Fatalf("want policy 2 adoptable as a loosening, found %s, %v", class, report.Reasons)
	}
	refusedAs(t, before, s, "CLR-MISSING")
	s.Clearances = []quorum.Signed{{Text: exampleFile(t, "clearance.txt"), Signatures: exampleSignatures(t, "clearance")}}
	permit := examplePermit(t, before, s, quorum.Release)
	want := record.Adopted{ID: text.Identity(s.Text), Version: 2, Policy: two.Hash(), Class: "loosen", Signers: permit.Seated()}
	if got, ok := exampleRecord(t, 18).(record.Adopted); !ok || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("want record 18 as it is judged, %v, found %v", want, got)
	}
	s.Signatures = without(s.Signatures, "dave")
	refusedAs(t, before, s, "POL-SEATS")
	s.Signatures, s.Next.Consents = exampleSignatures(t, "amendment"), nil
	refusedAs(t, before, s, "POL-CONSENT")
}

func TestWorkedExampleReleasesAndFreezes(t *testing.T) {
	s := exampleSigned(t, "withdrawal")
	permit := examplePermit(t, 6, s, quorum.Release)
	if got := permit.Seated(); permit.Tier() != "small" || !slices.Equal(got, []text.ID{"bob", "carol"}) {
		t.Errorf("want tier small by bob and carol, found %s by %v", permit.Tier(), got)
	}
	s.Signatures = without(s.Signatures, "carol")
	refusedAs(t, 6, s, "SEAT-SHORT")

	freeze := exampleSigned(t, "freeze")
	if got := examplePermit(t, 23, freeze, quorum.Release).Seated(); !slices.Equal(got, []text.ID{"grace"}) {
		t.Errorf("want the freeze by grace alone, found %v", got)
	}
	state := exampleWorld(t, 25).State
	version, _, _ := state.Head()
	if f := state.Freezes(); version != 2 || len(f) != 1 || f[0].ID != text.Identity(freeze.Text) {
		t.Errorf("want version 2 and one freeze, found %d and %v", version, f)
	}
}

// The script that comes with the example says the same with stock tools alone,
// and notices when a single byte is another one.
func TestWorkedExampleVerifiesWithStockTools(t *testing.T) {
	for _, tool := range []string{"sh", "ssh-keygen", "openssl", "sha256sum"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip(tool + " is not installed")
		}
	}
	verify := func(dir string) (string, error) {
		out, err := exec.Command("sh", filepath.Join(dir, "verify.sh")).CombinedOutput()
		return string(out), err
	}
	out, err := verify(exampleDir)
	if n := strings.Count(out, "ok "); err != nil || n != 41 || !strings.HasSuffix(out, "all of it\n") {
		t.Fatalf("want 41 things that hold, found %d, %v\n%s", n, err, out)
	}
	for _, c := range []struct{ file, old, new, want string }{
		{"withdrawal.txt", "pay 0.50000000", "pay 0.60000000", "WRONG   withdrawal.alice.propose.sig: "},
		{"policy-2.txt", "cap 5.00000000", "cap 6.00000000", "WRONG   freeze.txt does not say: policy 2 "},
		{"amendment.txt", "cap 5.00000000", "cap 4.00000000", "WRONG   clearance.txt does not say: proposal "},
		{"freeze.txt", "scope all", "scope officer bob", "WRONG   freeze.grace.propose.sig: "},
		{"clearance.frank.clear.sig", "AAAA", "AAAB", "WRONG   clearance.frank.clear.sig: "},
		{"signer-a/000018", "class loosen", "class tighten", "WRONG   signer-a: the records have another root"},
		{"signer-b/checkpoint", "\n3\n", "\n2\n", "WRONG   signer-b: its key did not sign the checkpoint"},
	} {
		dir := t.TempDir()
		if err := os.CopyFS(dir, os.DirFS(exampleDir)); err != nil {
			t.Fatal(err)
		}
		b := exampleFile(t, c.file)
		if err := os.WriteFile(filepath.Join(dir, c.file), bytes.Replace(b, []byte(c.old), []byte(c.new), 1), 0o600); err != nil {
			t.Fatal(err)
		}
		if out, err := verify(dir); err == nil || !strings.Contains(out, "\n"+c.want) && !strings.HasPrefix(out, c.want) {
			t.Errorf("%s: want %q, found %v\n%s", c.file, c.want, err, out)
		}
	}
}
