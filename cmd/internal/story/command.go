package story

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// command is one command line, what is typed while it runs, and how it has to
// end. Its methods return a changed copy, so that a line of the story reads as
// one sentence.
type command struct {
	words   []string
	shell   string   // instead of words: a pipeline for sh
	env     []string // on top of every command's
	answers []answer
	replies func(line string) string // what else is typed, by the line that asks
	secret  []byte
	fed     []string // a command whose output goes to descriptor shareFD
	from    string   // standard input comes from this file
	exit    int
	cut     cut // what is shown of its screen
	quiet   bool
	apart   bool // without network
}

// answer is what a person types when a prompt appears.
type answer struct {
	prompt string // part of the line that asks, in lower case
	text   func(screen string) string
}

// line is a command of words without spaces.
func line(format string, args ...any) command {
	return command{words: strings.Fields(fmt.Sprintf(format, args...))}
}

// pipe is a line for the shell.
func pipe(format string, args ...any) command {
	return command{shell: fmt.Sprintf(format, args...)}
}

// signer is a command of one signer's program, without network.
func signer(name, format string, args ...any) command {
	c := line("strongroom-signer --home %s %s", name, fmt.Sprintf(format, args...))
	c.apart = true
	return c
}

// and adds arguments that may hold spaces.
func (c command) and(words ...string) command {
	c.words = append(slices.Clone(c.words), words...)
	return c
}

// typing answers the next prompt.
func (c command) typing(prompt, text string) command {
	return c.reading(prompt, func(string) string { return text })
}

// reading answers the next prompt with something that stands on the screen.
func (c command) reading(prompt string, text func(screen string) string) command {
	c.answers = append(slices.Clone(c.answers), answer{prompt, text})
	return c
}

// replying answers every prompt that the function knows, however often.
func (c command) replying(to func(line string) string) command {
	c.replies = to
	return c
}

// feeding gives another program's output to the command, through a pipe.
func (c command) feeding(words string) command {
	c.fed = strings.Fields(words)
	return c
}

// opening types what nobody may see, a line each.
func (c command) opening(passphrase []byte) command {
	c.secret = passphrase
	return c
}

// with adds a variable to the environment.
func (c command) with(variable string) command {
	c.env = append(slices.Clone(c.env), variable)
	return c
}

// reads feeds a file to the command.
func (c command) reads(path string) command {
	c.from = path
	return c
}

// ends is the exit status that the story wants.
func (c command) ends(exit int) command {
	c.exit = exit
	return c
}

// shows trims what is shown to the first and the last lines.
func (c command) shows(head, tail int) command {
	c.cut = cut{head: head, tail: tail}
	return c
}

// resumes trims what is shown to the first lines and those from the line that
// begins as said.
func (c command) resumes(head int, at string) command {
	c.cut = cut{head: head, resume: at}
	return c
}

// silently shows nothing of what the command prints.
func (c command) silently() command {
	c.quiet = true
	return c
}

// typed is the command line as a person would type it, in lines of at most 80
// columns. Descriptors are left out: a person has a keyboard.
func (c command) typed(apart []string) string {
	if c.shell != "" {
		return c.shell
	}
	words := c.words
	if c.apart {
		words = append(slices.Clone(apart), words...)
	}
	var lines []string
	now := ""
	said := phrases(words)
	if c.from != "" {
		said = append(said, "< "+c.from)
	}
	if c.fed != nil {
		said = append(said, strconv.Itoa(shareFD)+"< <("+strings.Join(c.fed[:len(c.fed)-1], " "), c.fed[len(c.fed)-1]+")")
	}
	for _, w := range narrow(said) {
		if now != "" && continuation+utf8.RuneCountInString(now)+1+utf8.RuneCountInString(w)+2 > columns {
			lines = append(lines, now+" \\")
			now = ""
		}
		if now != "" {
			now += " "
		}
		now += w
	}
	return strings.Join(append(lines, now), "\n")
}

// continuation is how far the further lines of a command are set in.
const continuation = 4

// narrow parts a flag from its value where both together are too wide.
func narrow(phrases []string) []string {
	var out []string
	for _, p := range phrases {
		flag, value, ok := strings.Cut(p, " ")
		if ok && strings.HasPrefix(flag, "-") && continuation+utf8.RuneCountInString(p)+len(` \\`) > columns {
			out = append(out, flag, value)
			continue
		}
		out = append(out, p)
	}
	return out
}

// phrases joins each flag with its value, so that a line is not broken between
// them.
func phrases(words []string) []string {
	var out []string
	for i, w := range words {
		if i > 0 && strings.HasPrefix(words[i-1], "-") && !strings.HasPrefix(w, "-") {
			out[len(out)-1] += " " + quoted(w)
			continue
		}
		out = append(out, quoted(w))
	}
	return out
}

// quoted is a word as a shell reads it.
func quoted(w string) string {
	const plainBytes = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:=,@+"
	if w != "" && strings.Trim(w, plainBytes) == "" {
		return w
	}
	return "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
}
