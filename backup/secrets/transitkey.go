package secrets

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strconv"

	vault "github.com/hashicorp/vault/api"

	"strongroom/quorum/sshsig"
)

// pin finds the version of Vault's key that the policy names.
func (t *Transit) pin(ctx context.Context) error {
	path := t.config.mount + "/keys/" + t.config.key
	answer, err := t.call(ctx, func(token Secret) (*vault.Secret, error) { return t.session.remote.get(ctx, token, path) })
	if err != nil {
		return err
	}
	subject := t.session.remote.String() + " " + path
	if err := stays(subject, answer.Data); err != nil {
		return err
	}
	versions, err := publicKeys(subject, answer.Data)
	if err != nil {
		return err
	}
	newest := 0
	for n, v := range versions {
		if v.key.Equal(t.key) {
			t.point, t.version = v.point, n
		}
		newest = max(newest, n)
	}
	if t.point == nil {
		return &Error{Subject: subject, Want: "the key " + t.key.Fingerprint() + " that the policy names", Found: fmt.Sprintf("%s, version %d", versions[newest].key.Fingerprint(), newest)}
	}
	return nil
}

// stays refuses a key of another kind, and one that can be taken out of Vault.
func stays(subject string, data map[string]any) error {
	if kind, _ := data["type"].(string); kind != "ed25519" {
		return &Error{Subject: subject, Want: "a key of type ed25519", Found: "another", cause: invalid}
	}
	for _, way := range []string{"exportable", "allow_plaintext_backup", "derived"} {
		if set, ok := data[way].(bool); !ok || set {
			return &Error{Subject: subject, Want: "a key that is not " + way, Found: "one that is, or may be", cause: invalid}
		}
	}
	return nil
}

// public is one version of a transit key.
type public struct {
	key   sshsig.Key
	point ed25519.PublicKey
}

// publicKeys reads all versions by their numbers.
func publicKeys(subject string, data map[string]any) (map[int]public, error) {
	versions, _ := data["keys"].(map[string]any)
	if len(versions) == 0 || len(versions) > maxVersions {
		return nil, &Error{Subject: subject, Want: fmt.Sprintf("1 to %d versions", maxVersions), Found: strconv.Itoa(len(versions)), cause: invalid}
	}
	keys := make(map[int]public, len(versions))
	for name, v := range versions {
		n, err := strconv.Atoi(name)
		p, ok := publicKey(v)
		if err != nil || n < 1 || !ok {
			return nil, &Error{Subject: subject, Want: "an Ed25519 public key in each version", Found: "something else", cause: invalid}
		}
		keys[n] = p
	}
	return keys, nil
}

func publicKey(v any) (public, bool) {
	version, _ := v.(map[string]any)
	text, _ := version["public_key"].(string)
	point, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || len(point) != ed25519.PublicKeySize {
		return public{}, false
	}
	kind := sshsig.Ed25519.String()
	key, err := sshsig.ParseKey(kind + " " + base64.StdEncoding.EncodeToString(sshStrings(kind, string(point))))
	return public{key, point}, err == nil
}

// sshStrings writes strings as RFC 4251 has them: their length in four bytes
// before each.
func sshStrings(parts ...string) []byte {
	var b []byte
	for _, p := range parts {
		b = append(binary.BigEndian.AppendUint32(b, uint32(len(p))), p...)
	}
	return b
}
