package cli

import (
	"path/filepath"

	"github.com/spf13/cobra"
)

// JSONFlag adds --json to a command that reports, and returns where its value
// will be. Main looks for that flag when an error has to be told.
func JSONFlag(cmd *cobra.Command) *bool {
	return cmd.Flags().Bool("json", false, "report in machine form on standard output")
}

// HomeFlag adds --home to a program's root, and returns where its value will
// be. Home turns the value into a folder. The variable is the program's own:
// STRONGROOM_HOME or STRONGROOM_SIGNER_HOME.
func HomeFlag(root *cobra.Command, variable string) *string {
	return root.PersistentFlags().String("home", "", "the home's folder `DIR` (default: $"+variable+")")
}

// Home tells the home's folder: the flag's value, or else the environment's.
// There is no default beyond these: a key made in a folder that nobody named
// is a key that nobody finds.
func (w World) Home(flag, variable string) (string, error) {
	for _, dir := range []string{flag, w.Env(variable)} {
		if dir != "" {
			return filepath.Clean(dir), nil
		}
	}
	return "", Hint(Usagef("home: wanted a folder by --home or %s, found neither", variable), "export %s=DIR", variable)
}
