package servertest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// Harm changes how a request is handled: what it is given would forward it.
type Harm func(forward http.Handler) http.Handler

// Answer answers with a status and an error as stores write it. The server
// hears nothing of the request.
func Answer(status int) Harm {
	name := map[int]string{http.StatusInternalServerError: "InternalError", http.StatusServiceUnavailable: "SlowDown", http.StatusForbidden: "AccessDenied"}[status]
	return func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body) // a client that is still sending would not see the answer
			w.Header().Set("Content-Type", "application/xml")
			w.WriteHeader(status)
			fmt.Fprintf(w, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>%s</Code><Message>%s</Message></Error>", name, http.StatusText(status))
		})
	}
}

// Drop breaks the connection. The server hears nothing of the request.
func Drop() Harm {
	return func(http.Handler) http.Handler {
		return http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	}
}

// LoseAnswer has the server do what was asked, and breaks the connection
// instead of telling.
func LoseAnswer() Harm {
	return func(forward http.Handler) http.Handler {
		return http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			forward.ServeHTTP(&recorder{header: http.Header{}, limit: maxRepeated}, r)
			panic(http.ErrAbortHandler)
		})
	}
}

// Delay waits before it forwards, or until the client has gone.
func Delay(d time.Duration) Harm {
	return func(forward http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			select {
			case <-time.After(d):
				forward.ServeHTTP(w, r)
			case <-r.Context().Done():
				panic(http.ErrAbortHandler)
			}
		})
	}
}

// CutUpload breaks both connections when the server was sent n bytes of the
// body. Of a shorter one, as far as its length was announced, the last byte is
// kept back.
func CutUpload(n int64) Harm {
	return func(forward http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			left := n
			if r.ContentLength >= 0 {
				left = min(n, r.ContentLength-1)
			}
			if left < 0 {
				panic(http.ErrAbortHandler)
			}
			r.Body = &cutReader{ReadCloser: r.Body, left: left}
			forward.ServeHTTP(w, r)
		})
	}
}

var errCut = errors.New("servertest: the upload is cut here")

// cutReader fails after some bytes.
type cutReader struct {
	io.ReadCloser
	left int64
}

func (c *cutReader) Read(b []byte) (int, error) {
	if c.left == 0 {
		return 0, errCut
	}
	n, err := c.ReadCloser.Read(b[:min(int64(len(b)), c.left)])
	c.left -= int64(n)
	return n, err
}

// CutAnswer breaks the connection after n bytes of the answer's body; of a
// shorter one it keeps the last byte back. The length that was announced stays.
func CutAnswer(n int64) Harm {
	return changing(func(w *changed, b []byte) (int, error) {
		left := w.clamp(n) - w.at
		if int64(len(b)) <= left {
			return w.pass(b)
		}
		_, _ = w.pass(b[:left])
		_ = http.NewResponseController(w.ResponseWriter).Flush()
		panic(http.ErrAbortHandler)
	}, nil)
}

// Truncate ends the answer's body after n bytes, as if no more were stored: the
// length that is announced is that of what comes. The other headers stay.
func Truncate(n int64) Harm {
	return changing(func(w *changed, b []byte) (int, error) {
		if _, err := w.pass(b[:max(0, min(int64(len(b)), n-w.at))]); err != nil {
			return 0, err
		}
		return len(b), nil
	}, func(w *changed) {
		w.length = min(w.length, n)
		w.Header().Set("Content-Length", strconv.FormatInt(w.length, 10))
	})
}

// FlipBit changes the lowest bit of one byte of the answer's body, counted from
// 0; of a shorter one that of its last byte.
func FlipBit(offset int64) Harm {
	return changing(func(w *changed, b []byte) (int, error) {
		if at := w.clamp(offset) - w.at; at >= 0 && at < int64(len(b)) {
			b = bytes.Clone(b)
			b[at] ^= 1
		}
		return w.pass(b)
	}, nil)
}

// Repeat lets the first answer to each request pass, and gives it again when
// the same is asked later: a list that does not show what came after.
func Repeat() Harm {
	var mu sync.Mutex
	kept := map[string]*recorder{}
	return func(forward http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			defer mu.Unlock()
			asked := r.Method + " " + r.URL.RequestURI()
			if kept[asked] == nil {
				fresh := &recorder{header: http.Header{}, limit: maxRepeated}
				forward.ServeHTTP(fresh, r)
				if fresh.limit < 0 {
					panic(http.ErrAbortHandler) // too long to be kept
				}
				kept[asked] = fresh
			}
			kept[asked].play(w)
		})
	}
}
