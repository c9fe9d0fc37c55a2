package servertest

import (
	"fmt"
	"os"
	"sync"
	"testing"
)

// Shared keeps servers for all tests of a package. The first test that asks for
// one starts it. The zero value is ready:
//
//	var servers servertest.Shared
//
//	func TestMain(m *testing.M) { os.Exit(servers.Main(m)) }
//
// Each test makes a bucket or a mount of its own, and leaves the server alone:
// who kills or pauses one, starts one by S3 or Vault.
type Shared struct {
	mu     sync.Mutex
	folder string
	stores map[place]*S3Server
	vault  *VaultServer
	failed map[place]error // starts that are not tried again
}

// place names a server: a store by kind and region, Vault by the zero value.
type place struct {
	kind   Kind
	region string
}

// Main runs the tests of a package and ends the servers. It returns the exit
// status.
func (s *Shared) Main(m *testing.M) int {
	status := m.Run()
	if err := s.Close(); err != nil {
		fmt.Fprintln(os.Stderr, "servertest:", err)
		return max(1, status)
	}
	return status
}

// S3 returns the store of a kind.
func (s *Shared) S3(t testing.TB, kind Kind) *S3Server {
	t.Helper()
	return s.S3In(t, kind, Region)
}

// S3In returns the store of a kind in a region.
func (s *Shared) S3In(t testing.TB, kind Kind, region string) *S3Server {
	t.Helper()
	programs := need(t, kind.find)
	s.mu.Lock()
	defer s.mu.Unlock()
	at := place{kind, region}
	if s.stores[at] == nil {
		s.start(t, at, func(folder string) error {
			store, err := startS3(kind, region, folder, programs)
			if err == nil {
				s.stores[at] = store
			}
			return err
		})
	}
	return s.stores[at]
}

// Vault returns the secrets server.
func (s *Shared) Vault(t testing.TB) *VaultServer {
	t.Helper()
	programs := need(t, findVault)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.vault == nil {
		s.start(t, place{}, func(folder string) error {
			vault, err := startVault(folder, "", programs)
			if err == nil {
				s.vault = vault
			}
			return err
		})
	}
	return s.vault
}

// start starts a server once. If it fails, it fails for every test that asks.
func (s *Shared) start(t testing.TB, at place, begin func(folder string) error) {
	t.Helper()
	if s.folder == "" {
		folder, err := os.MkdirTemp("", "strongroom-servers-")
		if err != nil {
			t.Fatal(err)
		}
		s.folder, s.stores, s.failed = folder, map[place]*S3Server{}, map[place]error{}
	}
	if s.failed[at] == nil {
		s.failed[at] = begin(s.folder)
	}
	if err := s.failed[at]; err != nil {
		t.Fatal(err)
	}
}

// Close ends the servers and removes what they kept. It may be called again.
func (s *Shared) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, store := range s.stores {
		store.Stop()
	}
	if s.vault != nil {
		s.vault.Stop()
	}
	s.stores, s.vault = nil, nil
	if s.folder == "" {
		return nil
	}
	folder := s.folder
	s.folder = ""
	return os.RemoveAll(folder)
}
