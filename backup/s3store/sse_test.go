package s3store

import (
	"strings"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/encrypt"

	"strongroom/backup"
	"strongroom/backup/servertest"
)

// Who may put writes a page's name under a key of his own, of which the store tells
// nothing without that key: the copy is as good as before, and the name is told.
func TestAPageUnderAnothersKeyMakesNoCopyUnverifiable(t *testing.T) {
	s := marked(t, servers.S3(t, servertest.MinIO), true)
	m := shipped(t, s, wholeSeconds(time.Now().Add(time.Minute)))
	own, err := encrypt.NewSSEC(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	stem := strings.Replace(strings.TrimSuffix(m.TextName(), ".txt"), "manifest-", "recover-", 1) + "-aaaaaaaaaaaaaaaa"
	for _, name := range []string{stem + ".html", stem + "." + string(m.Manifest().Maker) + ".recover.sig"} {
		if _, err := s.core.PutObject(raw(), s.config.Bucket, name, strings.NewReader("junk"), 4, "", "", minio.PutObjectOptions{ServerSideEncryption: own}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Versions(t.Context(), name); err == nil || err.Error() != name+": want success, the store answered 400 InvalidRequest" {
			t.Errorf("want a store that tells nothing of it, found %v", err)
		}
	}
	v, err := verify(s, m, backup.V1, time.Time{})
	if err != nil || v.Level != backup.V1 || len(v.Odd) != 1 || v.Odd[0] != stem+".html" {
		t.Errorf("want a good copy and the name told, found %s, %v, %v", v.Level, v.Odd, err)
	}
	_, more, err := backup.Orphans(t.Context(), s, []backup.Signed{m}, time.Now(), []string{mark}, nil)
	if err != nil || more != 2 {
		t.Errorf("want both names told as not looked at, found %d, %v", more, err)
	}
}
