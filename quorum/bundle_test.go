package quorum_test

import (
	"slices"
	"strings"
	"testing"

	"strongroom/quorum"
	"strongroom/quorum/text"
	"strongroom/signer/signertest"
)

func TestBundleHoldsOnlyFilesWithKnownNames(t *testing.T) {
	for name, most := range map[string]int64{
		"policy-1.txt":                                256 << 10,
		"policy-999999999.txt":                        256 << 10,
		"policy-1.alice.consent.sig":                  16 << 10,
		"descriptor-0123456789abcdef.txt":             64 << 10,
		"keyrecord-1c3a5f77.txt":                      4 << 10,
		"0123456789abcdef.txt":                        512 << 10,
		"0123456789abcdef.bob-2.approve.sig":          16 << 10,
		"0123456789abcdef.a.veto.sig":                 16 << 10,
		"0123456789abcdef.psbt":                       64 << 20,
		"headers.bin":                                 80 << 20,
		"signer-a.checkpoint":                         64 << 10,
		"signer-a.entries":                            128 << 20,
		"":                                            0,
		"readme.txt":                                  0,
		"policy-0.txt":                                0,
		"policy-01.txt":                               0,
		"policy-1000000000.txt":                       0,
		"policy-1.alice.approve.sig":                  0,
		"policy-1.txt\n":                              0,
		"policy-1.txt/../x":                           0,
		"../policy-1.txt":                             0,
		"0123456789ABCDEF.txt":                        0,
		"0123456789abcde.txt":                         0,
		"0123456789abcdef0.txt":                       0,
		"0123456789abcdef..approve.sig":               0,
		"0123456789abcdef.Bob.approve.sig":            0,
		"0123456789abcdef.bob.approve.sig.exe":        0,
		"0123456789abcdef.bob.APPROVE.sig":            0,
		"autorun.inf":                                 0,
		"headers.bin~":                                0,
		".headers.bin":                                0,
		"signer a.entries":                            0,
		"-signer.entries":                             0,
		"a" + strings.Repeat("b", 31) + ".checkpoint": 64 << 10,
		"a" + strings.Repeat("b", 32) + ".checkpoint": 0,
	} {
		if got, ok := quorum.MaxFileSize(name); got != most || ok != (most > 0) {
			t.Errorf("%q: want at most %d bytes, found %d, %v", name, most, got, ok)
		}
	}
}

func TestBundlesThatAreRefused(t *testing.T) {
	b := []byte(golden)
	good := text.Identity(b).Short()
	sized := func(n int) []byte { return make([]byte, n) }
	for _, c := range []struct {
		attack string
		files  []quorum.File
		want   []string
	}{
		{"unknown name", []quorum.File{{Name: "autorun.inf"}}, []string{`bundle: want only files of a bundle, found "autorun.inf" (BUN-NAME)`}},
		{"path", []quorum.File{{Name: "../" + good + ".txt", Bytes: b}}, []string{`bundle: want only files of a bundle, found "../` + good + `.txt" (BUN-NAME)`}},
		{"text under another's name", []quorum.File{{Name: "0123456789abcdef.txt", Bytes: b}},
			[]string{"bundle: 0123456789abcdef.txt: want a file whose SHA-256 begins with 0123456789abcdef, found " + good + " (BUN-NAME)"}},
		{"descriptor under another's name", []quorum.File{{Name: "descriptor-0123456789abcdef.txt", Bytes: b}},
			[]string{"bundle: descriptor-0123456789abcdef.txt: want a file whose SHA-256 begins with 0123456789abcdef, found " + good + " (BUN-NAME)"}},
		{"act unheard of", []quorum.File{{Name: good + ".bob.bless.sig"}},
			[]string{"bundle: " + good + `.bob.bless.sig: act: want propose, approve, veto, consent, clear, certify or manifest, found "bless" (BUN-NAME)`}},
		{"officer with a double hyphen", []quorum.File{{Name: good + ".bob--2.approve.sig"}},
			[]string{"bundle: " + good + `.bob--2.approve.sig: want an id: a lower-case letter, then up to 31 letters, digits and single hyphens, found "bob--2" (BUN-NAME)`}},
		{"one name twice", []quorum.File{{Name: good + ".psbt", Bytes: b}, {Name: good + ".psbt"}}, []string{`bundle: want each name once, found "` + good + `.psbt" twice (BUN-NAME)`}},
		{"long signature", []quorum.File{{Name: good + ".bob.approve.sig", Bytes: sized(16<<10 + 1)}}, []string{"bundle: " + good + ".bob.approve.sig: want at most 16384 bytes, found 16385 (BUN-SIZE)"}},
		{"long text", []quorum.File{{Name: good + ".txt", Bytes: sized(512<<10 + 1)}}, []string{"bundle: " + good + ".txt: want at most 524288 bytes, found 524289 (BUN-SIZE)"}},
		{"too many files", make([]quorum.File, quorum.MaxBundleFiles+1), []string{"bundle: want at most 4096 files, found 4097 (BUN-LIMIT)"}},
		{"several at once", []quorum.File{{Name: "z"}, {Name: "a"}, {Name: "keyrecord-1c3a5f77.txt", Bytes: sized(5000)}}, []string{
			`bundle: want only files of a bundle, found "a" (BUN-NAME)`, `bundle: want only files of a bundle, found "z" (BUN-NAME)`,
			"bundle: keyrecord-1c3a5f77.txt: want at most 4096 bytes, found 5000 (BUN-SIZE)"}},
	} {
		found, reasons := quorum.ReadBundle(c.files)
		var texts []string
		for _, r := range reasons {
			texts = append(texts, r.String())
		}
		if found != nil || !slices.Equal(texts, c.want) {
			t.Errorf("%s: want no bundle and\n%s\nfound %v and\n%s", c.attack, strings.Join(c.want, "\n"), found, strings.Join(texts, "\n"))
		}
	}
}

func TestBundleSortsItsFiles(t *testing.T) {
	v := signertest.New(t)
	v.Fund(coin)
	order := v.Order()
	b, reasons := quorum.ReadBundle(append(v.Founding(), v.Bundle(order)...))
	if len(reasons) > 0 {
		t.Fatal(reasons)
	}
	id := order.ID().Short()
	if len(b.Policies) != 1 || len(b.Descriptors) != 1 || len(b.KeyRecords) != 3 || len(b.Texts) != 1 || len(b.PSBTs) != 1 || len(b.Signatures) != 10 ||
		len(b.Headers) != 80*12 || len(b.Checkpoints) != 3 || len(b.Entries) != 3 {
		t.Errorf("want every file in its place, found %+v", b)
	}
	if got := b.SignaturesOn(id); len(got) != 3 || got[1].Name() != id+".bob.approve.sig" || got[1].Officer != "bob" || got[1].Act != quorum.Approve {
		t.Errorf("want three signatures on the proposal, found %v", got)
	}
	if got := b.SignaturesOn(quorum.PolicyName(1)); len(got) != 7 || got[0].Name() != "policy-1.alice.consent.sig" {
		t.Errorf("want seven consents, found %v", got)
	}
}

// A name that is taken belongs to one kind of file and one only, and a
// signature's name is written as it was read.
func FuzzFileNames(f *testing.F) {
	for _, n := range []string{"policy-1.txt", "policy-2.alice.consent.sig", "0123456789abcdef.bob.approve.sig", "0123456789abcdef.psbt", "signer-a.entries", "headers.bin", "descriptor-0123456789abcdef.txt"} {
		f.Add(n)
	}
	f.Fuzz(func(t *testing.T, name string) {
		most, ok := quorum.MaxFileSize(name)
		b, reasons := quorum.ReadBundle([]quorum.File{{Name: name}})
		if !ok {
			if b != nil || most != 0 || len(reasons) != 1 || reasons[0].Code != quorum.BunName {
				t.Fatalf("%q: want it refused as BUN-NAME, found %v", name, reasons)
			}
			return
		}
		if strings.ContainsAny(name, "/\\\x00\n ") || most <= 0 {
			t.Fatalf("%q: want no name that leads elsewhere, found it taken", name)
		}
		if b != nil && len(b.Signatures) == 1 && b.Signatures[0].Name() != name {
			t.Fatalf("want %q, found %q", name, b.Signatures[0].Name())
		}
	})
}
