package auditlog

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
)

// The tree that Certificate Transparency implementations test themselves with:
// eight leaves, and the root after each of them.
var (
	referenceLeaves = []string{
		"", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
	}
	referenceRoots = []string{
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
		"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
		"aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
		"d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
		"4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
		"76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
		"ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
		"5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
	}
)

func TestReferenceTree(t *testing.T) {
	var leaves [][]byte
	for _, s := range referenceLeaves {
		b, err := hex.DecodeString(s)
		must(t, err)
		leaves = append(leaves, b)
	}
	tree := NewTree(leaves)
	for size, want := range referenceRoots {
		got, err := tree.Root(int64(size))
		must(t, err)
		if hex.EncodeToString(got[:]) != want {
			t.Errorf("size %d: root %x, wanted %s", size, got, want)
		}
		if RootOf(leaves[:size]) != got {
			t.Errorf("size %d: RootOf says %x", size, RootOf(leaves[:size]))
		}
	}
}

func TestEmptyTree(t *testing.T) {
	const want = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
	for _, got := range []Root{RootOf(nil), mustRoot(t, new(Tree), 0), mustRoot(t, NewTree(nil), 0)} {
		if got.String() != want {
			t.Errorf("root %s, wanted %s", got, want)
		}
	}
}

func mustRoot(t testing.TB, tree *Tree, size Size) Root {
	t.Helper()
	r, err := tree.Root(size)
	must(t, err)
	return r
}

// Leaves on both sides of the length from which they are hashed in another way.
func TestLeafHash(t *testing.T) {
	var leaf leafHasher
	for _, n := range []int{0, 1, smallEntry - 1, smallEntry, smallEntry + 1, maxEntry, 5, 0} {
		b := bytes.Repeat([]byte{7}, n)
		if leaf.hash(b) != tlog.RecordHash(b) {
			t.Errorf("%d bytes: another hash than tlog's", n)
		}
	}
}

func TestEveryProofOfASmallTree(t *testing.T) {
	const n = 34
	tree := NewTree(records(n))
	checked := 0
	for newer := range int64(n + 1) {
		newRoot := mustRoot(t, tree, newer)
		for older := range newer + 1 {
			p, err := tree.ProveTree(older, newer)
			must(t, err)
			must(t, CheckTree(p, newer, newRoot, older, mustRoot(t, tree, older)))
			wrongProofs(t, p, func(p Proof) error { return CheckTree(p, newer, newRoot, older, mustRoot(t, tree, older)) })
			if CheckTree(p, newer, newRoot, older, Root{1}) == nil || CheckTree(p, newer, Root{1}, older, mustRoot(t, tree, older)) == nil && older > 0 {
				t.Errorf("%d to %d: another root is proven", older, newer)
			}
			checked++
		}
		for i := range newer {
			p, err := tree.ProveEntry(i, newer)
			must(t, err)
			must(t, CheckEntry(p, newer, newRoot, i, entry(int(i))))
			wrongProofs(t, p, func(p Proof) error { return CheckEntry(p, newer, newRoot, i, entry(int(i))) })
			if CheckEntry(p, newer, newRoot, i, entry(99)) == nil || CheckEntry(p, newer, Root{1}, i, entry(int(i))) == nil {
				t.Errorf("entry %d of %d: something else is proven", i, newer)
			}
			checked++
		}
	}
	if checked != 35*36/2+34*35/2 {
		t.Errorf("%d proofs checked", checked)
	}
}

// wrongProofs spoils a proof in each way and wants every one refused.
func wrongProofs(t *testing.T, p Proof, check func(Proof) error) {
	t.Helper()
	if check(append(append(Proof{}, p...), Root{})) == nil {
		t.Error("a proof with one hash too many is accepted")
	}
	for i := range p {
		spoilt := append(Proof{}, p...)
		spoilt[i][0] ^= 1
		if check(spoilt) == nil || check(p[:len(p)-1]) == nil {
			t.Error("a spoilt proof is accepted")
		}
	}
}

func TestTreeRefuses(t *testing.T) {
	tree := NewTree(records(5))
	root := mustRoot(t, tree, 5)
	for want, call := range map[string]func() error{
		"tree: wanted a size of at most 5, found 6":              func() error { _, err := tree.Root(6); return err },
		"tree: wanted a size of at most 5, found -1":             func() error { _, err := tree.Root(-1); return err },
		"entry proof: wanted an entry below 4, found 4":          func() error { _, err := tree.ProveEntry(4, 4); return err },
		"entry proof: wanted an entry below 4, found -1":         func() error { _, err := tree.ProveEntry(-1, 4); return err },
		"tree: wanted a size of at most 5, found 7":              func() error { _, err := tree.ProveEntry(1, 7); return err },
		"tree proof: wanted an older size of at most 4, found 5": func() error { _, err := tree.ProveTree(5, 4); return err },
		"tree: wanted a size of at most 5, found 8":              func() error { _, err := tree.ProveTree(5, 8); return err },
		"tree: not there": func() error { _, err := (*Tree)(nil).Root(0); return err },
		"entry proof: wanted an entry below 5, found 5": func() error { return CheckEntry(nil, 5, root, 5, nil) },
		"entry proof: wanted a size of at most 1048576, found 4611686018427387905": func() error {
			return CheckEntry(nil, 1<<62+1, root, 5, nil)
		},
		"entry proof: wanted at most 42 hashes, found 43": func() error { return CheckEntry(make(Proof, 43), 5, root, 1, nil) },
		"entry proof: entry 1 is not proven in the tree of size 5 and root " + root.String(): func() error {
			return CheckEntry(nil, 5, root, 1, entry(1))
		},
		"tree proof: wanted a size of at most 1048576, found 9223372036854775807": func() error {
			return CheckTree(nil, 1<<63-1, root, 5, root)
		},
		"tree proof: wanted an older size of at most 5, found 6":  func() error { return CheckTree(nil, 5, root, 6, root) },
		"tree proof: wanted an older size of at most 5, found -1": func() error { return CheckTree(nil, 5, root, -1, root) },
		"tree proof: wanted no hashes for an empty older tree, found 1": func() error {
			return CheckTree(make(Proof, 1), 5, root, 0, RootOf(nil))
		},
		"tree proof: wanted root 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU= at size 0, found " + root.String(): func() error {
			return CheckTree(nil, 5, root, 0, root)
		},
	} {
		wantError(t, call(), "", want)
	}
	if CheckTree(nil, 0, root, 0, RootOf(nil)) == nil {
		t.Error("an empty newer tree with another root is accepted")
	}
}

func TestRootText(t *testing.T) {
	root := RootOf(records(3))
	got, err := ParseRoot(root.String())
	if err != nil || got != root {
		t.Errorf("%s, %v", got, err)
	}
	for s, want := range map[string]string{
		"":                   "root: wanted 44 characters of base64, found 0",
		root.String() + "\n": "root: wanted 44 characters of base64, found 45",
		root.String()[:43]:   "root: wanted 44 characters of base64, found 43",
		"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV=":   `root: wanted 32 bytes in base64, found "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV="`,
		"47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU=":   `root: wanted 32 bytes in base64, found "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU="`,
		"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFUU":   `root: wanted 32 bytes in base64, found "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFUU"`,
		"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSu\r\n=": `root: wanted 32 bytes in base64, found "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSu\r\n="`,
	} {
		_, err := ParseRoot(s)
		wantError(t, err, "", want)
	}
}

func FuzzParseRoot(f *testing.F) {
	f.Add("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")
	f.Add(base64.StdEncoding.EncodeToString(make([]byte, 31)))
	f.Fuzz(func(t *testing.T, s string) {
		if r, err := ParseRoot(s); err == nil && r.String() != s {
			t.Errorf("%q parses and is written as %q", s, r)
		}
	})
}
