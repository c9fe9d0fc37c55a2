package handbook

import "strings"

// pipeline cuts a line as a shell does, into the words of each command on it:
// quotes hold words together, and what is redirected or behind # is left out. It
// knows no variables and no escapes but those within double quotes.
func pipeline(line string) (commands [][]string) {
	s := splitter{}
	for i := 0; i < len(line) && !s.comment; i++ {
		i += s.take(line, i)
	}
	s.end()
	return s.commands
}

// splitter is where a line has been read to.
type splitter struct {
	commands [][]string
	words    []string
	word     strings.Builder
	inWord   bool
	quote    byte // the quote that is open, or 0
	skip     bool // the next word is where something is redirected
	comment  bool
}

// take takes one character, and returns how many it took beside.
func (s *splitter) take(line string, i int) int {
	switch c := line[i]; {
	case s.quote == '"' && c == '\\' && i+1 < len(line):
		s.word.WriteByte(line[i+1])
		return 1
	case s.quote != 0 && c == s.quote:
		s.quote = 0
	case s.quote != 0:
		s.word.WriteByte(c)
	case c == '\'' || c == '"':
		s.quote, s.inWord = c, true
	case (c == '$' || c == '<') && i+1 < len(line) && line[i+1] == '(':
		return s.substitute(line[i:]) - 1
	case strings.IndexByte(" \t|;&()", c) >= 0:
		s.flush()
		if c != ' ' && c != '\t' {
			s.end()
		}
	case c == '<' || c == '>':
		s.redirect()
	case c == '#' && !s.inWord:
		s.comment = true
	default:
		s.word.WriteByte(c)
		s.inWord = true
	}
	return 0
}

// substitute takes $(...) or <(...) as one word, reads the commands in it too, and
// returns its length.
func (s *splitter) substitute(rest string) int {
	depth, end := 0, len(rest)
	for i, c := range rest {
		if c == '(' {
			depth++
		}
		if c == ')' {
			if depth--; depth == 0 {
				end = i + 1
				break
			}
		}
	}
	s.commands = append(s.commands, pipeline(strings.TrimSuffix(rest[2:end], ")"))...)
	s.word.WriteString(rest[:end])
	s.inWord = true
	return end
}

// redirect drops a descriptor's number before it, and the word behind it.
func (s *splitter) redirect() {
	if strings.Trim(s.word.String(), "0123456789") == "" {
		s.word.Reset()
		s.inWord = false
	}
	s.flush()
	s.skip = true
}

func (s *splitter) flush() {
	if s.inWord && !s.skip {
		s.words = append(s.words, s.word.String())
	}
	s.skip = s.skip && !s.inWord
	s.word.Reset()
	s.inWord = false
}

func (s *splitter) end() {
	s.flush()
	s.skip = false
	if len(s.words) > 0 {
		s.commands = append(s.commands, s.words)
	}
	s.words = nil
}
