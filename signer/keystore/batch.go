package keystore

import (
	"fmt"
	"sync"

	"strongroom/custody"
)

// Job is one signature to make: the digest, and the key by branch and index.
type Job struct {
	Branch custody.Branch
	Index  uint32
	Digest [32]byte
}

// SignMany makes the signatures of Sign for all jobs, in their order, on up to
// the given number of goroutines; the result does not depend on that number.
// All jobs are checked before the first is signed, and if one fails there is no
// signature at all.
func (a *Account) SignMany(jobs []Job, workers int) ([][]byte, error) {
	if a == nil || a.secret == nil {
		return nil, ErrWiped
	}
	if len(jobs) > maxJobs {
		return nil, fmt.Errorf("sign: want at most %d jobs, found %d", maxJobs, len(jobs))
	}
	if workers < 1 || workers > maxWorkers {
		return nil, fmt.Errorf("sign: want 1 to %d workers, found %d", maxWorkers, workers)
	}
	for i, j := range jobs {
		if err := j.check(); err != nil {
			return nil, fmt.Errorf("sign: job %d: %w", i+1, err)
		}
	}
	secret := a.secret()
	out := make([][]byte, len(jobs))
	errs := make([]error, len(jobs))
	workers = max(1, min(workers, len(jobs)))
	var wait sync.WaitGroup
	for w := range workers {
		wait.Go(func() {
			shield(func() {
				keys := secret.children()
				for i := w; i < len(jobs); i += workers {
					out[i], errs[i] = keys.sign(jobs[i])
				}
			})
		})
	}
	wait.Wait()
	for i, err := range errs {
		if err != nil {
			return nil, fmt.Errorf("sign: job %d: %w", i+1, err)
		}
	}
	return out, nil
}
