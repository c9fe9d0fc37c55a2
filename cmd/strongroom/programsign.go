package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/custody/durable"
	"strongroom/quorum"
	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
	"strongroom/signer/ceremony"
)

func programSign(w cli.World) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "sign DIR",
		Short: "sign a build as one of its reviewers",
		Long: "Shows the build in DIR and what you say that you looked at, asks for the first 8 digits of its hash, and puts your signature beside it. " +
			"Without --key it says how ssh-keygen signs it.",
		Example: "strongroom program sign build --key ~/.ssh/id_ed25519\n" +
			"ssh-keygen -Y sign -n build.v1@strongroom -f KEY build/build.txt   # makes build/build.txt.sig",
		Args: cobra.ExactArgs(1),
	}
	key := keyFlags{
		key:        cmd.Flags().String("key", "", "sign with `KEY`: an OpenSSH key file, or agent:FINGERPRINT (default: say how ssh-keygen does)"),
		passphrase: cli.PassphraseFD(cmd),
	}
	confirm := cli.ConfirmFD(cmd)
	cmd.RunE = func(_ *cobra.Command, args []string) error { return signBuild(w, args[0], key, *confirm) }
	return cmd
}

// signBuild shows a build to one of its reviewers, has them confirm it, and signs.
func signBuild(w cli.World, path string, key keyFlags, confirm int) error {
	message, _, err := readBuild(path)
	if err != nil {
		return err
	}
	b, err := ceremony.ParseBuild(message)
	if err != nil {
		return refuse(quorum.KeyBuild, "build: %v", err)
	}
	if err := refuseBuild(w, b.Check()); err != nil {
		return err
	}
	h := text.Identity(message)
	showBuild(w, b, h, nil)
	if *key.key == "" {
		w.Text("Without --key nothing is signed here. Stock OpenSSH signs it too; give each signature's file a name of its own that ends in .sig:")
		w.Hintf("ssh-keygen -Y sign -n %s -f KEY %s", buildNamespace(), quoted(path+"/"+ceremony.BuildFile))
		return nil
	}
	s, who, done, err := key.reviewer(w, b)
	if err != nil {
		return err
	}
	defer done()
	w.Text("You sign as %s with key %s, and say that you looked at: %s.", who, s.Key().Fingerprint(), aspects(b.ChecksOf(who)))
	if err := w.Confirm(confirm, "type the first 8 digits of the build's SHA-256 to sign it", h.String()[:typedDigits]); err != nil {
		return err
	}
	signature, err := sshsig.Sign(s, buildNamespace(), message)
	if err != nil {
		return err
	}
	dir, err := durable.Open(path)
	if err != nil {
		return err
	}
	if err := errors.Join(dir.WriteNew(ceremony.SignatureName(who), signature), dir.Close()); err != nil {
		return err
	}
	w.Field("written to", path+"/"+ceremony.SignatureName(who))
	return nil
}

// reviewer returns the key and the reviewer whose it is. The caller calls done
// when it has signed.
func (f keyFlags) reviewer(w cli.World, b ceremony.Build) (s sshsig.Signer, who text.ID, done func(), err error) {
	of := func(k sshsig.Key) int {
		return slices.IndexFunc(b.Reviewers, func(x ceremony.Person) bool { return x.Key.Equal(k) })
	}
	done = func() {}
	if fingerprint, agent := strings.CutPrefix(*f.key, "agent:"); agent {
		s, done, err = agentSigner(w, "the build names", func(k sshsig.Key) bool { return of(k) >= 0 }, fingerprint)
	} else {
		s, err = f.fileSigner(w)
	}
	if err != nil {
		return nil, "", done, err
	}
	i := of(s.Key())
	if i < 0 {
		done()
		return nil, "", func() {}, fmt.Errorf("key: want one that the build names, found %s", s.Key().Fingerprint())
	}
	return s, b.Reviewers[i].ID, done, nil
}

// aspects lists what somebody looked at as a sentence has it.
func aspects(all []ceremony.Aspect) string {
	var names []string
	for _, a := range all {
		names = append(names, string(a))
	}
	return strings.Join(names, ", ")
}
