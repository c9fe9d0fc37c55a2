package cli

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"
)

// NoFD stands for "ask at the terminal".
const NoFD = -1

// ConfirmFD adds --confirm-fd to a command that confirms, and returns where
// its value will be.
func ConfirmFD(cmd *cobra.Command) *int {
	return cmd.Flags().Int("confirm-fd", NoFD, "read confirmations from descriptor `N`, one a line, instead of the terminal")
}

// Confirm shows the prompt and reads one line, which must be want, byte for
// byte. It reads the descriptor fd, or the terminal for NoFD. There is no
// default and no flag that answers: an empty line, the end of the input, a
// line over 256 bytes and any other text are refused. Several confirmations
// read successive lines. The answer is shown in errors, so it must not be a
// secret.
func (w World) Confirm(fd int, prompt, want string) error {
	if want == "" {
		return fmt.Errorf("confirmation: wanted a text to ask for, found none")
	}
	line, err := w.ask(fd, prompt)
	if err != nil {
		return fmt.Errorf("confirmation: wanted %q, %w", want, err)
	}
	if string(line) != want {
		return fmt.Errorf("confirmation: wanted %q, found %q", want, line)
	}
	return nil
}

// Ask shows the prompt and returns the line that the person types, from where
// Confirm reads: for a text that they bring from elsewhere, which is therefore
// never shown here. The line may be empty; whoever asks compares it. The end of
// the input and a line over 256 bytes are errors.
func (w World) Ask(fd int, prompt string) (string, error) {
	line, err := w.ask(fd, prompt)
	if err != nil {
		return "", fmt.Errorf("answer: wanted a line of at most %d bytes, %w", maxConfirmation, err)
	}
	return string(line), nil
}

func (w World) ask(fd int, prompt string) ([]byte, error) {
	if fd != NoFD {
		r, err := w.FD(fd)
		if err != nil {
			return nil, err
		}
		fmt.Fprintln(w.Err, harmless(prompt))
		return readLine(r, maxConfirmation)
	}
	tty, err := w.TTY()
	if err != nil {
		return nil, Hint(fmt.Errorf("found no terminal to ask at: %w", err), "add --confirm-fd N to answer from descriptor N")
	}
	defer tty.Close()
	if _, err := io.WriteString(tty, harmless(prompt)+": "); err != nil {
		return nil, fileError(err)
	}
	return readLine(tty, maxConfirmation)
}
