package cli

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Warnf writes one warning: something is not as it should be, and the command
// goes on.
func (w World) Warnf(format string, args ...any) {
	w.say("warning", fmt.Sprintf(format, args...))
}

// Hintf writes one hint, a command that can be pasted, where nothing failed.
func (w World) Hintf(format string, args ...any) {
	w.say("hint", fmt.Sprintf(format, args...))
}

// say writes one message to Err. A message of several lines, such as joined
// errors, repeats the voice, so that every line can be searched for. Messages
// are not wrapped: a hint has to survive being pasted.
func (w World) say(voice, text string) {
	for _, line := range strings.Split(text, "\n") {
		fmt.Fprintf(w.Err, "%s: %s: %s\n", w.Program, voice, harmless(line))
	}
}

// tell writes an error with everything that belongs to it: the sentence, the
// next command, whom to call, and last the codes.
func (w World) tell(v verdict) {
	w.say(v.voice(), v.Error)
	if v.Hint != "" {
		w.say("hint", v.Hint)
	}
	if v.Call != "" {
		w.say("call", v.Call)
	}
	if len(v.Codes) > 0 {
		w.say("codes", strings.Join(v.Codes, " "))
	}
}

// harmless shows each rune that a terminal would obey as an escape: control
// characters, direction marks, and bytes that are no UTF-8.
func harmless(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case unicode.IsPrint(r):
			b.WriteRune(r)
		default:
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
		}
		i += n
	}
	return b.String()
}
