package s3store

import (
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
		got, err := s.Unfinished(t.Context(), time.Now().Add(time.Minute))
		if err != nil || len(got) != 1 || got[0].Name != "one" || time.Since(got[0].Since) > time.Hour {
			t.Errorf("want the upload of one, found %v, %v", got, err)
		}
		if got, err = s.Unfinished(t.Context(), time.Now().Add(-time.Hour)); err != nil || len(got) != 0 {
			t.Errorf("want a young one left out, found %v, %v", got, err)
		}
	})
	if got := shown("a\x1b[31m"); got != `"a\x1b[31m"` {
		t.Errorf("want a foreign name quoted, found %s", got)
	}
}
