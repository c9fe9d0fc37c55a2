package story

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"strongroom/cmd/internal/cli"
)

// told plays a scene in a folder of its own and returns what the audience saw.
func told(t *testing.T, play func(*scene)) (string, error) {
	t.Helper()
	if _, err := os.Stat("/bin/sh"); err != nil {
		t.Skip("/bin/sh is not there")
	}
	var out, diag bytes.Buffer
	w := cli.World{Now: time.Now, Rand: rand.Reader, Out: &out, Err: &diag, Env: os.Getenv, ErrWidth: func() int { return 0 }}
	s := &scene{stage: newStage(w, Options{Folder: t.TempDir(), Program: "/nowhere/strongroom", Signer: "/nowhere/strongroom-signer"}), ctx: context.Background()}
	play(s)
	return out.String(), s.err
}

// script makes a program in the story's folder.
func script(s *scene, body string) command {
	path := s.in("program")
	s.must(os.WriteFile(path, []byte("#!/bin/sh\n"+body), 0o700))
	return line("%s", path)
}

func TestWhatIsTypedFollowsItsPrompt(t *testing.T) {
	out, err := told(t, func(s *scene) {
		c := script(s, "echo id 1234abcd\necho type the first 8 >&2\nread a <&3\nread p <&4\necho got \"$a\" ${#p}\n")
		s.run(c.reading("first 8", func(screen string) string { return screen[3:11] }).opening([]byte("seven words")))
	})
	want := "id 1234abcd\ntype the first 8\n> 1234abcd\ngot 1234abcd 11\n"
	if err != nil || !strings.HasSuffix(out, "program\n"+want) {
		t.Errorf("err %v, screen\n%s", err, out)
	}
	if strings.Contains(out, "seven words") {
		t.Error("the passphrase is on the screen")
	}
}

func TestEveryPromptIsAnsweredByWhoeverItNames(t *testing.T) {
	out, err := told(t, func(s *scene) {
		c := script(s, "for p in ada bob; do echo $p, when step 1 is done: type your name >&2; read a <&3; [ $a = $p ] || exit 1; done; echo well\n")
		s.run(c.replying(func(l string) string {
			if m := asksName.FindStringSubmatch(l); m != nil {
				return m[1]
			}
			return ""
		}))
	})
	if err != nil || !strings.HasSuffix(out, "type your name\n> bob\nwell\n") {
		t.Errorf("err %v, screen\n%s", err, out)
	}
}

func TestAShareCrossesAPipeAndNoScreen(t *testing.T) {
	out, err := told(t, func(s *scene) {
		c := script(s, "read w <&5; echo got ${#w}\n")
		s.run(c.opening([]byte("x")).feeding("echo share words"))
	})
	if err != nil || !strings.HasSuffix(out, "\ngot 11\n") {
		t.Errorf("err %v, screen\n%s", err, out)
	}
	_, err = told(t, func(s *scene) { s.run(script(s, "exit 0").opening([]byte("x")).feeding("false x")) })
	if err == nil || !strings.HasSuffix(err.Error(), "exit status 1") {
		t.Errorf("want the other program's failure to end the story, found %v", err)
	}
}

func TestDiceAndCoinsAreFair(t *testing.T) {
	_, err := told(t, func(s *scene) {
		for _, c := range []struct {
			drawn []byte
			n     int
			faces string
		}{{s.dice(diceRolls), diceRolls, "123456"}, {s.coins(coinFlips), coinFlips, "ht"}} {
			words := strings.Fields(string(c.drawn))
			if len(words) != c.n {
				t.Errorf("want %d, found %d", c.n, len(words))
			}
			for _, w := range words {
				if len(w) != 1 || !strings.Contains(c.faces, w) {
					t.Errorf("want one of %s, found %q", c.faces, w)
				}
			}
		}
	})
	if err != nil {
		t.Error(err)
	}
}

func TestAnythingElseThanTheStoryEndsIt(t *testing.T) {
	for name, c := range map[string]struct {
		play func(*scene)
		want string
	}{
		"another exit status": {func(s *scene) { s.run(pipe("exit 2").ends(3)) }, "exit 2: want exit status 3, found 2"},
		"killed":              {func(s *scene) { s.run(pipe("kill -9 $$").ends(3)) }, "kill -9 $$: signal: killed"},
		"no prompt":           {func(s *scene) { s.run(script(s, "exit 0").typing("amount", "1")) }, `PROGRAM: want a prompt with "amount", found none`},
		"no answer":           {func(s *scene) { s.run(script(s, "echo the amount?").reading("amount", firstID)) }, `PROGRAM: want an answer to "the amount?" on the screen, found none`},
		"not on the screen":   {func(s *scene) { s.find("nothing", `id ([0-9]+)`) }, `want something like "id ([0-9]+)" on the screen, found none`},
		"no such program":     {func(s *scene) { s.run(line("no-such-program-here")) }, `no-such-program-here: want the program no-such-program-here: exec: "no-such-program-here": executable file not found in $PATH`},
		"unequal":             {func(s *scene) { s.want(1 == 2, "%d, found %d", 1, 2) }, "want 1, found 2"},
	} {
		t.Run(name, func(t *testing.T) {
			after := false
			folder := ""
			_, err := told(t, func(s *scene) {
				folder = s.o.Folder
				c.play(s)
				s.run(pipe("touch after"))
				after = !s.missing("after")
			})
			want := strings.ReplaceAll(c.want, "PROGRAM", filepath.Join(folder, "program"))
			if err == nil || err.Error() != want {
				t.Errorf("\nwant %s\nhave %v", want, err)
			}
			if after {
				t.Error("the story went on")
			}
		})
	}
}

func TestCommandsAreShownAsAPersonTypesThem(t *testing.T) {
	for _, c := range []struct {
		command command
		apart   []string
		want    string
	}{
		{line("strongroom queue"), nil, "strongroom queue"},
		{line("strongroom propose --memo").and("it's for\tus"), nil, "strongroom propose --memo 'it'\\''s for\tus'"},
		{line("ssh-keygen -N").and(""), nil, "ssh-keygen -N ''"},
		{signer("signer-a", "status").typing("x", "y").opening([]byte("z")), []string{"unshare", "-n"}, "unshare -n strongroom-signer --home signer-a status"},
		{line("strongroom propose withdrawal --pay exchange-hot:0.40000000 --fee-max 0.00010000 --key k"), nil,
			"strongroom propose withdrawal --pay exchange-hot:0.40000000 \\\n--fee-max 0.00010000 --key k"},
		{line("ssh-keygen -Y verify").reads("text"), nil, "ssh-keygen -Y verify < text"},
		{pipe("a | b"), nil, "a | b"},
		{line("strongroom-signer release b --share-fd ada=5").feeding("age -d -i key share.age"), nil, "strongroom-signer release b --share-fd ada=5 5< <(age -d -i key share.age)"},
		{line("strongroom ceremony plan --holder bea=age125afu66ha3lj6u5sglhtxjd8ngk2nqwzvacs5368e9k75vkslpuqxg40hz"), nil,
			"strongroom ceremony plan --holder \\\nbea=age125afu66ha3lj6u5sglhtxjd8ngk2nqwzvacs5368e9k75vkslpuqxg40hz"},
	} {
		if have := c.command.typed(c.apart); have != c.want {
			t.Errorf("\nwant %q\nhave %q", c.want, have)
		}
	}
}

func TestNoLineIsWiderThanTheScreenUnlessOneWordIs(t *testing.T) {
	long := strings.Repeat("ab12", 20)
	for _, c := range []struct{ line, want string }{
		{"short", "short"},
		{"field         " + long + "x", "field         " + long + "x"},
		{"field         " + strings.Repeat("word ", 14), "field         " + strings.Repeat("word ", 12) + "word\n              word "},
		{"  in " + strings.Repeat("word ", 16), "  in " + strings.Repeat("word ", 14) + "word\n  word "},
		{"strongroom: hint: " + strings.Repeat("word ", 13), "strongroom: hint: " + strings.Repeat("word ", 11) + "word\n    word "},
	} {
		if have := strings.Join(wrap(c.line, columns, hanging(c.line)), "\n"); have != c.want {
			t.Errorf("\nwant %q\nhave %q", c.want, have)
		}
	}
}

func TestACutSaysHowMuchItLeavesOut(t *testing.T) {
	var lines []shown
	for i := range 9 {
		lines = append(lines, shown{text: fmt.Sprintf("line %d", i)})
	}
	for _, c := range []struct {
		cut           cut
		before, after int
	}{
		{cut{}, 0, 0},
		{cut{head: 2, tail: 3}, 2, 6},
		{cut{head: 4, tail: 4}, 0, 0}, // one line is shown instead
		{cut{head: 20, tail: 1}, 0, 0},
		{cut{head: 1, resume: "line 7"}, 1, 7},
		{cut{head: 1, resume: "elsewhere"}, 0, 0},
	} {
		if before, after := c.cut.of(lines); before != c.before || after != c.after {
			t.Errorf("%+v: want %d to %d, found %d to %d", c.cut, c.before, c.after, before, after)
		}
	}
}

func TestPassphrasesAreDrawnFromDifferentWords(t *testing.T) {
	list := strings.Fields(words)
	slices.Sort(list)
	if n := len(slices.Compact(list)); n != 256 {
		t.Errorf("want 256 different words, found %d", n)
	}
	for _, w := range list {
		if len(w) < 3 || strings.Trim(w, "abcdefghijklmnopqrstuvwxyz") != "" {
			t.Errorf("want words of three letters and more, found %q", w)
		}
	}
	_, err := told(t, func(s *scene) {
		p := strings.Fields(string(s.passphrase()))
		slices.Sort(p)
		if len(slices.Compact(p)) != passphraseWords {
			t.Errorf("want %d different words, found %d", passphraseWords, len(p))
		}
	})
	if err != nil {
		t.Error(err)
	}
}
