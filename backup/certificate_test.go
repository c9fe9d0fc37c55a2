package backup

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
)

const goldenCertificate = `strongroom/certificate@v1
vault acme-treasury
chain mainnet
previous 5be1a6a0a34c4d1f7a6c0c3f0b9b4a0b7f6c1d2e3f405162738495a6b7c8d9e0
manifest 3f79bb7b435b05321651daefd374cdc681dc06faa65e374e38337b88ca046dea
store frankfurt
version payload-0123456789abcdef0123456789abcdef.age-payload 3sL4kqtJlcpXroDTDmJ.rmSpXd3dIbrH
seed 00000000000000000001e1b1a0a34c4d1f7a6c0c3f0b9b4a0b7f6c1d2e3f4051
place room-2
approval 4f1c09abb435b05321651daefd374cdc681dc06faa65e374e38337b88ca046de
reason quarterly drill
access alice 2026-11-21T19:20:00Z rtc
access carol 2026-11-21T19:10:00Z rtc
level V5
restored 2026-11-21T20:50:00Z rtc
seconds 5400
phase summon 7200 human
phase open 1800 human
phase restore 5300 machine
phase check 100 machine
rto 14400
disaster 2026-11-21T20:00:00Z rtc
rpo 3600
newest-file 2026-11-21T19:00:00Z rtc
newest-record 1234
tool age v1.1.1
tool zstd v1.5.4
check descriptors ok 3 of 3 derive the known addresses
check log ok replays to the signed head of 1234 records
result passed
present carol dave
expires 2027-02-21T00:00:00Z rtc
`

// chosenCertificate is one that tells the height of the block that chose the
// store, as all do now.
func chosenCertificate() string {
	return strings.Replace(goldenCertificate, "seed 0000", "seed 930001 0000", 1)
}

func TestGoldenCertificate(t *testing.T) {
	c := mustRead(t, ParseCertificate, goldenCertificate)
	if !c.Passed() || !c.IsDrill() || c.Seconds != 5400 || c.NewestRecord != 1234 || len(c.Present) != 2 || c.Tools[0].Version != "v1.1.1" {
		t.Errorf("wrong values: %+v", c)
	}
	if c.Expired(c.Expires.Add(-time.Second)) || !c.Expired(c.Expires) {
		t.Error("want it to expire at its time, found another")
	}
}

// Whoever looks up the block that chose the store finds it by its height.
func TestACertificateNamesItsSeedAsManifestsNameABlock(t *testing.T) {
	hash, err := text.ParseHash("00000000000000000001e1b1a0a34c4d1f7a6c0c3f0b9b4a0b7f6c1d2e3f4051")
	if err != nil {
		t.Fatal(err)
	}
	for of, want := range map[string]Block{chosenCertificate(): {Height: 930001, Hash: hash}, goldenCertificate: {Hash: hash}} {
		c := mustRead(t, ParseCertificate, of)
		if b, err := c.Render(); c.Seed != want || err != nil || string(b) != of {
			t.Errorf("want %v in the same bytes, found %v, %v:\n%s", want, c.Seed, err, b)
		}
	}
	b, err := CertificatePage{Certificate: mustRead(t, ParseCertificate, chosenCertificate())}.Render()
	if err != nil || !strings.Contains(string(b), "by the block 930001 <code>"+hash.String()) {
		t.Errorf("want the block on the page, found %v:\n%s", err, b)
	}
	nowhere := mustRead(t, ParseCertificate, goldenCertificate)
	nowhere.Seed = Block{Height: 930001}
	if _, err := nowhere.Render(); err == nil || err.Error() != "certificate: seed: want the hash of block 930001, found zeros" {
		t.Errorf("found %v", err)
	}
}

func TestOnlyAPassedRestoreIsADrill(t *testing.T) {
	for level := V0; level <= V5; level++ {
		c := mustRead(t, ParseCertificate, strings.Replace(goldenCertificate, "level V5", "level "+level.String(), 1))
		if c.IsDrill() != (level == V5) {
			t.Errorf("%s: found a drill: %v", level, c.IsDrill())
		}
	}
	failed := strings.NewReplacer("log ok", "log failed", "result passed", "result failed").Replace(goldenCertificate)
	if c := mustRead(t, ParseCertificate, failed); c.Passed() || c.IsDrill() {
		t.Error("want a failed check to fail the whole, found it passed")
	}
	if new(Certificate).Passed() {
		t.Error("want a certificate without checks not to pass, found it passed")
	}
	seen := map[string]bool{"nothing": true}
	for level := V0; level <= V5; level++ {
		if seen[level.Meaning()] {
			t.Errorf("%s: want a meaning of its own, found %q", level, level.Meaning())
		}
		seen[level.Meaning()] = true
	}
	if got := Level(0).Meaning() + Level(9).String(); got != "nothingno level" {
		t.Errorf("found %q", got)
	}
	for s, want := range map[string]Level{"V0": V0, "V5": V5, "V6": 0, "v1": 0, "": 0, "no level": 0} {
		if l, err := ParseLevel(s); l != want || (err == nil) != (want != 0) {
			t.Errorf("%q: found %v, %v", s, l, err)
		}
	}
}

func TestCertificateRefuses(t *testing.T) {
	refuses(t, ParseCertificate, goldenCertificate, []spoiled{
		{"failed but passed", "log ok", "log failed", `certificate: want result failed, as its checks say, found "passed"`},
		{"passed but failed", "result passed", "result failed", `certificate: want result passed, as its checks say, found "failed"`},
		{"other word", "log ok", "log fine", `line 29: check: want ok, failed or not-shown, found "fine"`},
		{"one present", "carol dave", "carol", "certificate: want 2 to 64 officers present, found 1"},
		{"one twice", "carol dave", "carol carol", "certificate: want officers present sorted, each once, found carol behind carol"},
		{"unsorted", "carol dave", "dave carol", "certificate: want officers present sorted, each once, found carol behind dave"},
		{"no tools", "tool age v1.1.1\ntool zstd v1.5.4\n", "", "certificate: want 1 to 50 tools, found 0"},
		{"tools unsorted", "tool age", "tool zz", "certificate: want tools sorted, each once, found zstd behind zz"},
		{"check twice", "check descriptors ok 3 of 3 derive the known addresses", "check log ok x", "certificate: want checks sorted, each once, found log behind log"},
		{"no checks", "check descriptors ok 3 of 3 derive the known addresses\ncheck log ok replays to the signed head of 1234 records\nresult passed", "result failed", "certificate: want 1 to 200 checks, found 0"},
		{"check without text", "log ok replays to the signed head of 1234 records", "log ok", `line 29: want 2 fields and a text behind "check", found too little`},
		{"level", "level V5", "level V6", "line 14: level: want a level of V0 to V5, found \"V6\""},
		{"expired at birth", "2027-02-21T00:00:00Z", "2026-11-21T20:50:00Z", "certificate: want an expiry after the restore at 2026-11-21T20:50:00Z, found 2026-11-21T20:50:00Z"},
		{"zero manifest", "3f79bb7b435b05321651daefd374cdc681dc06faa65e374e38337b88ca046dea", strings.Repeat("0", 64), "certificate: want the hash of a manifest, found zeros"},
		{"endless", "seconds 5400", "seconds 999999999", "line 16: seconds: want at most 316224000, found 999999999"},
		{"no phase", "phase summon 7200 human\nphase open 1800 human\nphase restore 5300 machine\nphase check 100 machine\nrto 14400", "rto 0", "certificate: want 1 to 8 phases, found 0"},
		{"phase twice", "phase open", "phase summon", "certificate: want every phase once, found summon again"},
		{"neither man nor machine", "100 machine", "100 dog", `line 20: phase: want human or machine, found "dog"`},
		{"faster than it was", "seconds 5400", "seconds 60", "certificate: want seconds 5400, as the phases of machines say, found 60"},
		{"quicker recovery", "rto 14400", "rto 5400", "certificate: want rto 14400, as its phases say, found 5400"},
		{"less lost", "rpo 3600", "rpo 0", "certificate: want rpo 3600, from its newest file to its disaster, found 0"},
		{"disaster before the snapshot", "disaster 2026-11-21T20:00:00Z rtc\nrpo 3600", "disaster 2026-11-21T18:00:00Z rtc\nrpo 0", "certificate: want a disaster after the newest file at 2026-11-21T19:00:00Z, found 2026-11-21T18:00:00Z"},
		{"nobody had access", "access alice 2026-11-21T19:20:00Z rtc\naccess carol 2026-11-21T19:10:00Z rtc\n", "", "certificate: want 1 to 64 people with access, found 0"},
		{"access unsorted", "access alice", "access dave", "certificate: want people with access sorted, each once, found carol behind dave"},
		{"access by the network's time", "19:10:00Z rtc", "19:10:00Z ntp", `line 13: access: want the word rtc behind the time, found "ntp"`},
		{"no reason", "reason quarterly drill", "reason", `line 11: want 0 fields and a text behind "reason", found too little`},
		{"zeros for none", "previous 5be1a6a0a34c4d1f7a6c0c3f0b9b4a0b7f6c1d2e3f405162738495a6b7c8d9e0", "previous " + strings.Repeat("0", 64), "line 4: previous: want a hash or none, found zeros"},
		{"seed of zeros", "seed 00000000000000000001e1b1a0a34c4d1f7a6c0c3f0b9b4a0b7f6c1d2e3f4051", "seed 930001 " + strings.Repeat("0", 64), "line 8: seed: want the hash of a block, found zeros"},
		{"seed of no block", "seed 0000", "seed 0 0000", "line 8: want the bytes that the same meaning renders to, found others"},
		{"seed of two heights", "seed 0000", "seed 1 2 0000", "line 8: seed: want a height and a hash, or none, found 3 fields"},
		{"version of nothing", "version payload-", "version ../", `certificate: version: object name: want 1 to 128 lower-case letters, digits, dots and hyphens, no ".sha256" at the end, found "../0123456789abcdef0123456789abcdef.age-..."`},
		{"version in two words", "3sL4kqtJlcpXroDTDmJ.rmSpXd3dIbrH", "3sL4 kqtJ", `line 7: want 2 fields behind "version", found 3`},
		{"unknown line", "result", "note x\nresult", `line 30: want "result", found "note"`},
	})
}

func TestCertificateNeedsTwoOfThosePresent(t *testing.T) {
	carol, dave, erin, mallory := newSSHKey(t, 5), newSSHKey(t, 6), newSSHKey(t, 7), newSSHKey(t, 8)
	second := newSSHKey(t, 10) // carol's other key
	keys := []OfficerKey{
		{Officer: "carol", Key: carol.signer.Key()}, {Officer: "carol", Key: second.signer.Key()},
		{Officer: "dave", Key: dave.signer.Key()}, {Officer: "erin", Key: erin.signer.Key()},
	}
	sign := func(k sshKey, act string) []byte {
		sig, err := sshsig.Sign(k.signer, sshsig.NamespaceFor(act), []byte(goldenCertificate))
		if err != nil {
			t.Fatal(err)
		}
		return sig
	}
	byCarol, bySecond, byDave := sign(carol, "certify"), sign(second, "certify"), sign(dave, "certify")
	cases := []struct {
		name string
		sigs [][]byte
		want string
	}{
		{"two", [][]byte{byDave, byCarol}, ""},
		{"two and a second key", [][]byte{byCarol, bySecond, byDave}, ""},
		{"none", nil, "certificate: want signatures of at least 2 officers, found 0"},
		{"one", [][]byte{byCarol}, "certificate: want signatures of at least 2 officers, found 1"},
		{"one twice", [][]byte{byCarol, byCarol}, "certificate: want signatures of at least 2 officers, found 1"},
		{"one with two keys", [][]byte{byCarol, bySecond}, "certificate: want signatures of at least 2 officers, found 1"},
		{"an officer who was absent", [][]byte{byCarol, byDave, sign(erin, "certify")}, "certificate: signature 3: want an officer who was present, found erin"},
		{"a stranger", [][]byte{byCarol, sign(mallory, "certify")}, "certificate: signature 2: want the key of an officer, found " + mallory.signer.Key().Fingerprint()},
		{"flood", make([][]byte, 257), "certificate: want at most 256 signatures, found 257"},
	}
	for _, c := range cases {
		got, err := VerifyCertificate([]byte(goldenCertificate), c.sigs, keys)
		if c.want == "" {
			if err != nil || fmt.Sprint(got.Signers()) != "[carol dave]" || got.ID() != text.Identity([]byte(goldenCertificate)) || !got.Certificate().IsDrill() {
				t.Errorf("%s: found %v, %v", c.name, got.Signers(), err)
			}
			continue
		}
		if err == nil || err.Error() != c.want {
			t.Errorf("%s: want %q, found %v", c.name, c.want, err)
		}
	}
	var refusal interface{ Reason() string }
	if _, err := VerifyCertificate([]byte(goldenCertificate), [][]byte{byCarol, sign(dave, "approve")}, keys); !errors.As(err, &refusal) || refusal.Reason() != "SIG-NAMESPACE" {
		t.Errorf("another act: found %v", err)
	}
	changed := []byte(strings.Replace(goldenCertificate, "quarterly", "yearly", 1))
	if _, err := VerifyCertificate(changed, [][]byte{byCarol, byDave}, keys); !errors.As(err, &refusal) || refusal.Reason() != "SIG-BAD" {
		t.Errorf("other bytes: found %v", err)
	}
	shared := append(keys[:len(keys):len(keys)], OfficerKey{Officer: "dave", Key: carol.signer.Key()})
	if _, err := VerifyCertificate([]byte(goldenCertificate), [][]byte{byCarol, byDave}, shared); err == nil || err.Error() != "certificate: want every key with one officer, found one with carol and dave" {
		t.Errorf("shared key: found %v", err)
	}
	hardware := []OfficerKey{keys[0], {Officer: "dave", Key: dave.signer.Key(), Factor: sshsig.Factor{Presence: true}}}
	if _, err := VerifyCertificate([]byte(goldenCertificate), [][]byte{byCarol, byDave}, hardware); !errors.As(err, &refusal) || refusal.Reason() != "SIG-UP" {
		t.Errorf("factor: found %v", err)
	}
}

func TestCertificateSumsItsTimes(t *testing.T) {
	c := mustRead(t, ParseCertificate, goldenCertificate)
	if c.RTO() != 14400 || c.Human() != 9000 || c.Seconds != 5400 || c.RPO() != 3600 {
		t.Errorf("want 14400, 9000, 5400 and 3600 seconds, found %d, %d, %d and %d", c.RTO(), c.Human(), c.Seconds, c.RPO())
	}
	bare := strings.NewReplacer("previous 5be1a6a0a34c4d1f7a6c0c3f0b9b4a0b7f6c1d2e3f405162738495a6b7c8d9e0", "previous none",
		"version payload-0123456789abcdef0123456789abcdef.age-payload 3sL4kqtJlcpXroDTDmJ.rmSpXd3dIbrH\n", "",
		"seed 00000000000000000001e1b1a0a34c4d1f7a6c0c3f0b9b4a0b7f6c1d2e3f4051", "seed none", "place room-2", "place none",
		"approval 4f1c09abb435b05321651daefd374cdc681dc06faa65e374e38337b88ca046de", "approval none").Replace(goldenCertificate)
	c = mustRead(t, ParseCertificate, bare)
	if !c.Previous.IsZero() || c.Seed != (Block{}) || !c.Approval.IsZero() || c.Site != "" || c.Versions != nil {
		t.Errorf("want none for what is none, found %+v", c)
	}
}

// A second book of certificates, or a torn page, is told.
func TestChainOfCertificates(t *testing.T) {
	link := func(minute int, previous text.Hash) Certified {
		c := mustRead(t, ParseCertificate, goldenCertificate)
		c.Previous, c.Restored = previous, c.Restored.Add(time.Duration(minute)*time.Minute)
		b, err := c.Render()
		if err != nil {
			t.Fatal(err)
		}
		return Certified{certificate: c, id: text.Identity(b)}
	}
	first := link(0, text.Hash{})
	second := link(1, first.id)
	third := link(2, second.id)
	other := link(3, first.id)
	lost := link(4, text.Identity([]byte("nowhere")))
	cases := []struct {
		name string
		all  []Certified
		want []Certified
		odd  string
	}{
		{"none", nil, nil, "[]"},
		{"in order", []Certified{third, first, second}, []Certified{first, second, third}, "[]"},
		{"a fork", []Certified{other, third, first, second}, []Certified{first, second, other, third},
			"[certificates: want one after " + first.id.Short() + ", found 2: two drills did not know of each other, or somebody keeps two books]"},
		{"two beginnings", []Certified{first, link(9, text.Hash{})}, []Certified{first, link(9, text.Hash{})},
			"[certificates: want one after none, found 2: two drills did not know of each other, or somebody keeps two books]"},
		{"a torn page", []Certified{lost, first}, []Certified{first, lost},
			"[certificate " + lost.id.Short() + ": want " + lost.certificate.Previous.Short() + " before it, found none]"},
	}
	for _, c := range cases {
		ordered, odd := Chain(c.all)
		same := len(ordered) == len(c.want)
		for i := 0; same && i < len(ordered); i++ {
			same = ordered[i].id == c.want[i].id
		}
		if !same || fmt.Sprint(odd) != c.odd {
			t.Errorf("%s: want %d in order and %s, found %d and %v", c.name, len(c.want), c.odd, len(ordered), odd)
		}
	}
}

func TestSignCertificateAsOneOfThosePresent(t *testing.T) {
	c := mustRead(t, ParseCertificate, goldenCertificate)
	carol := newSSHKey(t, 5)
	b, sig, err := SignCertificate(c, "carol", carol.signer)
	if err != nil || string(b) != goldenCertificate {
		t.Fatalf("found %v", err)
	}
	if _, _, err := SignCertificate(c, "erin", carol.signer); err == nil || err.Error() != "certificate: want a signer who was present, found erin" {
		t.Errorf("absent: found %v", err)
	}
	tool, err := exec.LookPath("ssh-keygen")
	if err != nil {
		t.Skip("ssh-keygen is not installed: a certificate was not verified with it")
	}
	dir := t.TempDir()
	if err := errors.Join(
		os.WriteFile(filepath.Join(dir, "allowed"), []byte("carol namespaces=\"certify.v1@strongroom\" "+carol.public+"\n"), 0o600),
		os.WriteFile(filepath.Join(dir, "sig"), sig, 0o600)); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(tool, "-Y", "verify", "-f", "allowed", "-I", "carol", "-n", "certify.v1@strongroom", "-s", "sig")
	cmd.Dir, cmd.Stdin = dir, bytes.NewReader(b)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("want it verified by ssh-keygen, found %v, %s", err, out)
	}
}

func FuzzParseCertificate(f *testing.F) {
	f.Add([]byte(goldenCertificate))
	f.Add([]byte(chosenCertificate()))
	f.Add([]byte(locatedCertificate()))
	f.Add([]byte(strings.NewReplacer("log ok", "log failed", "result passed", "result failed").Replace(goldenCertificate)))
	f.Add([]byte("strongroom/certificate@v1\n"))
	f.Add([]byte(strings.NewReplacer("place room-2", "place none", "\naccess carol 2026-11-21T19:10:00Z rtc", "").Replace(goldenCertificate)))
	rereads(f, ParseCertificate)
}

func TestWhatWasNotShownIsNeitherOkNorFailed(t *testing.T) {
	c := mustRead(t, ParseCertificate, strings.Replace(goldenCertificate, "log ok", "shares not-shown", 1))
	if !c.Passed() || !c.IsDrill() {
		t.Error("want what was not shown to fail nothing, found that it failed")
	}
	if found := c.Unshown(); len(found) != 1 || found[0] != "shares" {
		t.Errorf("want shares told as not shown, found %v", found)
	}
	if _, err := ParseCertificate([]byte(strings.Replace(goldenCertificate, "log ok", "log not-shown", 1))); err == nil || !strings.Contains(err.Error(), `check: want ok or failed for "log", found not-shown`) {
		t.Errorf("want a log that is not shown refused, found %v", err)
	}
	lacking := c
	lacking.Checks = []Check{{Name: "descriptors", OK: true, Text: "x"}, {Name: "log", Unshown: true, Text: "x"}}
	if _, err := lacking.Render(); lacking.Passed() || err == nil || err.Error() != "certificate: check log: want ok or failed, found not-shown" {
		t.Errorf("want a log that is not shown to be no pass, found %v, %v", lacking.Passed(), err)
	}
	none := Certificate{Checks: []Check{{Name: "shares", Unshown: true, Text: "nothing"}}}
	if none.Passed() {
		t.Error("want a certificate that shows nothing to be no pass, found one")
	}
	c.Checks[0].OK, c.Checks[0].Unshown = true, true
	if _, err := c.Render(); err == nil || err.Error() != "certificate: check "+string(c.Checks[0].Name)+": want one verdict, found ok and not-shown" {
		t.Errorf("want two verdicts refused, found %v", err)
	}
}
