package durable

import (
	"errors"
	"io"
	"os"
	"strings"
	"testing"
)

// crashCase is one change of a folder that may be stopped before any step.
type crashCase struct {
	name   string
	before map[string]string
	change func(d *Dir) error
	after  map[string]string
	again  string // error of doing it again once it is done; "" for none
	steps  string // the order in which the disk is changed
}

func crashCases() []crashCase {
	return []crashCase{
		{
			name:   "WriteFile replaces",
			before: map[string]string{"a": "old", "b": "other"},
			change: func(d *Dir) error { return d.WriteFile("a", []byte("new")) },
			after:  map[string]string{"a": "new", "b": "other"},
			steps:  "create temp a, write a, sync a, rename a, sync dir .",
		},
		{
			name:   "WriteFile makes",
			change: func(d *Dir) error { return d.WriteFile("a", []byte("new")) },
			after:  map[string]string{"a": "new"},
			steps:  "create temp a, write a, sync a, rename a, sync dir .",
		},
		{
			name:   "WriteNew",
			change: func(d *Dir) error { return d.WriteNew("a", []byte("new")) },
			after:  map[string]string{"a": "new"},
			steps:  "create temp a, write a, sync a, link a, remove a, sync dir .",
		},
		{
			name:   "WriteNew of what is there",
			before: map[string]string{"a": "new"},
			change: func(d *Dir) error { return d.WriteNew("a", []byte("new")) },
			after:  map[string]string{"a": "new"},
			steps:  "sync a, sync dir .",
		},
		{
			name: "WriteStream",
			change: func(d *Dir) error {
				return d.WriteStream("a", func(w io.Writer) error {
					_, err := w.Write(make([]byte, streamBuffer+1))
					_, err2 := io.WriteString(w, "end")
					return errors.Join(err, err2)
				})
			},
			after: map[string]string{"a": string(make([]byte, streamBuffer+1)) + "end"},
			again: "DIR/a: exists already",
			steps: "create temp a, write a, write a, sync a, link a, remove a, sync dir .",
		},
		{
			name: "WriteChecked",
			change: func(d *Dir) error {
				return d.WriteChecked("a", func(w io.Writer) error {
					_, err := w.Write(make([]byte, streamBlock+1))
					_, err2 := io.WriteString(w, "end")
					return errors.Join(err, err2)
				}, all(streamBlock+4))
			},
			after: map[string]string{"a": string(make([]byte, streamBlock+1)) + "end"},
			again: "DIR/a: exists already",
			steps: "create temp a, write a, write a, sync a, link a, remove a, sync dir .",
		},
		{
			name:   "Remove",
			before: map[string]string{"a": "old"},
			change: func(d *Dir) error { return d.Remove("a") },
			after:  map[string]string{},
			again:  "DIR/a: remove: no such file or directory",
			steps:  "remove a, sync dir .",
		},
		{
			name: "Sub",
			change: func(d *Dir) error {
				sub, err := d.Sub("s")
				return errors.Join(err, sub.Close())
			},
			after: map[string]string{"s": "(folder)"},
			steps: "make dir s, sync dir .",
		},
		{
			name: "WriteFile in a sub folder",
			change: func(d *Dir) error {
				sub, err := d.Sub("s")
				if err != nil {
					return err
				}
				defer sub.Close()
				return sub.WriteFile("a", []byte("new"))
			},
			after: map[string]string{"s": "(folder)"},
			steps: "make dir s, sync dir ., create temp s/a, write s/a, sync s/a, rename s/a, sync dir s",
		},
	}
}

// stopBefore stops before step n (from 0) and notes the steps that were asked.
func stopBefore(n int, steps *[]string) Fault {
	return func(op Op) error {
		if len(*steps) == n {
			return errors.New("power cut")
		}
		*steps = append(*steps, op.String())
		return nil
	}
}

func TestCrashBeforeAnyStepLeavesOldOrNew(t *testing.T) {
	for _, c := range crashCases() {
		t.Run(c.name, func(t *testing.T) {
			done := false
			for n := 0; !done; n++ {
				if n > 20 {
					t.Fatal("does not end")
				}
				done = crashOnce(t, c, n)
			}
		})
	}
}

// crashOnce stops c before step n, looks at what is left, and lets a new start
// finish the work. It reports whether c came to its end before step n.
func crashOnce(t *testing.T, c crashCase, n int) (done bool) {
	dir := t.TempDir()
	for name, content := range c.before {
		must(t, os.WriteFile(dir+"/"+name, []byte(content), 0o600))
	}
	var steps []string
	d := mustOpen(t, dir).WithFault(stopBefore(n, &steps))
	err := c.change(d)
	done = err == nil
	if !done && (!errors.Is(err, ErrStopped) || !strings.HasSuffix(err.Error(), "power cut")) {
		t.Errorf("step %d: %v", n, err)
	}
	if done && strings.Join(steps, ", ") != c.steps {
		t.Errorf("steps\n got %s\nwant %s", strings.Join(steps, ", "), c.steps)
	}
	if !done && d.WriteFile("later", nil) == nil {
		t.Errorf("step %d: written after the power cut", n)
	}
	fresh := mustOpen(t, dir)
	must(t, fresh.Clean())
	if found := show(onDisk(t, dir)); done && found != show(c.after) || found != show(c.before) && found != show(c.after) {
		t.Errorf("step %d: found %s, wanted %s or %s", n, found, show(c.before), show(c.after))
	}
	switch err := c.change(fresh); {
	case err != nil && (show(onDisk(t, dir)) != show(c.after) || c.again == ""):
		t.Errorf("step %d, afterwards: %v", n, err)
	case err != nil:
		wantError(t, err, dir, c.again)
	}
	wantOnDisk(t, dir, c.after)
	return done
}

func TestStoppedFolderStaysStopped(t *testing.T) {
	dir := t.TempDir()
	var steps []string
	d := mustOpen(t, dir).WithFault(stopBefore(5, &steps))
	sub, err := d.Sub("s")
	must(t, err)
	defer sub.Close()
	wantError(t, sub.WriteFile("a", []byte("x")), dir, "DIR/s/a: rename: rename s/a: stopped by the fault hook: power cut")
	wantError(t, d.WriteNew("b", nil), dir, "DIR/b: create a temporary file: create temp b: stopped by the fault hook: power cut")
	if err := sub.Clean(); !errors.Is(err, ErrStopped) {
		t.Errorf("tidied up after the power cut: %v", err)
	}
}
