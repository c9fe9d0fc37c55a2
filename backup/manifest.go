package backup

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
)

// Manifest says what one snapshot is: the text is shown at the head of the
// package. Its identity is the SHA-256 of its bytes, which the next manifest
// and every certificate name.
//
// A new kind of payload is a new version of the text, never a new field of this
// one.
type Manifest struct {
	Place      Place
	Number     uint64    // from 1, one more than the one before
	Previous   text.Hash // zeros in number 1 only
	Taken      time.Time // whole seconds of UTC, by the machine's clock: untrusted
	Payload    Payload
	Contents   Contents
	Recipients []string // "OFFICER KIND NAME", sorted
	Maker      text.ID  // whose key signs
}

// Payload names the ciphertext.
type Payload struct {
	Name string
	Size int64
	Sum  Sum
}

// ParseManifest reads a manifest: strictly, so that what it accepts renders to
// the same bytes. It checks no signature.
func ParseManifest(b []byte) (Manifest, error) {
	r, err := text.Open(b, text.Manifest)
	if err != nil {
		return Manifest{}, err
	}
	m := Manifest{Place: readPlace(r)}
	m.Number = text.Uint[uint64](r, "number", r.Field("number"), maxNumber)
	m.Previous = text.Value(r, "previous", r.Field("previous"), text.ParseHash)
	m.Taken = readTime(r, "taken")
	f := r.Line("payload", 3)
	m.Payload = Payload{Name: f[0], Size: int64(text.Uint[uint64](r, "payload", f[1], maxPayload)), Sum: text.Value(r, "payload", f[2], parseSum)}
	f = r.Line("sums", 2)
	m.Contents.Sums = text.Value(r, "sums", f[0], parseSum)
	lines := text.Uint[uint64](r, "sums", f[1], maxEntries)
	m.Contents.Files = text.Uint[uint64](r, "files", r.Field("files"), maxEntries)
	m.Contents.Bytes = text.Uint[uint64](r, "bytes", r.Field("bytes"), maxBytes)
	for r.At("recipient") && len(m.Recipients) <= maxRecipients {
		m.Recipients = append(m.Recipients, strings.Join(r.Line("recipient", 3), " "))
	}
	m.Maker = text.Value(r, "maker", r.Field("maker"), text.ParseID)
	if err := r.Close(); err != nil {
		return Manifest{}, err
	}
	if lines != m.Contents.Files {
		return Manifest{}, fmt.Errorf("manifest: want as many sums as files, %d, found %d", m.Contents.Files, lines)
	}
	rendered, err := m.Render()
	if err != nil {
		return Manifest{}, err
	}
	if err := text.Canonical(b, rendered); err != nil {
		return Manifest{}, err
	}
	return m, nil
}

// Render returns the manifest's text, or refuses values that no manifest has.
func (m Manifest) Render() ([]byte, error) {
	if err := m.check(); err != nil {
		return nil, fmt.Errorf("manifest: %w", err)
	}
	w := text.NewWriter(text.Manifest)
	m.Place.write(w)
	w.Line("number", text.FormatUint(m.Number))
	w.Line("previous", m.Previous.String())
	writeTime(w, "taken", m.Taken)
	w.Line("payload", m.Payload.Name, text.FormatUint(uint64(m.Payload.Size)), m.Payload.Sum.String())
	w.Line("sums", m.Contents.Sums.String(), text.FormatUint(m.Contents.Files))
	w.Line("files", text.FormatUint(m.Contents.Files))
	w.Line("bytes", text.FormatUint(m.Contents.Bytes))
	for _, r := range m.Recipients {
		w.Line("recipient", r)
	}
	w.Line("maker", string(m.Maker))
	return w.Bytes()
}

// check says what every manifest must be, whoever made it.
func (m Manifest) check() error {
	if err := m.Place.check(); err != nil {
		return err
	}
	if _, err := text.ParseID(string(m.Maker)); err != nil {
		return fmt.Errorf("maker: %w", err)
	}
	switch {
	case m.Number < 1 || m.Number > maxNumber:
		return fmt.Errorf("want a number of 1 to %d, found %d", maxNumber, m.Number)
	case m.Previous.IsZero() != (m.Number == 1):
		return fmt.Errorf("want zeros as previous in number 1 and nowhere else, found %s in number %d", m.Previous, m.Number)
	case !m.Taken.Equal(seconds(m.Taken)):
		return errors.New("want a time in whole seconds, found parts of one")
	case m.Payload.Size < 1 || m.Payload.Size > maxPayload:
		return fmt.Errorf("want a payload of 1 to %d bytes, found %d", int64(maxPayload), m.Payload.Size)
	case m.Payload.Name != payloadName(m.Number, m.Payload.Sum):
		return fmt.Errorf("want the payload named %s, found %q", payloadName(m.Number, m.Payload.Sum), clip(m.Payload.Name))
	case m.Contents.Files < 1 || m.Contents.Files > maxEntries:
		return fmt.Errorf("want 1 to %d files, found %d", maxEntries, m.Contents.Files)
	case m.Contents.Bytes > maxBytes:
		return fmt.Errorf("want at most %d bytes, found %d", int64(maxBytes), m.Contents.Bytes)
	case len(m.Recipients) < 1 || len(m.Recipients) > maxRecipients:
		return fmt.Errorf("want 1 to %d recipients, found %d", maxRecipients, len(m.Recipients))
	case !slices.IsSorted(m.Recipients) || len(slices.Compact(slices.Clone(m.Recipients))) != len(m.Recipients):
		return errors.New("want recipients sorted, each once, found another order")
	}
	for _, r := range m.Recipients {
		if err := checkRecipientLine(r); err != nil {
			return fmt.Errorf("recipient: %w", err)
		}
	}
	return nil
}

func checkRecipientLine(s string) error {
	f := strings.Split(s, " ")
	if len(f) != 3 {
		return fmt.Errorf("want an officer, a kind and a key, found %d words", len(f))
	}
	if _, err := text.ParseID(f[0]); err != nil {
		return err
	}
	ok := f[1] == kindSSH && strings.HasPrefix(f[2], "SHA256:") || f[1] == kindX25519 && strings.HasPrefix(f[2], "age1")
	if !ok {
		return fmt.Errorf("want ssh-ed25519 SHA256:... or X25519 age1..., found %q", clip(f[1]+" "+f[2]))
	}
	return nil
}

// payloadName names a ciphertext by number and hash, so that a run that was
// interrupted never meets its own remains under the name it needs.
func payloadName(number uint64, sum Sum) string {
	return fmt.Sprintf("snapshot-%06d-%s.tar.zst.age", number, text.Hash(sum).Short())
}

// ID returns the identity of the manifest: the SHA-256 of its text.
func (m Manifest) ID() (text.Hash, error) {
	b, err := m.Render()
	if err != nil {
		return text.Hash{}, err
	}
	return text.Identity(b), nil
}

// Follows says whether m may stand behind previous in the chain: the same
// vault and chain, the next number, and its identity as previous. Times prove
// nothing and are not compared.
func (m Manifest) Follows(previous Manifest) error {
	id, err := previous.ID()
	switch {
	case err != nil:
		return err
	case m.Place != previous.Place:
		return fmt.Errorf("manifest: want one of %s on %s, found one of %s on %s", previous.Place.Vault, previous.Place.Chain, m.Place.Vault, m.Place.Chain)
	case m.Number != previous.Number+1:
		return fmt.Errorf("manifest: want number %d, found %d", previous.Number+1, m.Number)
	case m.Previous != id:
		return fmt.Errorf("manifest: want previous %s, found %s", id, m.Previous)
	}
	return nil
}

// Signed is a manifest with its exact bytes and a signature that was verified,
// or just made. The zero value ships nothing.
type Signed struct {
	manifest  Manifest
	text      []byte
	signature []byte
}

// SignManifest renders and signs a manifest (SSHSIG, act "manifest").
func SignManifest(m Manifest, s sshsig.Signer) (Signed, error) {
	b, err := m.Render()
	if err != nil {
		return Signed{}, err
	}
	sig, err := sshsig.Sign(s, sshsig.NamespaceFor("manifest"), b)
	if err != nil {
		return Signed{}, fmt.Errorf("manifest: %w", err)
	}
	return Signed{manifest: m, text: b, signature: sig}, nil
}

// OpenManifest reads a manifest and verifies its signature by the maker's key,
// which the caller takes from the policy, not from the store.
func OpenManifest(b, signature []byte, maker text.ID, key sshsig.Key) (Signed, error) {
	m, err := ParseManifest(b)
	if err != nil {
		return Signed{}, err
	}
	if m.Maker != maker {
		return Signed{}, fmt.Errorf("manifest: want one made by %s, found %s", maker, m.Maker)
	}
	s, err := sshsig.Parse(signature)
	if err != nil {
		return Signed{}, fmt.Errorf("manifest: %w", err)
	}
	v, err := s.Verify(key, sshsig.NamespaceFor("manifest"), b, sshsig.Factor{})
	if err != nil {
		return Signed{}, fmt.Errorf("manifest: %w", err)
	}
	if !v.OK() {
		return Signed{}, errors.New("manifest: want a verified signature, found none")
	}
	return Signed{manifest: m, text: slices.Clone(b), signature: s.Armored()}, nil
}

// Manifest returns the parsed manifest; its zero value if s is the zero Signed.
func (s Signed) Manifest() Manifest { return s.manifest }

// Bytes returns a copy of the signed text.
func (s Signed) Bytes() []byte { return slices.Clone(s.text) }

// Signature returns a copy of the armored signature.
func (s Signed) Signature() []byte { return slices.Clone(s.signature) }

// TextName returns the name of the manifest in a store.
func (s Signed) TextName() string {
	return fmt.Sprintf("manifest-%06d-%s.txt", s.manifest.Number, text.Identity(s.text).Short())
}

// SignatureName returns the name of the signature in a store.
func (s Signed) SignatureName() string {
	return fmt.Sprintf("manifest-%06d-%s.%s.manifest.sig", s.manifest.Number, text.Identity(s.text).Short(), s.manifest.Maker)
}
