package s3store

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"

	"strongroom/backup/servertest"
)

// Parts that were sent and never joined are in no listing of objects, and told.
func TestUploadsThatNobodyEndsAreTold(t *testing.T) {
	onGood(t, func(t *testing.T, server *servertest.S3Server) {
		s := mustOpen(t, config(server, server.Endpoint))
		if _, err := s.core.NewMultipartUpload(raw(), s.config.Bucket, "one", minio.PutObjectOptions{}); err != nil {
			t.Fatal(err)
		}
		got, _, err := s.Unfinished(t.Context(), time.Now().Add(time.Minute))
		if err != nil || len(got) != 1 || got[0].Name != "one" || time.Since(got[0].Since) > time.Hour {
			t.Errorf("want the upload of one, found %v, %v", got, err)
		}
		if got, _, err = s.Unfinished(t.Context(), time.Now().Add(-time.Hour)); err != nil || len(got) != 0 {
			t.Errorf("want a young one left out, found %v, %v", got, err)
		}
	})
	if got := shown("a\x1b[31m"); got != `"a\x1b[31m"` {
		t.Errorf("want a foreign name quoted, found %s", got)
	}
}

// uploading is a store with so many uploads of each day in turn, which it lists a
// thousand at a time.
func uploading(t *testing.T, days ...int) *Store {
	t.Helper()
	return hostile(t, func(w http.ResponseWriter, r *http.Request) {
		at := 0
		if _, err := fmt.Sscanf(r.URL.Query().Get("key-marker"), "page-%d", &at); err != nil && r.URL.Query().Has("key-marker") {
			t.Errorf("want a marker that was given, found %v", err)
		}
		if want := strings.Repeat("u", at); r.URL.Query().Get("upload-id-marker") != want {
			t.Errorf("page %d: want the mark %q, found %q", at, want, r.URL.Query().Get("upload-id-marker"))
		}
		_, _ = io.WriteString(w, "<ListMultipartUploadsResult>")
		if at+1 < len(days) {
			fmt.Fprintf(w, "<IsTruncated>true</IsTruncated><NextKeyMarker>page-%d</NextKeyMarker><NextUploadIdMarker>%s</NextUploadIdMarker>", at+1, strings.Repeat("u", at+1))
		}
		for i := range 1000 {
			fmt.Fprintf(w, "<Upload><Key>name-%d-%d</Key><UploadId>x</UploadId><Initiated>2026-11-%02dT08:00:00Z</Initiated></Upload>", at, i, days[at])
		}
		_, _ = io.WriteString(w, "</ListMultipartUploadsResult>")
	})
}

// A thousand that somebody began today do not stand before one that was never ended.
func TestYoungUploadsHideNoOldOne(t *testing.T) {
	before := time.Date(2026, 11, 15, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		days            []int
		want, more, old int // old is the page of the first
	}{
		{[]int{22, 22, 14}, 1000, 0, 2},
		{[]int{14, 22, 14, 13}, 1000, 2000, 0},
		{[]int{22, 22}, 0, 0, 0},
	} {
		got, more, err := uploading(t, c.days...).Unfinished(t.Context(), before)
		if err != nil || len(got) != c.want || more != c.more || len(got) > 0 && got[0].Name != fmt.Sprintf("name-%d-0", c.old) {
			t.Errorf("%v: want %d and %d more, found %d and %d, %v", c.days, c.want, c.more, len(got), more, err)
		}
	}
}

// versitygw goes on behind a name only.
func TestUploadsAreListedWhereOnlyNamesGoOn(t *testing.T) {
	onGood(t, func(t *testing.T, server *servertest.S3Server) {
		s := mustOpen(t, config(server, server.Endpoint))
		for i := range maxUnfinished + 5 {
			if _, err := s.core.NewMultipartUpload(raw(), s.config.Bucket, fmt.Sprintf("n%04d", i), minio.PutObjectOptions{}); err != nil {
				t.Fatal(err)
			}
		}
		got, more, err := s.Unfinished(t.Context(), time.Now().Add(time.Minute))
		if err != nil || len(got) != maxUnfinished || more != 5 {
			t.Errorf("want %d and 5 more, found %d and %d, %v", maxUnfinished, len(got), more, err)
		}
	})
}

func TestAListOfUploadsThatStandsStillIsTold(t *testing.T) {
	asked := 0
	s := hostile(t, func(w http.ResponseWriter, _ *http.Request) {
		asked++
		_, _ = io.WriteString(w, "<ListMultipartUploadsResult><IsTruncated>true</IsTruncated><NextKeyMarker>a</NextKeyMarker><Upload><Key>a</Key><Initiated>2026-11-14T08:00:00Z</Initiated></Upload></ListMultipartUploadsResult>")
	})
	got, _, err := s.Unfinished(t.Context(), time.Date(2026, 11, 15, 0, 0, 0, 0, time.UTC))
	wantError(t, "same place", err, "unfinished uploads: want a list that goes on, found the same place again")
	if len(got) != 2 || asked != 2 {
		t.Errorf("want what it had told, found %d of %d answers", len(got), asked)
	}
	asked = 0
	s = hostile(t, func(w http.ResponseWriter, _ *http.Request) {
		asked++
		fmt.Fprintf(w, "<ListMultipartUploadsResult><IsTruncated>true</IsTruncated><NextKeyMarker>%d</NextKeyMarker></ListMultipartUploadsResult>", asked)
	})
	_, _, err = s.Unfinished(t.Context(), time.Now())
	wantError(t, "no end", err, fmt.Sprintf("unfinished uploads: %s: want at most %d requests, found no end: more than any honest store sends", s, maxRequests))
	if asked != maxRequests {
		t.Errorf("want %d requests, found %d", maxRequests, asked)
	}
}
