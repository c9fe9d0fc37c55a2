package ceremony

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/pem"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"strongroom/custody"
	"strongroom/quorum/policy"
	"strongroom/quorum/record"
	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
	"strongroom/signer/keystore"
	"strongroom/signer/keystore/entropy"
)

// hashOf is some hash, the same each time.
func hashOf(name string) text.Hash { return sha256.Sum256([]byte(name)) }

// handOf is the signing key of a person of these tests.
func handOf(t testing.TB, name string) sshsig.Signer {
	t.Helper()
	seed := hashOf("hand of " + name)
	block, err := ssh.MarshalPrivateKey(ed25519.NewKeyFromSeed(seed[:]), "")
	if err != nil {
		t.Fatal(err)
	}
	s, err := sshsig.ParsePrivateKey(pem.EncodeToMemory(block), nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func person(t testing.TB, id, org text.ID, name string) Person {
	t.Helper()
	return Person{id, org, name, handOf(t, string(id)).Key()}
}

func recipient(t testing.TB, s string) keystore.Recipient {
	t.Helper()
	r, err := keystore.ParseRecipient(s)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// hardware is a recipient as age-plugin-yubikey writes one, of no key.
func hardware(t testing.TB, name string) keystore.Recipient {
	t.Helper()
	h := hashOf(name).String()
	return recipient(t, "age1yubikey1"+strings.NewReplacer("1", "q", "b", "p").Replace(h[:58]))
}

// planOf is a plan that nothing is wrong with: two groups at two sites, any two
// of three each.
func planOf(t testing.TB, what What) Plan {
	t.Helper()
	p := Plan{
		Vault: "acme-treasury", Signer: "signer-a", Chain: custody.Mainnet, What: what, Place: "geneva", Program: hashOf("program"), Build: hashOf("build"),
		Administrator: "adam", Witnesses: []text.ID{"wendy"},
		Equipment: []Equipment{
			{"dice", "five casino dice, 19 mm, sealed stick Q4417"}, {"laptop", "Lenovo X230, serial R9-XK123, no radio, no disk"},
			{"medium", "SD card Swissbit 8 GB, serial 01A7, program and headers"}, {"medium", "SD card Swissbit 8 GB, serial 01A8, carried out"},
		},
	}
	for _, x := range [][3]string{
		{"adam", "acme-ops", "Adam Adler"}, {"alice", "acme", "Alice Archer"}, {"bob", "acme", "Bob Baker"}, {"carol", "acme", "Carol Cook"}, {"dave", "acme", "Dave Dyer"},
		{"erin", "acme", "Erin Elder"}, {"frank", "acme", "Frank Fisher"}, {"olga", "regulator", "Olga Ohm"}, {"wendy", "audit-house", "Wendy Ward"},
	} {
		p.People = append(p.People, person(t, text.ID(x[0]), text.ID(x[1]), x[2]))
	}
	if what.from() {
		p.From = Key{[4]byte{0x73, 0xc5, 0xda, 0x0a}, 1}
	}
	if what.opens() {
		p.Openers = []text.ID{"alice", "bob", "dave", "erin"}
	}
	if what == Sign {
		p.Proposals = []text.Hash{hashOf("proposal 2"), hashOf("proposal 1")}
	}
	if what == MakeWords {
		p.Device = Device{"bob", 24, "Coldcard Mk4, serial 0417-3321"}
	}
	if what.Makes() {
		p.Entropy, p.Bits = []Source{{"alice", entropy.Dice6}, {"dave", entropy.Cards}}, 128
	}
	if what.shares() {
		p.Groups, p.Sites = 2, []record.ShareGroup{{Need: 2, Site: "geneva"}, {Need: 2, Site: "oslo"}}
		for i, id := range []text.ID{"alice", "bob", "carol", "dave", "erin", "frank"} {
			p.Holders = append(p.Holders, Holder{1 + i/3, id, hardware(t, string(id))})
		}
	}
	return p
}

// followed is the transcript of a ceremony in which all went as planned.
func followed(t testing.TB, p Plan) Transcript {
	t.Helper()
	p, hash, err := p.sorted()
	if err != nil {
		t.Fatal(err)
	}
	session := hashOf("session")
	out := Transcript{
		Vault: p.Vault, Signer: p.Signer, Chain: p.Chain, What: p.What, Plan: hash, Program: p.Program, Build: p.Build, Reviewers: []text.ID{"olga", "rita"}, Session: [16]byte(session[:16]),
		Device: p.Device, Opened: p.Openers, Key: Key{[4]byte{0x73, 0xc5, 0xda, 0x0a}, p.Generation()}, Signed: p.Proposals,
	}
	if p.What.Makes() {
		out.System = hashOf("system")
		for _, s := range p.Entropy {
			out.Contributions = append(out.Contributions, Contribution{s.Person, s.From, 131, hashOf("contribution of " + string(s.Person))})
		}
	}
	if p.What.derives() {
		out.Generator, out.Path, out.Record = "Go Cryptographic Module v1.0.0, FIPS 140-3 mode", "48h/0h/0h/2h", hashOf("key record")
	}
	if p.What.shares() {
		out.Clear = p.Clear
		out.Groups, out.Sites, out.Shares = p.Groups, p.Sites, p.planned()
		for i := range out.Shares {
			s := &out.Shares[i]
			s.Commitment = hashOf("share of " + string(s.Holder))
			out.Seals = append(out.Seals, Bag{s.Holder, fmt.Sprintf("CH %06d", 4107+i)})
		}
	}
	steps, err := Script(p)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 3, 4, 9, 0, 0, 0, time.UTC)
	for _, s := range steps {
		if !s.After {
			out.Steps = append(out.Steps, Entry{s.Number, at.Add(time.Duration(s.Number) * 4 * time.Minute), s.Person, s.Title})
		}
	}
	for _, x := range p.People {
		out.Present = append(out.Present, x.ID)
	}
	return out
}

func kinds() []What { return []What{Make, Import, Reshare, Sign, MakeWords} }

// golden returns what a file of testdata holds.
func golden(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// edited replaces what stands in a text once, or refuses.
func edited(t testing.TB, b, old, new string) []byte {
	t.Helper()
	if strings.Count(b, old) < 1 {
		t.Fatalf("want %q in the text, found it not there", old)
	}
	return []byte(strings.Replace(b, old, new, 1))
}

func reasons(all []policy.Reason) string {
	var out []string
	for _, r := range all {
		out = append(out, r.Code+" "+r.Text)
	}
	return strings.Join(out, "\n")
}
