package keystore

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"golang.org/x/crypto/ssh"
)

// tools skips a test that needs programs which are not here.
func tools(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		if _, err := exec.LookPath(name); err != nil {
			t.Skipf("%s is not installed: what it reads and writes was not compared", name)
		}
	}
}

// run runs a program in a folder.
func run(t *testing.T, dir, stdin, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Stdin = dir, strings.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
	return string(out)
}

func read(t *testing.T, dir, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, name))
	must(t, err)
	return b
}

// sshKey makes a key as its holder does, and returns both halves.
func sshKey(t *testing.T, passphrase string) (private []byte, public string) {
	t.Helper()
	dir := t.TempDir()
	run(t, dir, "", "ssh-keygen", "-q", "-t", "ed25519", "-a", "1", "-C", "anna@north", "-N", passphrase, "-f", "key")
	return read(t, dir, "key"), strings.TrimSpace(string(read(t, dir, "key.pub")))
}

func TestShareOpensWithAnSSHKey(t *testing.T) {
	tools(t, "ssh-keygen")
	const lock = "of the key"
	plain, plainPublic := sshKey(t, "")
	locked, lockedPublic := sshKey(t, lock)
	to, err := ParseRecipient(lockedPublic)
	must(t, err)
	with, err := WithKeyFile(locked, []byte(lock))
	must(t, err)
	checkOpens(t, append(holders(t), holderOf(t, "ssh", plainPublic, string(plain)), holder{"locked ssh", to, with}))
	if _, err := WithKeyFile(locked, nil); !errors.Is(err, ErrKeyLocked) {
		t.Errorf("no passphrase: want %v, found %v", ErrKeyLocked, err)
	}
	if _, err := WithKeyFile(locked, []byte("another")); !errors.Is(err, ErrPassphrase) {
		t.Errorf("another passphrase: want %v, found %v", ErrPassphrase, err)
	}
	if _, err := WithKeyFile(plain, []byte("not needed")); err != nil {
		t.Errorf("want a passphrase that is not needed ignored, found %v", err)
	}
}

func TestKeyFilesThatOpenNothing(t *testing.T) {
	x, err := age.GenerateX25519Identity()
	must(t, err)
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	must(t, err)
	block, err := ssh.MarshalPrivateKey(key, "")
	must(t, err)
	for _, c := range []struct{ name, file string }{
		{"empty", ""},
		{"only a comment", "# public key: " + x.Recipient().String() + "\n"},
		{"public key", x.Recipient().String() + "\n"},
		{"cut", x.String()[:60] + "\n"},
		{"plugin's", "AGE-PLUGIN-YUBIKEY-1QYQSZQGPQYQSZQGPQYQSZQGPQ\n"},
		{"one good, one not", x.String() + "\n" + x.String()[1:] + "\n"},
		{"RSA", string(pem.EncodeToMemory(block))},
		{"no key in its block", "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n"},
		{"another block", "-----BEGIN AGE ENCRYPTED FILE-----\nAAAA\n-----END AGE ENCRYPTED FILE-----\n"},
	} {
		if _, err := WithKeyFile([]byte(c.file), nil); !errors.Is(err, ErrKeyFile) || err.Error() != ErrKeyFile.Error() {
			t.Errorf("%s: want %v, found %v", c.name, ErrKeyFile, err)
		}
	}
	_, err = WithKeyFile(make([]byte, maxKeyFile+1), nil)
	refused(t, "flood", err, "key file: want at most 65536 bytes, found 65537")
}

// What "age -d share.age | sha256sum" prints is in the record.
func TestStockAgePrintsTheCommitment(t *testing.T) {
	tools(t, "age", "age-keygen", "ssh-keygen", "sha256sum", "sh")
	dir := t.TempDir()
	run(t, dir, "", "age-keygen", "-o", "key")
	public := run(t, dir, "", "age-keygen", "-y", "key")
	private, sshPublic := sshKey(t, "")
	must(t, os.WriteFile(filepath.Join(dir, "sshkey"), private, 0o600))
	want := fmt.Sprintf("%x  -\n", CommitShare([]byte(testWords)))
	for _, c := range []struct{ key, public string }{{"key", strings.TrimSpace(public)}, {"sshkey", sshPublic}} {
		h := holderOf(t, c.key, c.public, string(read(t, dir, c.key)))
		must(t, os.WriteFile(filepath.Join(dir, "share.age"), sealed(t, h.to), 0o600))
		if got := run(t, dir, "", "sh", "-c", "age -d -i "+c.key+" share.age | sha256sum"); got != want {
			t.Errorf("%s: want %s, found %s", c.key, want, got)
		}
		theirs := run(t, dir, testWords+"\n", "age", "-r", c.public)
		if words, err := OpenShare([]byte(theirs), h.with); err != nil || string(words) != testWords {
			t.Errorf("%s: want a share that stock age sealed opened, found %v", c.key, err)
		}
	}
}

// Stock age asks for the passphrase on a terminal, which script(1) makes.
func TestStockAgeOpensAShareUnderAPassphrase(t *testing.T) {
	tools(t, "age", "script")
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "share.age"), sealed(t, holders(t)[0].to), 0o600))
	cmd := exec.Command("script", "--quiet", "--return", "--echo", "never", "--command", "age -d -o words.txt share.age", "/dev/null")
	cmd.Dir = dir
	cmd.WaitDelay = 20 * time.Second
	in, err := cmd.StdinPipe()
	must(t, err)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	must(t, cmd.Start())
	_, err = fmt.Fprintf(in, "%s\n", testPassphrase)
	must(t, err)
	if err := cmd.Wait(); err != nil {
		t.Fatalf("age: %v\n%s", err, out.Bytes())
	}
	if string(read(t, dir, "words.txt")) != testWords+"\n" {
		t.Error("want the words and LF from stock age, found something else")
	}
}

// Every error that this package can return about a secret is made here, and none
// may hold a word of a share or of a passphrase, or a piece of a key.
func TestNoErrorRepeatsASecret(t *testing.T) {
	x, err := age.GenerateX25519Identity()
	must(t, err)
	var errs []error
	collect := func(_ any, err error) { errs = append(errs, err) }
	secrets := strings.Fields(testWords + " " + string(testMnemonic(t, 6)) + " " + strings.ReplaceAll(testPassphrase, "-", " "))
	for at := 0; at < len(x.String()); at += 8 {
		secrets = append(secrets, x.String()[at:min(at+8, len(x.String()))])
		broken := []byte(x.String())
		broken[at] ^= 3
		collect(WithKeyFile(broken, nil))
		collect(WithKeyFile([]byte(x.String()[:at]), nil))
		collect(ParseRecipient(string(broken)))
	}
	with, err := WithPassphrase([]byte(testPassphrase))
	must(t, err)
	wrong, err := WithPassphrase([]byte(testPassphrase + "x"))
	must(t, err)
	collect(OpenShare(sealWith(t, testWords, scryptTo(t, 10)), with))
	collect(OpenShare(sealWith(t, testWords+"\n", scryptTo(t, 10)), wrong))
	collect(OpenShare(sealWith(t, testWords+"\n", x.Recipient()), with))
	collect(ShareWords([]byte(testWords)))
	to, err := ParseRecipient(SealPassphrase)
	must(t, err)
	for cut := range 5 {
		collect(SealShare([]byte(testWords), to, []byte(strings.Join(strings.Fields(testPassphrase)[:cut], " ")), testWorkFactor))
	}
	collect(SealShare([]byte(testWords), to, []byte(testPassphrase+" "), testWorkFactor))
	collect(SealShare([]byte(testWords), to, []byte(testPassphrase+" orbit"), testWorkFactor))
	words := strings.Fields(string(testMnemonic(t, 6)))
	for i := range words {
		broken := append([]string{}, words...)
		broken[i] = "xyzzy"
		collect(SeedOfMnemonic([]byte(strings.Join(broken, " ")), nil))
		collect(SeedOfMnemonic([]byte(strings.Join(words[:i], " ")), nil))
	}
	for _, err := range errs {
		if err == nil {
			t.Fatal("want an error, found none")
		}
		// "want", "found" and "share" are the messages' own.
		text := " " + strings.NewReplacer(":", " ", ",", " ", "want", " ", "found", " ", "share", " ").Replace(err.Error()) + " "
		for _, w := range secrets {
			if len(w) > 3 && (strings.Contains(text, " "+w+" ") || w == strings.ToUpper(w) && strings.Contains(text, w)) {
				t.Errorf("a secret stands in %q", err)
			}
		}
	}
	t.Logf("%d errors", len(errs))
}

// oldShare is testWords under testPassphrase, as they were sealed once.
const oldShare = "" +
	"6167652d656e6372797074696f6e2e6f72672f76310a2d3e20736372797074206b64507759737a776638474a57572f6131742f464b772031300a3162" +
	"3963484756546b5050427532582b5046354b524d6342474f5154564736596577414e4f6b4e74712f300a2d2d2d205954534d685053634a4b62414731" +
	"36686c623342566761506255454f532b7375337953734f4c33664c786f0a47831dcdd7f41f1d9f9eebae17eae02b913b633f249533a753c61a3252d7" +
	"8da59fbd006c51183bb32163e4e8bddcd9a6034186bf067fe34bad1b2844615394544374eca669da3dac41a9db61b29a0e954038f5305f598abc5d44" +
	"48b693614e3d49196af60e3daed0d79f0a0d0eb97fde0c01ac38e2aab00a84c5d83a3d14eda152fa65250a70a8567aa95ae2532bdff6e011c91d6d6a" +
	"9671721c33affb608ba205f20869654ce7a30b8d273577645344dbca"

// What was sealed once opens for ever.
func TestShareThatWasSealedLongAgoStillOpens(t *testing.T) {
	file, err := hex.DecodeString(oldShare)
	must(t, err)
	h := holders(t)[0]
	if words, err := OpenShare(file, h.with); err != nil || string(words) != testWords {
		t.Errorf("want the words, found %v", err)
	}
}
