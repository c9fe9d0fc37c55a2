package secrets

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"time"

	vault "github.com/hashicorp/vault/api"
	"github.com/hashicorp/vault/api/auth/approle"

	"strongroom/custody/durable"
)

// grant is a token and what Vault says of it.
type grant struct {
	token     Secret
	lasts     time.Duration
	renewable bool
	kept      bool // it lives in a file beyond this run
}

// enter logs in by the way that the configuration names.
func (l login) enter(ctx context.Context, r *remote) (grant, error) {
	switch l.method {
	case byToken:
		return l.byToken(ctx, r)
	case byAppRole:
		return l.byAppRole(ctx, r)
	case byCertificate:
		return l.byCertificate(ctx, r)
	}
	return grant{}, errors.New("vault: want a way to log in, found none")
}

// byToken takes the token of a file, whoever renews or replaces it.
func (l login) byToken(ctx context.Context, r *remote) (grant, error) {
	token, err := readLine(l.token)
	if err != nil {
		return grant{}, err
	}
	g, err := lookUp(ctx, r, token)
	if denied.is(err) {
		err = &Error{Subject: r.String(), Want: "a token that works in " + l.token, Found: "one that has expired or was revoked", cause: denied}
	}
	if err != nil {
		token.Erase()
	}
	return g, err
}

// lookUp asks Vault how long a token lives and what it may.
func lookUp(ctx context.Context, r *remote, token Secret) (grant, error) {
	answer, err := r.get(ctx, token, "auth/token/lookup-self")
	if err != nil {
		return grant{}, err
	}
	ttl, err1 := answer.TokenTTL()
	renewable, err2 := answer.TokenIsRenewable()
	policies, err3 := answer.TokenPolicies()
	if err1 != nil || err2 != nil || err3 != nil {
		return grant{}, &Error{Subject: r.String() + " auth/token/lookup-self", Want: "a token's life and policies", Found: "something else", cause: invalid}
	}
	return admit(r, grant{token: token, lasts: ttl, renewable: renewable, kept: true}, policies)
}

// admit refuses a token that may everything, and one that never ends.
func admit(r *remote, g grant, policies []string) (grant, error) {
	if slices.Contains(policies, "root") {
		return grant{}, &Error{Subject: r.String(), Want: "a token with a policy of docs/vault", Found: "the root token"}
	}
	if g.lasts <= 0 {
		return grant{}, &Error{Subject: r.String(), Want: "a token that ends", Found: "one that never does"}
	}
	g.lasts = min(g.lasts, maxLease)
	return g, nil
}

// admitted reads what a login answers with.
func admitted(r *remote, answer *vault.Secret, subject string) (grant, error) {
	if answer == nil || answer.Auth == nil {
		return grant{}, &Error{Subject: subject, Want: "a token", Found: "none", cause: invalid}
	}
	token, ok := takeSecret([]byte(answer.Auth.ClientToken))
	if !ok {
		return grant{}, &Error{Subject: subject, Want: "a token", Found: "something else", cause: invalid}
	}
	g := grant{token: token, lasts: lasting(answer.Auth.LeaseDuration), renewable: answer.Auth.Renewable}
	return admit(r, g, answer.Auth.Policies)
}

// byAppRole takes the token that an earlier run kept, if it still works, and
// else opens the wrapped secret id and logs in with it.
func (l login) byAppRole(ctx context.Context, r *remote) (grant, error) {
	g, err := l.keptToken(ctx, r)
	if err == nil || !denied.is(err) && !errors.Is(err, fs.ErrNotExist) {
		return g, err
	}
	role, err := readLine(l.roleID)
	if err != nil {
		return grant{}, fmt.Errorf("role id: %w", err)
	}
	defer role.Erase()
	id, err := l.unwrap(ctx, r)
	if err != nil {
		return grant{}, err
	}
	defer id.Erase()
	how, err := approle.NewAppRoleAuth(role.raw(), &approle.SecretID{FromString: id.raw()}, approle.WithMountPath(l.mount))
	if err != nil {
		return grant{}, errors.New("vault: want a role id and a secret id, found something else")
	}
	at := "auth/" + l.mount + "/login"
	r.api.ClearToken()
	answer, err := how.Login(ctx, r.api)
	if err != nil {
		return grant{}, l.refused(r.explain(err, at))
	}
	if g, err = admitted(r, answer, r.String()+" "+at); err != nil {
		return grant{}, err
	}
	return l.keep(g)
}

// keptToken is the one that an earlier run left.
func (l login) keptToken(ctx context.Context, r *remote) (grant, error) {
	if l.token == none {
		return grant{}, fs.ErrNotExist
	}
	return l.byToken(ctx, r)
}

// refused says what a login can be refused for, which Vault does not tell apart.
func (l login) refused(err error) error {
	if !invalid.is(err) && !denied.is(err) {
		return err
	}
	e, _ := errors.AsType[*Error](err)
	e.Want = "a role id and a secret id of the role " + l.role
	e.Found = "others, or a secret id that is used up or bound to another address"
	e.Hint = "vault read auth/" + l.mount + "/role/" + l.role
	return e
}

// keep leaves the token for the next run, if a file is named for it.
func (l login) keep(g grant) (grant, error) {
	if l.token == none {
		return g, nil
	}
	dir, err := durable.Open(path.Dir(l.token))
	if err != nil {
		return grant{}, fmt.Errorf("token: %w", err)
	}
	line := append([]byte(g.token.raw()), '\n')
	defer clear(line)
	if err := errors.Join(dir.WriteFile(path.Base(l.token), line), dir.Close()); err != nil {
		return grant{}, fmt.Errorf("token: %w", err)
	}
	g.kept = true
	return g, nil
}

// byCertificate logs in with a certificate of ours, read anew so that a new one
// is picked up.
func (l login) byCertificate(ctx context.Context, r *remote) (grant, error) {
	pair, err := ReadCertificate(l.certificate, l.key)
	if err != nil {
		return grant{}, err
	}
	r.present(pair)
	at := "auth/" + l.mount + "/login"
	answer, err := r.put(ctx, Secret{}, at, map[string]any{"name": l.role})
	if invalid.is(err) || denied.is(err) {
		e, _ := errors.AsType[*Error](err)
		e.Want, e.Found, e.Hint = "a certificate that the role "+l.role+" accepts", "another", "vault read auth/"+l.mount+"/certs/"+l.role
	}
	if err != nil {
		return grant{}, err
	}
	return admitted(r, answer, r.String()+" "+at)
}

// readLine reads a file with one secret, of ours alone.
func readLine(name string) (Secret, error) {
	b, err := readPrivate(name, maxTokenFile, ownFile)
	if err != nil {
		return Secret{}, err
	}
	defer clear(b)
	return parseLine(b, name)
}

// lasting is a number of seconds in an answer, as long as the longest lease at
// most.
func lasting(seconds int) time.Duration {
	return time.Duration(min(int64(seconds), int64(maxLease/time.Second))) * time.Second
}
