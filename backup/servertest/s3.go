package servertest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// Kind is a kind of object store. The zero value is none of them.
type Kind int

// The kinds of object stores.
const (
	VersityGW Kind = iota + 1
	MinIO
	RGW
)

// Kinds lists all kinds, for suites that every one must pass, or be refused by.
func Kinds() []Kind { return []Kind{VersityGW, MinIO, RGW} }

// String returns the name that the scripts know a kind by.
func (k Kind) String() string {
	switch k {
	case VersityGW:
		return "versitygw"
	case MinIO:
		return "minio"
	case RGW:
		return "rgw"
	}
	return fmt.Sprintf("kind %d", int(k))
}

// Region is the one that S3 gives a store: VersityGW and MinIO check that
// requests are signed for it, Ceph knows its only one by this name.
const Region = "default"

// S3Server is a running object store.
type S3Server struct {
	Kind      Kind
	Endpoint  string // host and port: 127.0.0.1:45001. It speaks TLS only
	Region    string
	AccessKey string
	SecretKey string
	CAFile    string // the authority of its certificate, in PEM
	CAPEM     []byte // the same text

	folder  string
	program program // what clients talk to
	server
}

// S3 starts a store of a kind for one test. It is empty, and ends with the
// test.
func S3(t testing.TB, kind Kind) *S3Server {
	t.Helper()
	return S3In(t, kind, Region)
}

// S3In is S3 in a named region. Ceph has but the one called Region.
func S3In(t testing.TB, kind Kind, region string) *S3Server {
	t.Helper()
	programs := need(t, kind.find)
	s, err := startS3(kind, region, t.TempDir(), programs)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	return s
}

// find finds the programs of a kind.
func (k Kind) find() (found, error) {
	switch k {
	case VersityGW:
		return built("versitygw", "STRONGROOM_VERSITYGW")
	case MinIO:
		return built("minio", "STRONGROOM_MINIO")
	case RGW:
		return installed()
	}
	return nil, fmt.Errorf("store: want versitygw, minio or rgw, found %s", k)
}

// startS3 starts a store in a folder, on another port when one was taken.
func startS3(kind Kind, region, folder string, programs found) (*S3Server, error) {
	if kind == RGW && region != Region {
		return nil, fmt.Errorf("rgw: want the region %s, found %s", Region, region)
	}
	var err error
	for range startTries {
		var s *S3Server
		if s, err = tryS3(kind, region, folder, programs); err == nil {
			return s, nil
		}
		if !errors.Is(err, errEnded) {
			break
		}
	}
	return nil, err
}

// tryS3 starts a store once.
func tryS3(kind Kind, region, parent string, programs found) (*S3Server, error) {
	s := &S3Server{Kind: kind, Region: region}
	if err := s.prepare(parent); err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	var err error
	switch kind {
	case VersityGW:
		err = s.startVersityGW(programs)
	case MinIO:
		err = s.startMinIO(programs)
	case RGW:
		err = s.startRGW(programs)
	}
	if err != nil {
		s.Stop()
		return nil, err
	}
	return s, nil
}

// prepare makes a folder with the authority, a certificate, and credentials,
// and takes a port.
func (s *S3Server) prepare(parent string) (err error) {
	if s.folder, err = os.MkdirTemp(parent, s.Kind.String()+"-"); err != nil {
		return err
	}
	if s.authority, err = newAuthority(); err != nil {
		return err
	}
	s.CAFile, s.CAPEM = s.in("ca.pem"), s.authority.pem
	if err := os.WriteFile(s.CAFile, s.CAPEM, 0o600); err != nil {
		return err
	}
	if err := os.Mkdir(s.in("certs"), 0o700); err != nil {
		return err
	}
	if err := s.authority.writeIssued(s.certificate(), s.key()); err != nil {
		return err
	}
	s.AccessKey, s.SecretKey = random(20), random(20)+random(20)
	if s.Endpoint, err = freeAddress(); err != nil {
		return err
	}
	s.answers = getter("https://"+s.Endpoint+"/", func() ([]byte, error) { return s.CAPEM, nil })
	return nil
}

// in returns the path of a file in the store's folder. It is absolute: some
// stores work elsewhere when they open it.
func (s *S3Server) in(name string) string { return filepath.Join(s.folder, name) }

// The names are MinIO's; the others take any.
func (s *S3Server) certificate() string { return s.in("certs/public.crt") }
func (s *S3Server) key() string         { return s.in("certs/private.key") }

// Restart ends what clients talk to, if it still runs, and starts it again on
// the same port over the same data. Call it from the test's own goroutine.
func (s *S3Server) Restart(t testing.TB) {
	t.Helper()
	s.Kill()
	if err := s.launch(s.program); err != nil {
		t.Fatal(err)
	}
}

// startVersityGW keeps objects as files in a folder, which must be on a file
// system with extended attributes, and their older versions in another.
func (s *S3Server) startVersityGW(programs found) error {
	for _, folder := range []string{"data", "versions", "users"} {
		if err := os.Mkdir(s.in(folder), 0o700); err != nil {
			return fmt.Errorf("versitygw: %w", err)
		}
	}
	s.program = program{name: "versitygw", path: programs["versitygw"], folder: s.folder,
		args: []string{"--port", s.Endpoint, "--cert", s.certificate(), "--key", s.key(), "--region", s.Region, "--quiet",
			"--iam-dir", s.in("users"), "posix", "--versioning-dir", s.in("versions"), s.in("data")},
		env: []string{"ROOT_ACCESS_KEY_ID=" + s.AccessKey, "ROOT_SECRET_ACCESS_KEY=" + s.SecretKey}}
	return s.launch(s.program)
}

// startMinIO keeps objects in a folder, in a form of its own.
func (s *S3Server) startMinIO(programs found) error {
	s.program = program{name: "minio", path: programs["minio"], folder: s.folder,
		args: []string{"server", "--quiet", "--address", s.Endpoint, "--certs-dir", s.in("certs"), s.in("data")},
		env: []string{"MINIO_ROOT_USER=" + s.AccessKey, "MINIO_ROOT_PASSWORD=" + s.SecretKey, "MINIO_REGION=" + s.Region,
			"MINIO_BROWSER=off", "MINIO_UPDATE=off"}}
	return s.launch(s.program)
}
