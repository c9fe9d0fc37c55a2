package keystore

import (
	"fmt"
	"strings"

	"filippo.io/age"
	"filippo.io/age/agessh"
)

// Recipient is to whom or what a share is sealed. The zero value seals nothing.
type Recipient struct {
	text string
	seal string
	age  age.Recipient // nil for a passphrase and for a plugin
}

// What a share can be sealed to, as records name it.
const (
	SealPassphrase = "passphrase" // what the holder knows
	SealKey        = "key"        // an X25519 or Ed25519 key in a file
	SealHybrid     = "hybrid"     // an ML-KEM-768 and X25519 key in a file
	SealHardware   = "hardware"   // a plugin's recipient, such as a YubiKey's
)

// ParseRecipient reads a recipient as a plan names it: the word passphrase, an
// age1 recipient (X25519, or age1pq1 for the hybrid one), an ssh-ed25519 public
// key, or the recipient of an age plugin, such as age1yubikey1. Only a plugin's
// program can seal to the last: SealShare refuses it.
func ParseRecipient(s string) (Recipient, error) {
	if len(s) > maxRecipient {
		return Recipient{}, fmt.Errorf("recipient: want at most %d bytes, found %d", maxRecipient, len(s))
	}
	if i := strings.IndexFunc(s, func(c rune) bool { return c < 0x20 || c > 0x7e }); i >= 0 {
		return Recipient{}, fmt.Errorf("recipient: want one line of printable ASCII, found another byte at %d", i+1)
	}
	if s == SealPassphrase {
		return Recipient{text: s, seal: SealPassphrase}, nil
	}
	var err error
	r := Recipient{text: s}
	switch plugin := strings.LastIndexByte(s, '1') > len("age"); {
	case strings.HasPrefix(s, "age1pq1"):
		r.seal = SealHybrid
		r.age, err = age.ParseHybridRecipient(s)
	case strings.HasPrefix(s, "age1") && plugin:
		r.seal, err = SealHardware, checkPlugin(s)
	case strings.HasPrefix(s, "age1"):
		r.seal = SealKey
		r.age, err = age.ParseX25519Recipient(s)
	case strings.HasPrefix(s, "ssh-ed25519 "):
		r.seal = SealKey
		blob, _, _ := strings.Cut(s[len("ssh-ed25519 "):], " ")
		r.age, err = agessh.ParseRecipient("ssh-ed25519 " + blob) // it would read options and further lines too
	default:
		err = fmt.Errorf("found another form")
	}
	if err != nil {
		return Recipient{}, fmt.Errorf("recipient: want passphrase, an age1 recipient or an ssh-ed25519 key: %w", err)
	}
	return r, nil
}

// checkPlugin wants age1NAME1DATA, which is all that anybody but the plugin
// itself can check.
func checkPlugin(s string) error {
	name, data, _ := strings.Cut(strings.TrimPrefix(s, "age1"), "1")
	for _, c := range name + data {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return fmt.Errorf("found another character than a to z, 0 to 9 and -")
		}
	}
	if name == "" || len(data) < minPluginData {
		return fmt.Errorf("found a plugin's recipient without its name or data")
	}
	return nil
}

// String returns the recipient as ParseRecipient reads it.
func (r Recipient) String() string { return r.text }

// Seal returns passphrase, key, hybrid or hardware; empty for the zero value.
func (r Recipient) Seal() string { return r.seal }
