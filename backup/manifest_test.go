package backup

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
)

const goldenManifest = `strongroom/manifest@v1
vault acme-treasury
chain mainnet
number 7
previous 3f79bb7b435b05321651daefd374cdc681dc06faa65e374e38337b88ca046dea
taken 2026-11-21T20:50:00Z rtc
payload snapshot-000007-9f86d081884c7d65.tar.zst.age 123456 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
sums 60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752 42
files 42
bytes 987654
recipient alice ssh-ed25519 SHA256:n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg
recipient bob X25519 age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj
maker backup-job
`

func TestGoldenManifest(t *testing.T) {
	m, err := ParseManifest([]byte(goldenManifest))
	if err != nil {
		t.Fatal(err)
	}
	if m.Number != 7 || m.Payload.Size != 123456 || m.Contents.Files != 42 || m.Contents.Bytes != 987654 || !m.Taken.Equal(stamp) || len(m.Recipients) != 2 || m.Maker != "backup-job" {
		t.Errorf("wrong values: %+v", m)
	}
	id, err := m.ID()
	if err != nil || id != text.Identity([]byte(goldenManifest)) {
		t.Errorf("want the SHA-256 of the text as identity, found %s, %v", id, err)
	}
}

func TestManifestRefuses(t *testing.T) {
	alice := "recipient alice ssh-ed25519 SHA256:n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg\n"
	zeros := strings.Repeat("0", 64)
	cases := []struct{ name, old, new, want string }{
		{"other chain", "chain mainnet", "chain testnet4", `line 3: chain: want mainnet, testnet, signet or regtest, found "testnet4"`},
		{"number 0", "number 7", "number 0", "manifest: want a number of 1 to 1000000000, found 0"},
		{"number without previous", "3f79bb7b435b05321651daefd374cdc681dc06faa65e374e38337b88ca046dea", zeros, "manifest: want zeros as previous in number 1 and nowhere else, found " + zeros + " in number 7"},
		{"first with previous", "number 7", "number 1", "manifest: want zeros as previous in number 1 and nowhere else, found 3f79bb7b435b05321651daefd374cdc681dc06faa65e374e38337b88ca046dea in number 1"},
		{"zone", "20:50:00Z", "20:50:00+00:00", `line 6: taken: want a time such as 2026-11-21T20:50:00Z, found "2026-11-21T20:50:00+00:00"`},
		{"no such day", "2026-11-21", "2026-11-31", `line 6: taken: want a time such as 2026-11-21T20:50:00Z, found "2026-11-31T20:50:00Z"`},
		{"time without rtc", "Z rtc", "Z utc", `line 6: taken: want the word rtc behind the time, found "utc"`},
		{"payload name of another number", "snapshot-000007", "snapshot-000008", `manifest: want the payload named snapshot-000007-9f86d081884c7d65.tar.zst.age, found "snapshot-000008-9f86d081884c7d65.tar.zst..."`},
		{"payload name that climbs", "snapshot-000007-9f86d081884c7d65.tar.zst.age 1", "../../etc/passwd 1", `manifest: want the payload named snapshot-000007-9f86d081884c7d65.tar.zst.age, found "../../etc/passwd"`},
		{"payload of no bytes", " 123456 ", " 0 ", "manifest: want a payload of 1 to 1116691496960 bytes, found 0"},
		{"payload beyond all", " 123456 ", " 1116691496961 ", "line 7: payload: want at most 1116691496960, found 1116691496961"},
		{"more sums than files", "c11c752 42", "c11c752 43", "manifest: want as many sums as files, 42, found 43"},
		{"no files", "c752 42\nfiles 42", "c752 0\nfiles 0", "manifest: want 1 to 250000 files, found 0"},
		{"no recipient", alice + "recipient bob X25519 age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj\n", "", "manifest: want 1 to 64 recipients, found 0"},
		{"too many recipients", alice, strings.Repeat(alice, 70), `line 76: want "maker", found "recipient"`},
		{"recipient twice", alice, alice + alice, "manifest: want recipients sorted, each once, found another order"},
		{"recipients unsorted", "recipient bob", "recipient aaron", "manifest: want recipients sorted, each once, found another order"},
		{"recipient of another kind", "bob X25519 age1", "bob ssh-rsa age1", `manifest: recipient: want ssh-ed25519 SHA256:... or X25519 age1..., found "ssh-rsa age1zvkyg2lqzraa2lnjvqej32nkuu0u..."`},
		{"recipient nobody", "recipient bob", "recipient bo_b", `manifest: recipient: want an id: a lower-case letter, then up to 31 letters, digits and single hyphens, found "bo_b"`},
		{"unknown line", "maker", "note x\nmaker", `line 13: want "maker", found "note"`},
		{"line behind", "backup-job\n", "backup-job\nnote x\n", `line 14: want the end of the text, found "note"`},
		{"leading zero", "files 42", "files 042", `line 9: files: want a decimal integer without leading zero, found "042"`},
	}
	for _, c := range cases {
		changed := strings.Replace(goldenManifest, c.old, c.new, 1)
		if changed == goldenManifest {
			t.Fatalf("%s: nothing was changed", c.name)
		}
		_, err := ParseManifest([]byte(changed))
		if err == nil || err.Error() != c.want {
			t.Errorf("%s: want %q, found %v", c.name, c.want, err)
		}
	}
}

func TestManifestIsSignedByItsMaker(t *testing.T) {
	job, other := newSSHKey(t, 3), newSSHKey(t, 4)
	m, err := ParseManifest([]byte(goldenManifest))
	if err != nil {
		t.Fatal(err)
	}
	signed, err := SignManifest(m, job.signer)
	if err != nil {
		t.Fatal(err)
	}
	if got := signed.TextName() + " " + signed.SignatureName(); got != "manifest-000007-"+text.Identity([]byte(goldenManifest)).Short()+".txt manifest-000007-"+text.Identity([]byte(goldenManifest)).Short()+".backup-job.manifest.sig" {
		t.Errorf("found names %s", got)
	}
	back, err := OpenManifest(signed.Bytes(), signed.Signature(), "backup-job", job.signer.Key())
	if err != nil || string(back.Bytes()) != goldenManifest {
		t.Errorf("want the manifest back, found %v", err)
	}
	wrongAct, err := sshsig.Sign(job.signer, sshsig.NamespaceFor("certify"), signed.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	var refusal interface{ Reason() string }
	cases := []struct {
		name      string
		b, sig    []byte
		key       sshsig.Key
		wantMaker text.ID
		want      string
	}{
		{"another key", signed.Bytes(), signed.Signature(), other.signer.Key(), "backup-job", "SIG-UNKNOWN"},
		{"another act", signed.Bytes(), wrongAct, job.signer.Key(), "backup-job", "SIG-NAMESPACE"},
		{"other bytes", bytes.Replace(signed.Bytes(), []byte("987654"), []byte("987655"), 1), signed.Signature(), job.signer.Key(), "backup-job", "SIG-BAD"},
		{"no signature", signed.Bytes(), nil, job.signer.Key(), "backup-job", "SIG-ARMOR"},
	}
	for _, c := range cases {
		_, err := OpenManifest(c.b, c.sig, c.wantMaker, c.key)
		if !errors.As(err, &refusal) || refusal.Reason() != c.want {
			t.Errorf("%s: want %s, found %v", c.name, c.want, err)
		}
	}
	if _, err := OpenManifest(signed.Bytes(), signed.Signature(), "mallory", job.signer.Key()); err == nil || err.Error() != "manifest: want one made by mallory, found backup-job" {
		t.Errorf("other maker: found %v", err)
	}
}

func TestManifestsFormAChain(t *testing.T) {
	seventh, err := ParseManifest([]byte(goldenManifest))
	if err != nil {
		t.Fatal(err)
	}
	id, err := seventh.ID()
	if err != nil {
		t.Fatal(err)
	}
	next := func(change func(*Manifest)) Manifest {
		m := seventh
		m.Number, m.Previous, m.Payload.Name = 8, id, payloadName(8, m.Payload.Sum)
		m.Taken = m.Taken.Add(-24 * time.Hour) // clocks prove nothing
		change(&m)
		return m
	}
	cases := []struct {
		name string
		m    Manifest
		want string
	}{
		{"the next", next(func(*Manifest) {}), ""},
		{"a gap", next(func(m *Manifest) { m.Number = 9 }), "manifest: want number 8, found 9"},
		{"itself", seventh, "manifest: want number 8, found 7"},
		{"a fork", next(func(m *Manifest) { m.Previous[0] ^= 1 }), "manifest: want previous " + id.String() + ", found " + text.Hash(append([]byte{id[0] ^ 1}, id[1:]...)).String()},
		{"another vault", next(func(m *Manifest) { m.Place.Vault = "other" }), "manifest: want one of acme-treasury on mainnet, found one of other on mainnet"},
	}
	for _, c := range cases {
		err := c.m.Follows(seventh)
		if c.want == "" && err == nil {
			continue
		}
		if err == nil || err.Error() != c.want {
			t.Errorf("%s: want %q, found %v", c.name, c.want, err)
		}
	}
}

func FuzzParseManifest(f *testing.F) {
	f.Add([]byte(goldenManifest))
	f.Add([]byte(strings.Replace(goldenManifest, "number 7", "number 1", 1)))
	f.Add([]byte("strongroom/manifest@v1\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := ParseManifest(b)
		if err != nil {
			return
		}
		again, err := m.Render()
		if err != nil || !bytes.Equal(again, b) {
			t.Fatalf("want the same bytes, found %q, %v", again, err)
		}
	})
}
