package s3store

import (
	"context"
	"crypto/sha256"
	"encoding/base64"

	"github.com/minio/minio-go/v7"

	"strongroom/backup"
)

// interrupted returns the upload of a name that has most of the content's
// parts, or nil. One that keeps no SHA-256s would make an object without a
// checksum, and one that holds only other bytes belongs to another content:
// both are left alone.
func (s *Store) interrupted(ctx context.Context, name string, c backup.Content) (*upload, error) {
	ids, err := s.uploads(ctx, name)
	if err != nil {
		return nil, err
	}
	var best *upload
	for _, id := range ids {
		u, ok, err := s.kept(ctx, name, id, c)
		if err != nil && !refused(err) {
			return nil, err
		}
		if ok && (best == nil || len(u.there) > len(best.there)) {
			best = &u
		}
	}
	return best, nil
}

// uploads lists the uploads of a name that were begun and not completed, as far
// as we may know.
func (s *Store) uploads(ctx context.Context, name string) ([]string, error) {
	var ids []string
	err := s.again(ctx, func(ctx context.Context) error {
		ids = nil
		page, err := s.core.ListMultipartUploads(ctx, s.config.Bucket, name, "", "", "", 1000)
		if err != nil {
			return err
		}
		for _, u := range page.Uploads {
			if u.Key == name && len(ids) < maxUploads {
				ids = append(ids, u.UploadID)
			}
		}
		return nil
	})
	if refused(err) {
		return nil, nil // then nothing is continued
	}
	return ids, err
}

// kept returns an upload with those of its parts that are the content's.
func (s *Store) kept(ctx context.Context, name, id string, c backup.Content) (upload, bool, error) {
	u := upload{name: name, id: id}
	others, algorithm := 0, ""
	err := s.again(ctx, func(ctx context.Context) error {
		u.there, others = map[int]minio.CompletePart{}, 0
		for marker := 0; ; {
			page, err := s.core.ListObjectParts(ctx, s.config.Bucket, name, id, marker, 1000)
			if err != nil {
				return err
			}
			algorithm = page.ChecksumAlgorithm
			for _, p := range page.ObjectParts {
				if !u.keep(p, c) {
					others++
				}
			}
			if !page.IsTruncated || page.NextPartNumberMarker <= marker {
				return nil
			}
			marker = page.NextPartNumberMarker
		}
	})
	ok := len(u.there) > 0 || others == 0 && algorithm == "SHA256"
	return u, ok, err
}

// keep takes a part whose size and checksum are those of the content.
func (u *upload) keep(p minio.ObjectPart, c backup.Content) bool {
	i := p.PartNumber - 1
	if i < 0 || i >= c.Parts() {
		return false
	}
	sum, err := base64.StdEncoding.Strict().DecodeString(p.ChecksumSHA256)
	_, n := c.PartRange(i)
	if err != nil || len(sum) != sha256.Size || backup.Sum(sum) != c.Sums[i] || p.Size != n {
		return false
	}
	u.there[i] = minio.CompletePart{PartNumber: p.PartNumber, ETag: p.ETag, ChecksumSHA256: p.ChecksumSHA256}
	return true
}
