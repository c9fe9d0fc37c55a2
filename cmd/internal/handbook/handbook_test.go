package handbook

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/spf13/cobra"
)

func TestLinesAreCutAsAShellCutsThem(t *testing.T) {
	for _, c := range []struct {
		line string
		want [][]string
	}{
		{"a b  c\td", [][]string{{"a", "b", "c", "d"}}},
		{`a 'b c' "d \"e\" # f" g#h # i`, [][]string{{"a", "b c", `d "e" # f`, "g#h"}}},
		{"a ''", [][]string{{"a", ""}}},
		{"a | b; c && d &", [][]string{{"a"}, {"b"}, {"c"}, {"d"}}},
		{"{ a; b; } > c", [][]string{{"{", "a"}, {"b"}, {"}"}}},
		{"a >b 2>/dev/null <c d", [][]string{{"a", "d"}}},
		{"a 5< <(b -d c | e) f", [][]string{{"b", "-d", "c"}, {"e"}, {"a", "f"}}},
		{`a --x "$(b c)" $(d (e)`, [][]string{{"d"}, {"e"}, {"a", "--x", "$(b c)", "$(d (e)"}}},
		{"# a b", nil},
		{"", nil},
	} {
		if got := pipeline(c.line); fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("%s: want %q, found %q", c.line, c.want, got)
		}
	}
}

// pages is a tree with every form in which a page has a command, and with what
// looks like one and is none.
func pages() fstest.MapFS {
	return fstest.MapFS{
		"README.md": {Data: []byte("Type `strongroom add one` or see 'strongroom list ...', not strongroom of it.\n\n" +
			"    $ strongroom --home x add \\\n        -o y one   # strongroom no\n    cmd/strongroom   the desk\n    strongroom: hint: strongroom no\n")},
		"docs/a.md": {Data: []byte("```\n$ X=1 unshare -n bin/strongroom list | strongroom add two\nsha256sum bin/strongroom\n```\n" +
			"`strongroom` and `strongroom-signer list`\n- a list\n\n        strongroom list --all <(strongroom add three)\n")},
		"a.service":  {Data: []byte("[Service]\n# strongroom no\nExecStart=/usr/local/bin/strongroom add ${X}/four\nExecStart=/usr/bin/other strongroom no\n")},
		"docs/b.txt": {Data: []byte("    strongroom no\n")},
	}
}

func TestCommandsAreFoundWherePagesHaveThem(t *testing.T) {
	list, err := Read(pages(), "strongroom")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range list {
		got = append(got, fmt.Sprintf("%s:%d %t %s", c.Page, c.Line, c.Whole, strings.Join(c.Words, " ")))
	}
	want := []string{
		"README.md:1 false strongroom add one",
		"README.md:1 false strongroom list ...",
		"README.md:3 true strongroom --home x add -o y one",
		"a.service:3 true strongroom add ${X}/four",
		"docs/a.md:2 true strongroom list",
		"docs/a.md:2 true strongroom add two",
		"docs/a.md:8 true strongroom add three",
		"docs/a.md:8 true strongroom list --all <(strongroom add three)",
	}
	if !slices.Equal(got, want) {
		t.Errorf("want\n%s\nfound\n%s", strings.Join(want, "\n"), strings.Join(got, "\n"))
	}
	if list, err := Read(pages(), "strongroom-signer"); err != nil || len(list) != 1 || list[0].Line != 5 {
		t.Errorf("want one command of the signer, found %v, %v", list, err)
	}
}

// tree has add ONE, which wants -o, and list, in a group of their own and outside.
func tree() *cobra.Command {
	run := func(*cobra.Command, []string) error { panic("handbook: a check ran a command") }
	root := &cobra.Command{Use: "strongroom", Version: "v1", Example: "strongroom list"}
	root.PersistentFlags().String("home", "", "")
	add := &cobra.Command{Use: "add ONE", Args: cobra.ExactArgs(1), RunE: run, Example: "strongroom add one -o x\nstrongroom add one"}
	add.Flags().StringP("out", "o", "", "")
	if err := add.MarkFlagRequired("out"); err != nil {
		panic("handbook: " + err.Error())
	}
	list := &cobra.Command{Use: "list", RunE: run}
	list.Flags().Bool("all", false, "")
	group := &cobra.Command{Use: "group"}
	group.AddCommand(&cobra.Command{Use: "verb", RunE: run})
	root.AddCommand(add, list, group)
	return root
}

func TestCommandsThatDoNotExistAreFoundOut(t *testing.T) {
	for _, c := range []struct{ line, whole, named string }{
		{"strongroom add one -o x", "", ""},
		{"strongroom --home=h list --all", "", ""},
		{"strongroom list --home h --all", "", ""},
		{"strongroom group verb --help", "", ""},
		{"strongroom add --help", "", ""},
		{"strongroom --version", "", ""},
		{"strongroom help add", "", ""},
		{"strongroom COMMAND --help", "", ""},
		{"strongroom add one -o ... --home ...", "", ""},
		{"strongroom add one -o ... --some ...", "strongroom add: want one of its flags, found --some", "same"},
		{"strongroom add -o x", "accepts 1 arg(s), received 0", ""},
		{"strongroom add one two -o x", "accepts 1 arg(s), received 2", ""},
		{"strongroom add one", "strongroom add: want --out, found it not there", ""},
		{"strongroom list one", "strongroom list: want no arguments, found one", ""},
		{"strongroom group", "strongroom group: want one of its commands, found none", ""},
		{"strongroom", "strongroom: want one of its commands, found none", ""},
		{"strongroom remove one", "strongroom: want one of its commands, found remove", "same"},
		{"strongroom group list", "strongroom group: want one of its commands, found list", "same"},
		{"strongroom list --some", "strongroom list: want one of its flags, found --some", "same"},
		{"strongroom list --some=1", "strongroom list: want one of its flags, found --some", "same"},
		{"strongroom list -o x", "strongroom list: want one of its flags, found -o", "same"},
		{"strongroom add one -o", "strongroom add: want a value of -o, found none", "same"},
	} {
		if c.named == "same" {
			c.named = c.whole
		}
		for whole, want := range map[bool]string{true: c.whole, false: c.named} {
			got := strings.Join(Check(tree(), []Command{{Page: "a.md", Line: 7, Words: strings.Fields(c.line), Whole: whole}}), "\n")
			if want != "" {
				want = "a.md:7: " + c.line + ": " + want
			}
			if got != want {
				t.Errorf("%s, whole %t: want %q, found %q", c.line, whole, want, got)
			}
		}
	}
}

func TestExamplesAreCheckedToo(t *testing.T) {
	got := Check(tree(), Examples(tree()))
	if want := []string{"strongroom add --help:2: strongroom add one: strongroom add: want --out, found it not there"}; !slices.Equal(got, want) {
		t.Errorf("want %q, found %q", want, got)
	}
}
