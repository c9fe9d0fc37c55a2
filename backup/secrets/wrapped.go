package secrets

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"

	"strongroom/custody/durable"
)

// unwrap opens the wrapped secret id: it looks who wrapped what, opens it, and
// removes the file, because what it holds is worth nothing from then on. That
// the next run finds no file, and not a spent one, is what makes a spent one an
// alarm.
func (l login) unwrap(ctx context.Context, r *remote) (Secret, error) {
	wrapping, err := readLine(l.wrapped)
	if errors.Is(err, fs.ErrNotExist) {
		return Secret{}, &Error{Subject: "wrapped secret id", Want: "a wrapping token in " + l.wrapped, Found: "none", Hint: l.wrapHint(r)}
	}
	if err != nil {
		return Secret{}, fmt.Errorf("wrapped secret id: %w", err)
	}
	defer wrapping.Erase()
	if err := l.lookAtWrapping(ctx, r, wrapping); err != nil {
		return Secret{}, err
	}
	answer, err := r.put(ctx, wrapping, "sys/wrapping/unwrap", nil)
	if err != nil {
		return Secret{}, l.spent(err)
	}
	text, _ := answer.Data["secret_id"].(string)
	id, ok := takeSecret([]byte(text))
	if !ok {
		return Secret{}, &Error{Subject: "wrapped secret id " + l.wrapped, Want: "a secret id inside", Found: "something else", Hint: l.wrapHint(r)}
	}
	if err := removeFile(l.wrapped); err != nil {
		id.Erase()
		return Secret{}, fmt.Errorf("wrapped secret id: opened, and its file must not stay: %w", err)
	}
	return id, nil
}

// lookAtWrapping refuses a wrapping token that wraps something else than a
// secret id of our role as Vault itself made it. Somebody who opened the first
// one can wrap what was in it again, but not under that path.
func (l login) lookAtWrapping(ctx context.Context, r *remote, wrapping Secret) error {
	answer, err := r.put(ctx, Secret{}, "sys/wrapping/lookup", map[string]any{"token": wrapping.raw()})
	if err != nil {
		return l.spent(err)
	}
	want := "auth/" + l.mount + "/role/" + l.role + "/secret-id"
	if found, _ := answer.Data["creation_path"].(string); found != want {
		return l.intercepted("one wrapped by "+want, "one wrapped by something else: it was opened on its way, or is no secret id of this role")
	}
	return nil
}

// spent turns the refusal of a wrapping token into an alarm: the only harmless
// reason is its age.
func (l login) spent(err error) error {
	if !invalid.is(err) && !denied.is(err) && !missing.is(err) {
		return err
	}
	return l.intercepted("one that nobody has opened", "one that was opened or has expired: unless you know that it is old, somebody else holds the secret id")
}

func (l login) intercepted(want, found string) error {
	role := "auth/" + l.mount + "/role/" + l.role
	return &Error{Subject: "wrapping token " + l.wrapped, Want: want, Found: found, Alarm: true, Hint: "vault list " + role + "/secret-id", cause: denied}
}

func (l login) wrapHint(r *remote) string {
	return "vault write -address=" + r.address + " -wrap-ttl=5m -field=wrapping_token -f auth/" + l.mount + "/role/" + l.role + "/secret-id"
}

func removeFile(name string) error {
	dir, err := durable.Open(path.Dir(name))
	if err != nil {
		return err
	}
	return errors.Join(dir.Remove(path.Base(name)), dir.Close())
}
