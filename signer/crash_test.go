package signer_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"strongroom/custody"
	"strongroom/custody/durable"
	"strongroom/quorum"
	"strongroom/quorum/record"
	"strongroom/signer"
	"strongroom/signer/signertest"
)

// stopBefore stops a folder before step n, from 0, and counts the steps.
func stopBefore(n int, steps *int, cause error) durable.Fault {
	return func(durable.Op) error {
		if *steps == n {
			return cause
		}
		*steps++
		return nil
	}
}

// crashes runs a release on copies of one home, stopped before every step in
// turn, and hands each home, switched on again, to check. answer is what the
// stopped run gave; it has no error when the run came to its end.
func crashes(t *testing.T, cause error, check func(n int, v *signertest.Vault, s *signertest.Signer, a signertest.Answer, order *signertest.Order, files []quorum.File)) {
	t.Helper()
	v := signertest.New(t)
	v.Fund(coin, coin)
	s, order := v.Signer("signer-a"), v.Order()
	files := v.Bundle(order)
	s.Close()
	home := s.Dir
	const most = 200
	for n := 0; ; n++ {
		if n > most {
			t.Fatalf("want an end within %d steps, found none", most)
		}
		s.Dir = filepath.Join(t.TempDir(), "home")
		if err := os.CopyFS(s.Dir, os.DirFS(home)); err != nil {
			t.Fatal(err)
		}
		steps := 0
		var a signertest.Answer
		if a.Err = s.ReopenWith(stopBefore(n, &steps, cause)); a.Err == nil {
			a = s.Release(files)
			if a.Err != nil {
				brokenStaysBroken(t, n, v, s, cause)
			}
		}
		if a.Err != nil && !errors.Is(a.Err, cause) {
			t.Errorf("step %d: want the cause in the error, found %v", n, a.Err)
		}
		s.Reopen()
		check(n, v, s, a, order, files)
		s.Close()
		if a.Err == nil {
			if n < 50 {
				t.Errorf("want some fifty steps at least, found %d", n)
			}
			return
		}
	}
}

// brokenStaysBroken demands that a machine writes nothing more after a failed
// write.
func brokenStaysBroken(t *testing.T, n int, v *signertest.Vault, s *signertest.Signer, cause error) {
	t.Helper()
	before := onDisk(t, s.Dir)
	_, err := s.Machine.Trust(v.Session(), &quorum.Bundle{}, "")
	if err == nil {
		t.Errorf("step %d: want no write after a failed one, found none refused", n)
	}
	if !errors.Is(err, cause) {
		t.Errorf("step %d: want the first failure named again, found %v", n, err)
	}
	if fmt.Sprint(onDisk(t, s.Dir)) != fmt.Sprint(before) {
		t.Errorf("step %d: want the home as the crash left it, found it changed", n)
	}
}

// count tells how many records of a kind a log holds.
func count(s *signertest.Signer, k record.Kind) (n int) {
	for _, kind := range s.Kinds() {
		if kind == k {
			n++
		}
	}
	return n
}

func TestCrashAtAnyStepIsCompletedByTheSamePacket(t *testing.T) {
	for _, cause := range []error{errors.New("power cut"), syscall.ENOSPC} {
		t.Run(cause.Error(), func(t *testing.T) {
			var want []byte
			states := map[string]int{}
			crashes(t, cause, func(n int, v *signertest.Vault, s *signertest.Signer, a signertest.Answer, _ *signertest.Order, files []quorum.File) {
				states[fmt.Sprintf("%d released, %d signed", count(s, record.KindReleased), count(s, record.KindSigned))]++
				acknowledged := len(a.Signed) == 1
				if acknowledged && (count(s, record.KindReleased) != 1 || count(s, record.KindSigned) != 1) {
					t.Errorf("step %d: want what left the machine in its log, found %v", n, s.Kinds())
				}
				before := s.Records()
				got := s.MustRelease(files)
				if want == nil {
					want = got
				}
				if !bytes.Equal(got, want) || acknowledged && !bytes.Equal(a.Signed[0], want) {
					t.Errorf("step %d: want the same signatures each time, found others", n)
				}
				if count(s, record.KindReleased) != 1 || count(s, record.KindSigned) != 1 {
					t.Errorf("step %d: want one release and one signature in the log, found %v", n, s.Kinds())
				}
				for i, r := range s.Records()[:len(before)] {
					if fmt.Sprintf("%+v", r) != fmt.Sprintf("%+v", before[i]) {
						t.Errorf("step %d: want record %d as it was, found another", n, i)
					}
				}
				s.Reopen()
				noLeftovers(t, n, s.Dir)
			})
			if len(states) != 3 {
				t.Errorf("want crashes before the release, before the signature and after it, found %v", states)
			}
		})
	}
}

// noLeftovers demands that no half-written file is left.
func noLeftovers(t *testing.T, n int, dir string) {
	t.Helper()
	for name := range onDisk(t, dir) {
		if strings.Contains(name, ".tmp") {
			t.Errorf("step %d: want no temporary file after the next start, found %s", n, name)
		}
	}
}

// Once the release is on disk, only its own transaction is ever signed.
func TestCrashLeavesNoRoomForAnotherTransaction(t *testing.T) {
	tried := 0
	crashes(t, errors.New("power cut"), func(n int, v *signertest.Vault, s *signertest.Signer, _ signertest.Answer, order *signertest.Order, files []quorum.File) {
		other := *order
		packet, err := custody.ParsePSBT(order.Packet.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		_, change := places(t, v, packet)
		packet.Tx.TxOut[change].Value -= 100
		other.Packet = packet
		changed := append(signertest.Without(files, order.ID().Short()+".psbt"), quorum.File{Name: order.ID().Short() + ".psbt", Bytes: packet.Bytes()})
		released := count(s, record.KindReleased)
		a := s.Release(changed)
		if a.Err != nil {
			t.Fatal(a.Err)
		}
		if got := strings.Join(a.Codes(), " "); released == 1 && got != "TX-SECOND" || released == 0 && got != "" {
			t.Errorf("step %d, %d released: want another transaction refused after the release alone, found %q", n, released, got)
		}
		tried += released
	})
	if tried < 5 {
		t.Errorf("want several crashes after the release, found %d", tried)
	}
}

// A new signer may stop at any step of its making and go on afterwards.
func TestCrashAtAnyStepOfSettingUp(t *testing.T) {
	setup := signer.Setup{Vault: "acme-treasury", Device: "signer-a", Network: custody.Regtest}
	source := rand.NewChaCha8([32]byte{1})
	elsewhere, _ := newMachine(t, setup)
	key := signertest.MakeWalletKey(t, elsewhere, source, true)
	for n := 0; ; n++ {
		dir := filepath.Join(t.TempDir(), "home")
		steps := 0
		err := setUp(t, dir, stopBefore(n, &steps, errors.New("power cut")), setup, source, key)
		if err == nil {
			if n < 40 {
				t.Errorf("want some forty steps at least, found %d", n)
			}
			return
		}
		if err := setUp(t, dir, nil, setup, source, key); err != nil {
			t.Fatalf("step %d: want the making taken up, found %v", n, err)
		}
		noLeftovers(t, n, dir)
	}
}

// setUp does what is left to do of making a signer with its key, and checks
// that the key opens.
func setUp(t *testing.T, dir string, f durable.Fault, setup signer.Setup, source io.Reader, key signertest.WalletKey) error {
	t.Helper()
	if err := os.Mkdir(dir, 0o700); err != nil && !os.IsExist(err) {
		t.Fatal(err)
	}
	d, err := durable.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if f != nil {
		d = d.WithFault(f)
	}
	m, err := signer.Open(d)
	if err != nil {
		if m, err = signer.Init(d, setup, source); err != nil {
			return errors.Join(err, d.Close())
		}
	}
	defer func() { err = errors.Join(err, m.Close()) }()
	if len(m.State().Keys()) == 0 {
		if err := m.TakeKey(signer.Session{RTC: "x"}, key.NewKey); err != nil {
			return err
		}
	}
	for holder, words := range key.Words {
		if len(m.State().Proven(key.Shares.Fingerprint, 1, holder)) > 0 {
			continue
		}
		if err := m.ProveShare(signer.Session{RTC: "x"}, holder, words); err != nil {
			return err
		}
	}
	return nil
}

// Trusting a policy and enrolling a wallet may stop at any step too. The next
// start shows the one or the other done or not begun, and both can be repeated.
func TestCrashAtAnyStepOfTrusting(t *testing.T) {
	v := signertest.Draft(t)
	s, files := v.Signer("signer-a"), v.Founding()
	s.Close()
	home := s.Dir
	for n := 0; ; n++ {
		s.Dir = filepath.Join(t.TempDir(), "home")
		must(t, os.CopyFS(s.Dir, os.DirFS(home)))
		steps := 0
		err := s.ReopenWith(stopBefore(n, &steps, errors.New("power cut")))
		if err == nil {
			err = trustAndEnroll(t, v, s, files)
		}
		s.Reopen()
		if again := trustAndEnroll(t, v, s, files); again != nil {
			t.Fatalf("step %d: want it done the second time, found %v", n, again)
		}
		s.Reopen()
		if got, want := fmt.Sprint(s.Kinds()), "[shares key genesis enrolled]"; got != want {
			t.Errorf("step %d: want the log %s, found %s", n, want, got)
		}
		noLeftovers(t, n, s.Dir)
		s.Close()
		if err == nil {
			if n < 60 {
				t.Errorf("want some sixty steps at least, found %d", n)
			}
			return
		}
	}
}

// trustAndEnroll does what the log does not hold yet.
func trustAndEnroll(t *testing.T, v *signertest.Vault, s *signertest.Signer, files []quorum.File) error {
	t.Helper()
	if _, ok := s.Machine.State().Genesis(); !ok {
		if reasons, err := s.Machine.Trust(v.Session(), bundleOf(t, files), v.Genesis.String()); err != nil || len(reasons) > 0 {
			return errors.Join(err, fmt.Errorf("%v", reasons))
		}
	}
	if _, ok := s.Machine.State().Wallet("main"); !ok {
		if reasons, err := s.Machine.Enroll(v.Session(), bundleOf(t, files), "main"); err != nil || len(reasons) > 0 {
			return errors.Join(err, fmt.Errorf("%v", reasons))
		}
	}
	return nil
}
