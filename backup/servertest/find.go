package servertest

import (
	"fmt"
	"os"
	"os/exec"
	"testing"
)

// found are the programs of a server by name, as absolute paths.
type found map[string]string

// need finds the programs of a server, or ends the test: by a skip, or by a
// failure where servers are needed. Where they are left to another run, it skips.
func need(t testing.TB, find func() (found, error)) found {
	t.Helper()
	if os.Getenv("STRONGROOM_SERVERS") == "later" {
		t.Skip("left to make test-all")
	}
	programs, err := find()
	switch {
	case err == nil:
		return programs
	case os.Getenv("STRONGROOM_SERVERS") == "needed":
		t.Fatal(err)
	default:
		t.Skip(err)
	}
	return nil
}

// built finds a server that our script builds and a variable names.
func built(name, variable string) (found, error) {
	path, err := exec.LookPath(os.Getenv(variable))
	if err != nil {
		return nil, fmt.Errorf("%s: want it at $%s, found %q: run scripts/build-servers.sh %s, and the tests by scripts/gotest.sh", name, variable, os.Getenv(variable), name)
	}
	return found{name: path}, nil
}

// installed finds Ceph's programs, which come from the system's packages.
func installed() (found, error) {
	programs := found{}
	for _, name := range []string{"monmaptool", "ceph-mon", "ceph-osd", "ceph", "radosgw", "radosgw-admin"} {
		path, err := exec.LookPath(name)
		if err != nil {
			return nil, fmt.Errorf("rgw: want %s, found none: run scripts/install-tools.sh rgw", name)
		}
		programs[name] = path
	}
	return programs, nil
}
