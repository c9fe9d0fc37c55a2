package secrets

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	vault "github.com/hashicorp/vault/api"

	"strongroom/quorum/sshsig"
)

// Transit signs with a key that never leaves Vault. It is an sshsig.Signer. Its
// methods may be called from several goroutines. The zero Transit signs
// nothing.
type Transit struct {
	config  SignerConfig
	now     func() time.Time
	ctx     context.Context // bounds every signature: a Signer gets no other
	key     sshsig.Key
	point   ed25519.PublicKey
	version int

	mu      sync.Mutex // one call at a time
	session session
	closed  bool
}

// OpenTransit logs in and looks for the key that signs manifests, which the
// vault's policy names. The newest version of Vault's key need not be it; none
// of them being it is refused, and so is a key that somebody could have taken
// out of Vault. ctx bounds every later signature too. The caller closes the
// Transit.
func OpenTransit(ctx context.Context, c SignerConfig, d Doors, want sshsig.Key) (*Transit, error) {
	if err := d.check(); err != nil {
		return nil, err
	}
	if c.key == "" {
		return nil, fmt.Errorf("signer: want a configuration, found none")
	}
	if want.Type() != sshsig.Ed25519 {
		return nil, &Error{Subject: c.String(), Want: "an ssh-ed25519 key in the policy", Found: want.Type().String()}
	}
	r, err := reach(c.server)
	if err != nil {
		return nil, err
	}
	t := &Transit{config: c, now: d.Now, ctx: ctx, key: want, session: session{remote: r, login: c.server.login}}
	if err := t.pin(ctx); err != nil {
		_ = t.session.close(ctx) // the first fault is the one to tell
		return nil, err
	}
	return t, nil
}

// Key returns the key that the policy names and Vault has.
func (t *Transit) Key() sshsig.Key { return t.key }

// Close gives the token back.
func (t *Transit) Close(ctx context.Context) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return nil
	}
	t.closed = true
	return t.session.close(ctx)
}

// Sign signs a blob, as it is: Ed25519 without a hash before it. The signature
// is verified here before it is returned.
func (t *Transit) Sign(blob []byte) ([]byte, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.point == nil || t.closed {
		return nil, fmt.Errorf("signer: want an open one, found none")
	}
	path := t.config.mount + "/sign/" + t.config.key
	data := map[string]any{"input": base64.StdEncoding.EncodeToString(blob), "key_version": t.version}
	answer, err := t.call(t.ctx, func(token Secret) (*vault.Secret, error) { return t.session.remote.put(t.ctx, token, path, data) })
	if err != nil {
		return nil, err
	}
	text, _ := answer.Data["signature"].(string)
	sig, ok := strings.CutPrefix(text, "vault:v"+strconv.Itoa(t.version)+":")
	raw, err := base64.StdEncoding.Strict().DecodeString(sig)
	if !ok || err != nil || len(raw) != ed25519.SignatureSize || !ed25519.Verify(t.point, blob, raw) {
		return nil, &Error{Subject: t.session.remote.String() + " " + path, Want: "a signature by " + t.key.Fingerprint() + " over what was sent", Found: "something else", cause: invalid}
	}
	return sshStrings(sshsig.Ed25519.String(), string(raw)), nil
}

// call makes a call with a token that works. A refusal that comes of a token
// which was revoked meanwhile is tried once more.
func (t *Transit) call(ctx context.Context, do func(token Secret) (*vault.Secret, error)) (*vault.Secret, error) {
	for attempt := 1; ; attempt++ {
		if _, err := t.session.ready(ctx, t.now()); err != nil {
			return nil, err
		}
		answer, err := do(t.session.grant.token)
		if attempt > 1 || !denied.is(err) || !t.session.lost(ctx) {
			return answer, err
		}
	}
}
