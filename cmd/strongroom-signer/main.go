// Command strongroom-signer is the air-gapped program: it judges a bundle by
// itself, logs what it decided and signs with the one wallet key it keeps. It
// links no code that can open a socket; deps.txt says what it does link.
//
// Randomness comes from the generator of the Go cryptographic module that
// follows NIST SP 800-90A.
//
//go:debug fips140=on
package main

import (
	"os"
	"time"

	"strongroom/cmd/internal/cli"
	"strongroom/signer/keystore"
)

// version is set by scripts/build.sh at link time.
var version = "unreleased"

func main() {
	p := &program{world: cli.System(), workFactor: keystore.DefaultWorkFactor, pause: time.Sleep}
	os.Exit(cli.Main(p.world, p.root(), os.Args[1:]))
}
