package bucket

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/btcsuite/btcd/wire/v2"

	"strongroom/custody/auditlog"
	"strongroom/custody/durable"
	"strongroom/quorum/registry"
	"strongroom/quorum/text"
)

// place is where registries of a suite lie.
type place struct {
	// open opens the one registry on another machine.
	open func(t *testing.T) *registry.Registry
	// calm ends the place's faults.
	calm func()
}

func openDir(t testing.TB, folder string) *durable.Dir {
	t.Helper()
	d, err := durable.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

// directory is the plain form of a registry.
func directory(t *testing.T) place {
	folder := t.TempDir()
	return place{calm: func() {}, open: func(t *testing.T) *registry.Registry {
		r, err := registry.Open(openDir(t, folder))
		if err != nil {
			t.Fatal(err)
		}
		return r
	}}
}

// over is a registry in a bucket in memory. One machine remembers what it read.
func over(s *store) place {
	machines := 0
	return place{calm: s.calm, open: func(t *testing.T) *registry.Registry {
		c := Config{Objects: s, Name: "shared", Prefix: "acme/", Warn: func(line string) { t.Log(line) }}
		if machines++; machines == 2 {
			c.Copies = openDir(t, t.TempDir())
		}
		return open(t, c)
	}}
}

func open(t testing.TB, c Config) *registry.Registry {
	t.Helper()
	f, err := Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	r, err := registry.OpenIn(f)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// until repeats what a store that is away kept from happening, as a person does.
func until(t *testing.T, f func() error) error {
	t.Helper()
	for range 400 {
		if err := f(); !errors.Is(err, registry.ErrAway) {
			return err
		}
	}
	t.Error("want it done in 400 tries, found the store away")
	return errAway
}

func someText(writer, n int) []byte {
	return fmt.Appendf(nil, "strongroom/proposal@v1\nkind test\nmemo %d-%d\n", writer, n)
}

func someTx(n int) *wire.MsgTx {
	tx := wire.NewMsgTx(2)
	tx.AddTxIn(&wire.TxIn{PreviousOutPoint: wire.OutPoint{Index: uint32(n)}})
	tx.AddTxOut(wire.NewTxOut(int64(n), []byte{0x51}))
	return tx
}

// history is the log of a signer: entries of which those from parts on say name.
type history struct {
	verifier            auditlog.Verifier
	checkpoint, entries []byte
}

func newHistory(t testing.TB, n, parts int, name string) history {
	t.Helper()
	key, err := auditlog.NewKey(bytes.NewReader(bytes.Repeat([]byte{5}, 32)), "acme/signer-a")
	if err != nil {
		t.Fatal(err)
	}
	l, err := auditlog.Create(openDir(t, t.TempDir()), key)
	if err != nil {
		t.Fatal(err)
	}
	var all [][]byte
	for i := range n {
		e := fmt.Sprintf("entry %d", i)
		if i >= parts {
			e += name
		}
		all = append(all, []byte(e))
	}
	if err := l.Append(all...); n > 0 && err != nil {
		t.Fatal(err)
	}
	checkpoint, entries := l.Export()
	return history{key.Verifier(), checkpoint, entries}
}

func (h history) put(r *registry.Registry) error {
	_, err := r.PutLog(h.verifier, "signer-a", h.checkpoint, h.entries)
	return err
}

// signed are the logs that the suite puts: one history as it grows, and two that
// part.
type signed struct{ growing, parting []history }

func signedLogs(t testing.TB) signed {
	s := signed{parting: []history{newHistory(t, 9, 4, " one"), newHistory(t, 8, 4, " two")}}
	for n := range bulk {
		s.growing = append(s.growing, newHistory(t, n, n, ""))
	}
	return s
}

// run is the suite that a registry passes wherever it lies.
func run(t *testing.T, s signed, make func(t *testing.T) place) {
	t.Run("nothing that was put is lost, whoever writes at the same time", func(t *testing.T) { losesNothing(t, make(t)) })
	t.Run("one history put by many is never called two", func(t *testing.T) { keepsOneHistory(t, make(t), s.growing) })
	t.Run("two histories put at once are told and both kept", func(t *testing.T) { tellsTwoHistories(t, make(t), s.parting) })
}

const (
	writers = 6
	bulk    = 12 // how much each of them puts
)

// atOnce runs a task on several machines.
func atOnce(t *testing.T, p place, task func(w int, r *registry.Registry)) {
	var all sync.WaitGroup
	for w := range writers {
		r := p.open(t)
		all.Go(func() { task(w, r) })
	}
	all.Wait()
}

func losesNothing(t *testing.T, p place) {
	atOnce(t, p, func(w int, r *registry.Registry) {
		for n := range bulk {
			for _, from := range []int{w, 99} { // what only this one puts, and what all put
				b := someText(from, n)
				if err := until(t, func() error { _, err := r.PutText(b); return err }); err != nil {
					t.Error(err)
				}
			}
			if err := until(t, func() error { _, err := r.PutTx(someTx(n)); return err }); err != nil {
				t.Error(err)
			}
		}
	})
	p.calm()
	r := p.open(t)
	for n := range bulk {
		for _, w := range []int{0, 1, 2, 3, 4, 5, 99} {
			b := someText(w, n)
			if found, err := r.Text(text.Identity(b)); err != nil || !bytes.Equal(found, b) {
				t.Errorf("text %d of writer %d: want it as it was put, found %q, %v", n, w, found, err)
			}
		}
		if tx, err := r.Tx(someTx(n).TxHash()); err != nil || tx.TxHash() != someTx(n).TxHash() {
			t.Errorf("transaction %d: want it as it was put, found %v", n, err)
		}
	}
	all, err := r.Texts()
	if want := bulk * (writers + 1); err != nil || len(all) != want {
		t.Errorf("want %d texts listed, found %d, %v", want, len(all), err)
	}
	if all, err := r.Txs(); err != nil || len(all) != bulk {
		t.Errorf("want %d transactions listed, found %d, %v", bulk, len(all), err)
	}
}

func keepsOneHistory(t *testing.T, p place, logs []history) {
	atOnce(t, p, func(w int, r *registry.Registry) {
		for n := w % 3; n < len(logs); n += 1 + w%2 {
			if err := until(t, func() error { return logs[n].put(r) }); err != nil {
				t.Errorf("writer %d, log of %d: %v", w, n, err)
			}
		}
		_, _, _, err := r.Log(logs[0].verifier, "signer-a")
		if err != nil && !errors.Is(err, registry.ErrAway) {
			t.Errorf("writer %d: want a log, found %v", w, err)
		}
	})
	p.calm()
	r := p.open(t)
	last := logs[len(logs)-1]
	found, _, entries, err := r.Log(last.verifier, "signer-a")
	if err != nil || !bytes.Equal(entries, last.entries) {
		t.Errorf("want the log of %d entries, found %v, %v", len(logs)-1, found, err)
	}
	if forks, err := r.Forks(last.verifier, "signer-a"); err != nil || len(forks) != 0 {
		t.Errorf("want no second history, found %d, %v", len(forks), err)
	}
}

func tellsTwoHistories(t *testing.T, p place, both []history) {
	var mutex sync.Mutex
	told := map[int]int{}
	atOnce(t, p, func(w int, r *registry.Registry) {
		err := until(t, func() error { return both[w%2].put(r) })
		if err != nil && !errors.Is(err, registry.ErrFork) && !errors.Is(err, registry.ErrTampered) {
			t.Errorf("writer %d: %v", w, err)
		}
		mutex.Lock()
		defer mutex.Unlock()
		if err != nil {
			told[w%2]++
		}
	})
	p.calm()
	r := p.open(t)
	for i, h := range slices.Concat(both, both) { // whoever comes later
		err := h.put(r)
		if early := i < 2 && errors.Is(err, registry.ErrTampered); err != nil && !early && !errors.Is(err, registry.ErrFork) {
			t.Error(err)
		}
	}
	_, _, kept, err := r.Log(both[0].verifier, "signer-a")
	if err != nil {
		t.Fatal(err)
	}
	forks, err := r.Forks(both[0].verifier, "signer-a")
	if err != nil || len(forks) == 0 {
		t.Fatalf("want the second history, found %d, %v", len(forks), err)
	}
	histories := [][]byte{kept}
	for _, f := range forks {
		histories = append(histories, auditlog.EncodeEntries(f.Entries()))
	}
	for i, h := range both {
		if !slices.ContainsFunc(histories, func(b []byte) bool { return bytes.Equal(b, h.entries) }) {
			t.Errorf("history %d: want it kept, found it nowhere", i)
		}
	}
	if told[0] > 0 && told[1] > 0 && told[0] == writers/2 && told[1] == writers/2 {
		t.Errorf("want one history to win, found nobody's taken")
	}
}

func TestARegistryInADirectoryPassesTheSuite(t *testing.T) { run(t, signedLogs(t), directory) }

func TestARegistryInABucketPassesTheSuite(t *testing.T) {
	run(t, signedLogs(t), func(*testing.T) place { return over(newStore(1, 0)) })
}

// Requests fail, answers are lost, writes come twice or after their client gave
// up, in any order, and lists are behind.
func TestARegistryInABucketPassesTheSuiteWhateverBreaks(t *testing.T) {
	logs := signedLogs(t)
	for seed := range uint64(12) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			run(t, logs, func(*testing.T) place {
				s := newStore(seed, float64(seed%5)*0.02)
				s.lateBy = 2 * int(seed)
				return over(s)
			})
		})
	}
}

func TestCopyBringsARegistryIntoABucketAndBack(t *testing.T) {
	from, s := directory(t), newStore(1, 0)
	source := from.open(t)
	for n := range 5 {
		if _, err := source.PutText(someText(0, n)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := source.PutTx(someTx(1)); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(newHistory(t, 6, 3, " one").put(source), ignore(newHistory(t, 5, 3, " two").put(source), registry.ErrFork)); err != nil {
		t.Fatal(err)
	}
	shared := over(s).open(t)
	if c, err := registry.Copy(shared, source); err != nil || c.Files != 15 || len(c.Odd) != 0 {
		t.Fatalf("want 15 files copied, found %+v, %v", c, err)
	}
	back := t.TempDir()
	target, err := registry.Open(openDir(t, back))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // it may be repeated
		if c, err := registry.Copy(target, over(s).open(t)); err != nil || c.Files != 15 || len(c.Odd) != 0 {
			t.Fatalf("want 15 files copied, found %+v, %v", c, err)
		}
	}
	if v := newHistory(t, 0, 0, "").verifier; true {
		if _, _, entries, err := target.Log(v, "signer-a"); err != nil || !bytes.Equal(entries, newHistory(t, 6, 3, " one").entries) {
			t.Errorf("want the log, found %v", err)
		}
		if forks, err := target.Forks(v, "signer-a"); err != nil || len(forks) != 1 {
			t.Errorf("want one second history, found %d, %v", len(forks), err)
		}
	}
	if files, err := filepath.Glob(filepath.Join(back, "texts", "*")); err != nil || len(files) != 5 {
		t.Errorf("want 5 texts, found %v, %v", files, err)
	}
}

func ignore(err, known error) error {
	if errors.Is(err, known) {
		return nil
	}
	return err
}
