package backup

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"filippo.io/age"
	"filippo.io/age/agessh"
	"filippo.io/age/tag"

	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
)

// Recipient is an officer's public key that a snapshot is sealed to. The zero
// value is refused.
type Recipient struct {
	officer text.ID
	kind    string // as the stanza in the age header is named
	name    string // fingerprint or the key itself: one word
	key     age.Recipient
}

// The kinds of recipient, named as in the header of an age file.
const (
	kindSSH    = "ssh-ed25519"
	kindX25519 = "X25519"
	kindHybrid = "mlkem768x25519" // age 1.3 and later
	kindPlugin = "plugin"         // named by the recipient itself, age1NAME1...

	// Keys on a token: age seals to them itself, and a plugin opens.
	kindTag       = "p256tag"
	kindTagHybrid = "mlkem768p256tag" // age 1.3 and later
)

// ParseRecipient reads an officer's key: an ssh-ed25519 line as in a .pub file,
// age1..., a post-quantum hybrid age1pq1..., or a token's age1tag1... or
// age1tagpq1..., to which age seals without a plugin. Other kinds are refused by
// name; RSA wraps too weakly. For plugins see PluginRecipient.
func ParseRecipient(officer text.ID, s string) (Recipient, error) {
	if _, err := text.ParseID(string(officer)); err != nil {
		return Recipient{}, fmt.Errorf("recipient: officer: %w", err)
	}
	if len(s) > maxRecipientText {
		return Recipient{}, fmt.Errorf("recipient of %s: want at most %d bytes, found %d", officer, maxRecipientText, len(s))
	}
	r, err := parseRecipientKey(strings.TrimSuffix(s, "\n"))
	if err != nil {
		return Recipient{}, fmt.Errorf("recipient of %s: %w", officer, err)
	}
	r.officer = officer
	return r, nil
}

func parseRecipientKey(s string) (Recipient, error) {
	kind, _, _ := strings.Cut(s, " ")
	switch {
	case strings.Contains(strings.ToUpper(s), "SECRET-KEY"), strings.HasPrefix(s, "-----BEGIN"):
		return Recipient{}, errors.New("want a public key, found a private one: take care where it has been")
	case strings.HasPrefix(s, "age1pq1"):
		k, err := age.ParseHybridRecipient(s)
		if err != nil || k.String() != s {
			return Recipient{}, errors.New("want age1pq1..., found something like it that is no hybrid key")
		}
		return Recipient{kind: kindHybrid, name: fingerprint(s), key: k}, nil
	case strings.HasPrefix(s, "age1tag1"), strings.HasPrefix(s, "age1tagpq1"):
		return parseTagged(s)
	case strings.HasPrefix(s, "age1"):
		k, err := age.ParseX25519Recipient(s)
		if err != nil || k.String() != s {
			return Recipient{}, errors.New("want age1... or ssh-ed25519, found something like age1 that is no X25519 key")
		}
		return Recipient{kind: kindX25519, name: s, key: k}, nil
	case kind == kindSSH:
		k, err := sshsig.ParseAuthorizedKey([]byte(s + "\n"))
		if err != nil {
			return Recipient{}, err
		}
		sealing, err := agessh.ParseRecipient(k.String())
		if err != nil {
			return Recipient{}, fmt.Errorf("want a key that can be sealed to: %w", err)
		}
		return Recipient{kind: kindSSH, name: k.Fingerprint(), key: sealing}, nil
	}
	return Recipient{}, fmt.Errorf("want age1... or ssh-ed25519, found %q", clip(kind))
}

// parseTagged reads a key on a token. That of the hybrid kind is too long for a
// name.
func parseTagged(s string) (Recipient, error) {
	k, err := tag.ParseRecipient(s)
	if err != nil || k.String() != s {
		return Recipient{}, errors.New("want age1tag1... or age1tagpq1..., found something like it that is no token's key")
	}
	if k.Hybrid() {
		return Recipient{kind: kindTagHybrid, name: fingerprint(s), key: k}, nil
	}
	return Recipient{kind: kindTag, name: s, key: k}, nil
}

// hybrid says whether a key also withstands quantum computers.
func (r Recipient) hybrid() bool { return r.kind == kindHybrid || r.kind == kindTagHybrid }

// PluginRecipient is a plugin's age1NAME1..., with what speaks to the plugin:
// starting age-plugin-NAME is the business of whoever calls this.
func PluginRecipient(officer text.ID, s string, key age.Recipient) (Recipient, error) {
	if _, err := text.ParseID(string(officer)); err != nil {
		return Recipient{}, fmt.Errorf("recipient: officer: %w", err)
	}
	name, rest, ok := strings.Cut(strings.TrimPrefix(s, "age1"), "1")
	if key == nil || !ok || name == "" || rest == "" || !strings.HasPrefix(s, "age1") || len(s) > maxRecipientText || strings.ContainsFunc(s, notPrintable) {
		return Recipient{}, fmt.Errorf("recipient of %s: want a plugin's age1NAME1..., found something else", officer)
	}
	return Recipient{officer: officer, kind: kindPlugin, name: s, key: key}, nil
}

func notPrintable(r rune) bool { return r <= ' ' || r > '~' }

// fingerprint shortens a key of two thousand letters to a name.
func fingerprint(s string) string {
	sum := sha256.Sum256([]byte(s))
	return "SHA256:" + base64.RawStdEncoding.EncodeToString(sum[:])
}

// Officer returns whose key it is.
func (r Recipient) Officer() text.ID { return r.officer }

// String returns the recipient as a manifest names it: officer, kind as in the
// age header, and the fingerprint (ssh) or the key (age).
func (r Recipient) String() string { return string(r.officer) + " " + r.kind + " " + r.name }
