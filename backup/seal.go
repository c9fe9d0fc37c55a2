package backup

import (
	"bufio"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"time"

	"filippo.io/age"
	"github.com/klauspost/compress/zstd"
)

// Sealed is what came out of sealing: the ciphertext's size and hash, and what
// the snapshot in it holds.
type Sealed struct {
	Size     int64
	Sum      Sum
	Contents Contents
}

// Seal reads a folder once and writes tar, zstd (level 3) and age (binary) to
// w, for all recipients. stamp is the time that every member of the archive
// carries. The file key and nonce are drawn by age itself, so two seals of one
// folder differ; their Contents do not. progress may be nil.
func Seal(w io.Writer, src fs.FS, recipients []Recipient, stamp time.Time, progress Progress) (Sealed, error) {
	sorted, err := sortRecipients(recipients)
	if err != nil {
		return Sealed{}, err
	}
	keys := make([]age.Recipient, len(sorted))
	for i, r := range sorted {
		keys[i] = r.key
	}
	meter := &meter{w: w, h: sha256.New()}
	sealer, err := age.Encrypt(meter, keys...)
	if err != nil {
		return Sealed{}, fmt.Errorf("seal: %w", err)
	}
	contents, err := compress(sealer, src, stamp, progress)
	if err != nil {
		return Sealed{}, err
	}
	if err := sealer.Close(); err != nil {
		return Sealed{}, fmt.Errorf("seal: %w", err)
	}
	return Sealed{Size: meter.n, Sum: Sum(meter.h.Sum(nil)), Contents: contents}, nil
}

// compress writes the archive through zstd. One goroutine and the window bound
// the memory, to some 20 MiB, whatever the folder's size.
func compress(w io.Writer, src fs.FS, stamp time.Time, progress Progress) (Contents, error) {
	z, err := zstd.NewWriter(w, zstd.WithEncoderLevel(zstd.SpeedDefault), zstd.WithEncoderConcurrency(1),
		zstd.WithWindowSize(zstdWindow))
	if err != nil {
		return Contents{}, fmt.Errorf("seal: %w", err)
	}
	gather := bufio.NewWriterSize(z, copyBuffer) // headers of 512 bytes cost a call each
	contents, err := WriteTar(gather, src, stamp, progress)
	if err == nil {
		err = gather.Flush()
	}
	return contents, errors.Join(err, z.Close())
}

// meter counts and hashes what it passes on.
type meter struct {
	w io.Writer
	h hash.Hash
	n int64
}

func (m *meter) Write(b []byte) (int, error) {
	n, err := m.w.Write(b)
	m.h.Write(b[:n])
	m.n += int64(n)
	if err == nil && m.n > maxPayload {
		err = fmt.Errorf("seal: want at most %d bytes, found more", int64(maxPayload))
	}
	return n, err
}
