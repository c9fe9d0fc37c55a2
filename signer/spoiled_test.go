package signer_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"strongroom/custody"
	"strongroom/quorum"
	"strongroom/quorum/text"
	"strongroom/signer/signertest"
)

// spoil is one way in which a file arrives in other bytes than were written.
type spoil struct {
	how  string
	make func(b []byte) []byte
}

// spoils are ways that fit any file of lines; one line of it, with its LF, is
// repeated and moved.
func spoils(line string) []spoil {
	return []spoil{
		{"nothing left", func([]byte) []byte { return nil }},
		{"cut in the middle", func(b []byte) []byte { return b[:len(b)/2] }},
		{"last LF missing", func(b []byte) []byte { return b[:len(b)-1] }},
		{"last line missing", func(b []byte) []byte { return b[:bytes.LastIndexByte(b[:len(b)-1], '\n')+1] }},
		{"line added", func(b []byte) []byte { return append(bytes.Clone(b), "x\n"...) }},
		{"CRLF", func(b []byte) []byte { return bytes.ReplaceAll(b, []byte("\n"), []byte("\r\n")) }},
		{"byte order mark", func(b []byte) []byte { return append([]byte("\ufeff"), b...) }},
		{"letter that only looks like ASCII", func(b []byte) []byte { return bytes.Replace(b, []byte("a"), []byte("\u0430"), 1) }},
		{"line twice", func(b []byte) []byte { return bytes.Replace(b, []byte(line), []byte(line+line), 1) }},
		{"line moved to the end", func(b []byte) []byte {
			return append(bytes.Replace(b, []byte(line), nil, 1), line...)
		}},
	}
}

// lineOf returns the line of a text that begins with a keyword.
func lineOf(t *testing.T, b []byte, keyword string) string {
	t.Helper()
	_, rest, ok := strings.Cut(string(b), "\n"+keyword+" ")
	if !ok {
		t.Fatalf("want a line %s, found none", keyword)
	}
	line, _, _ := strings.Cut(rest, "\n")
	return keyword + " " + line + "\n"
}

// A proposal in other bytes is refused and recorded, whatever is left of its
// meaning, and nothing is signed. The files bear the names that fit the bytes,
// as a thief would give them.
func TestSpoiledProposalsAreRefused(t *testing.T) {
	v := signertest.New(t)
	v.Fund(coin)
	s, order := v.Signer("signer-a"), v.Order()
	good, id := v.Bundle(order), order.ID().Short()
	want := []string{
		"proposal: want 1 to 524288 bytes, found 0 (TEXT-SIZE)",
		"proposal: want LF as the last byte, found 'e' (TEXT-GRAMMAR)",
		"proposal: want LF as the last byte, found '1' (TEXT-GRAMMAR)",
		`line 21: want "memo", found the end of the text (TEXT-GRAMMAR)`,
		`line 22: want the end of the text, found "x" (TEXT-GRAMMAR)`,
		"line 1: proposal: want printable ASCII and LF only, found byte 0d (TEXT-BYTE)",
		"line 1: proposal: want printable ASCII and LF only, found byte ef (TEXT-BYTE)",
		"line 1: proposal: want printable ASCII and LF only, found byte d0 (TEXT-BYTE)",
		`line 15: want "pay", found "wallet" (TEXT-GRAMMAR)`,
		`line 14: want "wallet", found "pay" (TEXT-GRAMMAR)`,
	}
	for i, c := range spoils(lineOf(t, order.Proposal.Bytes(), "wallet")) {
		t.Run(c.how, func(t *testing.T) {
			spoiled := c.make(order.Proposal.Bytes())
			files := replaced(good, id+".txt", func([]byte) []byte { return spoiled })
			for i := range files {
				files[i].Name = strings.Replace(files[i].Name, id, text.Identity(spoiled).Short(), 1)
			}
			refusedBy(t, v.In(t), s, files, want[i])
			old := replaced(good, id+".txt", func([]byte) []byte { return spoiled })
			refusedBy(t, v.In(t), s, old, "bundle: "+id+".txt: want a file whose SHA-256 begins with "+id+", found "+text.Identity(spoiled).Short()+" (BUN-NAME)")
		})
	}
	huge := replaced(good, id+".txt", func(b []byte) []byte { return append(b, make([]byte, 1<<19)...) })
	a := s.Release(huge)
	if got := strings.Join(a.Codes(), " "); got != "BUN-SIZE" || a.Signed != nil {
		t.Errorf("want a proposal above its size refused, found %q", got)
	}
	s.MustRelease(good)
}

// A policy in other bytes is not trusted, though all consented to it and its
// hash is typed.
func TestSpoiledPoliciesAreNotTrusted(t *testing.T) {
	v := signertest.Draft(t)
	s, good := v.Signer("signer-a"), v.Founding()
	want := []string{
		"policy: want 1 to 262144 bytes, found 0 (TEXT-SIZE)",
		"policy: want LF as the last byte, found 'e' (TEXT-GRAMMAR)",
		"policy: want LF as the last byte, found '0' (TEXT-GRAMMAR)",
		`line 94: want "witness-need", found the end of the text (TEXT-GRAMMAR)`,
		`line 95: want the end of the text, found "x" (TEXT-GRAMMAR)`,
		"line 1: policy: want printable ASCII and LF only, found byte 0d (TEXT-BYTE)",
		"line 1: policy: want printable ASCII and LF only, found byte ef (TEXT-BYTE)",
		"line 2: policy: want printable ASCII and LF only, found byte d0 (TEXT-BYTE)",
		`line 3: want "chain", found "vault" (TEXT-GRAMMAR)`,
		`line 2: want "vault", found "chain" (TEXT-GRAMMAR)`,
	}
	for i, c := range spoils(lineOf(t, v.PolicyText, "vault")) {
		t.Run(c.how, func(t *testing.T) {
			spoiled := c.make(v.PolicyText)
			before, size := onDisk(t, s.Dir), s.Machine.State().Size()
			files := replaced(good, "policy-1.txt", func([]byte) []byte { return spoiled })
			reasons, err := s.Machine.Trust(v.Session(), bundleOf(t, files), text.Identity(spoiled).String())
			wantRefusalOn(t, s.Machine, s.Dir, before, size, reasons, err, want[i])
		})
	}
	s.Trust()
}

// A descriptor in other bytes is not the policy's, and a key record in other
// bytes proves nothing.
func TestSpoiledWalletFilesAreNotEnrolled(t *testing.T) {
	v := signertest.Draft(t)
	s, good := v.Signer("signer-a"), v.Founding()
	s.Trust()
	descriptor, proof := signertest.DescriptorFile(v.Wallet), recordName(v, 1)
	enroll := func(t *testing.T, files []quorum.File) []string {
		t.Helper()
		before := onDisk(t, s.Dir)
		reasons, err := s.Machine.Enroll(v.Session(), bundleOf(t, files), "main")
		must(t, err)
		onlyLogGrew(t, before, onDisk(t, s.Dir))
		if _, ok := s.Machine.Wallet("main"); ok {
			t.Error("want nothing enrolled, found the wallet")
		}
		return quorum.Codes(reasons)
	}
	for _, c := range spoils(string(descriptor.Bytes)) {
		spoiled := c.make(descriptor.Bytes)
		if bytes.Equal(spoiled, descriptor.Bytes) {
			continue // its only line, moved
		}
		t.Run("descriptor: "+c.how, func(t *testing.T) {
			files := signertest.Without(good, descriptor.Name)
			files = append(files, quorum.File{Name: "descriptor-" + text.Identity(spoiled).Short() + ".txt", Bytes: spoiled})
			if got := enroll(t, files); !slices.Equal(got, []string{"POL-NOWALLET"}) {
				t.Errorf("want POL-NOWALLET, found %v", got)
			}
		})
	}
	for _, c := range spoils("BSMS 1.0\n") {
		t.Run("key record: "+c.how, func(t *testing.T) {
			if got := enroll(t, replaced(good, proof, c.make)); !slices.Equal(got, []string{"KEY-POSSESSION"}) {
				t.Errorf("want KEY-POSSESSION, found %v", got)
			}
		})
	}
	s.Enroll()
}

// Signatures, checkpoints and entries in other bytes count for nothing.
func TestSpoiledEvidenceCountsForNothing(t *testing.T) {
	v := signertest.New(t)
	v.Fund(coin)
	s, order := v.Signer("signer-a"), v.Order()
	good, id := v.Bundle(order), order.ID().Short()
	for _, f := range []struct{ name, line, code string }{
		{id + ".bob.approve.sig", "-----BEGIN SSH SIGNATURE-----\n", "SEAT-SHORT"},
		{id + ".alice.propose.sig", "-----BEGIN SSH SIGNATURE-----\n", "SEAT-NOMAKER"},
		{"signer-b.checkpoint", "acme-treasury/signer-b\n", "LIM-UNPROVEN"},
		{"signer-b.entries", "strongroom/record@v1\n", "LIM-UNPROVEN"},
	} {
		for _, c := range spoils(f.line) {
			t.Run(f.name[len(f.name)-10:]+" "+c.how, func(t *testing.T) {
				before, home := s.Records(), onDisk(t, s.Dir)
				a := s.Release(replaced(good, f.name, c.make))
				must(t, a.Err)
				if got := a.Codes(); !slices.Equal(got, []string{f.code}) || len(a.Signed) != 1 || a.Signed[0] != nil {
					t.Errorf("want %s and nothing signed, found %v", f.code, got)
				}
				refusalOnDisk(t, s, before, a)
				onlyLogGrew(t, home, onDisk(t, s.Dir))
			})
		}
	}
}

// Orders that officers really signed, for another vault or on another chain,
// are refused here and recorded.
func TestOrdersOfAnotherVaultAreRefused(t *testing.T) {
	v := signertest.New(t)
	v.Fund(coin)
	s, own := v.Signer("signer-a"), v.Order()
	elsewhere, ok := custody.AddressOf(custody.Signet, own.Pays[0].Address.Script())
	if !ok {
		t.Fatal("want the address on another chain, found none")
	}
	for _, c := range []struct {
		attack string
		edit   signertest.Edit
		want   string
	}{
		{"vault", func(w *signertest.Asked) { w.Vault = "other-treasury" }, "vault: want acme-treasury, found other-treasury (TEXT-VAULT)"},
		{"chain", func(w *signertest.Asked) { w.Network, w.Pays[0].Address = custody.Signet, elsewhere }, "chain: want regtest, found signet (TEXT-CHAIN)"},
		{"genesis", func(w *signertest.Asked) { w.Genesis[0] ^= 1 }, "genesis: want {genesis}, found {other} (TEXT-GENESIS)"},
	} {
		t.Run(c.attack, func(t *testing.T) {
			p := v.Propose(c.edit)
			order := &signertest.Order{Proposal: p, Signatures: v.Approve(p, "bob", "carol"), Packet: own.Packet}
			want := strings.NewReplacer("{genesis}", v.Genesis.String(), "{other}", p.Genesis.String()).Replace(c.want)
			refusedBy(t, v.In(t), s, v.Bundle(order), want)
		})
	}
	s.MustRelease(v.Bundle(own))
}
