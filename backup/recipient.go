package backup

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"filippo.io/age"
	"filippo.io/age/agessh"

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
)

// ParseRecipient reads an officer's key: an ssh-ed25519 line as in a .pub file,
// or age1.... Other kinds are refused by name: each must open with the age that
// a distribution ships, and RSA wraps too weakly.
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
		return Recipient{}, errors.New("want age1... or ssh-ed25519, found a hybrid key, which age before 1.3 cannot open")
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

// Officer returns whose key it is.
func (r Recipient) Officer() text.ID { return r.officer }

// String returns the recipient as a manifest names it: officer, kind as in the
// age header, and the fingerprint (ssh) or the key (age).
func (r Recipient) String() string { return string(r.officer) + " " + r.kind + " " + r.name }

// sortRecipients returns the recipients in the order of a manifest and refuses
// none, too many, and one key named twice.
func sortRecipients(rs []Recipient) ([]Recipient, error) {
	if len(rs) < 1 || len(rs) > maxRecipients {
		return nil, fmt.Errorf("recipients: want 1 to %d, found %d", maxRecipients, len(rs))
	}
	sorted := slices.Clone(rs)
	slices.SortFunc(sorted, func(a, b Recipient) int { return strings.Compare(a.String(), b.String()) })
	seen := make(map[string]text.ID, len(sorted))
	for _, r := range sorted {
		if r.key == nil {
			return nil, errors.New("recipients: want keys, found an empty one")
		}
		if other, twice := seen[r.name]; twice {
			return nil, fmt.Errorf("recipients: want every key once, found one of %s again for %s", other, r.officer)
		}
		seen[r.name] = r.officer
	}
	return sorted, nil
}
