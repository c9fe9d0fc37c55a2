package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"strongroom/cmd/internal/cli"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"strongroom": main, "age-plugin-rehearsal": rehearsal,
		"strongroom-year-ahead":  func() { off(ofDays(365)) },
		"strongroom-year-behind": func() { off(ofDays(-365)) },
		"strongroom-short-disk":  shortDisk,
		"strongroom-hung-mounts": hungMounts})
}

// off is the program on a machine whose clock is off.
func off(by time.Duration) {
	w := cli.System()
	w.Program, w.Now = "strongroom", func() time.Time { return time.Now().Add(by) }
	os.Exit(cli.Main(w, root(w), os.Args[1:]))
}

// fewestScripts is a floor: fewer means that the folder was not read.
const fewestScripts = 13

// TestScripts runs every script of testdata. The commands that scripts have
// beside the program's own are methods of stage.
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) < fewestScripts {
		t.Fatalf("testdata: want at least %d scripts, found %d: %v", fewestScripts, len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			s := &stage{t: t}
			testscript.Run(t, testscript.Params{Setup: quickExit, Files: []string{file}, RequireExplicitExec: true, RequireUniqueNames: true, Cmds: s.commands()})
		})
	}
}

// quickExit spares the programs of a script the second that the race detector has
// them wait at their end.
func quickExit(e *testscript.Env) error {
	e.Setenv("GORACE", "atexit_sleep_ms=0")
	return nil
}

func TestEveryCommandHasAnExample(t *testing.T) {
	if missing := cli.CheckCommands(root(cli.System())); len(missing) > 0 {
		t.Error(strings.Join(missing, "\n"))
	}
}

// plain is a script command that cannot be negated.
func plain(f func(*testscript.TestScript, []string)) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		if neg {
			ts.Fatalf("this command cannot fail")
		}
		f(ts, args)
	}
}

// answers FILE LINE... writes what a person types.
func answers(ts *testscript.TestScript, args []string) {
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.Join(args[1:], "\n")+"\n"), 0o600))
}

// exits N CMD... runs a command that must end with exit status N.
func exits(ts *testscript.TestScript, _ bool, args []string) {
	err := ts.Exec(args[1], args[2:]...)
	got := "0"
	if err != nil {
		got = strings.TrimPrefix(err.Error(), "exit status ")
	}
	if got != args[0] {
		ts.Fatalf("want exit status %s, found %v", args[0], err)
	}
}

// confirmed N PROGRAM ARG... runs a command that shows an id and asks for its
// first digits, which are typed as a person reads them. The id is then in $ID,
// $ID8 and $ID16. It must end with exit status N.
func confirmed(ts *testscript.TestScript, args []string) {
	p := startProgram(ts, args[1:])
	id := p.readID()
	p.types(id[:min(8, len(id))])
	if got := p.wait(); got != args[0] {
		ts.Fatalf("want exit status %s, found %s", args[0], got)
	}
	if len(id) == 64 {
		ts.Setenv("ID", id)
		ts.Setenv("ID8", id[:8])
		ts.Setenv("ID16", id[:16])
	}
}

// count PATH N wants N files below a folder; a folder that is not there has
// none.
func countFiles(ts *testscript.TestScript, args []string) {
	n := 0
	err := filepath.WalkDir(ts.MkAbs(args[0]), func(_ string, e os.DirEntry, err error) error {
		if err == nil && e.Type().IsRegular() {
			n++
		}
		return nil
	})
	ts.Check(err)
	if want := args[1]; want != strings.TrimSpace(itoa(n)) {
		ts.Fatalf("%s: want %s files, found %d", args[0], want, n)
	}
}
