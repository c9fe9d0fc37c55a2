package main

import (
	"os"
	"strings"
	"testing"

	"strongroom/cmd/internal/cli"
	"strongroom/cmd/internal/handbook"
)

// fewestCommands is a floor: fewer means that the pages were not read.
const fewestCommands = 200

// Whoever follows a handbook, or a help page's example, types commands that exist
// and flags that they have.
func TestCommandsOfTheHandbooksExist(t *testing.T) {
	tree := root(cli.System())
	list, err := handbook.Read(os.DirFS("../.."), tree.Name())
	if err != nil || len(list) < fewestCommands {
		t.Fatalf("pages: want at least %d commands, found %d, %v", fewestCommands, len(list), err)
	}
	examples := handbook.Examples(tree)
	if len(examples) < len(tree.Commands()) {
		t.Fatalf("examples: want at least %d commands, found %d", len(tree.Commands()), len(examples))
	}
	t.Logf("%d commands on pages, %d in examples", len(list), len(examples))
	if complaints := handbook.Check(tree, append(list, examples...)); len(complaints) > 0 {
		t.Error(strings.Join(complaints, "\n"))
	}
}
