package keystore

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"strongroom/custody"
	"strongroom/signer/keystore/bip39"
)

const (
	testPassphrase = "violin harbor-Copper tulip meadow lantern orbit"
	testWorkFactor = minWorkFactor
)

// testMnemonic returns 24 words of BIP-39, the same for the same label.
func testMnemonic(t testing.TB, label byte) []byte {
	t.Helper()
	words, err := bip39.Encode(bytes.Repeat([]byte{label, 0x5a, 0x17}, 11)[:32])
	must(t, err)
	return words
}

// testSeed is what its words stretch to.
func testSeed(t testing.TB, label byte) *Seed {
	t.Helper()
	s, err := SeedOfMnemonic(testMnemonic(t, label), nil)
	must(t, err)
	return s
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// refused compares the whole text of an error.
func refused(t testing.TB, what string, err error, want string) {
	t.Helper()
	if err == nil || err.Error() != want {
		t.Errorf("%s: want %q, found %v", what, want, err)
	}
}

func TestBrokenRandomSourceMakesNoSeed(t *testing.T) {
	pattern := "seed: want random bytes, found a pattern, the random source is broken"
	size := "seed: want 16 to 64 bytes, an even number, found %d"
	up, down := make([]byte, 32), make([]byte, 32)
	for i := range up {
		up[i], down[i] = byte(i), byte(7-3*i)
	}
	half := []byte("0123456789abcdeX0123456789abcdeX")
	cases := []struct {
		name string
		b    []byte
		want string
	}{
		{"zeros", make([]byte, 32), pattern},
		{"ones", bytes.Repeat([]byte{0xff}, 32), pattern},
		{"half twice", half, pattern},
		{"half of the shortest twice", []byte("01234567" + "01234567"), pattern},
		{"two bytes again and again", bytes.Repeat([]byte{1, 9}, 16), pattern},
		{"a quarter four times", bytes.Repeat([]byte("12345678"), 4), pattern},
		{"counting up", up, pattern},
		{"counting down", down, pattern},
		{"short", make([]byte, 14), fmt.Sprintf(size, 14)},
		{"odd", make([]byte, 31), fmt.Sprintf(size, 31)},
		{"long", make([]byte, 66), fmt.Sprintf(size, 66)},
		{"empty", nil, fmt.Sprintf(size, 0)},
	}
	for _, c := range cases {
		s, err := NewSeed(c.b)
		if refused(t, c.name, err, c.want); s != nil {
			t.Errorf("%s: want no seed, found one", c.name)
		}
	}
}

func TestSeedIsACopyOfEveryByte(t *testing.T) {
	for size := minSeed; size <= maxSeed; size += 2 {
		b := []byte("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.:")[:size]
		s, err := NewSeed(b)
		must(t, err)
		want := bytes.Clone(b)
		clear(b)
		if got, ok := s.bytes(); !ok || !bytes.Equal(got, want) {
			t.Errorf("%d bytes: want a copy of all, found something else", size)
		}
	}
}

func TestOnlyTheSameSeedIsEqual(t *testing.T) {
	a, err := NewSeed([]byte("0123456789abcdefgh"))
	must(t, err)
	longer, err := NewSeed([]byte("0123456789abcdefghij"))
	must(t, err)
	other, err := NewSeed([]byte("0123456789abcdefgX"))
	must(t, err)
	again, err := NewSeed([]byte("0123456789abcdefgh"))
	must(t, err)
	if !a.Equal(again) || a.Equal(longer) || longer.Equal(a) || a.Equal(other) || a.Equal(nil) {
		t.Error("want a seed equal to the same bytes alone")
	}
	again.Wipe()
	if again.Equal(a) || a.Equal(again) || again.Equal(again) || new(Seed).Equal(new(Seed)) { //nolint:gocritic // a wiped one is not equal to itself either
		t.Error("want a wiped seed equal to nothing, found it equal")
	}
}

func TestWordsOfBIP39ThatAreNotWordsMakeNoSeed(t *testing.T) {
	words := string(testMnemonic(t, 1))
	_, err := SeedOfMnemonic([]byte(words+" zoo"), nil)
	refused(t, "25 words", err, "mnemonic: want 12, 15, 18, 21 or 24 words, found 25")
	_, err = SeedOfMnemonic([]byte(words), []byte("br\xc3\xbccke"))
	refused(t, "umlaut", err, "passphrase: want printable ASCII, found another byte at 3")
	with, err := SeedOfMnemonic([]byte(words), []byte("TREZOR"))
	must(t, err)
	if with.Equal(testSeed(t, 1)) {
		t.Error("want another seed with a passphrase, found the same")
	}
}

func TestNothingPrintsASecret(t *testing.T) {
	s := testSeed(t, 1)
	a, err := s.Account(custody.Regtest, 0)
	must(t, err)
	holder := struct {
		S Seed
		s Seed
		P *Seed
		p *Seed
		A *Account
		a Account
	}{*s, *s, s, s, a, *a}
	for _, v := range []any{s, *s, a, *a, holder, &holder, []*Seed{s}, map[string]Account{"a": *a}} {
		for _, out := range everyForm(t, v) {
			checkClean(t, s, a, out)
		}
	}
	if got := fmt.Sprintf("%v %+v %#v %s", s, *s, a, *a); got != "seed(...) seed(...) account(...) account(...)" {
		t.Errorf("found %q", got)
	}
}

// everyForm prints a value in all the ways that a log line would.
func everyForm(t *testing.T, v any) []string {
	t.Helper()
	var forms []string
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%p", "%t"} {
		forms = append(forms, fmt.Sprintf(verb, v))
	}
	b, err := json.Marshal(v)
	must(t, err)
	return append(forms, string(b))
}

// showsBytes tells whether a secret is in what was printed, in one of the forms
// that fmt writes bytes in.
func showsBytes(out string, secret []byte) bool {
	for _, form := range []string{"%x", "%X", "%d", "%v", "%#v", "%s", "%q"} {
		text := strings.Trim(fmt.Sprintf(form, secret), "[]\"")
		text = strings.TrimSuffix(strings.TrimPrefix(text, "byte{"), "}")
		if strings.Contains(out, strings.TrimPrefix(text, "byte{")) {
			return true
		}
	}
	return false
}

// checkClean looks for the seed or a private key in what was printed.
func checkClean(t *testing.T, s *Seed, a *Account, out string) {
	t.Helper()
	key := a.secret().account.private.Bytes()
	seed, _ := s.bytes()
	for _, b := range [][]byte{seed[:8], key[:8]} {
		if showsBytes(out, b) {
			t.Error("a secret is shown")
		}
	}
}

func TestWipeLeavesNothing(t *testing.T) {
	s := testSeed(t, 2)
	a, err := s.Account(custody.Mainnet, 5)
	must(t, err)
	inside, secret := s.secret(), a.secret()
	if *inside == (seedSecret{}) || secret.account.private.IsZero() || secret.branches[1].private.IsZero() {
		t.Fatal("want secrets before the wipe, found zeros")
	}
	s.Wipe()
	a.Wipe()
	if *inside != (seedSecret{}) {
		t.Error("want the seed overwritten, found it")
	}
	for i, n := range []node{secret.account, secret.branches[0].node, secret.branches[1].node} {
		if !n.private.IsZero() || n.chain != [32]byte{} {
			t.Errorf("want key %d overwritten, found it", i)
		}
	}
	_, splitErr := s.Split(twoOfThree(), chance(1))
	_, accountErr := s.Account(custody.Mainnet, 0)
	_, signErr := a.Sign(custody.Receive, 0, [32]byte{1})
	_, recordErr := a.KeyRecord("key")
	for i, err := range []error{splitErr, accountErr, signErr, recordErr} {
		if !errors.Is(err, ErrWiped) {
			t.Errorf("use %d after the wipe: want %v, found %v", i, ErrWiped, err)
		}
	}
	s.Wipe()
	a.Wipe()
}

func TestZeroValuesGrantNothing(t *testing.T) {
	var s *Seed
	var a *Account
	s.Wipe()
	a.Wipe()
	if _, err := s.Split(twoOfThree(), chance(1)); !errors.Is(err, ErrWiped) {
		t.Errorf("nil seed: found %v", err)
	}
	if _, err := new(Seed).Account(custody.Mainnet, 0); !errors.Is(err, ErrWiped) {
		t.Errorf("zero seed: found %v", err)
	}
	if _, err := a.Sign(custody.Receive, 0, [32]byte{1}); !errors.Is(err, ErrWiped) {
		t.Errorf("nil account: found %v", err)
	}
	if _, err := new(Account).KeyRecord("key"); !errors.Is(err, ErrWiped) {
		t.Errorf("zero account: found %v", err)
	}
	_, err := SealShare([]byte(testWords), Recipient{}, []byte(testPassphrase), testWorkFactor)
	refused(t, "zero recipient", err, "seal: want a recipient, found none")
	_, err = OpenShare(nil, Opener{})
	refused(t, "zero opener", err, "share: want a passphrase or a key to open it with, found none")
}
