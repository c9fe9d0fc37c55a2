package main

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"strings"

	"filippo.io/age"
	"filippo.io/age/agessh"
	"filippo.io/age/plugin"
	"golang.org/x/crypto/ssh"

	"strongroom/backup"
	"strongroom/cmd/internal/cli"
)

// How the files of private keys begin, and a plugin's line in one of age.
const (
	opensshBegins = "-----BEGIN"
	pluginBegins  = "AGE-PLUGIN-"
)

var errNoIdentity = errors.New("want AGE-SECRET-KEY-... or an ssh-ed25519 key, found neither")

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

// readIdentity reads one private key's file, and the public halves as a snapshot
// names its recipients. A plugin's key tells no public half.
func readIdentity(w cli.World, name string, fd int) (ids []age.Identity, publics []string, err error) {
	b, err := w.ReadFile(name, maxIdentity)
	if err != nil {
		return nil, nil, err
	}
	defer cli.Wipe(b)
	if ids, err = parseIdentities(w, name, b, fd); err != nil {
		return nil, nil, fmt.Errorf("identity %s: %w", name, err)
	}
	for _, id := range ids {
		switch k := id.(type) {
		case *age.X25519Identity:
			publics = append(publics, k.Recipient().String())
		case *age.HybridIdentity:
			publics = append(publics, k.Recipient().String())
		}
	}
	if bytes.HasPrefix(b, []byte(opensshBegins)) {
		key, err := sshPublic(b)
		if err != nil {
			return nil, nil, fmt.Errorf("identity %s: %w", name, err)
		}
		publics = append(publics, key)
	}
	return ids, publics, nil
}

// sshPublic returns the public half of an OpenSSH key file, which needs no
// passphrase.
func sshPublic(b []byte) (string, error) {
	s, err := ssh.ParsePrivateKey(b)
	var locked *ssh.PassphraseMissingError
	switch {
	case err == nil:
		return authorizedLine(s.PublicKey()), nil
	case errors.As(err, &locked) && locked.PublicKey != nil:
		return authorizedLine(locked.PublicKey), nil
	}
	return "", errors.New("want an ssh-ed25519 key, found another")
}

func authorizedLine(k ssh.PublicKey) string {
	return strings.TrimSuffix(string(ssh.MarshalAuthorizedKey(k)), "\n")
}

// parseAge reads a key file of age, in which a line may be of a plugin: that one
// speaks to its hardware, and to the person at the terminal.
func parseAge(w cli.World, b []byte) ([]age.Identity, error) {
	var out []age.Identity
	for line := range strings.Lines(string(b)) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		if strings.HasPrefix(line, pluginBegins) {
			id, err := plugin.NewIdentity(line, plugin.NewTerminalUI(w.Hintf, w.Warnf))
			if err != nil {
				return nil, errors.New("want AGE-PLUGIN-NAME-..., found something like it")
			}
			out = append(out, id)
			continue
		}
		ids, err := age.ParseIdentities(strings.NewReader(line))
		if err != nil {
			return nil, errNoIdentity
		}
		out = append(out, ids...)
	}
	if len(out) == 0 {
		return nil, errNoIdentity
	}
	return out, nil
}

func parseIdentities(w cli.World, name string, b []byte, fd int) ([]age.Identity, error) {
	if !bytes.HasPrefix(b, []byte(opensshBegins)) {
		return parseAge(w, b)
	}
	id, err := agessh.ParseIdentity(b)
	var locked *ssh.PassphraseMissingError
	if errors.As(err, &locked) && locked.PublicKey != nil {
		pass, err := w.Passphrase(fd, "passphrase of "+name, false)
		if err != nil {
			return nil, err
		}
		// The key reads the file when it is used: by then b was wiped.
		id, err := agessh.NewEncryptedSSHIdentity(locked.PublicKey, bytes.Clone(b), func() ([]byte, error) { return pass, nil })
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
