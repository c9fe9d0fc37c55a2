package signer_test

import (
	"bufio"
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"strongroom/custody"
	"strongroom/custody/durable"
	"strongroom/quorum"
	"strongroom/quorum/record"
	"strongroom/signer"
	"strongroom/signer/keystore"
	"strongroom/signer/signertest"
)

// releaseInALoop is the child's job: below dir are a home, bundles and what
// leaves the machine. It releases one bundle after the other, from the first
// that has no answer, until it is killed.
func releaseInALoop(dir string) error {
	d, err := durable.Open(dir + "/home")
	if err != nil {
		return err
	}
	m, err := signer.Open(d)
	if err != nil {
		return err
	}
	b, err := os.ReadFile(dir + "/seed")
	if err != nil {
		return err
	}
	seed, err := keystore.NewSeed(b)
	if err != nil {
		return err
	}
	key, err := m.Account(seed)
	if err != nil {
		return err
	}
	out, err := durable.Open(dir + "/answers")
	if err != nil {
		return err
	}
	fmt.Println("ready")
	for i := 0; ; i++ {
		name := fmt.Sprintf("%03d", i)
		if _, err := out.ReadFile(name, 1<<20); err == nil {
			continue
		}
		files, err := readFiles(dir + "/bundles/" + name)
		if err != nil {
			return err
		}
		v, session := m.Judge(files, quorum.Release, 2), signer.Session{RTC: "x"}
		signed, err := m.Release(v, session, v.Items[0], key, 2)
		if err != nil {
			return err
		}
		if err := m.Finish(v, session, ""); err != nil {
			return err
		}
		if err := out.WriteNew(name, signed); err != nil {
			return err
		}
	}
}

func readFiles(dir string) ([]quorum.File, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var files []quorum.File
	for _, e := range entries {
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return nil, err
		}
		files = append(files, quorum.File{Name: e.Name(), Bytes: b})
	}
	return files, nil
}

// A killed signer forgets nothing that it let out, and signs nothing twice in
// two ways.
func TestSignerThatIsKilledTenTimes(t *testing.T) {
	const bundles, kills = 150, 10
	v := signertest.New(t)
	s := v.Signer("signer-a")
	dir := t.TempDir()
	var all [][]quorum.File
	var ids []string
	coins := v.Fund(slices.Repeat([]custody.Amount{coin}, bundles)...)
	for i := range bundles {
		p := v.Propose(signertest.Pay(v.To("payroll", 100_000)))
		order := &signertest.Order{Proposal: p, Signatures: v.Approve(p, "bob", "dave"), Packet: v.BuildPSBT(p, coins[i])}
		all = append(all, order.Files())
		ids = append(ids, fmt.Sprintf("%03d", i))
	}
	must(t, os.Mkdir(dir+"/bundles", 0o700))
	must(t, os.Mkdir(dir+"/answers", 0o700))
	for i, files := range all {
		all[i] = append(files, v.Bundle()...)
		v.WriteBundle(dir+"/bundles/"+ids[i], all[i])
	}
	s.Close()
	must(t, os.CopyFS(dir+"/home", os.DirFS(s.Dir)))
	s.Dir = dir + "/home"
	must(t, os.WriteFile(dir+"/seed", s.Raw[:], 0o600))
	source := rand.New(rand.NewPCG(1, 2))
	for range kills {
		killAChild(t, dir, time.Duration(10+source.IntN(150))*time.Millisecond)
		s.Reopen()
		answered := checkAnswers(t, s, dir, ids)
		s.Close()
		if answered > bundles*9/10 {
			t.Fatalf("want bundles left for every child, found %d answered", answered)
		}
	}
	s.Reopen()
	answered := checkAnswers(t, s, dir, ids)
	if answered < kills {
		t.Errorf("want an answer a child at least, found %d", answered)
	}
	t.Logf("%d kills, %d answers", kills, answered)
	for i, id := range ids[:answered] {
		b, err := os.ReadFile(dir + "/answers/" + id)
		must(t, err)
		if again := s.MustRelease(all[i]); !bytes.Equal(again, b) {
			t.Errorf("bundle %s: want the bytes that were let out, found others", id)
		}
	}
}

// killAChild lets a child work for a while.
func killAChild(t *testing.T, dir string, after time.Duration) {
	t.Helper()
	self, err := os.Executable()
	must(t, err)
	c := exec.Command(self)
	c.Env = append(os.Environ(), childJob+"="+dir)
	out, err := c.StdoutPipe()
	must(t, err)
	must(t, c.Start())
	lines := bufio.NewScanner(out)
	if !lines.Scan() || lines.Text() != "ready" {
		t.Errorf("want the child ready, found %q", lines.Text())
	}
	time.Sleep(after)
	must(t, c.Process.Kill())
	for lines.Scan() {
		t.Errorf("want no word from the child, found %q", lines.Text())
	}
	if err := c.Wait(); err == nil || c.ProcessState.ExitCode() >= 0 {
		t.Errorf("want the child killed, found %v", c.ProcessState)
	}
}

// checkAnswers compares the log with what left the machine, and returns how many
// answers that is.
func checkAnswers(t *testing.T, s *signertest.Signer, dir string, ids []string) int {
	t.Helper()
	released, signed := map[string]int{}, map[string]int{}
	for _, r := range s.Records() {
		switch b := r.Body.(type) {
		case record.Released:
			released[b.ID.String()]++
		case record.Signed:
			signed[b.PSBT.String()]++
		}
	}
	answered := 0
	for _, id := range ids {
		b, err := os.ReadFile(dir + "/answers/" + id)
		if os.IsNotExist(err) {
			break
		}
		must(t, err)
		answered++
		if n := signed[hashOf(b)]; n != 1 {
			t.Errorf("answer %s: want it signed once in the log, found it %d times", id, n)
		}
	}
	for id, n := range released {
		if n != 1 {
			t.Errorf("%s: want it released once, found it %d times", id, n)
		}
	}
	if len(released) < answered || len(released) > answered+1 || len(signed) > len(released) {
		t.Errorf("want %d releases or one more, found %d, and %d signed", answered, len(released), len(signed))
	}
	return answered
}
