package node

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/btcsuite/btcd/btcjson"
)

// RPCError is a call that the node answered with a refusal.
type RPCError struct {
	Method string
	Code   btcjson.RPCErrorCode
	Words  string // the node's own, made printable and shortened
}

// Error returns the refusal in the node's words.
func (e *RPCError) Error() string { return fmt.Sprintf("%s: %s (%d)", e.Method, e.Words, e.Code) }

// request is one JSON-RPC call.
type request struct {
	Version string `json:"jsonrpc"`
	ID      int    `json:"id"`
	Method  string `json:"method"`
	Params  []any  `json:"params"`
}

type response struct {
	Result json.RawMessage   `json:"result"`
	Error  *btcjson.RPCError `json:"error"`
	ID     *int              `json:"id"`
}

// newHTTP returns the one client that a node is asked through. It does nothing
// behind our back: no redirect, no proxy from the environment, and plain text
// to this machine only, whatever its name resolves to. TLS sessions are resumed,
// since btcd closes the connection after every answer.
func newHTTP(t target) *http.Client {
	dialer := &net.Dialer{Timeout: dialTime}
	return &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			TLSClientConfig:        &tls.Config{RootCAs: t.roots, MinVersion: tls.VersionTLS12, ClientSessionCache: tls.NewLRUClientSessionCache(1)},
			TLSHandshakeTimeout:    dialTime,
			MaxResponseHeaderBytes: maxAnswer,
			MaxIdleConns:           1,
			DisableCompression:     true, // what is unpacked could be of any size
			DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
				conn, err := dialer.DialContext(ctx, network, address)
				if err != nil || !t.plain {
					return conn, err
				}
				if a, ok := conn.RemoteAddr().(*net.TCPAddr); !ok || !a.IP.IsLoopback() {
					return nil, errors.Join(fmt.Errorf("want this machine without TLS, found %s", conn.RemoteAddr()), conn.Close())
				}
				return conn, nil
			},
		},
	}
}

// call makes one call and reads its result into result, which takes at most max
// bytes of answer.
func (c *Client) call(ctx context.Context, max int64, result any, method string, params ...any) error {
	if params == nil {
		params = []any{}
	}
	body, status, err := c.post(ctx, max, request{"1.0", 1, method, params})
	if err != nil {
		return fmt.Errorf("%s: %s: %w", c, method, err)
	}
	var r response
	if err := json.Unmarshal(body, &r); err != nil || r.Error == nil && status != http.StatusOK {
		return fmt.Errorf("%s: %s: want an answer, found HTTP status %d%s", c, method, status, statusHint(status))
	}
	if err := r.into(result, 1, method); err != nil {
		return fmt.Errorf("%s: %w", c, err)
	}
	return nil
}

// callAll makes the same call for each of params, in one request, and reads the
// results, which are strings, in the same order.
func (c *Client) callAll(ctx context.Context, method string, params [][]any) ([]string, error) {
	requests := make([]request, len(params))
	for i, p := range params {
		requests[i] = request{"2.0", i, method, p}
	}
	body, status, err := c.post(ctx, maxAnswer+maxEntryAnswer*int64(len(params)), requests)
	if err != nil {
		return nil, fmt.Errorf("%s: %s: %w", c, method, err)
	}
	var answers []response
	if err := json.Unmarshal(body, &answers); err != nil || status != http.StatusOK || len(answers) != len(params) {
		return nil, fmt.Errorf("%s: %s: want %d answers, found %d with HTTP status %d%s", c, method, len(params), len(answers), status, statusHint(status))
	}
	results := make([]string, len(params))
	seen := make([]bool, len(params))
	for _, a := range answers {
		if a.ID == nil || *a.ID < 0 || *a.ID >= len(params) || seen[*a.ID] {
			return nil, fmt.Errorf("%s: %s: want an answer to each call, found one to no call", c, method)
		}
		seen[*a.ID] = true
		if err := a.into(&results[*a.ID], *a.ID, method); err != nil {
			return nil, fmt.Errorf("%s: %w", c, err)
		}
	}
	return results, nil
}

func (r response) into(result any, id int, method string) error {
	switch {
	case r.Error != nil:
		return &RPCError{Method: method, Code: r.Error.Code, Words: words(r.Error.Message)}
	case r.ID == nil || *r.ID != id:
		return fmt.Errorf("%s: want the answer to this call, found one to another", method)
	case len(r.Result) == 0 || string(r.Result) == "null":
		return fmt.Errorf("%s: want a result, found none", method)
	}
	if err := json.Unmarshal(r.Result, result); err != nil {
		return fmt.Errorf("%s: want a result of the documented form, found another", method)
	}
	return nil
}

// post sends one request and returns the answer, at most max bytes of it.
func (c *Client) post(ctx context.Context, max int64, what any) (body []byte, status int, err error) {
	if c == nil || c.http == nil {
		return nil, 0, errors.New("want a node that was dialled, found none")
	}
	out, err := json.Marshal(what)
	if err != nil {
		return nil, 0, err
	}
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader(out))
	if err != nil {
		return nil, 0, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.SetBasicAuth(c.user, string(c.password))
	res, err := c.http.Do(req)
	if err != nil {
		return nil, 0, bare(err)
	}
	defer res.Body.Close()
	body, err = io.ReadAll(io.LimitReader(res.Body, max+1))
	if err != nil {
		return nil, 0, bare(err)
	}
	if int64(len(body)) > max {
		return nil, 0, fmt.Errorf("want an answer of at most %d bytes, found more", max)
	}
	return body, res.StatusCode, nil
}

// bare drops the verb and URL that net/http puts in front: ours stand there.
func bare(err error) error {
	var e *url.Error
	if errors.As(err, &e) {
		return e.Err
	}
	return err
}

// statusHint says what a status means that nodes give without words.
func statusHint(status int) string {
	switch status {
	case http.StatusUnauthorized:
		return " (the node does not accept this user and password)"
	case http.StatusForbidden:
		return " (the node does not accept calls from this machine)"
	case http.StatusServiceUnavailable:
		return " (the node is too busy)"
	}
	if status >= 300 && status < 400 {
		return " (a redirect, which is not followed)"
	}
	return ""
}

// words makes a node's text fit to be shown: printable ASCII, not too long.
func words(s string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x20 || r > 0x7e {
			return '?'
		}
		return r
	}, short(s))
}

func short(s string) string {
	if len(s) > maxReason {
		return s[:maxReason] + "..."
	}
	return s
}
