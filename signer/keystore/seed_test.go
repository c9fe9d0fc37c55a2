package keystore

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"strongroom/custody"
)

const (
	testPassphrase = "violin harbor-Copper tulip meadow lantern orbit"
	testWorkFactor = minWorkFactor
)

// testSeed is the same for the same label.
func testSeed(t testing.TB, label byte) *Seed {
	t.Helper()
	b := bytes.Repeat([]byte{label, 0x5a, 0x17}, 11)
	s, err := NewSeed(bytes.NewReader(b[:entropySize]))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestBrokenRandomSourceMakesNoSeed(t *testing.T) {
	pattern := "seed: want random bytes, found a pattern, the random source is broken"
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
		{"two bytes again and again", bytes.Repeat([]byte{1, 9}, 16), pattern},
		{"a quarter four times", bytes.Repeat([]byte("12345678"), 4), pattern},
		{"counting up", up, pattern},
		{"counting down", down, pattern},
		{"short", make([]byte, 31), "seed: want 32 random bytes, found unexpected EOF"},
		{"empty", nil, "seed: want 32 random bytes, found EOF"},
	}
	for _, c := range cases {
		if s, err := NewSeed(bytes.NewReader(c.b)); err == nil || err.Error() != c.want || s != nil {
			t.Errorf("%s: want %q and no seed, found %v", c.name, c.want, err)
		}
	}
}

func TestSeedIsReadFromASlowSource(t *testing.T) {
	b := []byte("0123456789abcdefghijklmnopqrstuv")
	s, err := NewSeed(io.MultiReader(bytes.NewReader(b[:1]), bytes.NewReader(b[1:])))
	if err != nil || !bytes.Equal(s.entropy()[:], b) {
		t.Errorf("want all 32 bytes, found %v", err)
	}
}

func TestNothingPrintsASecret(t *testing.T) {
	s := testSeed(t, 1)
	a, err := s.Account(custody.Regtest, 0)
	if err != nil {
		t.Fatal(err)
	}
	holder := struct {
		S Seed
		s Seed
		P *Seed
		p *Seed
		A *Account
		a Account
	}{*s, *s, s, s, a, *a}
	for _, v := range []any{s, *s, a, *a, holder, &holder, []*Seed{s}, map[string]Account{"a": *a}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%p", "%t"} {
			checkClean(t, s, a, fmt.Sprintf(verb, v))
		}
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		checkClean(t, s, a, string(b))
	}
	if got := fmt.Sprintf("%v %+v %#v %s", s, *s, a, *a); got != "seed(...) seed(...) account(...) account(...)" {
		t.Errorf("found %q", got)
	}
}

// checkClean looks for the entropy, a private key or a word in what was
// printed, in the forms that fmt writes bytes in.
func checkClean(t *testing.T, s *Seed, a *Account, out string) {
	t.Helper()
	key := a.secret().account.private.Bytes()
	for _, b := range [][]byte{s.entropy()[:8], key[:8]} {
		for _, form := range []string{"%x", "%X", "%d", "%v", "%#v", "%s", "%q"} {
			if text := strings.Trim(fmt.Sprintf(form, b), "[]\""); strings.Contains(out, text) {
				t.Errorf("a secret is shown as %s", form)
			}
		}
	}
	words, err := s.mnemonic()
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out, string(words[:12])) {
		t.Error("the mnemonic is shown")
	}
}

func TestWipeLeavesNothing(t *testing.T) {
	s := testSeed(t, 2)
	a, err := s.Account(custody.Mainnet, 5)
	if err != nil {
		t.Fatal(err)
	}
	entropy, secret := s.entropy(), a.secret()
	if *entropy == [entropySize]byte{} || secret.account.private.IsZero() || secret.branches[1].private.IsZero() {
		t.Fatal("want secrets before the wipe, found zeros")
	}
	s.Wipe()
	a.Wipe()
	if *entropy != [entropySize]byte{} {
		t.Error("want the entropy overwritten, found it")
	}
	for i, n := range []node{secret.account, secret.branches[0].node, secret.branches[1].node} {
		if !n.private.IsZero() || n.chain != [32]byte{} {
			t.Errorf("want key %d overwritten, found it", i)
		}
	}
	_, sealErr := Seal(s, []byte(testPassphrase), testWorkFactor)
	_, accountErr := s.Account(custody.Mainnet, 0)
	_, signErr := a.Sign(custody.Receive, 0, [32]byte{1})
	_, recordErr := a.KeyRecord("key")
	for i, err := range []error{sealErr, accountErr, signErr, recordErr} {
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
	if _, err := Seal(s, []byte(testPassphrase), testWorkFactor); !errors.Is(err, ErrWiped) {
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
}
