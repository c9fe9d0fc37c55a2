package signer_test

import (
	"fmt"
	"os"
	"testing"
)

// childJob names the job of a process that a test has started: the folder that
// it works in.
const childJob = "STRONGROOM_SIGNER_TEST_CHILD"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childJob); dir != "" {
		if err := releaseInALoop(dir); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}
