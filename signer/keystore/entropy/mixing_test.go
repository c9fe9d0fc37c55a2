package entropy

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// stream is a reader of reproducible good bytes: SHA-256 over a counter.
type stream struct {
	label string
	n     uint64
	rest  []byte
}

func (s *stream) Read(b []byte) (int, error) {
	if len(s.rest) == 0 {
		sum := sha256.Sum256(binary.BigEndian.AppendUint64([]byte(s.label), s.n))
		s.n, s.rest = s.n+1, sum[:]
	}
	n := copy(b, s.rest)
	s.rest = s.rest[n:]
	return n, nil
}

// roll makes the value of n honest rolls with so many faces, counted from 0.
func (s *stream) roll(faces, n int) []byte {
	out := make([]byte, 0, n)
	var b [1]byte
	for len(out) < n {
		if _, err := io.ReadFull(s, b[:]); err != nil {
			panic(err)
		}
		if int(b[0]) < 256/faces*faces {
			out = append(out, b[0]%byte(faces))
		}
	}
	return out
}

func honest(t testing.TB, person string, rolls int) *Contribution {
	t.Helper()
	s := &stream{label: person}
	c, err := NewContribution(Whose{"acme-treasury", "signer-a", person}, Dice6, Dice6.write(s.roll(6, rolls)))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func commitmentOf(t testing.TB, c interface{ Commitment() (Commitment, error) }) Commitment {
	t.Helper()
	out, err := c.Commitment()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// ceremony draws, commits and closes a round of honest people.
func ceremony(t testing.TB, people ...*Contribution) (*System, Commitments) {
	t.Helper()
	system, err := DrawSystem(&stream{label: "system"})
	if err != nil {
		t.Fatal(err)
	}
	r, err := NewRound("acme-treasury", "signer-a", LeastBits, commitmentOf(t, system))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range people {
		if err := r.Commit(c.Whose().Person, commitmentOf(t, c)); err != nil {
			t.Fatal(err)
		}
	}
	list, err := r.Close()
	if err != nil {
		t.Fatal(err)
	}
	return system, list
}

func reveal(t testing.TB, list Commitments, people ...*Contribution) *Reveals {
	t.Helper()
	r, err := list.Reveal()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range people {
		if err := r.Add(c); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

// goldenSeed was computed by another program, from the formulas in doc.go.
const goldenSeed = "568bc008c6151c4a9ac04ded122bc54656b3275b08ae607277fff8519e87e664"

func TestSeedOfARoundNeverChanges(t *testing.T) {
	alice, bob := honest(t, "alice", 50), honest(t, "bob", 60)
	system, list := ceremony(t, bob, alice)
	seed, err := Mix(system, reveal(t, list, alice, bob))
	if err != nil {
		t.Fatal(err)
	}
	if got := hex.EncodeToString(seed[:]); got != goldenSeed {
		t.Errorf("want %s, found %s", goldenSeed, got)
	}
	if err := Audit(seed[:], list, []*Contribution{bob, alice}); err != nil {
		t.Error(err)
	}
	back, err := ParseCommitments(list.Text())
	if err != nil {
		t.Fatal(err)
	}
	if err := Audit(seed[:], back, []*Contribution{alice, bob}); err != nil {
		t.Error(err)
	}
	if strings.Join(list.People(), " ") != "alice bob" || list.System() != commitSystem((*[32]byte)(systemBytes(t))) {
		t.Error("the list isn't what was committed to")
	}
}

// systemBytes are what DrawSystem draws from the stream behind the self-test.
func systemBytes(t *testing.T) []byte {
	t.Helper()
	b := make([]byte, SampleSize+SystemSize)
	if _, err := io.ReadFull(&stream{label: "system"}, b); err != nil {
		t.Fatal(err)
	}
	return b[SampleSize:]
}

func TestSystemEntropyIsMixedOnce(t *testing.T) {
	alice := honest(t, "alice", 50)
	system, list := ceremony(t, alice)
	r := reveal(t, list, alice)
	if _, err := Mix(system, r); err != nil {
		t.Fatal(err)
	}
	if seed, err := Mix(system, r); err != ErrWiped || seed != [SeedSize]byte{} {
		t.Errorf("want it wiped, found %v", err)
	}
}

func TestAuditFindsWhatWasNotUsed(t *testing.T) {
	alice, bob, carol := honest(t, "alice", 50), honest(t, "bob", 60), honest(t, "carol", 50)
	system, list := ceremony(t, alice, bob)
	s := systemBytes(t)
	seed, err := Mix(system, reveal(t, list, alice, bob))
	if err != nil {
		t.Fatal(err)
	}
	changed := seed
	changed[31] ^= 1
	_, otherList := ceremony(t, alice, bob, carol)
	_, aliceAlone := ceremony(t, alice)
	folded, err := reveal(t, aliceAlone, alice).fold()
	if err != nil {
		t.Fatal(err)
	}
	var withoutBob [SeedSize]byte
	for i := range withoutBob {
		withoutBob[i] = s[i] ^ folded[i]
	}
	const other = "seed: want one made of these contributions and the system entropy committed to, found another"
	cases := []struct {
		name          string
		seed          []byte
		list          Commitments
		contributions []*Contribution
		want          string
	}{
		{"another seed", changed[:], list, []*Contribution{alice, bob}, other},
		{"the system's entropy alone", s, list, []*Contribution{alice, bob}, other},
		{"without bob", withoutBob[:], list, []*Contribution{alice, bob}, other},
		{"bob missing", seed[:], list, []*Contribution{alice}, "round: want everybody's contribution, found none of bob"},
		{"nobody", seed[:], list, nil, "round: want everybody's contribution, found none of alice, bob"},
		{"carol added", seed[:], list, []*Contribution{alice, bob, carol}, "contribution of carol: want a person who committed, found none of that name"},
		{"another list", seed[:], otherList, []*Contribution{alice, bob, carol}, other},
		{"no list", seed[:], Commitments{}, []*Contribution{alice, bob}, "round: want one that was opened, found none"},
		{"short seed", seed[:16], list, []*Contribution{alice, bob}, "seed: want 32 bytes, found 16"},
	}
	for _, c := range cases {
		if err := Audit(c.seed, c.list, c.contributions); err == nil || err.Error() != c.want {
			t.Errorf("%s: want %q, found %v", c.name, c.want, err)
		}
	}
}

// Each source alone changes the seed: none is ignored.
func TestEveryContributionChangesTheSeed(t *testing.T) {
	seeds := map[[SeedSize]byte]bool{}
	for _, rolls := range [][2]int{{50, 50}, {51, 50}, {50, 51}} {
		alice, bob := honest(t, "alice", rolls[0]), honest(t, "bob", rolls[1])
		system, list := ceremony(t, alice, bob)
		seed, err := Mix(system, reveal(t, list, alice, bob))
		if err != nil {
			t.Fatal(err)
		}
		seeds[seed] = true
	}
	if len(seeds) != 3 {
		t.Errorf("want 3 seeds, found %d", len(seeds))
	}
}

// recipe is the shell text of doc.go.
func recipe(t *testing.T) string {
	t.Helper()
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, line := range strings.Split(string(doc), "\n") {
		if code, ok := strings.CutPrefix(line, "//\t"); ok && (len(lines) > 0 || strings.HasPrefix(code, "T=$(")) {
			lines = append(lines, code)
		}
	}
	if len(lines) != 9 {
		t.Fatalf("want 9 lines of shell in doc.go, found %d", len(lines))
	}
	return "set -eu\n" + strings.Join(lines, "\n") + "\n"
}

func TestStockToolsAuditTheSeed(t *testing.T) {
	for _, tool := range []string{"sh", "openssl", "sha256sum", "od", "seq"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed", tool)
		}
	}
	if out, err := exec.Command("openssl", "kdf", "-help").CombinedOutput(); err != nil {
		t.Skipf("openssl has no kdf command: %s", out)
	}
	alice, bob := honest(t, "alice", 50), honest(t, "bob", 2000)
	system, list := ceremony(t, alice, bob)
	seed, err := Mix(system, reveal(t, list, alice, bob))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write := func(name string, b []byte) {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []*Contribution{alice, bob} {
		text, err := c.Text()
		if err != nil {
			t.Fatal(err)
		}
		write(c.Whose().Person+".txt", text)
	}
	write("commitments.txt", list.Text())
	script := recipe(t)
	check := func() string {
		cmd := exec.Command("sh", "-c", script)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(string(out)), "-"))
	}
	write("seed.hex", fmt.Appendf(nil, "%x\n", seed))
	if got := check(); got != list.System().String() {
		t.Errorf("want %s, found %s", list.System(), got)
	}
	seed[0] ^= 1
	write("seed.hex", fmt.Appendf(nil, "%x\n", seed))
	if got := check(); got == list.System().String() {
		t.Error("another seed passes too")
	}
	// a commitment is what sha256sum says of the text
	cmd := exec.Command("sha256sum", "alice.txt")
	cmd.Dir = dir
	out, err := cmd.Output()
	if want := commitmentOf(t, alice).String(); err != nil || !bytes.HasPrefix(out, []byte(want)) {
		t.Errorf("want %s, found %s, %v", want, out, err)
	}
}
