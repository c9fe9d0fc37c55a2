package backup

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"filippo.io/age"
	"github.com/klauspost/compress/zstd"
)

// Headers are what opens one segment: the header of the outer layer and, with
// two layers, that of the inner one, not sealed any more. They are taken from a
// store as a manifest names them, or come from officers who wrapped them for
// one occasion.
type Headers [][]byte

// FetchHeaders reads the headers of a segment from a store. The inner one is
// opened by the identities, which must hold one of the outer group.
func FetchHeaders(ctx context.Context, s Store, g Segment, identities ...age.Identity) (Headers, error) {
	var out Headers
	for i, h := range g.Headers {
		b, err := FetchHeader(ctx, s, h)
		if err != nil {
			return nil, err
		}
		if i == 1 {
			if b, err = OpenInner(b, identities...); err != nil {
				return nil, err
			}
		}
		out = append(out, b)
	}
	return out, nil
}

// FetchHeader reads one header object, which must be what the manifest says.
func FetchHeader(ctx context.Context, s Store, h Header) ([]byte, error) {
	o, err := Find(ctx, s, h.Name, h.content())
	if err != nil {
		return nil, err
	}
	if h.Size > maxHeader {
		return nil, fmt.Errorf("%s: want at most %d bytes, found %d", h.Name, maxHeader, h.Size)
	}
	b, err := readObject(ctx, s, o)
	if err != nil {
		return nil, err
	}
	if Whole(b).Sum != h.Sum {
		return nil, fmt.Errorf("%s: want SHA-256 %s, found %s: %w", h.Name, h.Sum, Whole(b).Sum, ErrContent)
	}
	return b, nil
}

// OpenSegment gives the tar stream of a segment as it comes from a store. What
// it gives was authenticated by age, piece by piece; that it is whole is known
// only at the end of the stream.
func OpenSegment(ctx context.Context, s Store, g Segment, h Headers, identities ...age.Identity) (io.ReadCloser, error) {
	if len(h) != len(g.Headers) || len(h) == 0 {
		return nil, fmt.Errorf("%s: want %d headers, found %d", g.Name, len(g.Headers), len(h))
	}
	o, err := Find(ctx, s, g.Name, g.Content)
	if err != nil {
		return nil, err
	}
	payload, err := s.Open(ctx, o, 0, o.Size)
	if err != nil {
		return nil, err
	}
	var plain io.Reader = payload
	for _, header := range h {
		if plain, err = age.Decrypt(io.MultiReader(bytes.NewReader(header), plain), identities...); err != nil {
			return nil, errors.Join(fmt.Errorf("%s: %w", g.Name, err), payload.Close())
		}
	}
	z, err := zstd.NewReader(plain, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", g.Name, err), payload.Close())
	}
	return &opened{z, payload}, nil
}

// opened is a decompressed stream and what it comes from.
type opened struct {
	*zstd.Decoder
	from io.Closer
}

func (o *opened) Close() error {
	o.Decoder.Close()
	return o.from.Close()
}
