package keystore

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"strings"
	"testing"

	"filippo.io/age"
)

// testWords are the first official vector of SLIP-39.
const testWords = "duckling enlarge academic academic agency result length solution fridge kidney coal piece deal husband erode duke ajar critical decision keyboard"

// holder is somebody who has a share sealed to them and can open it.
type holder struct {
	name string
	to   Recipient
	with Opener
}

func holderOf(t testing.TB, name, recipient string, keyFile string) holder {
	t.Helper()
	to, err := ParseRecipient(recipient)
	must(t, err)
	if recipient == SealPassphrase {
		with, err := WithPassphrase([]byte(testPassphrase))
		must(t, err)
		return holder{name, to, with}
	}
	with, err := WithKeyFile([]byte(keyFile), nil)
	must(t, err)
	return holder{name, to, with}
}

// holders returns one of each kind that needs no other tool.
func holders(t testing.TB) []holder {
	t.Helper()
	x, err := age.GenerateX25519Identity()
	must(t, err)
	other, err := age.GenerateX25519Identity()
	must(t, err)
	pq, err := age.GenerateHybridIdentity()
	must(t, err)
	return []holder{
		holderOf(t, "passphrase", SealPassphrase, ""),
		holderOf(t, "X25519", x.Recipient().String(), "# created long ago\n"+x.String()+"\n"),
		holderOf(t, "another X25519", other.Recipient().String(), other.String()+"\n"),
		holderOf(t, "hybrid", pq.Recipient().String(), pq.String()+"\n"),
	}
}

func sealed(t testing.TB, to Recipient) []byte {
	t.Helper()
	file, err := SealShare([]byte(testWords), to, []byte(testPassphrase), testWorkFactor)
	must(t, err)
	return file
}

// sealWith makes an age file of any content, as an attacker or a mistaken tool
// would.
func sealWith(t testing.TB, content string, to ...age.Recipient) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := age.Encrypt(&b, to...)
	must(t, err)
	_, err = io.WriteString(w, content)
	must(t, err)
	must(t, w.Close())
	return b.Bytes()
}

func scryptTo(t testing.TB, factor int) *age.ScryptRecipient {
	t.Helper()
	r, err := age.NewScryptRecipient(testPassphrase)
	must(t, err)
	r.SetWorkFactor(factor)
	return r
}

// checkOpens opens a share of each holder with what each other has.
func checkOpens(t *testing.T, all []holder) {
	t.Helper()
	opened := 0
	for _, of := range all {
		file := sealed(t, of.to)
		if !bytes.HasPrefix(file, []byte("age-encryption.org/v1\n-> ")) || bytes.Contains(file, []byte("academic")) {
			t.Errorf("%s: want a binary age file, found something else", of.name)
		}
		for _, by := range all {
			words, err := OpenShare(file, by.with)
			if of.name == by.name {
				opened++
				if err != nil || string(words) != testWords {
					t.Errorf("%s: want the words back, found %v", of.name, err)
				}
				continue
			}
			want := ErrOtherKey.Error()
			switch {
			case by.name == "passphrase":
				want = "share: want one that is sealed to a passphrase, found one that is sealed to a key"
			case of.name == "passphrase":
				want = "share: want one that is sealed to a key, found one that is sealed to a passphrase"
			}
			if refused(t, of.name+" opened by "+by.name, err, want); words != nil {
				t.Errorf("%s opened by %s: want no words, found some", of.name, by.name)
			}
		}
	}
	if opened != len(all) {
		t.Errorf("want %d shares opened, found %d", len(all), opened)
	}
}

func TestShareOpensForItsHolderAlone(t *testing.T) { checkOpens(t, holders(t)) }

func TestWrongHolderCanBeToldFromDamage(t *testing.T) {
	all := holders(t)
	with, err := WithPassphrase([]byte(testPassphrase + "s"))
	must(t, err)
	if _, err := OpenShare(sealed(t, all[0].to), with); !errors.Is(err, ErrPassphrase) {
		t.Errorf("want %v, found %v", ErrPassphrase, err)
	}
	if _, err := OpenShare(sealed(t, all[1].to), all[2].with); !errors.Is(err, ErrOtherKey) {
		t.Errorf("want %v, found %v", ErrOtherKey, err)
	}
}

// A file that anybody could have changed on the way, for each kind of holder.
func TestDamagedShareIsNoticed(t *testing.T) {
	const damaged = "share: want an undamaged file, found a damaged one"
	for _, h := range holders(t) {
		good := sealed(t, h.to)
		flipped, header := bytes.Clone(good), bytes.Clone(good)
		flipped[len(flipped)-1] ^= 1
		mac := bytes.Index(header, []byte("--- ")) + 5
		header[mac] = map[bool]byte{true: 'C', false: 'B'}[header[mac] == 'B'] // another letter of base64
		for _, c := range []struct {
			name string
			file []byte
			want string
		}{
			{"flipped bit", flipped, damaged},
			{"cut by a byte", good[:len(good)-1], damaged},
			{"byte behind", append(bytes.Clone(good), 'x'), damaged},
			{"without content", good[:bytes.Index(good, []byte("--- "))+48+16], damaged},
			{"changed header", header, "share: want an age file, found bad header MAC"},
			{"cut in its header", good[:40], ""},
			{"empty", nil, "share: want an age file, found failed to read header: parsing age header: file is empty"},
			{"flood", make([]byte, maxSealed+1), "share: want at most 16384 bytes, found 16385"},
		} {
			words, err := OpenShare(c.file, h.with)
			if words != nil || err == nil || c.want != "" && err.Error() != c.want {
				t.Errorf("%s, %s: want %q and no words, found %v", h.name, c.name, c.want, err)
			}
		}
		for i := range good { // somewhere else, but never the words
			changed := bytes.Clone(good)
			if changed[i] ^= 0x10; h.name == "passphrase" && i < bytes.IndexByte(good, '\n')+30 {
				continue // another salt or cost, each try of which takes long
			}
			if words, err := OpenShare(changed, h.with); err == nil && string(words) != testWords {
				t.Fatalf("%s: want byte %d noticed, found other words", h.name, i)
			}
		}
	}
}

func TestOpenShareRefusesForeignContent(t *testing.T) {
	const other = "share: want words and LF, at most 1024 bytes, found something else"
	good := sealWith(t, testWords+"\n", scryptTo(t, 10))
	with, err := WithPassphrase([]byte(testPassphrase))
	must(t, err)
	if words, err := OpenShare(good, with); err != nil || string(words) != testWords {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		file []byte
		want string
	}{
		{"hungry work factor", bytes.Replace(good, []byte(" 10\n"), []byte(" 21\n"), 1), "share: want an age file, found scrypt work factor too large: 21"},
		{"hungriest work factor", bytes.Replace(good, []byte(" 10\n"), []byte(" 63\n"), 1), "share: want an age file, found scrypt work factor too large: 63"},
		{"no LF", sealWith(t, testWords, scryptTo(t, 10)), other},
		{"empty", sealWith(t, "", scryptTo(t, 10)), other},
		{"long content", sealWith(t, strings.Repeat("academic ", 200)+"\n", scryptTo(t, 10)), other},
		{"longest content and one", sealWith(t, strings.Repeat("a", maxShareContent)+"\n", scryptTo(t, 10)), other},
	} {
		words, err := OpenShare(c.file, with)
		if refused(t, c.name, err, c.want); words != nil {
			t.Errorf("%s: want no words, found some", c.name)
		}
	}
	for _, c := range []struct {
		name, passphrase, want string
	}{
		{"no passphrase", "", "passphrase: want 1 to 1024 bytes, found 0"},
		{"endless passphrase", strings.Repeat("a", 1025), "passphrase: want 1 to 1024 bytes, found 1025"},
	} {
		_, err := WithPassphrase([]byte(c.passphrase))
		refused(t, c.name, err, c.want)
	}
}

// What is refused is not left in memory for the next reader.
func TestRefusedContentIsCleared(t *testing.T) {
	content := []byte("academic academic")
	if _, err := ShareWords(content); err == nil || !bytes.Equal(content, make([]byte, len(content))) {
		t.Errorf("want it refused and cleared, found %v", err)
	}
	longest := append(bytes.Repeat([]byte("a"), maxShareContent-1), '\n')
	if words, err := ShareWords(longest); err != nil || len(words) != maxShareContent-1 {
		t.Errorf("want the longest content read, found %v", err)
	}
}

func TestCommitmentIsTheHashOfWordsAndLF(t *testing.T) {
	words := []byte(testWords)
	if got := CommitShare(words); got != sha256.Sum256([]byte(testWords+"\n")) {
		t.Errorf("want the hash of what the file holds, found %x", got)
	}
	if string(words) != testWords {
		t.Error("want the words left as they were, found them changed")
	}
}

// A real share has at most 59 words, and fits with room to spare.
func TestLongestShareFitsItsFile(t *testing.T) {
	words := []byte(strings.Repeat("academic ", 58) + "academic")
	for _, h := range holders(t) {
		file, err := SealShare(words, h.to, []byte(testPassphrase), testWorkFactor)
		must(t, err)
		if back, err := OpenShare(file, h.with); err != nil || !bytes.Equal(back, words) {
			t.Errorf("%s: want the words back, found %v", h.name, err)
		}
	}
}

func TestNothingPrintsWhatOpensAShare(t *testing.T) {
	secrets := [][]byte{[]byte(testPassphrase)[:8]}
	x, err := age.GenerateX25519Identity()
	must(t, err)
	secrets = append(secrets, []byte(x.String())[20:30])
	keyed, err := WithKeyFile([]byte(x.String()+"\n"), nil)
	must(t, err)
	byHeart, err := WithPassphrase([]byte(testPassphrase))
	must(t, err)
	type inside struct {
		O Opener
		o Opener
		p *Opener
	}
	for _, o := range []Opener{keyed, byHeart} {
		for _, v := range []any{o, &o, inside{o, o, &o}, &inside{o, o, &o}, []Opener{o}} {
			for _, out := range everyForm(t, v) {
				for _, s := range secrets {
					if showsBytes(out, s) {
						t.Errorf("a secret is shown in %q", out[:min(len(out), 20)])
					}
				}
			}
		}
	}
	if got := strings.Join(everyForm(t, keyed)[:4], " "); got != "opener(...) opener(...) opener(...) opener(...)" {
		t.Errorf("found %q", got)
	}
}

func FuzzOpenShare(f *testing.F) {
	x, err := age.GenerateX25519Identity()
	must(f, err)
	h := holderOf(f, "X25519", x.Recipient().String(), x.String()+"\n")
	file := sealed(f, h.to)
	f.Add(file)
	f.Add(file[:len(file)/2])
	f.Add([]byte("age-encryption.org/v1\n-> X25519 AAAAAAAAAAAAAAAAAAAAAA\n\n--- x\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		words, err := OpenShare(b, h.with)
		if err == nil && string(words) != testWords {
			t.Fatal("want the sealed share or a refusal, found another share")
		}
	})
}
