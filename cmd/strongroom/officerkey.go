package main

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/quorum/policy"
	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
)

// keyFlags says with which ssh key an officer signs: --key FILE or
// --key agent:FINGERPRINT, by default the one agent key that the policy knows.
type keyFlags struct {
	key        *string
	passphrase *int
}

func addKeyFlags(cmd *cobra.Command) keyFlags {
	return keyFlags{
		key:        cmd.Flags().String("key", "", "sign with `KEY`: an OpenSSH key file, or agent:FINGERPRINT (default: the one agent key that the policy lists)"),
		passphrase: cli.PassphraseFD(cmd),
	}
}

// signer returns the key and the officer that the policy lists it for. The
// caller calls done when it has signed.
func (f keyFlags) signer(w cli.World, p *policy.Policy) (s sshsig.Signer, officer text.ID, done func(), err error) {
	done = func() {}
	switch {
	case *f.key == "" || strings.HasPrefix(*f.key, "agent:"):
		listed := func(k sshsig.Key) bool { _, ok := p.OfficerOf(k); return ok }
		s, done, err = agentSigner(w, fmt.Sprintf("policy %d lists", p.Version), listed, strings.TrimPrefix(*f.key, "agent:"))
	default:
		s, err = f.fileSigner(w)
	}
	if err != nil {
		return nil, "", done, err
	}
	officer, ok := p.OfficerOf(s.Key())
	if !ok {
		done()
		return nil, "", func() {}, cli.Hint(fmt.Errorf("key: want one that policy %d lists, found %s", p.Version, s.Key().Fingerprint()), "strongroom officer list")
	}
	return s, officer, done, nil
}

func (f keyFlags) fileSigner(w cli.World) (sshsig.Signer, error) {
	pem, err := w.ReadFile(*f.key, maxKeyFile)
	if err != nil {
		return nil, err
	}
	defer cli.Wipe(pem)
	s, err := sshsig.ParsePrivateKey(pem, nil)
	if err != nil && !isPassphraseNeeded(err) {
		return nil, fmt.Errorf("%s: %w", *f.key, err)
	}
	if err == nil {
		return s, nil
	}
	pass, err := w.Passphrase(*f.passphrase, "passphrase of "+*f.key, false)
	if err != nil {
		return nil, err
	}
	defer cli.Wipe(pass)
	if s, err = sshsig.ParsePrivateKey(pem, pass); err != nil {
		return nil, fmt.Errorf("%s: %w", *f.key, err)
	}
	return s, nil
}

// agentSigner finds a key in the running ssh-agent: the one with the
// fingerprint given, or else the only one that is listed. by says by what, as in
// "policy 1 lists".
func agentSigner(w cli.World, by string, listed func(sshsig.Key) bool, fingerprint string) (sshsig.Signer, func(), error) {
	none := func() {}
	path := w.Env("SSH_AUTH_SOCK")
	if path == "" {
		return nil, none, cli.Hint(fmt.Errorf("key: want --key FILE or a running ssh-agent, found no SSH_AUTH_SOCK"), "eval \"$(ssh-agent)\" && ssh-add")
	}
	conn, err := net.Dial("unix", path)
	if err != nil {
		return nil, none, fmt.Errorf("ssh-agent: %w", err)
	}
	done := func() { _ = conn.Close() }
	agent := sshsig.NewAgent(conn)
	keys, err := agent.Keys()
	if err != nil {
		done()
		return nil, none, fmt.Errorf("ssh-agent: %w", err)
	}
	keys = slices.DeleteFunc(keys, func(k sshsig.Key) bool {
		return !listed(k) || fingerprint != "" && k.Fingerprint() != fingerprint
	})
	if len(keys) != 1 {
		done()
		return nil, none, cli.Hint(fmt.Errorf("ssh-agent: want one key that %s, found %d", by, len(keys)), "ssh-add -l   # then --key agent:FINGERPRINT")
	}
	return agent.Signer(keys[0]), done, nil
}

func isPassphraseNeeded(err error) bool { return errors.Is(err, sshsig.ErrPassphraseNeeded) }
