package policy

import (
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"strongroom/custody"
	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
)

// seed makes keys that are the same in every run.
func seed(name string) []byte {
	s := sha256.Sum256([]byte("policy test key of " + name))
	return s[:]
}

func public(name string) []byte {
	return ed25519.NewKeyFromSeed(seed(name)).Public().(ed25519.PublicKey)
}

func sshKey(t testing.TB, kind string, parts ...[]byte) sshsig.Key {
	t.Helper()
	var blob []byte
	for _, p := range append([][]byte{[]byte(kind)}, parts...) {
		blob = append(binary.BigEndian.AppendUint32(blob, uint32(len(p))), p...)
	}
	k, err := sshsig.ParseKey(kind + " " + base64.StdEncoding.EncodeToString(blob))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func softKey(t testing.TB, name string) sshsig.Key { return sshKey(t, "ssh-ed25519", public(name)) }

func hardKey(t testing.TB, name string) sshsig.Key {
	return sshKey(t, "sk-ssh-ed25519@openssh.com", public(name), []byte("ssh:strongroom"))
}

func p256Key(t testing.TB, name string) sshsig.Key {
	t.Helper()
	k, err := ecdh.P256().NewPrivateKey(seed(name))
	if err != nil {
		t.Fatal(err)
	}
	return sshKey(t, "ecdsa-sha2-nistp256", []byte("nistp256"), k.PublicKey().Bytes())
}

func verifier(t testing.TB, name string) string {
	t.Helper()
	v, err := LogVerifier(name, public(name))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func originOf(n custody.Network) OriginBlock {
	o := OriginBlock{Height: 951552, Bits: 0x17020f5e}
	display := "00000000000000000001c3f4a5b6c7d8e9fa0b1c2d3e4f5061728394a5b6c7d8"
	if n == custody.Regtest {
		o.Height, o.Bits = 0, 0x207fffff
		display = "0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206"
	}
	b, err := hex.DecodeString(display)
	if err != nil {
		panic(err)
	}
	copy(o.Hash[:], b)
	return o
}

// must is for steps that prepare a test.
func must(t testing.TB) func(*Policy, error) *Policy {
	return func(p *Policy, err error) *Policy {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
}

// draft returns the preset, nothing filled in.
func draft(t testing.TB, n custody.Network) *Policy {
	t.Helper()
	return must(t)(Draft(Team, "acme-treasury", n, originOf(n)))
}

// filled returns the preset with its seven people, three devices and a wallet.
func filled(t testing.TB, n custody.Network) *Policy {
	t.Helper()
	must := must(t)
	p := draft(t, n)
	add := func(id, org text.ID, name string, k sshsig.Key, groups ...text.ID) {
		p = must(p.AddOfficer(id, org, name, []sshsig.Key{k}, groups...))
	}
	add("grace", "law-firm", "Grace Example", softKey(t, "grace"), "watch")
	add("frank", "audit-llp", "Frank Example", softKey(t, "frank"), "watch")
	add("alice", "acme-ops", "Alice Example", softKey(t, "alice"), "treasury")
	add("carol", "acme-ops", "Carol Example", hardKey(t, "carol"), "treasury", "recovery")
	add("bob", "acme-ops", "Bob Example", p256Key(t, "bob"), "treasury")
	add("erin", "acme-ops", "Erin Example", softKey(t, "erin"), "treasury", "recovery")
	add("dave", "acme-ops", "Dave Example", softKey(t, "dave"), "treasury", "recovery")
	p = must(p.SetFactor("carol", sshsig.Factor{Presence: true, Verification: true, Bound: true}))
	var devices []Device
	var cosigners []Cosigner
	for i, id := range []text.ID{"signer-c", "signer-a", "signer-b"} {
		devices = append(devices, Device{ID: id, Verifier: verifier(t, "acme-treasury/"+string(id))})
		cosigners = append(cosigners, Cosigner{Fingerprint: [4]byte{byte(9 - i)}, Governed: true, Name: id})
	}
	p = must(p.SetDevices(devices))
	w := Wallet{ID: "main", State: Active, Descriptor: text.Identity([]byte("descriptor")), M: 2, N: 3}
	return must(p.SetWallet(w, cosigners))
}

// rich returns a policy of mainnet in which every keyword has lines.
func rich(t testing.TB) *Policy {
	t.Helper()
	must := must(t)
	p := filled(t, custody.Mainnet)
	p.Version, p.Previous = 12, text.Identity([]byte("policy 11"))
	p.Annexes = []Annex{{"backup", text.Identity([]byte("backup"))}, {"people", text.Identity([]byte("people"))}}
	p.Factors[0].Needs = sshsig.Factor{Presence: true}
	p.Terms[1] = Term{Officer: "bob", Height: 1_100_000, Ends: true}
	p.PasskeyOrigin = "http://localhost:7443"
	p.Velocities = []Velocity{{20 * coin, oneDay}, {50 * coin, oneWeek}}
	p.Signers = append(p.Signers, SignerKey{"alice", hardKey(t, "alice's second")})
	p.Conflicts = []Conflict{{"exchange-hot", "carol"}, {"payroll", "bob"}}
	p.Witnesses = []Witness{{"audit-llp", "witness.audit.example/w1+b1623093+BIyFSckGtrZhwSa4plwc5jP3i9GpKfHrrEqUCrsuOkoJ"},
		{"law-firm", verifier(t, "witness.law.example")}}
	p.WitnessNeed = 1
	p.QuietSigner.Every = true
	p.sort()
	p = must(reread(p))
	address, err := custody.ParseAddress(custody.Mainnet, "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4")
	if err != nil {
		t.Fatal(err)
	}
	p = must(p.AddDestination(Destination{Label: "payroll", Descriptor: text.Identity([]byte("payroll")), Cap: 2 * coin, Window: oneMonth}))
	p = must(p.AddDestination(Destination{Label: "exchange-hot", Address: address, Cap: 20 * coin, Window: oneWeek}))
	next := Wallet{ID: "vault-2", State: Next, Descriptor: text.Identity([]byte("next")), M: 2, N: 3}
	return must(p.SetWallet(next, []Cosigner{{Fingerprint: [4]byte{1}, Governed: true, Name: "signer-a"},
		{Fingerprint: [4]byte{2}, Governed: true, Name: "signer-b"}, {Fingerprint: [4]byte{3}, Name: "coldcard-7"}}))
}

// edited returns a text with one place changed, which must be there once.
func edited(t testing.TB, b []byte, old, new string) []byte {
	t.Helper()
	if n := strings.Count(string(b), old); n != 1 {
		t.Fatalf("want %q once in the text, found it %d times", old, n)
	}
	return []byte(strings.Replace(string(b), old, new, 1))
}

func refused(t testing.TB, err error, code text.Code, want string) {
	t.Helper()
	var e *text.Error
	if !errors.As(err, &e) || e.Code != code || e.Error() != want {
		t.Fatalf("want %s %s\nfound %v", code, want, err)
	}
}
