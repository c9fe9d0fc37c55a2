package main

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"filippo.io/age"
	"filippo.io/age/agessh"
	"golang.org/x/crypto/ssh"

	"strongroom/backup"
	"strongroom/cmd/internal/cli"
)

// readIdentities reads private keys that open snapshots: age's own files, and
// ssh-ed25519 keys, whose passphrases are asked for.
func readIdentities(w cli.World, names []string, fd int) ([]age.Identity, error) {
	var out []age.Identity
	for _, name := range names {
		b, err := w.ReadFile(name, maxIdentity)
		if err != nil {
			return nil, err
		}
		ids, err := parseIdentities(w, name, b, fd)
		clear(b)
		if err != nil {
			return nil, fmt.Errorf("identity %s: %w", name, err)
		}
		out = append(out, ids...)
	}
	return out, nil
}

func parseIdentities(w cli.World, name string, b []byte, fd int) ([]age.Identity, error) {
	if !bytes.HasPrefix(b, []byte("-----BEGIN")) {
		ids, err := age.ParseIdentities(bytes.NewReader(b))
		if err != nil {
			return nil, errors.New("want AGE-SECRET-KEY-... or an ssh-ed25519 key, found neither")
		}
		return ids, nil
	}
	id, err := agessh.ParseIdentity(b)
	var locked *ssh.PassphraseMissingError
	if errors.As(err, &locked) && locked.PublicKey != nil {
		pass, err := w.Passphrase(fd, "passphrase of "+name, false)
		if err != nil {
			return nil, err
		}
		id, err := agessh.NewEncryptedSSHIdentity(locked.PublicKey, b, func() ([]byte, error) { return pass, nil })
		if err != nil {
			return nil, err
		}
		return []age.Identity{id}, nil
	}
	if err != nil {
		return nil, errors.New("want an ssh-ed25519 key, found another")
	}
	return []age.Identity{id}, nil
}

// hashFile reads a file to its end.
func hashFile(r io.Reader) (int64, backup.Sum, error) {
	h := sha256.New()
	n, err := io.Copy(h, r)
	return n, backup.Sum(h.Sum(nil)), err
}
