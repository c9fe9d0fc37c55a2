package registry

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/btcsuite/btcd/chaincfg/v2"

	"strongroom/custody"
	"strongroom/custody/headers"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
)

// testPolicy is a draft with two officers, alice with key 1 and bob with key 2.
func testPolicy(t testing.TB) *policy.Policy {
	t.Helper()
	origin := policy.OriginBlock{Hash: headers.HashFromWire(*chaincfg.RegressionNetParams.GenesisHash), Bits: 0x207fffff}
	p, err := policy.Draft(policy.Team, "acme", custody.Regtest, origin)
	if err != nil {
		t.Fatal(err)
	}
	for i, id := range []text.ID{"alice", "bob"} {
		if p, err = p.AddOfficer(id, "acme", "A Person", []sshsig.Key{newSigner(byte(i + 1)).Key()}, "treasury"); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

func TestOnlySignaturesOfTheStrictFormAreStored(t *testing.T) {
	r, folder := newRegistry(t)
	message := someText(1)
	on := text.Identity(message)
	good := sign(t, newSigner(1), quorum.Approve.Namespace(), message)
	for name, bad := range map[string][]byte{
		"text after the footer": append(slices.Clone(good), "x\n"...),
		"no last LF":            good[:len(good)-1],
		"nothing":               nil,
	} {
		unchanged(t, folder, func() {
			_, err := r.PutSignature(on, bad)
			var why *sshsig.Error
			if !errors.As(err, &why) || why.Code != sshsig.CodeArmor {
				t.Errorf("%s: want SIG-ARMOR, found %v", name, err)
			}
		})
	}
	unchanged(t, folder, func() {
		_, err := r.PutSignature(text.Hash{}, good)
		wantError(t, "on nothing", folder, err, "registry: want the hash of a text, found zeros")
	})
	h, err := r.PutSignature(on, good)
	if err != nil {
		t.Fatal(err)
	}
	s, err := r.Signatures(on)
	if err != nil || len(s) != 1 || s[0].Hash != h || string(s[0].Bytes) != string(good) || s[0].Parsed.Namespace() != "approve.v1@strongroom" {
		t.Errorf("signatures: want the one stored, found %+v, %v", s, err)
	}
	if s, err := r.Signatures(text.Identity(someText(2))); err != nil || len(s) != 0 {
		t.Errorf("signatures on another text: want none, found %d, %v", len(s), err)
	}
}

func TestSignatureFilesNameOfficersAndActsAndCountTheRest(t *testing.T) {
	r, folder := newRegistry(t)
	p, message := testPolicy(t), someText(1)
	on := text.Identity(message)
	put := func(seed byte, namespace string) text.Hash {
		t.Helper()
		h, err := r.PutSignature(on, sign(t, newSigner(seed), namespace, message))
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	put(2, "approve.v1@strongroom")
	put(1, "propose.v1@strongroom")
	put(1, "approve.v1@strongroom")
	put(1, "git")                       // some other use of the same key
	put(9, "approve.v1@strongroom")     // nobody's key
	put(10, "approve.v1@strongroom")    // nobody's key
	bad := put(2, "veto.v1@strongroom") // and tampered with
	path := filepath.Join(folder, "sigs", on.String(), bad.String())
	write(t, path, sign(t, newSigner(2), "approve.v1@strongroom", someText(3)))

	files, notes, err := r.SignatureFiles(p, on, on.Short())
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range files {
		names = append(names, strings.TrimPrefix(f.Name(), on.Short()+"."))
	}
	if want := []string{"alice.approve.sig", "alice.propose.sig", "bob.approve.sig"}; !slices.Equal(names, want) {
		t.Errorf("files: want %q, found %q", want, names)
	}
	if want := []string{"left out 2 signatures by a key that policy 1 does not list", "left out 1 signature for an act that no bundle carries", "left out 1 signature in a file that was tampered with"}; !slices.Equal(notes, want) {
		t.Errorf("notes: want %q, found %q", want, notes)
	}
	unchanged(t, folder, func() {
		_, err := r.Signatures(on)
		if !errors.Is(err, ErrTampered) || !strings.Contains(err.Error(), path) {
			t.Errorf("signatures: want ErrTampered with the file's path, found %v", err)
		}
	})
	// Foreign bytes under their right hash have no form.
	raw := []byte("not a signature")
	write(t, filepath.Join(folder, "sigs", on.String(), text.Identity(raw).String()), raw)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Signatures(on); !errors.Is(err, ErrTampered) {
		t.Errorf("foreign bytes: want ErrTampered, found %v", err)
	}
}

func TestEveryActHasAWayBackFromItsNamespace(t *testing.T) {
	for a := quorum.Propose; a <= quorum.Manifest; a++ {
		if got, ok := actOf(a.Namespace()); !ok || got != a {
			t.Errorf("%s: want the act back, found %s", a, got)
		}
	}
	for _, s := range []string{"", "approve", "approve.v2@strongroom", "no act.v1@strongroom"} {
		if a, ok := actOf(s); ok {
			t.Errorf("%q: want no act, found %s", s, a)
		}
	}
}
