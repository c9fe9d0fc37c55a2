package quorum_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"strongroom/custody"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
)

// handbookPeople says who fills the presets in the handbook's tables: a line
// for each person, with organisation and groups.
func handbookPeople(p policy.Preset) []string {
	switch p {
	case policy.Team:
		return []string{"alice acme treasury", "bob acme treasury", "carol acme recovery treasury", "dave acme recovery treasury", "erin acme recovery treasury",
			"frank audit-llp watch", "grace law-firm watch"}
	case policy.Fund:
		return []string{"alice fund-ops treasury", "bob fund-ops treasury", "carol fund-ops treasury", "dave fund-ops recovery treasury",
			"olivia partners partners", "peggy partners partners recovery", "rupert partners partners recovery", "heidi audit-llp watch", "judy law-firm watch"}
	}
	return []string{"alice acme-ops treasury", "bob acme-ops treasury", "carol acme-ops treasury", "dave acme-ops treasury",
		"erin acme-risk risk", "frank acme-risk recovery risk", "kate acme-risk risk", "grace acme-board board recovery", "ivan acme-board board recovery",
		"heidi audit-llp watch", "judy law-firm watch"}
}

func handbookKey(t *testing.T, name string) sshsig.Key {
	t.Helper()
	seed := sha256.Sum256([]byte("handbook key of " + name))
	var blob []byte
	for _, part := range []string{"sk-ssh-ed25519@openssh.com", string(ed25519.NewKeyFromSeed(seed[:]).Public().(ed25519.PublicKey)), "ssh:strongroom"} {
		blob = append(binary.BigEndian.AppendUint32(blob, uint32(len(part))), part...)
	}
	k, err := sshsig.ParseKey("sk-ssh-ed25519@openssh.com " + base64.StdEncoding.EncodeToString(blob))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func logKey(name string) ed25519.PublicKey {
	seed := sha256.Sum256([]byte("handbook log key of " + name))
	return ed25519.NewKeyFromSeed(seed[:]).Public().(ed25519.PublicKey)
}

// handbookPolicy returns a preset for mainnet, filled in as it asks: two
// hardware keys for everybody, three signers with one key each of a 2-of-3
// wallet, and no destination yet.
func handbookPolicy(t *testing.T, preset policy.Preset) *policy.Policy {
	t.Helper()
	origin := policy.OriginBlock{Height: 951552, Hash: sha256.Sum256([]byte("block 951552")), Bits: 0x17020f5e}
	p, err := policy.Draft(preset, "acme-treasury", custody.Mainnet, origin)
	next := func(q *policy.Policy, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		p = q
	}
	next(p, err)
	for _, line := range handbookPeople(preset) {
		f := strings.Fields(line)
		var groups []text.ID
		for _, g := range f[2:] {
			groups = append(groups, text.ID(g))
		}
		keys := []sshsig.Key{handbookKey(t, f[0]), handbookKey(t, f[0]+"'s second")}
		next(p.AddOfficer(text.ID(f[0]), text.ID(f[1]), f[0]+" example", keys, groups...))
		next(p.SetFactor(text.ID(f[0]), preset.Factor()))
	}
	var devices []policy.Device
	var cosigners []policy.Cosigner
	for i, id := range []text.ID{"signer-a", "signer-b", "signer-c"} {
		v, err := policy.LogVerifier("acme-treasury/"+string(id), logKey(string(id)))
		if err != nil {
			t.Fatal(err)
		}
		devices = append(devices, policy.Device{ID: id, Verifier: v})
		cosigners = append(cosigners, policy.Cosigner{Fingerprint: [4]byte{byte(1 + i)}, Governed: true, Name: id})
	}
	next(p.SetDevices(devices))
	next(p.SetWallet(policy.Wallet{ID: "main", State: policy.Active, Descriptor: text.Identity([]byte("main")), M: 2, N: 3}, cosigners))
	return p
}

const policyPage = "../docs/policy.md"

// indented returns lines as a Markdown page shows them as they are.
func indented(lines []string) string { return "    " + strings.Join(lines, "\n    ") + "\n" }

// The tables in the handbook are what the program prints, line for line.
func TestHandbookShowsTheTablesAsPrinted(t *testing.T) {
	page, err := os.ReadFile(policyPage)
	if err != nil {
		t.Fatal(err)
	}
	for _, preset := range []policy.Preset{policy.Team, policy.Fund, policy.Exchange} {
		p := handbookPolicy(t, preset)
		if reasons := p.Check(); len(reasons) > 0 {
			t.Fatalf("%s: want a sound policy, found %v", preset, reasons)
		}
		want := fmt.Sprintf("\n<!-- coalitions: %s -->\n\n%s\n", preset, indented(p.Coalitions(nil).Text()))
		if !bytes.Contains(page, []byte(want)) {
			t.Errorf("%s: want in the handbook\n%s", preset, want)
		}
	}
}

// The handbook's cases hold under the preset that it names.
func TestHandbookCasesHold(t *testing.T) {
	page, err := os.ReadFile(policyPage)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(page), "\n<!-- cases -->\n\n")
	text, _, _ := strings.Cut(rest+"\n", "\n\n")
	cases, err := policy.ParseCases([]byte(strings.ReplaceAll("\n"+strings.TrimSuffix(text, "\n"), "\n    ", "\n")[1:] + "\n"))
	if !ok || err != nil || len(cases) != 6 {
		t.Fatalf("want 6 cases in the handbook, found %d, %v", len(cases), err)
	}
	address, err := custody.ParseAddress(custody.Mainnet, "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4")
	if err != nil {
		t.Fatal(err)
	}
	p, err := handbookPolicy(t, policy.Team).AddDestination(policy.Destination{Label: "payroll", Address: address, Cap: 2_0000_0000, Window: 4320})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		if o := p.Try(c); !c.Agrees(o) {
			t.Errorf("%s: want what it expects, found tier %s, %s %s", c.Name, o.Tier, o.Code, o.Text)
		}
	}
}

// The handbook explains every finding of the linter.
func TestHandbookListsEveryFinding(t *testing.T) {
	page, err := os.ReadFile(policyPage)
	if err != nil {
		t.Fatal(err)
	}
	codes := codesIn(t, "policy/lint.go")
	if len(codes) < 9 {
		t.Fatalf("want at least 9 codes, found %d", len(codes))
	}
	rows := regexp.MustCompile(`(?m)^\| LINT-[A-Z-]+ \|`).FindAllString(string(page), -1)
	for _, c := range codes {
		if !slices.Contains(rows, "| "+c+" |") {
			t.Errorf("%s: want a line in the handbook, found none", c)
		}
	}
	if len(rows) != len(codes) {
		t.Errorf("want %d lines, found %d", len(codes), len(rows))
	}
}

// The page of formats names every kind of proposal and record and every keyword
// of a policy, and its annex is one.
func TestHandbookNamesEveryFormat(t *testing.T) {
	page, err := os.ReadFile("../docs/formats.md")
	if err != nil {
		t.Fatal(err)
	}
	var words []string
	for _, k := range quorum.Kinds() {
		words = append(words, string(k))
	}
	proposals := len(words)
	source, err := os.ReadFile("record/head.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`\bKind = "([a-z-]+)"`).FindAllStringSubmatch(string(source), -1) {
		words = append(words, m[1])
	}
	records := len(words) - proposals
	for line := range strings.Lines(string(exampleFile(t, "policy-1.txt"))) {
		if keyword, _, ok := strings.Cut(line, " "); ok {
			words = append(words, keyword)
		}
	}
	if proposals < 10 || records < 20 || len(words) < 100 {
		t.Fatalf("want at least 10 proposals, 20 records and 70 policy lines, found %d, %d and %d words", proposals, records, len(words))
	}
	for _, w := range words {
		if !bytes.Contains(page, []byte("`"+w+"`")) {
			t.Errorf("%s: want it on the page of formats, found nothing", w)
		}
	}
	_, rest, _ := bytes.Cut(page, []byte("    strongroom/annex@v1\n"))
	annex, _, ok := bytes.Cut(rest, []byte("\n\n"))
	b := bytes.ReplaceAll(append([]byte("    strongroom/annex@v1\n"), append(annex, '\n')...), []byte("    "), nil)
	if people, err := policy.ParsePeople(b); !ok || err != nil || len(people.Holdings) != 4 {
		t.Errorf("want annex people with 4 holdings, found %v", err)
	}
}

// The page of formats shows the golden annex backup, byte for byte, and it reads.
func TestHandbookShowsAnnexBackup(t *testing.T) {
	page, err := os.ReadFile("../docs/formats.md")
	if err != nil {
		t.Fatal(err)
	}
	golden, err := os.ReadFile("policy/testdata/annex-backup.txt")
	if err != nil {
		t.Fatal(err)
	}
	shown := "\n    " + strings.ReplaceAll(strings.TrimSuffix(string(golden), "\n"), "\n", "\n    ") + "\n\n"
	if !strings.Contains(string(page), shown) {
		t.Error("want the golden annex on the page of formats, found another or none")
	}
	if b, err := policy.ParseBackup(golden); err != nil || len(b.Stores) != 3 {
		t.Errorf("want annex backup with 3 stores, found %v", err)
	}
}
