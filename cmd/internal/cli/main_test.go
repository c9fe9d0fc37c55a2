package cli

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// tree is a small program with a group, a leaf and a command for every kind of
// end.
func tree(w World) *cobra.Command {
	root := &cobra.Command{Use: "strongroom", Short: "a vault", Example: "strongroom backup run", Version: "v1"}
	root.PersistentFlags().String("home", "", "the vault's `DIR`")
	backup := &cobra.Command{Use: "backup", Short: "copies that come back", Example: "strongroom backup run"}
	run := &cobra.Command{
		Use: "run", Short: "make one", Long: "Makes one snapshot and ships it to every store that the plan names, under object lock.\n\nNothing is deleted.",
		Example: "strongroom backup run --json",
		RunE:    func(*cobra.Command, []string) error { w.Text("shipped"); return nil },
	}
	run.Flags().Bool("json", false, "machine form")
	run.Flags().String("plan", "", "the plan's `FILE`")
	backup.AddCommand(run, &cobra.Command{Use: "restore ID", Short: "bring one back", Example: "strongroom backup restore 7", Args: cobra.ExactArgs(1), RunE: func(*cobra.Command, []string) error { return nil }})
	root.AddCommand(backup, ending("fail", errors.New("plan.txt: no such file")),
		ending("hinted", Hint(errors.New("plan.txt: no such file"), "strongroom init --home %s", "vault")),
		ending("refused", fmt.Errorf("W-14: %w", Refusal{Sentence: "fee: wanted at most 9,000 sat, found 12,000 sat", Codes: []string{"TX-FEE", "TX-RATE"},
			Hint: "strongroom build W-14 --fee-rate 4", Call: "the fee officer, by the vault's book"})),
		ending("alarm", Refusal{Sentence: "log: found a second head", Codes: []string{"LOG-FORK"}, Alarm: true}),
		ending("known", Reported(Refusal{Sentence: "two copies are late", Codes: []string{"BK-LATE"}, Alarm: true})),
		ending("two", errors.Join(errors.New("first"), errors.New("second\x1b[2Jline"))))
	return root
}

func ending(name string, err error) *cobra.Command {
	cmd := &cobra.Command{Use: name, Short: "ends so", Example: "strongroom " + name, RunE: func(*cobra.Command, []string) error { return err }}
	cmd.Flags().Bool("json", false, "machine form")
	return cmd
}

func TestMainEndsWithTheStatusAndTheThreeVoices(t *testing.T) {
	for _, c := range []struct {
		args, out, err string
		exit           int
	}{
		{"backup run", "shipped\n", "", Done},
		{"--version", "strongroom version v1\n", "", Done},
		{"fail", "", "strongroom: error: plan.txt: no such file\n", Failed},
		{"hinted", "", "strongroom: error: plan.txt: no such file\nstrongroom: hint: strongroom init --home vault\n", Failed},
		{"refused", "", "strongroom: refused: W-14: fee: wanted at most 9,000 sat, found 12,000 sat\n" +
			"strongroom: hint: strongroom build W-14 --fee-rate 4\n" +
			"strongroom: call: the fee officer, by the vault's book\n" +
			"strongroom: codes: TX-FEE TX-RATE\n", Refused},
		{"alarm", "", "strongroom: ALARM: log: found a second head\nstrongroom: codes: LOG-FORK\n", Alarm},
		{"alarm --json", "{\n  \"error\": \"log: found a second head\",\n  \"codes\": [\n    \"LOG-FORK\"\n  ],\n  \"exit\": 4\n}\n",
			"strongroom: ALARM: log: found a second head\nstrongroom: codes: LOG-FORK\n", Alarm},
		{"fail --json", "{\n  \"error\": \"plan.txt: no such file\",\n  \"codes\": [],\n  \"exit\": 1\n}\n", "strongroom: error: plan.txt: no such file\n", Failed},
		{"known --json", "", "strongroom: ALARM: two copies are late\nstrongroom: codes: BK-LATE\n", Alarm},
		{"two", "", "strongroom: error: first\nstrongroom: error: second\\x1b[2Jline\n", Failed},

		{"bakcup", "", "strongroom: error: strongroom: wanted one of its commands, found \"bakcup\"\nstrongroom: hint: strongroom backup\n", Usage},
		{"bakcup run --json", "", "strongroom: error: strongroom: wanted one of its commands, found \"bakcup\"\nstrongroom: hint: strongroom backup run --json\n", Usage},
		{"backup rnu", "", "strongroom: error: strongroom backup: wanted one of its commands, found \"rnu\"\nstrongroom: hint: strongroom backup run\n", Usage},
		{"backup rnu --home a;b", "", "strongroom: error: strongroom backup: wanted one of its commands, found \"rnu\"\nstrongroom: hint: strongroom backup run\n", Usage},
		{"backup zzz", "", "strongroom: error: strongroom backup: wanted one of its commands, found \"zzz\"\nstrongroom: hint: strongroom backup --help\n", Usage},
		{"help zzz", "", "strongroom: error: strongroom: wanted one of its commands, found \"zzz\"\nstrongroom: hint: strongroom --help\n", Usage},
		{"backup run --yes", "", "strongroom: error: unknown flag: --yes\nstrongroom: hint: strongroom backup run --help\n", Usage},
		{"backup run now", "", "strongroom: error: strongroom backup run: wanted no argument, found \"now\"\nstrongroom: hint: strongroom backup run --help\n", Usage},
		{"backup restore", "", "strongroom: error: accepts 1 arg(s), received 0\nstrongroom: hint: strongroom backup restore --help\n", Usage},
	} {
		t.Run(c.args, func(t *testing.T) {
			s := newStage(t)
			exit := Main(s.World, tree(s.World), strings.Fields(c.args))
			if exit != c.exit {
				t.Errorf("exit: wanted %d, found %d", c.exit, exit)
			}
			same(t, "out", s.out.String(), c.out)
			same(t, "err", s.err.String(), c.err)
		})
	}
}

func TestGroupWithoutVerbShowsItsHelpAndIsNoSuccess(t *testing.T) {
	s := newStage(t)
	if exit := Main(s.World, tree(s.World), []string{"backup"}); exit != Usage {
		t.Errorf("exit: wanted %d, found %d", Usage, exit)
	}
	same(t, "out", s.out.String(), "")
	same(t, "err", s.err.String(), `Example:
  strongroom backup run

copies that come back

Usage:
  strongroom backup COMMAND

Commands:
  restore  bring one back
  run      make one

Flags:
  -h, --help   help for backup

Flags of every command:
      --home DIR   the vault's DIR

More about one: strongroom backup COMMAND --help
strongroom: error: strongroom backup: wanted a command, found none
strongroom: hint: strongroom backup --help
`)
}

func TestHelpOpensWithAWorkedExample(t *testing.T) {
	want := `Example:
  strongroom backup run --json

Makes one snapshot and ships it to every store that the plan names, under object
lock.

Nothing is deleted.

Usage:
  strongroom backup run [flags]

Flags:
  -h, --help        help for run
      --json        machine form
      --plan FILE   the plan's FILE

Flags of every command:
      --home DIR   the vault's DIR

`
	for _, args := range [][]string{{"backup", "run", "--help"}, {"help", "backup", "run"}, {"backup", "run", "-h"}} {
		s := newStage(t)
		if exit := Main(s.World, tree(s.World), args); exit != Done {
			t.Errorf("%q: exit: wanted %d, found %d", args, Done, exit)
		}
		same(t, strings.Join(args, " "), s.out.String()+s.err.String(), want)
	}
}

func TestRequiredFlagIsAQuestionOfUsage(t *testing.T) {
	s := newStage(t)
	root := tree(s.World)
	run, _, err := root.Find([]string{"backup", "run"})
	if err != nil {
		t.Fatal(err)
	}
	if err := run.MarkFlagRequired("plan"); err != nil {
		t.Fatal(err)
	}
	if exit := Main(s.World, root, []string{"backup", "run"}); exit != Usage {
		t.Errorf("exit: wanted %d, found %d", Usage, exit)
	}
	same(t, "err", s.err.String(), "strongroom: error: required flag(s) \"plan\" not set\nstrongroom: hint: strongroom backup run --help\n")
}

func TestNoArgumentsNeverMeansTheProcessesOwn(t *testing.T) {
	s := newStage(t)
	if exit := Main(s.World, tree(s.World), nil); exit != Usage {
		t.Errorf("exit: wanted %d, found %d", Usage, exit)
	}
}

func TestCheckCommandsNamesWhatLacksAnExample(t *testing.T) {
	s := newStage(t)
	if got := CheckCommands(tree(s.World)); len(got) != 0 {
		t.Errorf("wanted a complete tree, found %q", got)
	}
	root := tree(s.World)
	root.AddCommand(&cobra.Command{Use: "bare"})
	same(t, "missing", strings.Join(CheckCommands(root), "\n"),
		"strongroom bare: wanted an example, found none\nstrongroom bare: wanted a short description, found none")
}

func TestWarningsCannotMoveTheCursor(t *testing.T) {
	s := newStage(t)
	s.Warnf("file %s is old", "a\x1b[1Ab\u202ec\xffd\re")
	s.Hintf("strongroom doctor")
	same(t, "err", s.err.String(), `strongroom: warning: file a\x1b[1Ab\u202ec\xffd\re is old`+"\nstrongroom: hint: strongroom doctor\n")
}

func TestReadFileIsBounded(t *testing.T) {
	folder := t.TempDir()
	name := folder + "/f"
	if err := os.WriteFile(name, []byte("12345"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := newStage(t)
	s.In = strings.NewReader("123456")
	for _, c := range []struct {
		name, want string
		limit      int64
	}{
		{name, "", 5},
		{name, name + ": wanted at most 4 bytes, found more", 4},
		{"-", "standard input: wanted at most 5 bytes, found more", 5},
		{name + "x", name + "x: no such file or directory", 5},
		{folder, folder + ": is a directory", 5},
	} {
		b, err := s.ReadFile(c.name, c.limit)
		same(t, c.name, errText(err), c.want)
		if err == nil && string(b) != "12345" {
			t.Errorf("%s: wanted 12345, found %q", c.name, b)
		}
	}
}

func TestHomeIsNamedOrRefused(t *testing.T) {
	s := newStage(t)
	dir, err := s.Home("", "STRONGROOM_HOME")
	same(t, "home", dir, "")
	same(t, "error", errText(err), "home: wanted a folder by --home or STRONGROOM_HOME, found neither")
	if v := judge(err); v.Exit != Usage || v.Hint != "export STRONGROOM_HOME=DIR" {
		t.Errorf("wanted a question of usage with a hint, found %+v", v)
	}
	s.Env = func(name string) string { return map[string]string{"STRONGROOM_HOME": "/srv/vault/"}[name] }
	dir, err = s.Home("", "STRONGROOM_HOME")
	same(t, "home", dir+errText(err), "/srv/vault")
	dir, err = s.Home("other", "STRONGROOM_HOME")
	same(t, "home", dir+errText(err), "other")
}

func TestFlagsOfTheHouse(t *testing.T) {
	s := newStage(t)
	root := &cobra.Command{Use: "strongroom", Short: "a vault", Example: "strongroom", RunE: func(*cobra.Command, []string) error { return nil }}
	home, json, confirm, passphrase := HomeFlag(root, "STRONGROOM_HOME"), JSONFlag(root), ConfirmFD(root), PassphraseFD(root)
	if exit := Main(s.World, root, nil); exit != Done || *home != "" || *json || *confirm != NoFD || *passphrase != NoFD {
		t.Errorf("defaults: found exit %d, home %q, json %v, descriptors %d and %d", exit, *home, *json, *confirm, *passphrase)
	}
	if exit := Main(s.World, root, strings.Fields("--home x --json --confirm-fd 3 --passphrase-fd 4")); exit != Done || *home != "x" || !*json || *confirm != 3 || *passphrase != 4 {
		t.Errorf("given: found exit %d, home %q, json %v, descriptors %d and %d", exit, *home, *json, *confirm, *passphrase)
	}
}
