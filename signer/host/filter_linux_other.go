//go:build linux && !amd64 && !arm64

package host

import (
	"errors"
	"runtime"
)

func installFilter() error {
	return errors.New("no filter for this processor: want amd64 or arm64, found " + runtime.GOARCH)
}
