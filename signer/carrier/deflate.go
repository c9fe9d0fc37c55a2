package carrier

import (
	"bytes"
	stdflate "compress/flate"
	"fmt"
	"io"

	"github.com/klauspost/compress/flate"
)

// deflate compresses as encoding Z wants it: raw deflate (RFC 1951) without any
// header, whose back references reach no further than the window.
func deflate(b []byte) ([]byte, error) {
	var out bytes.Buffer
	w, err := flate.NewWriterWindow(&out, window)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(b); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// inflate undoes deflate. It stops at whichever limit comes first, before the
// bytes beyond it are held, and refuses anything behind the end of the data. A
// reference that reaches beyond the window is followed: what it costs is here
// anyway.
func inflate(b []byte) ([]byte, error) {
	limit := min(MaxStream, len(b)*maxRatio)
	src := bytes.NewReader(b)
	out, err := io.ReadAll(io.LimitReader(stdflate.NewReader(src), int64(limit)+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("codes: want data compressed by deflate: %w", err)
	case len(out) > limit:
		return nil, fmt.Errorf("codes: want at most %d bytes from %d compressed ones, found more", limit, len(b))
	case src.Len() > 0:
		return nil, fmt.Errorf("codes: want nothing behind the compressed data, found %d bytes", src.Len())
	}
	return out, nil
}
