package sshsig

import "strings"

// KeyType is a kind of public key that may sign. The zero value is none.
type KeyType uint8

// The accepted kinds of key. SK marks FIDO2 hardware keys.
const (
	Ed25519     KeyType = iota + 1 // ssh-ed25519
	ECDSAP256                      // ecdsa-sha2-nistp256
	ECDSAP384                      // ecdsa-sha2-nistp384
	SKEd25519                      // sk-ssh-ed25519@openssh.com
	SKECDSAP256                    // sk-ecdsa-sha2-nistp256@openssh.com
)

// String returns the name that OpenSSH gives the type, which is also the name
// of its signature format; "none" for the zero value.
func (t KeyType) String() string {
	switch t {
	case Ed25519:
		return "ssh-ed25519"
	case ECDSAP256:
		return "ecdsa-sha2-nistp256"
	case ECDSAP384:
		return "ecdsa-sha2-nistp384"
	case SKEd25519:
		return "sk-ssh-ed25519@openssh.com"
	case SKECDSAP256:
		return "sk-ecdsa-sha2-nistp256@openssh.com"
	}
	return "none"
}

// Hardware reports whether keys of this type live in a FIDO2 authenticator.
func (t KeyType) Hardware() bool { return t == SKEd25519 || t == SKECDSAP256 }

// keyTypeNamed finds an accepted type by OpenSSH's name for it. subject is
// what carries the name, for the error.
func keyTypeNamed(subject, name string) (KeyType, *Error) {
	for t := Ed25519; t <= SKECDSAP256; t++ {
		if t.String() == name {
			return t, nil
		}
	}
	found := quoted(name)
	if why := whyRefused(name); why != "" {
		found = name + " (" + why + ")"
	}
	return 0, &Error{Code: CodeKeyType, Subject: subject, Want: acceptedTypes(), Found: found}
}

// acceptedTypes lists the names of all accepted types.
func acceptedTypes() string {
	var names []string
	for t := Ed25519; t < SKECDSAP256; t++ {
		names = append(names, t.String())
	}
	return strings.Join(names, ", ") + " or " + SKECDSAP256.String()
}

// whyRefused names the reason why a type that OpenSSH knows is not accepted;
// it is empty for a name that OpenSSH does not have.
func whyRefused(name string) string {
	switch name {
	case "ssh-rsa", "rsa-sha2-256", "rsa-sha2-512":
		return "RSA is not accepted"
	case "ssh-dss":
		return "DSA is not accepted"
	case "ecdsa-sha2-nistp521":
		return "P-521 is not accepted"
	case webauthnFormat:
		return "the browser's form of a signature is not accepted"
	case "ssh-mldsa44-ed25519@openssh.com":
		return "ML-DSA is not accepted"
	case "ssh-rsa-cert-v01@openssh.com", "rsa-sha2-256-cert-v01@openssh.com", "rsa-sha2-512-cert-v01@openssh.com",
		"ssh-dss-cert-v01@openssh.com", "ssh-ed25519-cert-v01@openssh.com",
		"ecdsa-sha2-nistp256-cert-v01@openssh.com", "ecdsa-sha2-nistp384-cert-v01@openssh.com", "ecdsa-sha2-nistp521-cert-v01@openssh.com",
		"sk-ssh-ed25519-cert-v01@openssh.com", "sk-ecdsa-sha2-nistp256-cert-v01@openssh.com":
		return "certificates are not accepted"
	}
	return ""
}

// webauthnFormat is the signature format of browser passkeys. OpenSSH's
// authenticators never make it, and browsers make no other.
const webauthnFormat = "webauthn-sk-ecdsa-sha2-nistp256@openssh.com"
