package servertest

import (
	"bytes"
	"maps"
	"net/http"
	"strconv"
)

// changed is an answer on its way to the client whose bytes something changes.
type changed struct {
	http.ResponseWriter
	length int64 // as announced; -1 when it was not
	at     int64 // how much has passed
	write  func(*changed, []byte) (int, error)
	head   func(*changed) // changes the head; may be nil
}

// changing is a harm to the answer of a successful request.
func changing(write func(*changed, []byte) (int, error), head func(*changed)) Harm {
	return func(forward http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			forward.ServeHTTP(&changed{ResponseWriter: w, length: -1, write: write, head: head}, r)
		})
	}
}

// WriteHeader notes the length that is announced. Only what was asked for is
// changed: an error passes as it is.
func (c *changed) WriteHeader(status int) {
	if n, err := strconv.ParseInt(c.Header().Get("Content-Length"), 10, 64); err == nil {
		c.length = n
	}
	switch {
	case status >= http.StatusMultipleChoices:
		c.write = (*changed).pass
	case status >= http.StatusOK && c.head != nil && c.length >= 0:
		c.head(c)
	}
	c.ResponseWriter.WriteHeader(status)
}

// Write hands bytes to what changes them.
func (c *changed) Write(b []byte) (int, error) { return c.write(c, b) }

// pass sends bytes as they are.
func (c *changed) pass(b []byte) (int, error) {
	n, err := c.ResponseWriter.Write(b)
	c.at += int64(n)
	return n, err
}

// clamp keeps an offset within the announced body.
func (c *changed) clamp(offset int64) int64 {
	if c.length < 0 {
		return offset
	}
	return max(0, min(offset, c.length-1))
}

// recorder keeps an answer instead of sending it.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
	limit  int // bytes that still fit; below 0 when it was too long
}

// Header returns the answer's header.
func (r *recorder) Header() http.Header { return r.header }

// WriteHeader keeps the status.
func (r *recorder) WriteHeader(status int) {
	if status >= http.StatusOK {
		r.status = status
	}
}

// Write keeps bytes as long as there is room.
func (r *recorder) Write(b []byte) (int, error) {
	if r.limit -= len(b); r.limit >= 0 {
		return r.body.Write(b)
	}
	return len(b), nil
}

// play sends what was kept.
func (r *recorder) play(w http.ResponseWriter) {
	maps.Copy(w.Header(), r.header)
	w.WriteHeader(r.status)
	_, _ = w.Write(r.body.Bytes()) // a client that has gone wants no answer
}
