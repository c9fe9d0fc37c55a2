// Command strongroom-signer is the air-gapped program: it judges a bundle by
// itself, logs what it decided and signs with the one wallet key it keeps. It
// links no code that can open a socket; deps.txt says what it does link.
package main

import (
	"os"

	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
)

// version is set by scripts/build.sh at link time.
var version = "unreleased"

func main() {
	os.Exit(cli.Main(cli.System(), root(), os.Args[1:]))
}

func root() *cobra.Command {
	return &cobra.Command{
		Use:     "strongroom-signer",
		Short:   "the air-gapped signer: judges, logs, signs",
		Example: "strongroom-signer --version",
		Version: version,
	}
}
