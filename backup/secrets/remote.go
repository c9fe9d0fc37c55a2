package secrets

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"sync"
	"time"

	vault "github.com/hashicorp/vault/api"
)

// remote is a Vault server. Its calls are made one after the other: the library
// keeps the token of the next call in the client.
type remote struct {
	address   string
	authority string
	api       *vault.Client
	transport *http.Transport

	mu          sync.Mutex
	certificate *tls.Certificate // ours, once we log in with one
}

// String names the server.
func (r *remote) String() string { return "vault " + r.address }

// reach makes the client of a server. It speaks to nobody yet.
//
// The library reads a dozen variables of the environment when it makes a
// client, for a token, a namespace, headers, a proxy, and for switching
// verification off. Whatever it took from there is put right here.
func reach(s server) (*remote, error) {
	roots, err := readRoots(s.authority)
	if err != nil {
		return nil, err
	}
	r := &remote{address: s.address, authority: s.authority}
	r.transport = &http.Transport{
		DialContext:            (&net.Dialer{Timeout: dialTime}).DialContext,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots, GetClientCertificate: r.ourCertificate},
		TLSHandshakeTimeout:    dialTime,
		ForceAttemptHTTP2:      true,
		MaxIdleConns:           1,
		IdleConnTimeout:        time.Minute,
		MaxResponseHeaderBytes: maxAnswer,
	}
	r.api, err = vault.NewClient(&vault.Config{
		Address:      s.address,
		HttpClient:   &http.Client{Transport: bounded{r.transport}, CheckRedirect: lastResponse},
		Timeout:      callTime,
		MaxRetries:   retries,
		MinRetryWait: retryPause,
		MaxRetryWait: maxRetryPause,
		Backoff:      pause,
		CheckRetry:   again,
	})
	if err != nil { // it can only be about a variable, and may repeat it
		return nil, fmt.Errorf("%s: want no VAULT_ variable that its library cannot read, found one", r)
	}
	r.api.ClearToken()
	r.api.SetHeaders(http.Header{vault.RequestHeaderName: {"true"}})
	r.api.SetWrappingLookupFunc(func(string, string) string { return "" })
	return r, nil
}

// readRoots reads the authorities whose servers are spoken to.
func readRoots(name string) (*x509.CertPool, error) {
	if name == "system" {
		return nil, nil // what crypto/x509 takes for the system's
	}
	b, err := readPrivate(name, maxPEM, func(fs.FileInfo) string { return "" })
	if err != nil {
		return nil, fmt.Errorf("authority: %w", err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(b) {
		return nil, fmt.Errorf("authority: %s: want certificates in PEM, found something else", name)
	}
	return roots, nil
}

func (r *remote) ourCertificate(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.certificate == nil {
		return &tls.Certificate{}, nil // none
	}
	return r.certificate, nil
}

// present shows a certificate from now on, on new connections.
func (r *remote) present(c tls.Certificate) {
	r.mu.Lock()
	r.certificate = &c
	r.mu.Unlock()
	r.transport.CloseIdleConnections()
}

// get reads a path with a token.
func (r *remote) get(ctx context.Context, token Secret, path string) (*vault.Secret, error) {
	r.api.SetToken(token.raw())
	defer r.api.ClearToken()
	answer, err := r.api.Logical().ReadWithContext(ctx, path)
	if err != nil {
		return nil, r.explain(err, path)
	}
	if answer == nil { // how the library says 404
		e := &Error{Subject: r.String() + " " + path}
		e.status(r.address, path, http.StatusNotFound)
		return nil, e
	}
	return answer, nil
}

// put writes to a path with a token, or with none. An answer of nothing is an
// empty one.
func (r *remote) put(ctx context.Context, token Secret, path string, data map[string]any) (*vault.Secret, error) {
	r.api.SetToken(token.raw())
	defer r.api.ClearToken()
	answer, err := r.api.Logical().WriteWithContext(ctx, path, data)
	if err != nil {
		return nil, r.explain(err, path)
	}
	if answer == nil {
		answer = &vault.Secret{}
	}
	return answer, nil
}

// again repeats a call that nobody can have obeyed: no connection came about,
// or it only reads and the server was busy or broken. A sealed server stays
// sealed until somebody comes.
func again(ctx context.Context, answer *http.Response, err error) (bool, error) {
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" {
		return true, nil
	}
	if err != nil || answer == nil || answer.Request == nil || answer.Request.Method != http.MethodGet {
		return false, nil
	}
	switch answer.StatusCode {
	case http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusBadGateway, http.StatusGatewayTimeout:
		return true, nil
	}
	return false, nil
}

// pause doubles from the least to the most.
func pause(least, most time.Duration, attempt int, _ *http.Response) time.Duration {
	return min(least<<min(attempt, retries), most)
}

func lastResponse(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// bounded refuses redirects, which would carry the token to another server, and
// answers without end, which the library would read whole.
type bounded struct{ next http.RoundTripper }

// RoundTrip makes one request.
func (b bounded) RoundTrip(request *http.Request) (*http.Response, error) {
	answer, err := b.next.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode >= 300 && answer.StatusCode < 400 {
		to := answer.Header.Get("Location")
		return nil, errors.Join(redirected{to}, answer.Body.Close())
	}
	answer.Body = &boundedBody{body: answer.Body, left: maxAnswer}
	return answer, nil
}

// boundedBody fails when more comes than is left.
type boundedBody struct {
	body io.ReadCloser
	left int64
}

// Read reads what is left and one byte beyond, which is too much.
func (b *boundedBody) Read(p []byte) (int, error) {
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.body.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, errTooLong
	}
	return n, err
}

// Close closes the body.
func (b *boundedBody) Close() error { return b.body.Close() }
