package s3store

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"strongroom/backup"
	"strongroom/backup/servertest"
)

// readWhole reads an object from its beginning to its end.
func readWhole(t *testing.T, s *Store, o backup.Object) ([]byte, error) {
	t.Helper()
	r, err := s.Open(t.Context(), o, 0, o.Size)
	if err != nil {
		return nil, err
	}
	return readAll(r)
}

// A disk flips a bit and nobody tells: the checksum that the store keeps is
// right, the bytes are not. The repaired version is what readers take then, and
// what rotted stays as long as it is locked.
func TestRepairPutsTheRightBytesOverWhatADiskSpoilt(t *testing.T) {
	onGood(t, func(t *testing.T, server *servertest.S3Server) {
		s := mustOpen(t, config(server, server.Endpoint))
		until := time.Now().Add(time.Hour)
		for name, n := range map[string]int{"one-part": 1, "two-parts": 2} {
			b, c := inParts(n)
			if n == 1 {
				b = []byte(strings.Repeat("of one part ", 20_000))
				c = backup.Whole(b)
			}
			bad, err := s.Put(t.Context(), name, c, backup.Memory(b), until)
			if err != nil {
				t.Fatal(err)
			}
			server.Rot(t, s.config.Bucket, name)
			found, err := readWhole(t, s, bad)
			if err == nil && string(found) == string(b) {
				t.Fatalf("%s: want it spoilt, found it whole", name)
			}
			// MinIO knows that its disk lies, and breaks off.
			if err != nil && (!errors.Is(err, backup.ErrContent) || !strings.Contains(err.Error(), ": other content than announced: the store breaks off at byte ")) {
				t.Errorf("%s: want it told as other content, found %v", name, err)
			}
			if _, err := s.Put(t.Context(), name, c, backup.Memory(b), until); err != nil {
				t.Errorf("%s: want Put content with the checksum that the store tells, found %v", name, err)
			}
			good, err := s.Repair(t.Context(), name, c, backup.Memory(b), until)
			if err != nil {
				t.Fatal(err)
			}
			if held := mustHold(t, s, name, b, c); held.Version != good.Version || held.Covered || held.Until.Before(until.Truncate(time.Second)) {
				t.Errorf("%s: want the new version on top and locked, found %v", name, held)
			}
			versions, err := s.Versions(t.Context(), name)
			if err != nil || len(versions) != 2 || versions[1].Version != bad.Version || versions[1].Until.IsZero() {
				t.Errorf("%s: want what rotted kept below, found %v, %v", name, versions, err)
			}
		}
	})
}

// A source may be rotten itself.
func TestRepairTakesNothingElse(t *testing.T) {
	server := servers.S3(t, servertest.VersityGW)
	s := mustOpen(t, config(server, server.Endpoint))
	mustPut(t, s, "one", "the right bytes", time.Time{})
	if _, err := s.Repair(t.Context(), "one", backup.Whole([]byte("the right bytes")), backup.Memory("the wrong bytes"), time.Time{}); !errors.Is(err, backup.ErrContent) {
		t.Errorf("want %v, found %v", backup.ErrContent, err)
	}
	if v, err := s.Versions(t.Context(), "one"); err != nil || len(v) != 1 {
		t.Errorf("want the one version, found %v, %v", v, err)
	}
	b, c := inParts(2)
	if _, err := s.Put(t.Context(), "two", c, backup.Memory(b), time.Time{}); err != nil {
		t.Fatal(err)
	}
	b[0] ^= 1
	if _, err := s.Repair(t.Context(), "two", c, backup.Memory(b), time.Time{}); !errors.Is(err, backup.ErrContent) {
		t.Errorf("parts: want %v, found %v", backup.ErrContent, err)
	}
	if v, err := s.Versions(t.Context(), "two"); err != nil || len(v) != 1 {
		t.Errorf("parts: want the one version, found %v, %v", v, err)
	}
	if ids, err := s.uploads(context.Background(), "two"); err != nil || len(ids) != 0 {
		t.Errorf("parts: want no upload left, found %v, %v", ids, err)
	}
}

// An answer that got lost makes at most one version more, and what an upload in
// parts was before is not taken for the new version.
func TestRepairSurvivesLostAnswers(t *testing.T) {
	onGood(t, func(t *testing.T, server *servertest.S3Server) {
		s, p := behind(t, server)
		b, c := inParts(2)
		if _, err := s.Put(t.Context(), "two", c, backup.Memory(b), time.Time{}); err != nil {
			t.Fatal(err)
		}
		f := p.Inject(servertest.Fault{Method: "POST", In: "uploadId=", Times: 1, Do: servertest.LoseAnswer()})
		made, err := s.Repair(t.Context(), "two", c, backup.Memory(b), time.Now().Add(time.Minute))
		if err != nil {
			t.Fatal(err)
		}
		wantHarmed(t, f, 1)
		if held := mustHold(t, s, "two", b, c); held.Version != made.Version || held.Until.IsZero() {
			t.Errorf("want %v on top and locked, found %v", made, held)
		}
		f = p.Inject(servertest.Fault{Method: "POST", In: "uploadId=", Times: servertest.Always, Do: servertest.Answer(403)})
		if _, err := s.Repair(t.Context(), "two", c, backup.Memory(b), time.Time{}); err == nil || !strings.HasPrefix(err.Error(), "two: complete: want success, the store answered 403") {
			t.Errorf("want the upload that nobody completed told, found %v", err)
		}
		if f.Harmed() == 0 {
			t.Error("want it harmed, found it not")
		}
	})
}
