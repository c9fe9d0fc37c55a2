package keystore

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"strongroom/signer/keystore/bip39"
)

func TestSealedSeedComesBack(t *testing.T) {
	s := testSeed(t, 3)
	file, err := Seal(s, []byte(testPassphrase), testWorkFactor)
	if err != nil {
		t.Fatal(err)
	}
	back, err := Unseal(file, []byte(testPassphrase))
	if err != nil || *back.entropy() != *s.entropy() {
		t.Errorf("want the seed back, found %v", err)
	}
	if !bytes.HasPrefix(file, []byte("age-encryption.org/v1\n-> scrypt ")) || bytes.Contains(file, s.entropy()[:]) {
		t.Error("want a binary age file with a scrypt recipient, found something else")
	}
}

// sealWith makes an age file of any content, as an attacker or a mistaken tool
// would.
func sealWith(t *testing.T, content string, r age.Recipient) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := age.Encrypt(&b, r)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, content); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func scryptTo(t *testing.T, factor int) *age.ScryptRecipient {
	t.Helper()
	r, err := age.NewScryptRecipient(testPassphrase)
	if err != nil {
		t.Fatal(err)
	}
	r.SetWorkFactor(factor)
	return r
}

func TestUnsealRefuses(t *testing.T) {
	words := strings.Repeat("abandon ", 23) + "art"
	twelve := "legal winner thank year wave sausage worth useful legal winner thank yellow\n"
	good := sealWith(t, words+"\n", scryptTo(t, 10))
	if _, err := Unseal(good, []byte(testPassphrase)); err != nil {
		t.Fatal(err)
	}
	x, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	hungry := bytes.Replace(good, []byte(" 10\n"), []byte(" 21\n"), 1)
	flipped := bytes.Clone(good)
	flipped[len(flipped)-1] ^= 1
	cases := []struct {
		name       string
		file       []byte
		passphrase string
		want       string
	}{
		{"another passphrase", good, testPassphrase + "s", ErrPassphrase.Error()},
		{"no passphrase", good, "", "passphrase: want 1 to 1024 bytes, found 0"},
		{"endless passphrase", good, strings.Repeat("a", 1025), "passphrase: want 1 to 1024 bytes, found 1025"},
		{"hungry work factor", hungry, testPassphrase, "sealed seed: want an age file sealed to a passphrase, found scrypt work factor too large: 21"},
		{"sealed to a key", sealWith(t, words+"\n", x.Recipient()), testPassphrase, "sealed seed: want one sealed to a passphrase, found one sealed to keys"},
		{"flipped bit", flipped, testPassphrase, "sealed seed: want an undamaged file, found a damaged one"},
		{"cut by a byte", good[:len(good)-1], testPassphrase, "sealed seed: want an undamaged file, found a damaged one"},
		{"byte behind", append(bytes.Clone(good), 'x'), testPassphrase, "sealed seed: want an undamaged file, found a damaged one"},
		{"empty", nil, testPassphrase, "sealed seed: want an age file sealed to a passphrase, found failed to read header: parsing age header: file is empty"},
		{"flood", make([]byte, maxSealed+1), testPassphrase, "sealed seed: want at most 4096 bytes, found 4097"},
		{"no LF", sealWith(t, words, scryptTo(t, 10)), testPassphrase, "sealed seed: seed: want LF as the last byte, found none"},
		{"12 words", sealWith(t, twelve, scryptTo(t, 10)), testPassphrase, "sealed seed: seed: want 24 words, found 12"},
		{"other content", sealWith(t, "hello\n", scryptTo(t, 10)), testPassphrase, "sealed seed: seed: mnemonic: want 12, 15, 18, 21 or 24 words, found 1"},
		{"long content", sealWith(t, strings.Repeat("zoo ", 300)+"\n", scryptTo(t, 10)), testPassphrase, "sealed seed: seed: want LF as the last byte, found none"},
	}
	for _, c := range cases {
		s, err := Unseal(c.file, []byte(c.passphrase))
		if err == nil || err.Error() != c.want || s != nil {
			t.Errorf("%s: want %q, found %v", c.name, c.want, err)
		}
	}
}

func TestWrongPassphraseCanBeToldFromDamage(t *testing.T) {
	file, err := Seal(testSeed(t, 4), []byte(testPassphrase), testWorkFactor)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Unseal(file, []byte("wrong")); !errors.Is(err, ErrPassphrase) {
		t.Errorf("want ErrPassphrase, found %v", err)
	}
}

func TestSealRefusesOtherWorkFactors(t *testing.T) {
	for _, c := range []struct {
		factor int
		want   string
	}{
		{0, "seal: want a work factor of 10 to 20, found 0"},
		{9, "seal: want a work factor of 10 to 20, found 9"},
		{21, "seal: want a work factor of 10 to 20, found 21"},
	} {
		if _, err := Seal(testSeed(t, 4), []byte(testPassphrase), c.factor); err == nil || err.Error() != c.want {
			t.Errorf("want %q, found %v", c.want, err)
		}
	}
}

func TestWeakPassphraseSealsNothing(t *testing.T) {
	cases := []struct{ name, passphrase, want string }{
		{"empty", "", "passphrase: want at least 7 words, found 0"},
		{"six words", "violin harbor copper tulip meadow lantern", "passphrase: want at least 7 words, found 6"},
		{"one long word", strings.Repeat("violin", 30), "passphrase: want at least 7 words, found 1"},
		{"a word twice", "violin harbor copper tulip meadow lantern harbor", "passphrase: want every word once, found word 2 again as word 7"},
		{"a word twice in capitals", "violin harbor copper tulip meadow lantern HARBOR", "passphrase: want every word once, found word 2 again as word 7"},
		{"short word", "violin harbor of tulip meadow lantern orbit", "passphrase: want at least 3 letters in every word, found 2 in word 3"},
		{"digits", "violin harbor 12345 tulip meadow lantern orbit", "passphrase: want at least 3 letters in every word, found 0 in word 3"},
		{"double space", "violin  harbor copper tulip meadow lantern orbit", "passphrase: want one space or hyphen between words and none around them, found 7 for 7 words"},
		{"space at the end", "violin harbor copper tulip meadow lantern orbit ", "passphrase: want one space or hyphen between words and none around them, found 7 for 7 words"},
		{"line feed", "violin harbor copper tulip meadow lantern orbit\n", "passphrase: want printable ASCII, found another byte at 48"},
		{"umlaut", "violin hafen kupfer tulpe wiese lampe brücke", "passphrase: want printable ASCII, found another byte at 41"},
		{"flood", strings.Repeat("a", 1025), "passphrase: want at most 1024 bytes, found 1025"},
	}
	for _, c := range cases {
		_, err := Seal(testSeed(t, 5), []byte(c.passphrase), testWorkFactor)
		var weak *Error
		if !errors.As(err, &weak) || weak.Reason() != "KEY-WEAK" || err.Error() != c.want {
			t.Errorf("%s: want %q, found %v", c.name, c.want, err)
		}
	}
	for _, p := range []string{testPassphrase, "violin-harbor-copper-tulip-meadow-lantern-orbit", "Violin2 Harbor! copper tulip meadow lantern orbit ember"} {
		if err := CheckPassphrase([]byte(p)); err != nil {
			t.Errorf("want a good one accepted, found %v", err)
		}
	}
}

// Every error that this package can return about a secret is made here, and
// none may hold a word of the mnemonic or of a passphrase.
func TestNoErrorRepeatsASecret(t *testing.T) {
	s := testSeed(t, 6)
	words, err := s.mnemonic()
	if err != nil {
		t.Fatal(err)
	}
	secrets := strings.Fields(string(words) + " " + strings.ReplaceAll(testPassphrase, "-", " "))
	var errs []error
	collect := func(_ any, err error) { errs = append(errs, err) }
	for i := range secrets[:24] {
		broken := strings.Fields(string(words))
		broken[i] = strings.ToUpper(broken[i])
		collect(bip39.Decode([]byte(strings.Join(broken, " "))))
		broken[i] = "xyzzy"
		collect(bip39.Decode([]byte(strings.Join(broken, " "))))
		collect(parseSeed([]byte(strings.Join(broken[:i+1], " ") + "\n")))
	}
	collect(Unseal(sealWith(t, string(words), scryptTo(t, 10)), []byte(testPassphrase)))
	collect(Unseal(sealWith(t, string(words)+" zoo\n", scryptTo(t, 10)), []byte(testPassphrase)))
	collect(Unseal(sealWith(t, string(words)+"\n", scryptTo(t, 10)), []byte(testPassphrase+"x")))
	for cut := range 5 {
		collect(Seal(s, []byte(strings.Join(strings.Fields(testPassphrase)[:cut], " ")), testWorkFactor))
	}
	collect(Seal(s, []byte(testPassphrase+" "), testWorkFactor))
	collect(Seal(s, []byte(testPassphrase+" orbit"), testWorkFactor))
	for _, err := range errs {
		if err == nil {
			t.Fatal("want an error, found none")
		}
		// "want" and "found", "word" and "words" are the messages' own.
		text := " " + strings.NewReplacer(":", " ", ",", " ", "want", " ", "found", " ").Replace(strings.ToLower(err.Error())) + " "
		for _, w := range secrets {
			if len(w) > 3 && strings.Contains(text, " "+strings.ToLower(w)+" ") {
				t.Errorf("a secret stands in %q", err)
			}
		}
	}
	t.Logf("%d errors", len(errs))
}

// Stock age asks for the passphrase on a terminal, which script(1) makes.
func TestStockAgeOpensASealedSeed(t *testing.T) {
	for _, tool := range []string{"age", "script"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed: a sealed seed was not opened with stock age", tool)
		}
	}
	s := testSeed(t, 7)
	file, err := Seal(s, []byte(testPassphrase), testWorkFactor)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "seed.age"), file, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("script", "--quiet", "--return", "--echo", "never", "--command", "age -d -o seed.txt seed.age", "/dev/null")
	cmd.Dir = dir
	cmd.WaitDelay = 20 * time.Second
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fprintf(in, "%s\n", testPassphrase); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("age: %v\n%s", err, out.Bytes())
	}
	got, err := os.ReadFile(filepath.Join(dir, "seed.txt"))
	if err != nil {
		t.Fatal(err)
	}
	words, err := s.mnemonic()
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(words)+"\n" {
		t.Error("want the 24 words and LF from stock age, found something else")
	}
}

func FuzzUnseal(f *testing.F) {
	file, err := Seal(&Seed{entropy: hide(&[entropySize]byte{1, 2, 3})}, []byte(testPassphrase), testWorkFactor)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(file)
	f.Add(file[:len(file)/2])
	f.Add([]byte("age-encryption.org/v1\n-> scrypt AAAAAAAAAAAAAAAAAAAAAA 10\n\n--- x\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if factor := bytes.Index(b, []byte("scrypt")); factor >= 0 && !bytes.HasPrefix(b, file[:50]) {
			return // another work factor costs a second each
		}
		s, err := Unseal(b, []byte(testPassphrase))
		if err == nil && *s.entropy() != [entropySize]byte{1, 2, 3} {
			t.Fatal("want the sealed seed or a refusal, found another seed")
		}
	})
}
