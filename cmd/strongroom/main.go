// Command strongroom is the online program: the operator's desk, the officers'
// and auditors' laptops and the backup host run it. It is trusted for nothing
// but being there: it holds no wallet key and cannot decrypt a backup.
package main

import (
	"os"

	"strongroom/cmd/internal/cli"
)

// version is set by scripts/build.sh at link time.
var version = "unreleased"

func main() {
	w := cli.System()
	os.Exit(cli.Main(w, root(w), os.Args[1:]))
}
