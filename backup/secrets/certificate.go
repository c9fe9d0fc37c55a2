package secrets

import (
	"crypto/tls"
	"fmt"
	"io/fs"
)

// ReadCertificate reads a certificate with those above it, and its key, both in
// PEM. The key's file must be ours and nobody else may read it. No error tells
// what is in it.
func ReadCertificate(certificate, key string) (tls.Certificate, error) {
	chain, err := readPrivate(certificate, maxPEM, func(fs.FileInfo) string { return "" })
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("certificate: %w", err)
	}
	b, err := readPrivate(key, maxPEM, ownFile)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("certificate: %w", err)
	}
	defer clear(b)
	pair, err := tls.X509KeyPair(chain, b)
	if err != nil { // it could show what it found
		return tls.Certificate{}, fmt.Errorf("certificate: want a certificate in %s and its key in %s, in PEM, found something else", certificate, key)
	}
	return pair, nil
}
