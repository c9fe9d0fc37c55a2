package signer_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"strongroom/quorum"
	"strongroom/signer"
	"strongroom/signer/signertest"
)

// TestTwinThatSignsOtherBytesStopsTheRelease compares with a machine that holds
// the same key: other bytes never leave and are never recorded as signed; the
// right ones complete what was begun.
func TestTwinThatSignsOtherBytesStopsTheRelease(t *testing.T) {
	v := signertest.New(t)
	v.Fund(coin)
	order := v.Order()
	files, s := v.Bundle(order), v.Signer("signer-a")

	s.Close()
	home, twin := s.Dir, filepath.Join(t.TempDir(), "twin")
	must(t, os.CopyFS(twin, os.DirFS(home)))
	s.Dir = twin
	s.Reopen()
	want := s.MustRelease(files)
	s.Close()
	s.Dir = home
	s.Reopen()

	release := func(twin []byte) ([]byte, error) {
		session, visit := v.Session("frank"), s.Machine.Judge(files, quorum.Release, 2)
		visit.Items[0].Twin = twin
		signed, err := s.Machine.Release(visit, session, visit.Items[0], s.Unlock(), 2)
		must(t, s.Machine.Finish(visit, session, ""))
		return signed, err
	}
	for _, other := range [][]byte{{}, order.Packet.Bytes(), append(bytes.Clone(want), 0)} {
		signed, err := release(other)
		var refused *signer.RefusedError
		if !errors.As(err, &refused) || refused.Reasons[0].Code != "TX-TWIN" || signed != nil {
			t.Fatalf("want TX-TWIN and no bytes, found %d bytes and %v", len(signed), err)
		}
		r, ok := s.Machine.State().Released(order.ID())
		if !ok || len(r.Signed) != 0 {
			t.Fatalf("want it released and not signed, found %v, %v", ok, r.Signed)
		}
	}
	signed, err := release(want)
	if err != nil || !bytes.Equal(signed, want) {
		t.Fatalf("want the twin's bytes, found %d bytes and %v", len(signed), err)
	}
	if r, _ := s.Machine.State().Released(order.ID()); len(r.Signed) != 1 {
		t.Errorf("want one signed record, found %v", r.Signed)
	}
}
