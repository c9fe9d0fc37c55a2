package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"strongroom/signer/keystore"
	"strongroom/signer/keystore/slip39"
	"strongroom/signer/signertest"
)

// silent TYPED SHARES PATH... fails when a file at or below a PATH holds something secret
// in the clear: what act had people type, the words of the shares in the folder
// SHARES that were sealed to passphrases, or what they rebuild. TYPED is what was
// typed: it must hold all of the first, or the search would be blind. No shares are
// looked for where SHARES is "-".
func (s *stage) silent(ts *testscript.TestScript, args []string) {
	secrets := map[string][][]byte{}
	for what, secret := range s.typed {
		secrets[what] = forms(secret)
		if !bytes.Contains([]byte(ts.ReadFile(args[0])), secrets[what][0]) {
			ts.Fatalf("want %s in %s, found it not there", what, args[0])
		}
	}
	if args[1] != "-" {
		ts.Check(addShares(s.typed, secrets, ts.MkAbs(args[1])))
	}
	var roots []string
	for _, root := range args[2:] {
		roots = append(roots, ts.MkAbs(root))
	}
	searched, err := search(secrets, roots)
	ts.Check(err)
	ts.Logf("%d files hold none of %d secrets", searched, len(secrets))
}

// clearly PAGE SHARE HOLDER wants the words of a share on a page, as a list.
func (s *stage) clearly(ts *testscript.TestScript, args []string) {
	words, err := wordsOf(ts.MkAbs(args[1]), s.typed["the passphrase of "+args[2]])
	ts.Check(err)
	if !strings.Contains(ts.ReadFile(args[0]), "<li>"+strings.ReplaceAll(string(words), " ", "</li><li>")+"</li>") {
		ts.Fatalf("want the words of %s's share on the page, found them not there", args[2])
	}
}

// paper FILE SHARE writes the words of a share as its holder keeps them, and a
// line's end.
func (s *stage) paper(ts *testscript.TestScript, args []string) {
	words, err := wordsOf(ts.MkAbs(args[1]), signertest.Passphrase)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), append(words, '\n'), 0o600))
}

// search reads every file at or below the roots, and says how many it read. It
// fails on the first that holds a secret, which it names and does not repeat.
func search(secrets map[string][][]byte, roots []string) (searched int, err error) {
	for _, root := range roots {
		before := searched
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return err
			}
			b, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			searched++
			if what := holds(b, secrets); what != "" {
				return fmt.Errorf("%s: holds %s", path, what)
			}
			return nil
		})
		if err != nil {
			return searched, err
		}
		if searched == before {
			return searched, fmt.Errorf("%s: want a file at least, found none", root)
		}
	}
	return searched, nil
}

func holds(b []byte, secrets map[string][][]byte) string {
	for _, what := range slices.Sorted(maps.Keys(secrets)) {
		for _, form := range secrets[what] {
			if bytes.Contains(b, form) {
				return what
			}
		}
	}
	return ""
}

// forms are the ways in which a text may stand in a file: as it is, without its
// spaces, and any three words of it.
func forms(secret string) [][]byte {
	out := [][]byte{[]byte(secret), []byte(strings.ReplaceAll(secret, " ", ""))}
	words := strings.Fields(secret)
	const run = 3
	for i := 0; len(words[0]) > 2 && i+run <= len(words); i++ {
		out = append(out, []byte(strings.Join(words[i:i+run], " ")))
	}
	return out
}

// addShares opens what lies sealed below a folder, each holder's in one of their
// own, and rebuilds the seed.
func addShares(typed map[string]string, secrets map[string][][]byte, folder string) error {
	files, err := filepath.Glob(filepath.Join(folder, "*", "share-*.age"))
	if err != nil {
		return err
	}
	var opened []*slip39.Share
	for _, file := range files {
		holder := filepath.Base(filepath.Dir(file))
		pass, has := typed["the passphrase of "+holder]
		if !has {
			continue
		}
		words, err := wordsOf(file, pass)
		if err != nil {
			return err
		}
		share, err := slip39.Parse(words)
		if err != nil {
			return err
		}
		if len(opened) == 0 || share.Identifier() == opened[0].Identifier() {
			opened = append(opened, share)
		}
		secrets["the share of "+holder] = forms(string(words))
	}
	if len(opened) < 2 {
		return fmt.Errorf("want two shares below %s at least, found %d", folder, len(opened))
	}
	seed, err := slip39.Combine(opened[:2], nil)
	if err != nil {
		return err
	}
	hexed := hex.EncodeToString(seed)
	secrets["the seed"] = [][]byte{seed, []byte(hexed), []byte(strings.ToUpper(hexed)),
		[]byte(strings.TrimRight(base64.StdEncoding.EncodeToString(seed), "=")[:42]), []byte(base64.RawURLEncoding.EncodeToString(seed)[:42])}
	return nil
}

func wordsOf(file, pass string) ([]byte, error) {
	with, err := keystore.WithPassphrase([]byte(pass))
	if err != nil {
		return nil, err
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return keystore.OpenShare(b, with)
}

var searched = flag.String("searched", "", "search what scripts/airgap-session.sh left in `DIR` for secrets")

var also = flag.String("also", "", "search `FILE` too")

// A session leaves no secret in any file and in none of its writes to one. With
// -searched a script has run it, with the released program; always, the search
// finds what it looks for.
func TestNothingSecretIsWritten(t *testing.T) {
	typed := map[string]string{}
	for _, what := range []string{"make", "reshare"} {
		if _, err := acted(planText(t, what, sessionPlan(what, "00000000"), nil), map[string]string{}, typed); err != nil {
			t.Fatal(err)
		}
	}
	secrets := map[string][][]byte{}
	for what, secret := range typed {
		secrets[what] = forms(secret)
		if found := holds([]byte("x"+secret+"x"), map[string][][]byte{what: secrets[what]}); found != what {
			t.Errorf("want %s found where it is, found %q", what, found)
		}
	}
	if *searched == "" {
		return
	}
	if err := addShares(typed, secrets, filepath.Join(*searched, "media")); err != nil {
		t.Fatal(err)
	}
	n, err := search(secrets, append([]string{*searched}, strings.Fields(*also)...))
	if err != nil {
		t.Fatal(err)
	}
	calls, err := os.ReadFile(*searched + ".writes")
	if err != nil {
		t.Fatal(err)
	}
	written := unhex(calls)
	if !bytes.Contains(written, []byte("strongroom/transcript@v1\n")) {
		t.Fatal("want the transcript among what was written, found it not there: strace is blind here")
	}
	if what := holds(written, secrets); what != "" {
		t.Fatalf("want no secret written, found %s", what)
	}
	t.Logf("%d files and %d written bytes hold none of %d secrets", n, len(written), len(secrets))
}

// unhex returns the strings of strace -xx, one behind the other.
func unhex(calls []byte) (out []byte) {
	for {
		_, rest, found := bytes.Cut(calls, []byte(`\x`))
		if !found {
			return out
		}
		var b [1]byte
		if _, err := hex.Decode(b[:], rest[:2]); err == nil {
			out = append(out, b[0])
		}
		calls = rest[2:]
	}
}
