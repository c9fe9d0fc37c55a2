package main

import (
	"github.com/spf13/cobra"

	"strongroom/custody/durable"
	"strongroom/quorum"
	"strongroom/signer"
)

// outFlag adds -o to a command that gives something to take along.
func outFlag(cmd *cobra.Command, what string) *string {
	return cmd.Flags().StringP("out", "o", "", "write "+what+" into `DIR`, a new or empty folder")
}

// answer is the folder that leaves the machine. It is made before anything is
// recorded, so that a wrong path costs nothing. Without a path nothing leaves.
type answer struct{ dir *durable.Dir }

func openAnswer(path string) (*answer, error) {
	if path == "" {
		return &answer{}, nil
	}
	d, err := durable.Create(path)
	if err != nil {
		return nil, err
	}
	return &answer{d}, nil
}

// write puts the files there, each durable. It never replaces any.
func (a *answer) write(files ...quorum.File) error {
	if a.dir == nil {
		return nil
	}
	for _, f := range files {
		if err := a.dir.WriteNew(f.Name, f.Bytes); err != nil {
			return err
		}
	}
	return nil
}

// Path returns the folder's path, empty when nothing leaves.
func (a *answer) Path() string { return a.dir.Path() }

// Close gives the folder back.
func (a *answer) Close() error { return a.dir.Close() }

// logFiles is what leaves after every visit: the log's newest checkpoint and
// the records it covers.
func logFiles(m *signer.Machine) []quorum.File {
	checkpoint, entries := m.Export()
	id := string(m.Setup().Device)
	return []quorum.File{{Name: id + ".checkpoint", Bytes: checkpoint}, {Name: id + ".entries", Bytes: entries}}
}
