// Package sshsig makes and checks SSH signatures: one file format for keys in
// files, in agents and in FIDO2 hardware, which anybody can check with
// `ssh-keygen -Y verify`.
//
//	-----BEGIN SSH SIGNATURE-----
//	U1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAggHCP+x2yeOCEJtR90WSOUz3yd0
//	ME1ASnShFcFOyzItAAAAAVYXBwcm92ZS52MUBzdHJvbmdyb29tAAAAAAAAAAZzaGE1MTIA
//	AABTAAAAC3NzaC1lZDI1NTE5AAAAQD0NyRQDqn6SgC0RgJ2jS5w6SFeo/4os4DLcxsugsO
//	NOHRV2FU7nJ/wvP/bx8NfwP93ODRyeGgUZ6mpj//ksBAc=
//	-----END SSH SIGNATURE-----
//
// The base64 holds "SSHSIG", version 1, the public key, the namespace (here
// approve.v1@strongroom), an empty reserved field, "sha512" and the content:
// the key's type, its signature and, for hardware, flags and counter.
//
// What is valid here is valid for OpenSSH, and not the other way round.
// OpenSSH accepts a signature without touch or PIN, text after the signature,
// re-wrapped base64, a reserved field that nobody signed, version 0, RSA,
// SHA-256 and keys certified by others. This package accepts exactly the
// bytes that ssh-keygen writes: what is parsed is encoded again and compared.
//
// The usual path has two steps, because a signature is needed before one
// knows whose it is:
//
//	sig, err := sshsig.Parse(file)
//	verified, err := sig.Verify(key, sshsig.NamespaceFor("approve"), text, factor)
//
// To make one, take a Signer from ParsePrivateKey or from an Agent and call
// Sign. A FIDO2 key signs through an agent or through ssh-keygen itself; what
// a browser's passkey makes is refused.
//
// Every refusal is an *Error with a stable Code. Nothing here opens a file or
// a connection, reads a clock or draws a random number.
//
// The formats are OpenSSH's PROTOCOL.sshsig, PROTOCOL.u2f and PROTOCOL.key
// (https://github.com/openssh/openssh-portable), and RFC 4251 and RFC 4253.
package sshsig
