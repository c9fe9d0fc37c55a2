package s3store

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// transport is HTTP/1.1 over TLS: a broken transfer breaks its own connection
// and no other.
func transport(t Timeouts, encryption *tls.Config, dialer *net.Dialer) *http.Transport {
	return &http.Transport{
		DialContext:            dialer.DialContext,
		TLSClientConfig:        encryption,
		TLSHandshakeTimeout:    t.TLS,
		ResponseHeaderTimeout:  t.Header,
		IdleConnTimeout:        t.Idle,
		MaxConnsPerHost:        maxConnections,
		MaxIdleConnsPerHost:    maxConnections,
		MaxResponseHeaderBytes: maxHeaders,
		ReadBufferSize:         socketBuffer,
		WriteBufferSize:        socketBuffer,
		DisableCompression:     true, // a range is one of stored bytes
	}
}

// errStalled ends a transfer in which nothing moves.
var errStalled = errors.New("nothing moved for too long")

// errTooMuch ends a call or an answer that does not end by itself.
var errTooMuch = errors.New("more than any honest store sends")

// line is the connection to a store as the library sees it. It gives up a
// transfer that stalls, bounds what is read, and remembers what the last
// answer told of the store.
type line struct {
	timeouts Timeouts
	now      func() time.Time
	next     http.RoundTripper

	mutex sync.Mutex
	told  told
}

// told is what an answer tells beside its content.
type told struct {
	version uint16        // of TLS
	ends    time.Time     // the first of the certificates that were shown; zero for none
	skew    time.Duration // how far the store's clock goes before ours
	dated   bool          // whether it told the time
	region  string        // of the bucket; empty as long as it did not tell
}

func newLine(t Timeouts, now func() time.Time, next http.RoundTripper) *line {
	return &line{timeouts: t, now: now, next: next}
}

// call is what one call of a method may cost.
type call struct {
	requests atomic.Int64
	bulk     bool // the answer is an object, as long as it may be
}

type callKey struct{}

// within bounds a call.
func within(ctx context.Context, bulk bool) context.Context {
	return context.WithValue(ctx, callKey{}, &call{bulk: bulk})
}

// RoundTrip implements http.RoundTripper.
func (l *line) RoundTrip(r *http.Request) (*http.Response, error) {
	c, _ := r.Context().Value(callKey{}).(*call)
	if c == nil || c.requests.Add(1) > maxRequests {
		return nil, fmt.Errorf("want at most %d requests, found no end: %w", maxRequests, errTooMuch)
	}
	ctx, cancel := context.WithCancelCause(r.Context())
	w := &watch{cancel: cancel, idle: l.timeouts.Idle}
	w.start(l.timeouts.Dial + l.timeouts.TLS + l.timeouts.Idle + l.timeouts.Header)
	r = r.WithContext(ctx)
	if r.Body != nil {
		r.Body = &sent{ReadCloser: r.Body, watch: w, last: l.timeouts.Idle + l.timeouts.Header}
	}
	answer, err := l.next.RoundTrip(r)
	if err != nil {
		w.end()
		return nil, cause(ctx, err)
	}
	l.note(answer)
	body := &received{ReadCloser: answer.Body, watch: w, ctx: ctx, left: maxAnswer}
	if c.bulk {
		body.left = -1
	}
	w.stop()
	answer.Body = body
	if r.Method == http.MethodGet && r.URL.Query().Has("retention") {
		return answer, rename(answer)
	}
	return answer, nil
}

// rename gives the description of a lock the name that the library knows.
// VersityGW calls it otherwise.
func rename(answer *http.Response) error {
	b, err := io.ReadAll(answer.Body)
	if err = errors.Join(err, answer.Body.Close()); err != nil {
		return err
	}
	answer.Body = io.NopCloser(bytes.NewReader(bytes.ReplaceAll(b, []byte("ObjectLockRetention"), []byte("Retention"))))
	return nil
}

// note remembers what an answer tells of the store.
func (l *line) note(answer *http.Response) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if answer.TLS != nil {
		l.told.version, l.told.ends = answer.TLS.Version, time.Time{}
		for _, c := range answer.TLS.PeerCertificates {
			if l.told.ends.IsZero() || c.NotAfter.Before(l.told.ends) {
				l.told.ends = c.NotAfter
			}
		}
	}
	if t, err := http.ParseTime(answer.Header.Get("Date")); err == nil {
		l.told.skew, l.told.dated = t.Sub(l.now()), true
	}
	if region := answer.Header.Get(regionHeader); isRegion(region) {
		l.told.region = region
	}
}

func (l *line) lastTold() told {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.told
}

// cause puts the reason for a cancelled request in the place of its symptom.
func cause(ctx context.Context, err error) error {
	if c := context.Cause(ctx); errors.Is(c, errStalled) {
		return c
	}
	return err
}

// watch cancels a request in which nothing moves. Between stop and start it
// waits for our side, which may take its time.
type watch struct {
	cancel context.CancelCauseFunc
	idle   time.Duration
	mutex  sync.Mutex
	timer  *time.Timer
	most   time.Duration // as it was set last
}

func (w *watch) start(d time.Duration) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.most = d
	if w.timer == nil {
		w.timer = time.AfterFunc(d, w.ring)
		return
	}
	w.timer.Reset(d)
}

func (w *watch) ring() {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.cancel(fmt.Errorf("%w (%s)", errStalled, w.most))
}

func (w *watch) stop() {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.timer.Stop()
}

// end releases what a request holds.
func (w *watch) end() {
	w.stop()
	w.cancel(nil)
}

// sent is the body of a request. The transport asks for more when the last
// bytes have gone.
type sent struct {
	io.ReadCloser
	*watch
	last time.Duration // may pass between the last byte and the answer
}

func (s *sent) Read(b []byte) (int, error) {
	s.stop()
	n, err := s.ReadCloser.Read(b)
	if err != nil {
		s.start(s.last)
	} else {
		s.start(s.idle)
	}
	return n, err
}

// received is the body of an answer.
type received struct {
	io.ReadCloser
	*watch
	ctx  context.Context
	left int64 // bytes that may still come; below 0 for no bound
}

func (r *received) Read(b []byte) (int, error) {
	if r.left == 0 {
		return 0, fmt.Errorf("want an answer of at most %d bytes, found a longer one: %w", maxAnswer, errTooMuch)
	}
	if r.left > 0 {
		b = b[:min(int64(len(b)), r.left)]
	}
	r.start(r.idle)
	n, err := r.ReadCloser.Read(b)
	r.stop()
	if r.left > 0 {
		r.left -= int64(n)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		err = cause(r.ctx, err)
	}
	return n, err
}

// Close gives the connection back, or breaks it when bytes are left unread.
func (r *received) Close() error {
	err := r.ReadCloser.Close()
	r.end()
	return err
}
