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
block 907000 00000000000000000001e1b1f1c1d1e1f1a1b1c1d1e1f1a1b1c1d1e1f1a1b1c1
taken 2026-11-21T20:50:00Z rtc
recipient 1 alice ssh-ed25519 SHA256:n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg
recipient 2 bob X25519 age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj
segment payload-0123456789abcdef0123456789abcdef.age-payload 20000000 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 8388608 60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752 3f79bb7b435b05321651daefd374cdc681dc06faa65e374e38337b88ca046dea
header 1 header-0123456789abcdef0123456789abcdef-1-aaaaaaaaaaaaaaaa.age 219 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
header 2 header-0123456789abcdef0123456789abcdef-2-bbbbbbbbbbbbbbbb.age 440 bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
segment payload-ffffffffffffffffffffffffffffffff.age-payload 123456 cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd 8388608 7969ec0fcb8b648dfde24b1d0ae24568d398dcc3a83b80a850f973238cdfd3d9 1212121212121212121212121212121212121212121212121212121212121212
header 1 header-ffffffffffffffffffffffffffffffff-1-aaaaaaaaaaaaaaaa.age 219 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
header 2 header-ffffffffffffffffffffffffffffffff-2-bbbbbbbbbbbbbbbb.age 440 bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
canary canary-0123456789abcdef0123456789abcdef.tar.zst.age 512 bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa 2 1024
sums 60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752 42
links 1
bytes 987654
torn 0
maker backup-job
`

func TestGoldenManifest(t *testing.T) {
	m := mustRead(t, ParseManifest, goldenManifest)
	if m.Number != 7 || len(m.Segments) != 2 || m.Segments[0].Content.Size != 20000000 || m.Segments[0].Content.Parts() != 3 || len(m.Segments[1].Headers) != 2 || m.Canary.Contents.Bytes != 1024 || m.Block.Height != 907000 || m.Contents.Links != 1 || m.Contents.Files != 42 || m.Contents.Bytes != 987654 || !m.Taken.Equal(stamp) || len(m.Recipients) != 2 || m.Maker != "backup-job" {
		t.Errorf("wrong values: %+v", m)
	}
	id, err := m.ID()
	if err != nil || id != text.Identity([]byte(goldenManifest)) {
		t.Errorf("want the SHA-256 of the text as identity, found %s, %v", id, err)
	}
}

func TestManifestRefuses(t *testing.T) {
	alice := "recipient 1 alice ssh-ed25519 SHA256:n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg\n"
	bob := "recipient 2 bob X25519 age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj\n"
	const first, second = "0123456789abcdef0123456789abcdef", "ffffffffffffffffffffffffffffffff"
	zeros := strings.Repeat("0", 64)
	refuses(t, ParseManifest, goldenManifest, []spoiled{
		{"other chain", "chain mainnet", "chain testnet4", `line 3: chain: want mainnet, testnet, signet or regtest, found "testnet4"`},
		{"number 0", "number 7", "number 0", "manifest: want a number of 1 to 1000000000, found 0"},
		{"number without previous", "previous 3f79bb7b435b05321651daefd374cdc681dc06faa65e374e38337b88ca046dea", "previous " + zeros, "manifest: want zeros as previous in number 1 and nowhere else, found " + zeros + " in number 7"},
		{"first with previous", "number 7", "number 1", "manifest: want zeros as previous in number 1 and nowhere else, found 3f79bb7b435b05321651daefd374cdc681dc06faa65e374e38337b88ca046dea in number 1"},
		{"block without hash", " 00000000000000000001e1b1f1c1d1e1f1a1b1c1d1e1f1a1b1c1d1e1f1a1b1c1", "", "line 6: block: want a height and a hash, or none, found 1 fields"},
		{"block of zeros", "00000000000000000001e1b1f1c1d1e1f1a1b1c1d1e1f1a1b1c1d1e1f1a1b1c1", zeros, "line 6: block: want the hash of a block, found zeros"},
		{"zone", "20:50:00Z", "20:50:00+00:00", `line 7: taken: want a time such as 2026-11-21T20:50:00Z, found "2026-11-21T20:50:00+00:00"`},
		{"no such day", "2026-11-21", "2026-11-31", `line 7: taken: want a time such as 2026-11-21T20:50:00Z, found "2026-11-31T20:50:00Z"`},
		{"time without rtc", "Z rtc", "Z utc", `line 7: taken: want the word rtc behind the time, found "utc"`},
		{"payload name that climbs", "segment payload-" + first + ".age-payload", "segment ../../etc/passwd", `manifest: segment: want a name such as payload-00000000000000000000000000000000.age-payload, found "../../etc/passwd"`},
		{"payload name that can be guessed", "segment payload-" + first, "segment payload-7", `manifest: segment: want a name such as payload-00000000000000000000000000000000.age-payload, found "payload-7.age-payload"`},
		{"payload of no bytes", " 123456 ", " 0 ", "manifest: segment: want a payload of 1 to 1116691496960 bytes, found 0"},
		{"payload beyond all", " 123456 ", " 1116691496961 ", "line 13: segment: want at most 1116691496960, found 1116691496961"},
		{"payload twice", second, first, "manifest: segment: want every payload once, found payload-" + first + ".age-payload twice"},
		{"odd parts", " 8388608 " + "60303", " 8388609 " + "60303", "manifest: segment: want parts of 8388608 bytes, or so often doubled that 10000 are enough, found 8388609"},
		{"too many parts", "payload 20000000 ", "payload 90000000000 ", "manifest: segment: want parts of 8388608 bytes, or so often doubled that 10000 are enough, found 8388608"},
		{"composite of another part", "7969ec0fcb8b648dfde24b1d0ae24568d398dcc3a83b80a850f973238cdfd3d9", zeros, "manifest: segment: want the composite of its one part, found another"},
		{"a header missing", "header 2 header-" + first + "-2-bbbbbbbbbbbbbbbb.age 440 " + strings.Repeat("b", 64) + "\n", "", "manifest: segment: want a header for each of 2 layers, found 1"},
		{"header of another payload", "header-" + first + "-1", "header-" + second + "-1", `manifest: segment: header: want header-` + first + `-1-aaaaaaaaaaaaaaaa.age of at most 196608 bytes, found "header-ffffffffffffffffffffffffffffffff-..." of 219`},
		{"canary that can be guessed", "canary canary-" + first, "canary canary-7", `manifest: canary: want a name such as canary-00000000000000000000000000000000.tar.zst.age, found "canary-7.tar.zst.age"`},
		{"no files", "c752 42", "c752 0", "manifest: want 1 to 250000 files, found 0"},
		{"more torn than there are", "torn 0", "torn 43", "manifest: want at most 42 torn files, found 43"},
		{"no recipient", alice + bob, "", "manifest: want 1 to 128 recipients, found 0"},
		{"inner layer alone", alice, "", "manifest: recipient: want one of layer 1, found 2"},
		{"third layer", "recipient 2 bob", "recipient 3 bob", `manifest: recipient: want layer 1 or 2, found "3"`},
		{"too many recipients", alice, strings.Repeat(alice, 140), `line 137: want "canary", found "recipient"`},
		{"recipient twice", alice, alice + alice, "manifest: want recipients sorted, each once, found another order"},
		{"recipients unsorted", "recipient 2 bob", "recipient 1 aaron", "manifest: want recipients sorted, each once, found another order"},
		{"recipient of another kind", "bob X25519 age1", "bob ssh-rsa age1", `manifest: recipient: want X25519, ssh-ed25519, plugin, mlkem768x25519, p256tag or mlkem768p256tag and a key of it, found "ssh-rsa age1zvkyg2lqzraa2lnjvqej32nkuu0u..."`},
		{"recipient nobody", "recipient 2 bob", "recipient 2 bo_b", `manifest: recipient: want an id: a lower-case letter, then up to 31 letters, digits and single hyphens, found "bo_b"`},
		{"unknown line", "maker", "note x\nmaker", `line 21: want "maker", found "note"`},
		{"line behind", "backup-job\n", "backup-job\nnote x\n", `line 22: want the end of the text, found "note"`},
		{"a header said to be of another layer", "header 1 header-", "header 2 header-", "line 11: want the bytes that the same meaning renders to, found others"},
		{"leading zero", "links 1", "links 01", `line 18: links: want a decimal integer without leading zero, found "01"`},
	})
}

func TestManifestIsSignedByItsMaker(t *testing.T) {
	job, other := newSSHKey(t, 3), newSSHKey(t, 4)
	m := mustRead(t, ParseManifest, goldenManifest)
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
	seventh := mustRead(t, ParseManifest, goldenManifest)
	id, err := seventh.ID()
	if err != nil {
		t.Fatal(err)
	}
	next := func(change func(*Manifest)) Manifest {
		m := seventh
		m.Number, m.Previous = 8, id
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
	rereads(f, ParseManifest)
}
