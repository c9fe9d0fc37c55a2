package s3store

import (
	"context"
	"io"
	"sync"
	"time"
)

// limiter lets bytes pass at a rate, those of all its readers together. What
// was not used is lost but for a moment's worth, so that a pause is not
// followed by a burst.
type limiter struct {
	rate  int64 // bytes a second
	now   func() time.Time
	sleep func(context.Context, time.Duration) error

	mutex sync.Mutex
	free  time.Time // when the next byte may pass
}

// wait waits until n bytes more may pass.
func (l *limiter) wait(ctx context.Context, n int) error {
	l.mutex.Lock()
	now := l.now()
	if l.free.Before(now) {
		l.free = now
	}
	at := l.free
	l.free = at.Add(time.Duration(float64(n) / float64(l.rate) * float64(time.Second)))
	l.mutex.Unlock()
	if d := at.Sub(now); d > 0 {
		return l.sleep(ctx, d)
	}
	return nil
}

// limited reads at the limiter's rate.
type limited struct {
	io.Reader
	ctx     context.Context
	limiter *limiter
}

func (l *limited) Read(b []byte) (int, error) {
	b = b[:min(len(b), limitedRead)]
	n, err := l.Reader.Read(b)
	if n > 0 {
		if stopped := l.limiter.wait(l.ctx, n); stopped != nil {
			return 0, stopped
		}
	}
	return n, err
}
