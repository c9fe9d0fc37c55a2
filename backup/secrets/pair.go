package secrets

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// readAll reads at most so many bytes.
func readAll(r io.Reader, name string, most int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, most+1))
	if err != nil {
		clear(b)
		return nil, fmt.Errorf("%s: read: %w", name, err)
	}
	if int64(len(b)) > most {
		clear(b)
		return nil, fmt.Errorf("%s: want at most %d bytes, found more", name, most)
	}
	return b, nil
}

// parsePair reads "access=KEY", "secret=KEY" and perhaps "session=TOKEN", in
// this order, one line each, and nothing else.
func parsePair(b []byte) (Credentials, error) {
	if looksLikeIni(b) {
		return Credentials{}, errors.New("want access=KEY and secret=KEY, one line each, found an AWS credentials file: copy the two values of one profile")
	}
	body, ended := bytes.CutSuffix(b, []byte("\n"))
	if !ended {
		return Credentials{}, errors.New("want access=KEY and secret=KEY, one line each with LF at the end, found something else")
	}
	lines := bytes.Split(body, []byte("\n"))
	names := []string{"access", "secret", "session"}
	if len(lines) < 2 || len(lines) > len(names) {
		return Credentials{}, fmt.Errorf("want 2 or 3 lines, access=, secret= and perhaps session=, found %d", len(lines))
	}
	var c Credentials
	for i, to := range []*Secret{&c.Access, &c.Secret, &c.Session}[:len(lines)] {
		value, ok := bytes.CutPrefix(lines[i], []byte(names[i]+"="))
		if ok {
			*to, ok = takeSecret(bytes.Clone(value))
		}
		if !ok {
			c.Erase()
			return Credentials{}, fmt.Errorf("line %d: want %s= and 1 to %d visible characters, found something else", i+1, names[i], maxSecret)
		}
	}
	return c, nil
}

// looksLikeIni recognizes the file that other tools keep: profiles in brackets,
// or their names of the keys.
func looksLikeIni(b []byte) bool {
	return bytes.HasPrefix(b, []byte("[")) || bytes.Contains(b, []byte("\n[")) || bytes.Contains(b, []byte("aws_access_key_id"))
}

// parseLine reads a file that holds one secret: visible characters and perhaps
// LF at the end.
func parseLine(b []byte, name string) (Secret, error) {
	s, ok := takeSecret(bytes.TrimSuffix(b, []byte("\n")))
	if !ok {
		return Secret{}, fmt.Errorf("%s: want one line of 1 to %d visible characters, found something else", name, maxSecret)
	}
	return s, nil
}
