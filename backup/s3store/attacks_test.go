package s3store

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/pem"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/minio/minio-go/v7"
	"golang.org/x/crypto/ssh"

	"strongroom/backup"
	"strongroom/backup/servertest"
	"strongroom/custody/durable"
	"strongroom/quorum/sshsig"
)

// attacker has the credentials, and writes what they like.
func attacker(t testing.TB, s *Store, name, content string) string {
	t.Helper()
	made, err := s.core.PutObject(raw(), s.config.Bucket, name, strings.NewReader(content), int64(len(content)), "", "", minio.PutObjectOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return made.VersionID
}

func deleteMarker(t testing.TB, s *Store, name string) {
	t.Helper()
	if err := s.core.RemoveObject(raw(), s.config.Bucket, name, minio.RemoveObjectOptions{}); err != nil {
		t.Fatal(err)
	}
}

// signer is one key, the same in every run.
func signer(t *testing.T) sshsig.Signer {
	t.Helper()
	block, err := ssh.MarshalPrivateKey(ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, 32)), "")
	if err != nil {
		t.Fatal(err)
	}
	s, err := sshsig.ParsePrivateKey(pem.EncodeToMemory(block), nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// shipped takes a snapshot of a few files, one of them of several parts, and
// ships it into a store.
func shipped(t *testing.T, s *Store, until time.Time) backup.Signed {
	t.Helper()
	spool, err := durable.Create(filepath.Join(t.TempDir(), "spool"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { spool.Close() })
	key := signer(t)
	to, err := backup.ParseRecipient("alice", key.Key().String())
	if err != nil {
		t.Fatal(err)
	}
	noise := make([]byte, 20<<20)
	_, _ = mathrand.NewChaCha8([32]byte{1}).Read(noise) // it never fails
	taken, err := backup.Take(t.Context(), fstest.MapFS{"policy-1.txt": {Data: []byte("strongroom/policy@v1\n")}, "headers": {Data: noise}}, backup.Plan{
		Place: backup.Place{Vault: "acme-treasury", Chain: "regtest"}, Maker: "backup-job", Signer: key, Layers: backup.Layers{{to}},
		Spool: spool, Now: time.Now, Rand: mathrand.NewChaCha8([32]byte{2}),
	})
	if err != nil {
		t.Fatal(err)
	}
	outcomes, err := backup.Ship(t.Context(), backup.Shipment{Signed: taken.Signed, From: []backup.Source{backup.FromSpool(spool)}, Level: backup.V1, Until: until, Now: time.Now},
		[]backup.Target{{ID: "store-a", Store: s, Locks: !until.IsZero()}})
	if err != nil || outcomes[0].Err != nil {
		t.Fatalf("ship: %v, %v", outcomes, err)
	}
	return taken.Signed
}

func verify(s *Store, m backup.Signed, level backup.Level, locked time.Time) (backup.Verification, error) {
	return backup.Verify(context.Background(), s, m, backup.Checking{Level: level, Locked: locked, Store: "store-a", Now: time.Now})
}

func TestNobodyHidesASnapshot(t *testing.T) {
	onGood(t, func(t *testing.T, server *servertest.S3Server) {
		s := mustOpen(t, config(server, server.Endpoint))
		until := wholeSeconds(time.Now().Add(time.Minute))
		m := shipped(t, s, until)
		if v, err := verify(s, m, backup.V3, until); err != nil || len(v.Covered) != 0 || !v.Until.Equal(until) {
			t.Fatalf("before: found %+v, %v", v, err)
		}
		payload := m.Manifest().Segments[0].Name
		attacker(t, s, m.TextName(), "another manifest\n")
		attacker(t, s, payload, "another payload")
		deleteMarker(t, s, payload)
		deleteMarker(t, s, m.SignatureName())
		v, err := verify(s, m, backup.V3, until)
		want := []string{m.TextName(), m.SignatureName(), payload}
		slices.Sort(want)
		if err != nil || !v.Until.Equal(until) || !slices.Equal(v.Covered, want) {
			t.Errorf("after: want the snapshot whole and %v told as covered, found %+v, %v", want, v, err)
		}
		b, err := backup.Fetch(t.Context(), s, m.TextName(), func(b []byte) error {
			_, err := backup.OpenManifest(b, m.Signature(), "backup-job", signer(t).Key())
			return err
		})
		if err != nil || !bytes.Equal(b, m.Bytes()) {
			t.Errorf("fetch: want the signed manifest, found %d bytes, %v", len(b), err)
		}
		if names, err := backup.ManifestNames(t.Context(), s); err != nil || !slices.Equal(names, []string{m.TextName()}) {
			t.Errorf("names: want %s, found %v, %v", m.TextName(), names, err)
		}
		for _, o := range listed(t, s, m.SignatureName()) {
			if !o.Covered {
				t.Errorf("list: want %s told as covered", o.Name)
			}
		}
	})
}

func listed(t *testing.T, s *Store, prefix string) []backup.Object {
	t.Helper()
	l, err := s.List(t.Context(), prefix)
	if err != nil || len(l) == 0 {
		t.Fatalf("list %s: want something, found %v, %v", prefix, l, err)
	}
	return l
}

func TestNobodyBuriesAnObject(t *testing.T) {
	s := mustOpen(t, config(servers.S3(t, servertest.VersityGW), servers.S3(t, servertest.VersityGW).Endpoint))
	o := mustPut(t, s, "one", "hello", time.Now().Add(time.Minute))
	for i := range maxVersions + 20 {
		attacker(t, s, "one", fmt.Sprintf("other %d", i))
	}
	found, err := backup.Find(t.Context(), s, "one", backup.Whole([]byte("hello")))
	if err != nil || found.Version != o.Version || !found.Covered || !found.Until.Equal(o.Until) {
		t.Errorf("want the first version, found %+v, %v", found, err)
	}
	versions, err := s.Versions(t.Context(), "one")
	if err != nil || len(versions) != maxVersions {
		t.Fatalf("want %d versions told, found %d, %v", maxVersions, len(versions), err)
	}
	if newest := versions[0]; newest.Covered || !newest.Is(backup.Whole(fmt.Appendf(nil, "other %d", maxVersions+19))) && newest.Checksum.Sum != (backup.Sum{}) {
		t.Errorf("want the newest first, found %+v", newest)
	}
}

func TestANameBelowADeleteMarkerIsTaken(t *testing.T) {
	onGood(t, func(t *testing.T, server *servertest.S3Server) {
		s := mustOpen(t, config(server, server.Endpoint))
		mustPut(t, s, "one", "hello", time.Time{})
		deleteMarker(t, s, "one")
		if o := mustPut(t, s, "one", "hello", time.Time{}); !o.Covered {
			t.Errorf("the same bytes: want the version below the marker, found %+v", o)
		}
		_, err := put(s, "one", "hallo", time.Time{})
		wantError(t, "other bytes", err, "one: exists already with other bytes: want 5 bytes with SHA-256 d3751d33f9cd5049c4af2b462735457e4d3baf130bcbb87f389e349fbaeb20b9, found 5 with 2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824")
	})
}

func TestDamageOnTheWayIsFound(t *testing.T) {
	s, p := behind(t, servers.S3(t, servertest.VersityGW))
	m := shipped(t, s, time.Time{})
	payload := m.Manifest().Segments[0].Name
	for what, harm := range map[string]servertest.Harm{"flipped": servertest.FlipBit(1 << 20), "cut": servertest.Truncate(1 << 20)} {
		f := p.Inject(servertest.Fault{Method: "GET", In: "/" + payload + "?", Times: servertest.Always, Do: harm})
		if v, err := verify(s, m, backup.V3, time.Time{}); !errors.Is(err, backup.ErrContent) || v.Level != 0 {
			t.Errorf("%s: want %v, found %v, %v", what, backup.ErrContent, v, err)
		}
		if f.Harmed() == 0 {
			t.Errorf("%s: want something harmed, found nothing", what)
		}
		f.End()
	}
	if _, err := verify(s, m, backup.V3, time.Time{}); err != nil {
		t.Errorf("unharmed: %v", err)
	}
}

// An upload that somebody else began, without a checksum or with other bytes,
// is left alone, and the content arrives all the same.
func TestSomebodyElsesUploadIsLeftAlone(t *testing.T) {
	onGood(t, func(t *testing.T, server *servertest.S3Server) {
		s, p := behind(t, server)
		b, c := inParts(3)
		until := time.Now().Add(time.Minute)
		empty, err := s.core.NewMultipartUpload(raw(), s.config.Bucket, "one", minio.PutObjectOptions{})
		if err != nil {
			t.Fatal(err)
		}
		bare, err := s.core.NewMultipartUpload(raw(), s.config.Bucket, "one", minio.PutObjectOptions{})
		if err != nil {
			t.Fatal(err)
		}
		other, err := s.begin(t.Context(), "one", time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.core.PutObjectPart(raw(), s.config.Bucket, "one", bare, 1, bytes.NewReader(b[:smallestPart]), smallestPart, minio.PutObjectPartOptions{}); err != nil {
			t.Fatal(err)
		}
		others, oc := inParts(2)
		if _, err := s.sendPart(t.Context(), other, oc, backup.Memory(others), 0); err != nil {
			t.Fatal(err)
		}
		before := count(p, "PUT ", "partNumber=")
		o, err := s.Put(t.Context(), "one", c, backup.Memory(b), until)
		if err != nil || o.Until.Before(until) {
			t.Fatalf("want it put and locked, found %+v, %v", o, err)
		}
		mustHold(t, s, "one", b, c)
		wantUploads(t, s, "one", 3)
		if sent := count(p, "PUT ", "partNumber=") - before; sent != c.Parts() || count(p, "PUT ", empty) != 0 {
			t.Errorf("want %d parts sent, none of them to an upload that keeps no checksums, found %d", c.Parts(), sent)
		}
	})
}

func TestANameThatIsTakenDuringTheUploadIsNotGivenAgain(t *testing.T) {
	s := mustOpen(t, config(servers.S3(t, servertest.VersityGW), servers.S3(t, servertest.VersityGW).Endpoint))
	b, c := inParts(2)
	take := killing{b, smallestPart, func() { attacker(t, s, "one", "faster") }}
	if _, err := s.Put(t.Context(), "one", c, take, time.Time{}); !errors.Is(err, backup.ErrExists) {
		t.Errorf("want %v, found %v", backup.ErrExists, err)
	}
	if v, err := s.Versions(t.Context(), "one"); err != nil || len(v) != 1 {
		t.Errorf("want the other one alone, found %v, %v", v, err)
	}
	wantUploads(t, s, "one", 0)
}
