package story

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
)

// feed starts another program whose output the process reads from shareFD. A share
// is far smaller than what a pipe holds, so that it ends by itself.
func (s *stage) feed(cmd *exec.Cmd, h *hands, words []string) error {
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	cmd.ExtraFiles, h.theirs = append(cmd.ExtraFiles, r), append(h.theirs, r)
	path, err := exec.LookPath(words[0])
	if err != nil {
		return errors.Join(fmt.Errorf("want the program %s: %w", words[0], err), w.Close())
	}
	other := exec.Command(path, words[1:]...)
	other.Dir, other.Env, other.Stdout = s.o.Folder, s.environment(), w
	return errors.Join(other.Run(), w.Close())
}
