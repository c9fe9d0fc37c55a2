package signer_test

import (
	"bytes"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcec/v2/ecdsa"

	"strongroom/custody"
	"strongroom/custody/durable"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
	"strongroom/signer"
	"strongroom/signer/signertest"
)

func bundleOf(t *testing.T, files []quorum.File) *quorum.Bundle {
	t.Helper()
	b, reasons := quorum.ReadBundle(files)
	if len(reasons) > 0 {
		t.Fatal(reasons)
	}
	return b
}

// wantRefusal demands exactly these reasons, one refused record with their
// codes, and nothing else changed in the home.
func wantRefusal(t *testing.T, m *signer.Machine, before, after map[string][32]byte, size int64, reasons []quorum.Reason, err error, want ...string) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, r := range reasons {
		found = append(found, r.String())
	}
	if !slices.Equal(found, want) {
		t.Errorf("want\n%s\nfound\n%s", strings.Join(want, "\n"), strings.Join(found, "\n"))
	}
	if m.State().Size() != size+1 || len(after) != len(before)+1 {
		t.Errorf("want one record more and no other file, found %d records and %d files after %d", m.State().Size()-size, len(after), len(before))
	}
	onlyLogGrew(t, before, after)
	_, raw := m.Export()
	r, err := record.Parse(lastEntry(t, raw), custody.Regtest)
	if err != nil {
		t.Fatal(err)
	}
	if b, ok := r.Body.(record.Refused); !ok || !slices.Equal(b.Codes, quorum.Codes(reasons)) {
		t.Errorf("want the refusal recorded, found %+v", r.Body)
	}
}

func TestPoliciesThatAreNotTrusted(t *testing.T) {
	v := signertest.Draft(t)
	good := v.Founding()
	genesis := v.Genesis.String()
	own := "device: want the line of signer-a with this machine's log key, found none (POL-DEVICE)"
	for _, c := range []struct {
		attack string
		setup  signer.Setup // of a machine of its own; zero for signer-a's
		files  []quorum.File
		typed  string
		want   []string
	}{
		{"no policy", signer.Setup{}, signertest.Without(good, "policy-1.txt"), genesis, []string{"trust: want policy-1.txt in the folder, found none (POL-VERSION)"}},
		{"consent missing", signer.Setup{}, signertest.Without(good, "policy-1.grace.consent.sig"), genesis, []string{"consent: want one of every officer, found none of grace (POL-CONSENT)"}},
		{"nothing typed", signer.Setup{}, good, "", []string{"trust: want the policy's hash typed in full, found other characters (POL-GENESIS)"}},
		{"hash typed in part", signer.Setup{}, good, genesis[:60], []string{"trust: want the policy's hash typed in full, found other characters (POL-GENESIS)"}},
		{"hash typed in capitals", signer.Setup{}, good, strings.ToUpper(genesis), []string{"trust: want the policy's hash typed in full, found other characters (POL-GENESIS)"}},
		{"policy of other signers", signer.Setup{Vault: signertest.VaultID, Device: "signer-d", Network: custody.Regtest}, good, genesis,
			[]string{"device: want the line of signer-d with this machine's log key, found none (POL-DEVICE)"}},
		{"second machine under this name", signer.Setup{Vault: signertest.VaultID, Device: "signer-a", Network: custody.Regtest}, good, genesis, []string{own}},
		{"another vault's", signer.Setup{Vault: "other", Device: "signer-a", Network: custody.Regtest}, good, genesis,
			[]string{own, "vault: want other, found acme-treasury (TEXT-VAULT)"}},
		{"another chain's", signer.Setup{Vault: signertest.VaultID, Device: "signer-a", Network: custody.Mainnet}, good, "x",
			[]string{own, "trust: want the policy's hash typed in full, found other characters (POL-GENESIS)", "chain: want mainnet, found regtest (TEXT-CHAIN)"}},
	} {
		t.Run(c.attack, func(t *testing.T) {
			m, dir := v.Signer("signer-a").Machine, v.Signer("signer-a").Dir
			if c.setup != (signer.Setup{}) {
				m, dir = newMachine(t, c.setup)
			}
			before, size := onDisk(t, dir), m.State().Size()
			reasons, err := m.Trust(v.Session(), bundleOf(t, c.files), c.typed)
			wantRefusalOn(t, m, dir, before, size, reasons, err, c.want...)
			if _, ok := m.Policy(); ok {
				t.Error("want nothing trusted, found a policy")
			}
		})
	}
	s := v.Signer("signer-a")
	s.Trust()
	before, size := onDisk(t, s.Dir), s.Machine.State().Size()
	reasons, err := s.Machine.Trust(v.Session(), bundleOf(t, good), genesis)
	wantRefusalOn(t, s.Machine, s.Dir, before, size, reasons, err, "trust: want a machine that trusts no vault yet, found one that does (POL-GENESIS)")
}

// newMachine sets up a signer that is in no policy.
func newMachine(t *testing.T, setup signer.Setup) (*signer.Machine, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "home")
	d, err := durable.Create(dir)
	if err != nil {
		t.Fatal(err)
	}
	m, err := signer.Init(d, setup, strings.NewReader("thirty-two bytes of another chance"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	return m, dir
}

func wantRefusalOn(t *testing.T, m *signer.Machine, dir string, before map[string][32]byte, size int64, reasons []quorum.Reason, err error, want ...string) {
	t.Helper()
	wantRefusal(t, m, before, onDisk(t, dir), size, reasons, err, want...)
}

func TestTrustedPolicyIsKeptWithItsConsents(t *testing.T) {
	v := signertest.New(t)
	s := v.Signer("signer-a")
	s.Reopen()
	if p, ok := s.Machine.Policy(); !ok || p.Hash() != v.Genesis {
		t.Error("want the policy trusted after the next start, found none")
	}
	if d, ok := s.Machine.Wallet(signertest.WalletID); !ok || d.String() != v.Wallet.String() {
		t.Error("want the wallet enrolled after the next start, found none")
	}
	files := onDisk(t, s.Dir)
	for _, o := range []text.ID{"alice", "bob", "carol", "dave", "erin", "frank", "grace"} {
		if _, ok := files["policy-1."+string(o)+".consent.sig"]; !ok {
			t.Errorf("want the consent of %s kept, found none", o)
		}
	}
}

func TestWalletsThatAreNotEnrolled(t *testing.T) {
	v := signertest.Draft(t)
	s := v.Signer("signer-a")
	good := v.Founding()
	record0, record1 := recordName(v, 0), recordName(v, 1)
	enroll := func(t *testing.T, files []quorum.File, wallet text.ID, want ...string) {
		t.Helper()
		before, size := onDisk(t, s.Dir), s.Machine.State().Size()
		reasons, err := s.Machine.Enroll(v.Session(), bundleOf(t, files), wallet)
		wantRefusalOn(t, s.Machine, s.Dir, before, size, reasons, err, want...)
	}
	enroll(t, good, "main", "enroll: want a trusted policy first, found none (POL-NOWALLET)")
	s.Trust()
	origin := func(i int) string { return v.Signers[i].Record.Key.Origin().String() }
	absent := "enroll: want the descriptor with the policy's hash " + text.Hash(v.Wallet.Hash()).String() + ", found none in the folder (POL-NOWALLET)"
	look := signertest.DescriptorFile(signertest.Stranger(t, "look-alike"))
	for _, c := range []struct {
		attack string
		files  []quorum.File
		wallet text.ID
		want   []string
	}{
		{"wallet that the policy does not name", good, "other", []string{"enroll: want a wallet of the policy, found other (POL-NOWALLET)"}},
		{"descriptor missing", signertest.Without(good, signertest.DescriptorFile(v.Wallet).Name), "main", []string{absent}},
		{"look-alike descriptor", append(signertest.Without(good, signertest.DescriptorFile(v.Wallet).Name), look), "main", []string{absent}},
		{"possession not proven", signertest.Without(good, record1), "main",
			[]string{"wallet main: want proof that somebody holds key " + origin(1) + ", found none (KEY-POSSESSION)"}},
		{"no proof at all", signertest.Without(good, record0, record1, recordName(v, 2)), "main", sortedOrigins(v)},
		{"proof by another key", replaced(good, record1, func(b []byte) []byte { return swapSignature(b, v.Signers[2].Record.Bytes()) }), "main",
			[]string{"key record: {bad} (KEY-POSSESSION)", "wallet main: want proof that somebody holds key " + origin(1) + ", found none (KEY-POSSESSION)"}},
		{"proof that is none", replaced(good, record1, func([]byte) []byte { return []byte("BSMS 1.0\n") }), "main",
			[]string{"key record: {form} (KEY-POSSESSION)", "wallet main: want proof that somebody holds key " + origin(1) + ", found none (KEY-POSSESSION)"}},
	} {
		t.Run(c.attack, func(t *testing.T) {
			names := strings.NewReplacer("{bad}", recordError(t, c.files, record1), "{form}", recordError(t, c.files, record1))
			for i := range c.want {
				c.want[i] = names.Replace(c.want[i])
			}
			enroll(t, c.files, c.wallet, c.want...)
		})
	}
	s.Enroll()
	enroll(t, good, "main", "enroll: want a wallet that is not enrolled yet, found main (POL-NOWALLET)")
}

// A proof by a key that only calls itself a cosigner's: same fingerprint, same
// path, another key.
func TestProofByAKeyThatOnlyLooksLikeACosigners(t *testing.T) {
	v := signertest.Draft(t)
	s := v.Signer("signer-a")
	s.Trust()
	name, origin := recordName(v, 1), v.Signers[1].Record.Key.Origin()
	forged := replaced(v.Founding(), name, func([]byte) []byte { return forgedRecord(t, origin) })
	before, size := onDisk(t, s.Dir), s.Machine.State().Size()
	reasons, err := s.Machine.Enroll(v.Session(), bundleOf(t, forged), "main")
	wantRefusalOn(t, s.Machine, s.Dir, before, size, reasons, err, "wallet main: want proof that somebody holds key "+origin.String()+", found none (KEY-POSSESSION)")
}

// forgedRecord is a valid key record of a thief's key under another's origin.
func forgedRecord(t *testing.T, origin custody.KeyOrigin) []byte {
	t.Helper()
	secret, public := btcec.PrivKeyFromBytes(bytes.Repeat([]byte{7}, 32))
	k, err := custody.NewAccountKey(custody.Regtest, origin, [33]byte(public.SerializeCompressed()), [32]byte{1}, [4]byte{2})
	must(t, err)
	message, err := custody.KeyRecordMessage(k, "Signer 2 key")
	must(t, err)
	digest := custody.MessageDigest(message)
	r, err := custody.NewKeyRecord(k, "Signer 2 key", [65]byte(ecdsa.SignCompact(secret, digest[:], true)))
	must(t, err)
	return r.Bytes()
}

func recordName(v *signertest.Vault, i int) string {
	return fmt.Sprintf("keyrecord-%x.txt", v.Signers[i].Record.Key.Origin().Fingerprint)
}

func sortedOrigins(v *signertest.Vault) []string {
	var want []string
	for _, s := range v.Signers {
		want = append(want, "wallet main: want proof that somebody holds key "+s.Record.Key.Origin().String()+", found none (KEY-POSSESSION)")
	}
	slices.Sort(want)
	return want
}

// recordError is what reading and verifying a key record says.
func recordError(t *testing.T, files []quorum.File, name string) string {
	t.Helper()
	i := slices.IndexFunc(files, func(f quorum.File) bool { return f.Name == name })
	if i < 0 {
		return ""
	}
	r, err := custody.ParseKeyRecord(custody.Regtest, files[i].Bytes)
	if err == nil {
		err = r.Verify()
	}
	if err == nil {
		return ""
	}
	return err.Error()
}

func replaced(files []quorum.File, name string, change func([]byte) []byte) []quorum.File {
	out := slices.Clone(files)
	for i, f := range out {
		if f.Name == name {
			out[i].Bytes = change(f.Bytes)
		}
	}
	return out
}

// swapSignature puts the last line of another record in the place of its own.
func swapSignature(b, other []byte) []byte {
	own, theirs := bytes.LastIndexByte(b, '\n'), bytes.LastIndexByte(other, '\n')
	return append(bytes.Clone(b[:own]), other[theirs:]...)
}

// A policy that all consented to, and whose wallet is not what it seems.
func TestWalletsThatThePolicyMisdescribes(t *testing.T) {
	stranger := signertest.Stranger(t, "stranger")
	strange := signertest.WithPolicy(func(p *policy.Policy) (*policy.Policy, error) {
		var cosigners []policy.Cosigner
		for i, k := range stranger.Keys() {
			cosigners = append(cosigners, policy.Cosigner{Fingerprint: k.Origin().Fingerprint, Governed: true, Name: p.Devices[i].ID})
		}
		return p.SetWallet(policy.Wallet{ID: "main", State: policy.Active, Descriptor: stranger.Hash(), M: 2, N: 3}, cosigners)
	})
	draft := signertest.Draft(t)
	first := draft.Signers[0].Record.Key.Origin().Fingerprint
	var held []string
	for _, s := range draft.Signers {
		held = append(held, fmt.Sprintf("%x", s.Record.Key.Origin().Fingerprint))
	}
	slices.Sort(held)
	other := slices.Clone(held)
	other[slices.Index(other, fmt.Sprintf("%x", first))] = "ffffffff"
	slices.Sort(other)
	more := append(slices.Clone(held), "ee000000")
	slices.Sort(more)
	for _, c := range []struct {
		attack string
		option signertest.Option
		extra  []quorum.File
		want   []string
	}{
		{"this machine's key missing", strange, []quorum.File{signertest.DescriptorFile(stranger)}, append([]string{"wallet main: want this machine's own key among its keys, found it missing (KEY-NOTOURS)"}, strangers(stranger)...)},
		{"cosigner line of another key", otherCosigner(first), nil, []string{
			fmt.Sprintf("wallet main: want one cosigner line a key, found [%s] for keys [%s] (POL-WALLET)", strings.Join(other, " "), strings.Join(held, " "))}},
		{"fewer signatures than it says", signertest.WithPolicy(func(p *policy.Policy) (*policy.Policy, error) {
			w, _ := p.Wallet("main")
			w.M, w.N = 3, 4
			return p.SetWallet(w, append(p.Cosigners, policy.Cosigner{Fingerprint: [4]byte{0xee}, Name: "coldcard"}))
		}), nil, []string{
			"wallet main: want 3 of 4 keys, as the policy says, found 2 of 3 (POL-WALLET)",
			fmt.Sprintf("wallet main: want one cosigner line a key, found [%s] for keys [%s] (POL-WALLET)", strings.Join(more, " "), strings.Join(held, " "))}},
	} {
		t.Run(c.attack, func(t *testing.T) {
			v := signertest.Draft(t, c.option)
			s := v.Signer("signer-a")
			s.Trust()
			before, size := onDisk(t, s.Dir), s.Machine.State().Size()
			reasons, err := s.Machine.Enroll(v.Session(), bundleOf(t, append(v.Founding(), c.extra...)), "main")
			wantRefusalOn(t, s.Machine, s.Dir, before, size, reasons, err, c.want...)
		})
	}
}

func otherCosigner(first [4]byte) signertest.Option {
	return signertest.WithPolicy(func(p *policy.Policy) (*policy.Policy, error) {
		w, _ := p.Wallet("main")
		cosigners := slices.Clone(p.Cosigners)
		for i := range cosigners {
			if cosigners[i].Fingerprint == first {
				cosigners[i].Fingerprint = [4]byte{0xff, 0xff, 0xff, 0xff}
			}
		}
		return p.SetWallet(w, cosigners)
	})
}

func strangers(d *custody.Descriptor) []string {
	var want []string
	for _, k := range d.Keys() {
		want = append(want, "wallet main: want proof that somebody holds key "+k.Origin().String()+", found none (KEY-POSSESSION)")
	}
	slices.Sort(want)
	return want
}

func TestOneKeyForOneMachine(t *testing.T) {
	v := signertest.Draft(t)
	s := v.Signer("signer-a")
	before := onDisk(t, s.Dir)
	err := s.Machine.TakeKey(v.Session(), signertest.MakeWalletKey(t, s.Machine, strings.NewReader("a key that nobody will ever need!"), false).NewKey)
	if want := "key: want one wallet key a machine, found one already made"; err == nil || err.Error() != want {
		t.Errorf("want %s, found %v", want, err)
	}
	if fmt.Sprint(before) != fmt.Sprint(onDisk(t, s.Dir)) {
		t.Error("want the home as it was, found it changed")
	}
}
