package handbook

import (
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

// Command is one command of ours as a page has it.
type Command struct {
	Page  string   // the file
	Line  int      // on which the command begins, counted from 1
	Words []string // the program first
	Whole bool     // somebody may type it as it stands
}

// Read returns the commands of a program on all Markdown pages and in all service
// units of a tree, in the order of files and lines.
func Read(tree fs.FS, program string) ([]Command, error) {
	var list []Command
	err := fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		read := map[string]func(string) []Command{".md": onPage, ".service": inUnit}[path.Ext(name)]
		if err != nil || d.IsDir() || read == nil {
			return err
		}
		text, err := fs.ReadFile(tree, name)
		for _, c := range read(string(text)) {
			if c.Words[0] == program {
				c.Page = name
				list = append(list, c)
			}
		}
		return err
	})
	return list, err
}

// InExample returns the commands of a program in a help page's example.
func InExample(example, program string) []Command {
	var list []Command
	lines := strings.Split(example, "\n")
	for i := 0; i < len(lines); i++ {
		line, used := joined(lines[i:])
		for _, c := range typed(line) {
			if c.Words[0] == program {
				c.Line = i + 1
				list = append(list, c)
			}
		}
		i += used
	}
	return list
}

// inUnit reads what a unit of systemd starts.
func inUnit(text string) (list []Command) {
	for i, line := range strings.Split(text, "\n") {
		started, ok := strings.CutPrefix(line, "ExecStart=/usr/local/bin/")
		if !ok {
			continue
		}
		for _, c := range typed(started) {
			c.Line = i + 1
			list = append(list, c)
		}
	}
	return list
}

// onPage reads one page: whole lines in its blocks of code, and what is named
// between quotes elsewhere.
func onPage(text string) (list []Command) {
	lines, fenced := strings.Split(text, "\n"), false
	for i := 0; i < len(lines); i++ {
		number, found := i+1, []Command(nil)
		switch line := lines[i]; {
		case strings.HasPrefix(strings.TrimSpace(line), "```"):
			fenced = !fenced
		case fenced || strings.HasPrefix(line, "    "):
			whole, used := joined(lines[i:])
			found = typed(whole)
			i += used
		default:
			found = named(line)
		}
		for _, c := range found {
			c.Line = number
			list = append(list, c)
		}
	}
	return list
}

// joined returns a line with those that continue it, and how many these are.
func joined(lines []string) (line string, used int) {
	line = lines[0]
	for strings.HasSuffix(line, "\\") && used+1 < len(lines) {
		used++
		line = strings.TrimSuffix(line, "\\") + lines[used]
	}
	return line, used
}

// typed returns the commands of ours on a line that is typed.
func typed(line string) (list []Command) {
	line = strings.TrimPrefix(strings.TrimSpace(line), "$ ")
	for _, words := range pipeline(line) {
		if words = ours(words); words != nil {
			list = append(list, command(words, true))
		}
	}
	return list
}

var quoted = regexp.MustCompile("`(strongroom(?:-signer)? [^`]+)`|'(strongroom(?:-signer)? [^']+)'")

// named returns the commands that a sentence names.
func named(line string) (list []Command) {
	for _, m := range quoted.FindAllStringSubmatch(line, -1) {
		for _, words := range pipeline(m[1] + m[2]) {
			if words = ours(words); words != nil {
				list = append(list, command(words, false))
			}
		}
	}
	return list
}

// command knows that where dots stand for something, nobody types the rest alone.
func command(words []string, whole bool) Command {
	return Command{Words: words, Whole: whole && !slices.Contains(words, dots)}
}

// What a page says for anything, and for any command.
const (
	dots       = "..."
	anyCommand = "COMMAND"
)

// wrapped is what may stand before a command: assignments, and programs that run
// another.
var wrapped = regexp.MustCompile(`^([A-Z_]+=.*|unshare|-n|exec|sudo|nice)$`)

// ours returns a command from our program on, by its name or as it is built; nil
// when it is none of ours.
func ours(words []string) []string {
	for i, w := range words {
		switch name := strings.TrimPrefix(w, "bin/"); {
		case name == "strongroom" || name == "strongroom-signer":
			return append([]string{name}, words[i+1:]...)
		case !wrapped.MatchString(w):
			return nil
		}
	}
	return nil
}
