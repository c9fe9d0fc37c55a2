package backup

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"github.com/klauspost/compress/zstd"
)

// sealer turns parts of a folder into sealed segments in a spool.
type sealer struct {
	layers  Layers
	archive *archive
	part    int64
	put     func(name string, fill func(io.Writer) error) error // a new object of the spool
	name    func(kind string) (string, error)                   // a new random name
}

// seal writes one segment, its list of parts and its headers to the spool.
func (s *sealer) seal(fill func(w io.Writer, payload string) error) (Segment, error) {
	name, err := s.name(payloadKind)
	if err != nil {
		return Segment{}, err
	}
	g := Segment{Name: name}
	var headers [][]byte
	err = s.put(name, func(w io.Writer) (err error) {
		m := newMeasure(w, s.part, maxPayload)
		headers, err = sealApart(m, s.layers, func(w io.Writer) error { return compress(w, func(w io.Writer) error { return fill(w, name) }) })
		if err == nil {
			g.Content = m.content()
		}
		return err
	})
	if err != nil {
		return Segment{}, err
	}
	if g.Root, err = g.Content.Root(); err != nil {
		return Segment{}, err
	}
	if g.Content.Parts() > 1 {
		if err := s.putBytes(g.ListName(), g.Content.List()); err != nil {
			return Segment{}, err
		}
	}
	for i, b := range headers {
		h := headerOf(name, i+1, b)
		g.Headers = append(g.Headers, h)
		if err := s.putBytes(h.Name, b); err != nil {
			return Segment{}, err
		}
	}
	return g, nil
}

// canary seals a small tree to the probe's key alone, by the same code.
func (s *sealer) canary(tree fs.FS, key Recipient, stamp time.Time) (Canary, error) {
	name, err := s.name(canaryKind)
	if err != nil {
		return Canary{}, err
	}
	c := Canary{Name: name}
	err = s.put(name, func(w io.Writer) error {
		m := newMeasure(w, smallestPart, maxSmallObject)
		sealed, err := encrypt(m, []Recipient{key})
		if err != nil {
			return err
		}
		err = compress(sealed, func(w io.Writer) (err error) {
			c.Contents, err = WriteTar(w, tree, stamp, nil)
			return err
		})
		if err = errors.Join(err, sealed.Close()); err == nil {
			c.Content = m.content()
		}
		return err
	})
	return c, err
}

func (s *sealer) putBytes(name string, b []byte) error {
	return s.put(name, func(w io.Writer) error {
		_, err := w.Write(b)
		return err
	})
}

// compress passes what fill writes through zstd. While it looks for matches in
// one block, the block before is coded, sealed and written, and the next is
// read. The window bounds the memory, to some 20 MiB, whatever the folder's size.
func compress(w io.Writer, fill func(io.Writer) error) error {
	z, err := zstd.NewWriter(w, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(2),
		zstd.WithWindowSize(zstdWindow))
	if err != nil {
		return fmt.Errorf("seal: %w", err)
	}
	gather := bufio.NewWriterSize(z, gatherBuffer) // headers of 512 bytes cost a call each
	err = fill(gather)
	if err == nil {
		err = gather.Flush()
	}
	return errors.Join(err, z.Close())
}
