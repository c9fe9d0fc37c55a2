package auditlog

import (
	"bytes"
	"strings"
	"testing"
)

// proofFile returns the proof of entry 1 of a log of three.
func proofFile(t testing.TB) string {
	t.Helper()
	_, l := newLog(t, 3)
	p, err := l.ProveEntry(1, 3)
	must(t, err)
	return string(EncodeProof(1, p, l.Checkpoint()))
}

func TestProofFile(t *testing.T) {
	v := testKey(1).Verifier()
	file := proofFile(t)
	want := "c2sp.org/tlog-proof@v1\nindex 1\n" +
		RootOf([][]byte{entry(0)}).String() + "\n" + RootOf([][]byte{entry(2)}).String() + "\n\nacme-treasury/signer-a\n3\n"
	if !strings.HasPrefix(file, want) {
		t.Errorf("%q, wanted %q and more", file, want)
	}
	c, i, err := OpenProof([]byte(file), v, entry(1))
	if err != nil || i != 1 || c != (Checkpoint{Origin: origin, Size: 3, Root: RootOf(records(3))}) {
		t.Errorf("entry %d of %v, %v", i, c, err)
	}
	_, alone := newLog(t, 1)
	if _, _, err := OpenProof(EncodeProof(0, nil, alone.Checkpoint()), v, entry(0)); err != nil {
		t.Errorf("the only entry: %v", err)
	}
}

func TestOpenProofRefuses(t *testing.T) {
	file := proofFile(t)
	root3 := RootOf(records(3)).String()
	replace := func(old, with string) string { return strings.Replace(file, old, with, 1) }
	for name, c := range map[string]struct {
		file  string
		entry []byte
		want  string
	}{
		"other entry":   {file, entry(2), "proof file: entry proof: entry 1 is not proven in the tree of size 3 and root " + root3},
		"other index":   {replace("index 1", "index 0"), entry(1), "proof file: entry proof: entry 0 is not proven in the tree of size 3 and root " + root3},
		"index beyond":  {replace("index 1", "index 3"), entry(1), "proof file: entry proof: wanted an entry below 3, found 3"},
		"leading zero":  {replace("index 1", "index 01"), entry(1), `proof file: wanted "index N", found "index 01"`},
		"no index":      {replace("index 1\n", ""), entry(1), `proof file: wanted "index N", found "` + RootOf([][]byte{entry(0)}).String() + `"`},
		"minus":         {replace("index 1", "index -1"), entry(1), `proof file: wanted "index N", found "index -1"`},
		"extra line":    {replace("index 1", "extra eA==\nindex 1"), entry(1), `proof file: wanted "index N", found "extra eA=="`},
		"other version": {replace("@v1", "@v2"), entry(1), `proof file: wanted the lines "c2sp.org/tlog-proof@v1" and "index N", found "c2sp.org/tlog-proof@v2" and 3 more`},
		"header only":   {proofHeader + "\n\n", entry(1), `proof file: wanted the lines "c2sp.org/tlog-proof@v1" and "index N", found "c2sp.org/tlog-proof@v1" and 0 more`},
		"nothing":       {"", entry(1), "proof file: wanted an empty line and a checkpoint, found no empty line"},
		"text in front": {" " + file, entry(1), `proof file: wanted the lines "c2sp.org/tlog-proof@v1" and "index N", found " c2sp.org/tlog-proof@v1" and 3 more`},
		"text after":    {file + "x", entry(1), "proof file: checkpoint: wanted a line feed at the end"},
		"bad hash":      {replace("index 1\n", "index 1\nx\n"), entry(1), "proof file: hash 1: root: wanted 44 characters of base64, found 1"},
		"many hashes": {
			replace("index 1\n", "index 1\n"+strings.Repeat(root3+"\n", 41)), entry(1),
			"proof file: wanted at most 42 hashes, found 43",
		},
		"much too long": {strings.Repeat("x", 69633), entry(1), "proof file: wanted at most 69632 bytes, found 69633"},
	} {
		t.Run(name, func(t *testing.T) {
			found, i, err := OpenProof([]byte(c.file), testKey(1).Verifier(), c.entry)
			if found != (Checkpoint{}) || i != 0 {
				t.Errorf("opened: entry %d of %v", i, found)
			}
			wantError(t, err, "", c.want)
		})
	}
}

func FuzzOpenProof(f *testing.F) {
	f.Add([]byte(proofFile(f)))
	f.Add([]byte(proofHeader + "\nindex 0\n\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, i, err := OpenProof(b, testKey(1).Verifier(), entry(1))
		if err != nil {
			return
		}
		tree := NewTree(records(3))
		p, err := tree.ProveEntry(1, 3)
		must(t, err)
		_, note, _ := bytes.Cut(b, []byte("\n\n"))
		if i != 1 || c.Size != 3 || !bytes.Equal(EncodeProof(i, p, note), b) {
			t.Errorf("%q opens as entry %d of %v", b, i, c)
		}
	})
}
