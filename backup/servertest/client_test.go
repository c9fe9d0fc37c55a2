package servertest

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// client speaks to one endpoint, trusting one authority.
type client struct {
	t        testing.TB
	http     *http.Client
	endpoint string
}

func dial(t testing.TB, endpoint string, authority []byte) *client {
	t.Helper()
	config, err := trusting(authority)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{TLSClientConfig: config}
	t.Cleanup(transport.CloseIdleConnections)
	return &client{t, &http.Client{Transport: transport}, endpoint}
}

// answer is what came back, read to its end.
type answer struct {
	status int
	header http.Header
	body   string
	err    error // of sending, or of reading the body
}

func (c *client) do(r *http.Request) answer {
	c.t.Helper()
	got, err := c.http.Do(r)
	if err != nil {
		return answer{err: err}
	}
	defer got.Body.Close()
	body, err := io.ReadAll(got.Body)
	return answer{got.StatusCode, got.Header, string(body), err}
}

func (c *client) request(ctx context.Context, method, path string, body []byte) *http.Request {
	c.t.Helper()
	r, err := http.NewRequestWithContext(ctx, method, "https://"+c.endpoint+path, bytes.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	return r
}

// plain asks without credentials.
func (c *client) plain(method, path, body string) answer {
	c.t.Helper()
	return c.do(c.request(c.t.Context(), method, path, []byte(body)))
}

// signed asks with the credentials of a store.
func (c *client) signed(s *S3Server, method, path, body string) answer {
	c.t.Helper()
	return c.do(c.sign(s, c.request(c.t.Context(), method, path, []byte(body)), body))
}

// sign adds AWS signature version 4 over method, path, query, host, the body's
// hash and all headers that are there. Paths and queries are written as they
// are to be signed: no characters that need an escape, query names in order and
// with a "=".
func (c *client) sign(s *S3Server, r *http.Request, body string) *http.Request {
	c.t.Helper()
	now := time.Now().UTC()
	hash := sha256.Sum256([]byte(body))
	r.Header.Set("X-Amz-Content-Sha256", hex.EncodeToString(hash[:]))
	r.Header.Set("X-Amz-Date", now.Format("20060102T150405Z"))
	headers := []string{"host:" + r.URL.Host}
	for name, values := range r.Header {
		headers = append(headers, strings.ToLower(name)+":"+values[0])
	}
	slices.Sort(headers)
	var names []string
	for _, header := range headers {
		name, _, _ := strings.Cut(header, ":")
		names = append(names, name)
	}
	signed := strings.Join(names, ";")
	day, scope := now.Format("20060102"), now.Format("20060102")+"/"+s.Region+"/s3/aws4_request"
	canonical := strings.Join([]string{r.Method, r.URL.Path, r.URL.RawQuery, strings.Join(headers, "\n"), "", signed, hex.EncodeToString(hash[:])}, "\n")
	digest := sha256.Sum256([]byte(canonical))
	key := []byte("AWS4" + s.SecretKey)
	for _, part := range []string{day, s.Region, "s3", "aws4_request"} {
		key = mac(key, part)
	}
	signature := mac(key, strings.Join([]string{"AWS4-HMAC-SHA256", r.Header.Get("X-Amz-Date"), scope, hex.EncodeToString(digest[:])}, "\n"))
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+s.AccessKey+"/"+scope+", SignedHeaders="+signed+", Signature="+hex.EncodeToString(signature))
	return r
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

// want complains unless an answer has a status and, unless it is empty, a body.
func (a answer) want(t testing.TB, what string, status int, body string) {
	t.Helper()
	if a.err != nil || a.status != status || body != "" && a.body != body {
		t.Errorf("%s: want %d %q, found %d %q, %v", what, status, body, a.status, a.body, a.err)
	}
}

// wantBroken complains unless the connection broke.
func (a answer) wantBroken(t testing.TB, what string) {
	t.Helper()
	if a.err == nil {
		t.Errorf("%s: want a broken connection, found %d %q", what, a.status, a.body)
	}
}
