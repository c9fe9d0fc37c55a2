package sshsig_test

import (
	"fmt"

	"strongroom/quorum/sshsig"
)

func ExampleSignature_Verify() {
	const text = "strongroom/withdrawal@v1\npay 0.10000000 BTC\n"
	const file = `-----BEGIN SSH SIGNATURE-----
U1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAggHCP+x2yeOCEJtR90WSOUz3yd0
ME1ASnShFcFOyzItAAAAAVYXBwcm92ZS52MUBzdHJvbmdyb29tAAAAAAAAAAZzaGE1MTIA
AABTAAAAC3NzaC1lZDI1NTE5AAAAQD0NyRQDqn6SgC0RgJ2jS5w6SFeo/4os4DLcxsugsO
NOHRV2FU7nJ/wvP/bx8NfwP93ODRyeGgUZ6mpj//ksBAc=
-----END SSH SIGNATURE-----
`
	bob, err := sshsig.ParseKey("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIBwj/sdsnjghCbUfdFkjlM98ndDBNQEp0oRXBTssyLQ")
	if err != nil {
		fmt.Println(err)
		return
	}
	sig, err := sshsig.Parse([]byte(file))
	if err != nil {
		fmt.Println(err)
		return
	}
	verified, err := sig.Verify(bob, sshsig.NamespaceFor("approve"), []byte(text), sshsig.Factor{})
	fmt.Println(verified.OK(), verified.Key().Fingerprint(), err)

	_, err = sig.Verify(bob, sshsig.NamespaceFor("veto"), []byte(text), sshsig.Factor{})
	fmt.Println(err)

	_, err = sig.Verify(bob, sshsig.NamespaceFor("approve"), []byte(text), sshsig.Factor{Presence: true})
	fmt.Println(err)
	// Output:
	// true SHA256:FFrrzcQR94/rou1W91HEC0URIEPJbzWpquQiugtFPAg <nil>
	// signature namespace: want "veto.v1@strongroom", found "approve.v1@strongroom"
	// signature key: want a hardware key that shows presence, found ssh-ed25519
}
