package signer_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"strongroom/quorum/policy"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
	"strongroom/signer/signertest"
)

// The log names a transcript of words only when it is there.
func TestCrashAtAnyStepOfTakingWords(t *testing.T) {
	v := signertest.Draft(t)
	s := v.Signer("signer-a")
	must(t, s.Machine.KeepUnfinished([]byte("how far it is\n")))
	s.Close()
	home := s.Dir
	transcript := []byte("the account of a ceremony\n")
	name := "transcript-" + text.Identity(transcript).Short() + ".txt"
	w := record.Wiped{Medium: "memory", Held: "24 words", Method: record.Clear, Tool: "strongroom-signer", Verified: "overwritten", Destination: "stays", By: []text.ID{"frank", "kim"}}
	for n := 0; ; n++ {
		s.Dir = filepath.Join(t.TempDir(), "home")
		must(t, os.CopyFS(s.Dir, os.DirFS(home)))
		steps := 0
		err := s.ReopenWith(stopBefore(n, &steps, errors.New("power cut")))
		if err == nil {
			err = s.Machine.TakeWords(v.Session(), transcript, w)
		}
		s.Reopen()
		_, entries := s.Machine.Export()
		recorded := bytes.Contains(entries, []byte("held 24 words\n"))
		if b, e := os.ReadFile(filepath.Join(s.Dir, name)); recorded && (e != nil || !bytes.Equal(b, transcript)) {
			t.Errorf("step %d: want the transcript that the log speaks of, found %v", n, e)
		}
		if err == nil {
			left, e := s.Machine.Unfinished()
			if !recorded || left != nil || e != nil || n < 5 {
				t.Errorf("want it recorded and finished after several steps, found %t %q %v after %d", recorded, left, e, n)
			}
			s.Close()
			return
		}
		must(t, s.Machine.TakeWords(v.Session(), transcript, w))
		s.Close()
	}
}

// Words leave a machine in the clear only where the policy says so, whoever asks.
func TestNoShareIsPrintedInClearWithoutTheAllowance(t *testing.T) {
	v := signertest.New(t, signertest.WithShares())
	s := v.Signer("signer-a")
	before := onDisk(t, s.Dir)
	because(t, s.Machine.PrintShare(v.Session(), "anna", s.Words["anna"]),
		"share of anna: want clear-words allowed by annex workstation, found it not there (KEY-FACTOR)")
	if after := onDisk(t, s.Dir); fmt.Sprint(after) != fmt.Sprint(before) {
		t.Error("want nothing written, found something")
	}
	v = signertest.Draft(t, signertest.WithShares(policy.AllowClearWords))
	s = v.Signer("signer-a")
	because(t, s.Machine.PrintShare(v.Session(), "anna", s.Words["anna"]),
		"share of anna: want clear-words allowed by annex workstation, found it not there (KEY-FACTOR)")

	v = signertest.New(t, signertest.WithShares(policy.AllowClearWords))
	s = v.Signer("signer-a")
	because(t, s.Machine.PrintShare(v.Session(), "anna", s.Words["bert"]), "share of anna: want that of generation 1, found that of bert in generation 1 (KEY-SHARE)")
	must(t, s.Machine.PrintShare(v.Session(), "anna", s.Words["anna"]))
	_, entries := s.Machine.Export()
	note := fmt.Sprintf("note share of anna, generation 1 of key %x: printed in clear words\n", s.Record.Key.Origin().Fingerprint)
	if !bytes.Contains(entries, []byte(note)) {
		t.Error("want the log to say that it is printed, found nothing")
	}
}
