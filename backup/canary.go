package backup

import (
	"archive/tar"
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"

	"filippo.io/age"
	"github.com/klauspost/compress/zstd"
)

// OpenCanary fetches a canary from a store, opens it in memory and compares
// every file in it with what the manifest says: the whole way of a restore, with
// a key that opens nothing else.
func OpenCanary(ctx context.Context, s Store, c Canary, identities ...age.Identity) error {
	if c.Name == "" {
		return errors.New("canary: want a snapshot with one, found one without")
	}
	o, err := Find(ctx, s, c.Name, c.Content)
	if err != nil {
		return fmt.Errorf("canary: %w", err)
	}
	sealed, err := Read(ctx, s, o)
	if err != nil {
		return fmt.Errorf("canary: %w", err)
	}
	if Whole(sealed).Sum != c.Content.Sum {
		return fmt.Errorf("canary: %s: want SHA-256 %s, found %s: %w", c.Name, c.Content.Sum, Whole(sealed).Sum, ErrContent)
	}
	plain, err := age.Decrypt(bytes.NewReader(sealed), identities...)
	if err != nil {
		return fmt.Errorf("canary: %w", err)
	}
	z, err := zstd.NewReader(plain, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow))
	if err != nil {
		return fmt.Errorf("canary: %w", err)
	}
	defer z.Close()
	found, err := readCanaryTree(tar.NewReader(io.LimitReader(z, maxCanaryTree)))
	if err == nil && found != c.Contents {
		err = fmt.Errorf("want %d files, %d bytes and SHA256SUMS %s, found %d, %d and %s: %w",
			c.Contents.Files, c.Contents.Bytes, c.Contents.Sums, found.Files, found.Bytes, found.Sums, ErrContent)
	}
	if err != nil {
		return fmt.Errorf("canary: %w", err)
	}
	return nil
}

// readCanaryTree reads an archive to its end and measures it. Its list of sums
// must be that of its files.
func readCanaryTree(t *tar.Reader) (c Contents, err error) {
	var sums []byte
	listed := false
	for {
		h, err := t.Next()
		if errors.Is(err, io.EOF) && listed {
			return c, nil
		}
		if err != nil {
			return c, fmt.Errorf("archive: want it with %s at the end: %w", sumsName, err)
		}
		if h.Typeflag == tar.TypeDir {
			continue
		}
		b, err := io.ReadAll(t)
		switch {
		case err != nil:
			return c, fmt.Errorf("archive: %w", err)
		case listed:
			return c, fmt.Errorf("archive: want nothing behind %s, found %q", sumsName, clip(h.Name))
		case h.Name != sumsName:
			sums = appendSumLine(sums, sha256.Sum256(b), h.Name)
			c.Files++
			c.Bytes += uint64(len(b))
		case !bytes.Equal(b, sums):
			return c, fmt.Errorf("archive: want %s to be that of its files, found another", sumsName)
		default:
			c.Sums, listed = sha256.Sum256(b), true
		}
	}
}

// sortedObjects sorts by name and version.
func sortedObjects(list []Object) []Object {
	slices.SortFunc(list, func(a, b Object) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Version, b.Version)) })
	return list
}
