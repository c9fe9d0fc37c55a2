package backup

import (
	"bytes"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"

	"filippo.io/age"
)

// FileKey opens one layer of one segment: what people take out of a header on a
// machine without a network, to wrap it anew for somebody else. It is a secret;
// its bytes are printed by nothing. The zero value opens nothing.
type FileKey struct{ key []byte }

// fileKeyHidden is all that is ever shown of a file key.
const fileKeyHidden = "filekey(...)"

// String returns a fixed word.
func (FileKey) String() string { return fileKeyHidden }

// GoString returns the same word for %#v.
func (FileKey) GoString() string { return fileKeyHidden }

// Format prints the same word for every other verb.
func (FileKey) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, fileKeyHidden) }

// MarshalText refuses: no encoding holds a file key.
func (FileKey) MarshalText() ([]byte, error) {
	return nil, errors.New("file key: want it in no text, found it asked for")
}

// Erase overwrites the key.
func (k *FileKey) Erase() {
	clear(k.key)
	k.key = nil
}

// OpenHeader takes the file key out of an age header.
func OpenHeader(header []byte, identities ...age.Identity) (FileKey, error) {
	if len(header) > maxHeader {
		return FileKey{}, fmt.Errorf("header: want at most %d bytes, found %d", maxHeader, len(header))
	}
	key, err := age.DecryptHeader(header, identities...)
	if err != nil {
		var other *age.NoIdentityMatchError
		if errors.As(err, &other) {
			return FileKey{}, errors.New("header: want one that these keys open, found one for others")
		}
		return FileKey{}, fmt.Errorf("header: %w", err)
	}
	return FileKey{key}, nil
}

const (
	ageVersion = "age-encryption.org/v1"
	ageColumns = 64 // of the base64 in a stanza
)

// Wrap writes a header that opens the same layer for other people: the file key
// stays, so a payload that is locked somewhere stays where it is. It takes
// nothing from those who could open it before; only sealing anew does.
//
// The format is that of https://age-encryption.org/v1, "Header".
func (k FileKey) Wrap(group []Recipient) ([]byte, error) {
	if len(k.key) == 0 {
		return nil, errors.New("header: want a file key to wrap, found none")
	}
	layers, err := Layers{group}.check()
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	b.WriteString(ageVersion + "\n")
	for _, r := range layers[0] {
		stanzas, err := r.key.Wrap(k.key)
		if err != nil {
			return nil, fmt.Errorf("header: %s: %w", r.officer, err)
		}
		for _, s := range stanzas {
			writeStanza(&b, s)
		}
	}
	b.WriteString("---")
	macKey, err := hkdf.Key(sha256.New, k.key, nil, "header", sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("header: %w", err)
	}
	mac := hmac.New(sha256.New, macKey)
	mac.Write(b.Bytes())
	clear(macKey)
	b.WriteString(" " + base64.RawStdEncoding.EncodeToString(mac.Sum(nil)) + "\n")
	if b.Len() > maxHeader {
		return nil, fmt.Errorf("header: want at most %d bytes, found %d", maxHeader, b.Len())
	}
	// What age itself does not accept is not let out.
	if _, err := age.DecryptHeader(b.Bytes(), age.NewInjectedFileKeyIdentity(k.key)); err != nil {
		return nil, fmt.Errorf("header: %w", err)
	}
	return b.Bytes(), nil
}

// writeStanza writes one recipient's part. The last line of its body is shorter
// than the others, if need be empty.
func writeStanza(b *bytes.Buffer, s *age.Stanza) {
	b.WriteString("-> " + s.Type)
	for _, a := range s.Args {
		b.WriteString(" " + a)
	}
	b.WriteByte('\n')
	body := base64.RawStdEncoding.EncodeToString(s.Body)
	for len(body) >= ageColumns {
		b.WriteString(body[:ageColumns] + "\n")
		body = body[ageColumns:]
	}
	b.WriteString(body + "\n")
}

// OpenInner opens the age file that holds the header of an inner layer, as a
// member of the outer group does.
func OpenInner(file []byte, identities ...age.Identity) ([]byte, error) {
	if len(file) > maxHeader {
		return nil, fmt.Errorf("inner header: want at most %d bytes, found %d", maxHeader, len(file))
	}
	r, err := age.Decrypt(bytes.NewReader(file), identities...)
	if err != nil {
		return nil, fmt.Errorf("inner header: %w", err)
	}
	b, err := io.ReadAll(io.LimitReader(r, maxHeader+1))
	if err != nil {
		return nil, fmt.Errorf("inner header: %w", err)
	}
	return b, nil
}
