package host

import (
	"fmt"
	"os"
	"testing"
)

// childEnv names the job of a test binary that a test started again: what
// Confine does to a process cannot be undone.
const childEnv = "HOST_TEST_CHILD"

func TestMain(m *testing.M) {
	job := os.Getenv(childEnv)
	if job == "" {
		os.Exit(m.Run())
	}
	if err := runChild(job, os.Args[1]); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}
