package s3store

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"testing"

	"github.com/minio/minio-go/v7"

	"strongroom/backup/servertest"
	"strongroom/custody/durable"
)

func TestAKeyIsCreatedOnceAndReadByItsVersions(t *testing.T) {
	onGood(t, func(t *testing.T, server *servertest.S3Server) {
		s := mustOpen(t, config(server, server.Endpoint))
		k, ctx := s.Keys(), t.Context()
		const key = "acme/texts/one"
		if _, err := k.Get(ctx, key, "", 10); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("want it missing, found %v", err)
		}
		if err := k.PutNew(ctx, key, []byte("first")); err != nil {
			t.Fatal(err)
		}
		for _, again := range []string{"first", "second"} {
			if err := k.PutNew(ctx, key, []byte(again)); err != durable.ErrExists {
				t.Errorf("want durable.ErrExists, found %v", err)
			}
		}
		if b, err := k.Get(ctx, key, "", 5); err != nil || string(b) != "first" {
			t.Errorf("want what was put first, found %q, %v", b, err)
		}
		_, err := k.Get(ctx, key, "", 4)
		wantError(t, "too large", err, "too large: wanted at most 4 bytes, found more")

		// somebody who heeds no condition puts bytes and a delete marker over it
		over(t, s, key, "other")
		if err := s.core.RemoveObject(raw(), s.config.Bucket, key, minio.RemoveObjectOptions{}); err != nil {
			t.Fatal(err)
		}
		if _, err := k.Get(ctx, key, "", 10); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("want it hidden, found %v", err)
		}
		var versions []string
		err = k.List(ctx, "acme/", 2, func(name, version string, size int64) {
			if name != key || size != 5 {
				t.Errorf("want %s of 5 bytes, found %s of %d", key, name, size)
			}
			versions = append(versions, version)
		})
		if err != nil || len(versions) != 2 {
			t.Fatalf("want two versions, found %v, %v", versions, err)
		}
		for i, want := range []string{"other", "first"} {
			if b, err := k.Get(ctx, key, versions[i], 10); err != nil || string(b) != want {
				t.Errorf("version %d: want %q, found %q, %v", i, want, b, err)
			}
		}
		err = k.List(ctx, "acme/", 1, func(string, string, int64) { t.Error("want nothing handed out") })
		wantError(t, "list", err, `too large: wanted at most 1 versions below "acme/", found more`)
	})
}

func over(t testing.TB, s *Store, key, content string) {
	t.Helper()
	_, err := s.core.Client.PutObject(raw(), s.config.Bucket, key, strings.NewReader(content), int64(len(content)), minio.PutObjectOptions{SendContentMd5: true})
	if err != nil {
		t.Fatal(err)
	}
}

func TestAKeyWhoseAnswerWasLostIsTaken(t *testing.T) {
	onGood(t, func(t *testing.T, server *servertest.S3Server) {
		s, proxy := behind(t, server)
		lost := proxy.Inject(servertest.Fault{Method: "PUT", Times: 1, Do: servertest.LoseAnswer()})
		if err := s.Keys().PutNew(t.Context(), "acme/one", []byte("content")); !errors.Is(err, durable.ErrExists) || lost.Harmed() != 1 {
			t.Errorf("want the second try to find it taken, found %v after %d", err, lost.Harmed())
		}
		cut := proxy.Inject(servertest.Fault{Method: "GET", Times: 1, Do: servertest.CutAnswer(3)})
		if b, err := s.Keys().Get(t.Context(), "acme/one", "", 100); err != nil || string(b) != "content" || cut.Harmed() != 1 {
			t.Errorf("want the transfer taken up where it broke, found %q, %v after %d", b, err, cut.Harmed())
		}
	})
}

func TestZeroKeysRefuse(t *testing.T) {
	const want = "store: want an opened one, found none"
	wantError(t, "put", Keys{}.PutNew(context.Background(), "one", nil), want)
	_, err := Keys{}.Get(context.Background(), "one", "", 1)
	wantError(t, "get", err, want)
	wantError(t, "list", Keys{}.List(context.Background(), "", 1, nil), want)
}
