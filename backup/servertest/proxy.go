package servertest

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// Proxy stands between a client and a server, and harms the requests it was
// told to. Whatever it does not harm passes unchanged, the name of the host
// included, since signatures cover it. A server that is gone is shown as a
// connection that breaks. Its methods may be called from several goroutines.
type Proxy struct {
	Endpoint string // host and port: 127.0.0.1:45003. It speaks TLS only
	CAFile   string // the authority of its certificate, in PEM
	CAPEM    []byte // the same text

	t       testing.TB
	forward http.Handler

	mu     sync.Mutex
	faults []*Injected
	seen   []string
}

// Proxy starts a proxy before the store. Its certificate is from the same
// authority. It ends with the test.
func (s *S3Server) Proxy(t testing.TB) *Proxy {
	t.Helper()
	return newProxy(t, s.Endpoint, s.CAPEM, s.authority)
}

// Proxy starts a proxy before the server. Its certificate is from another
// authority: the server keeps its own to itself. It ends with the test.
func (v *VaultServer) Proxy(t testing.TB) *Proxy {
	t.Helper()
	return newProxy(t, strings.TrimPrefix(v.Addr, "https://"), v.CAPEM, v.authority)
}

// newProxy starts a proxy before an endpoint, whose certificate one authority
// made; its own is from another, or the same.
func newProxy(t testing.TB, endpoint string, trusted []byte, own *authority) *Proxy {
	t.Helper()
	upstream, err := trusting(trusted)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := own.listen()
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{t: t, Endpoint: listener.Addr().String(), CAFile: filepath.Join(t.TempDir(), "ca.pem"), CAPEM: own.pem, forward: forwarder(endpoint, upstream)}
	if err := os.WriteFile(p.CAFile, p.CAPEM, 0o600); err != nil {
		t.Fatal(err)
	}
	front := &http.Server{Handler: p, ReadHeaderTimeout: headerTime}
	front.SetKeepAlivesEnabled(false) // on a kept connection Go's client would repeat a dropped GET, unseen
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = front.Serve(listener) // until it is closed
	}()
	t.Cleanup(func() {
		_ = front.Close() // with it end the connections
		<-done
	})
	return p
}

// listen opens a port of this machine with a certificate of the authority.
// HTTP/2 is not offered: it cannot break in the middle as a connection does.
func (a *authority) listen() (net.Listener, error) {
	certificate, key, err := a.issue()
	if err != nil {
		return nil, err
	}
	pair, err := tls.X509KeyPair(certificate, key)
	if err != nil {
		return nil, err
	}
	return tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}})
}

// forwarder hands requests on as they are.
func forwarder(endpoint string, config *tls.Config) http.Handler {
	return &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(&url.URL{Scheme: "https", Host: endpoint})
			r.Out.Host = r.In.Host
			r.Out.URL.RawQuery = r.In.URL.RawQuery
		},
		Transport: &http.Transport{TLSClientConfig: config, DisableCompression: true, DisableKeepAlives: true},
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) {
			panic(http.ErrAbortHandler) // the client sees what it would without us
		},
	}
}

// ServeHTTP forwards a request, harmed by the first fault that is due.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	handler := p.forward
	if harm := p.due(r); harm != nil {
		handler = harm(handler)
	}
	handler.ServeHTTP(w, r)
}

// due counts a request with every fault that it concerns and returns the harm
// of the first one that is due.
func (p *Proxy) due(r *http.Request) Harm {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen = append(p.seen, r.Method+" "+r.URL.RequestURI())
	p.seen = p.seen[max(0, len(p.seen)-maxSeen):]
	var harm Harm
	for _, f := range p.faults {
		if !f.concerns(r) {
			continue
		}
		f.passed++
		if harm == nil && f.passed > f.fault.After && f.harmed < f.fault.Times {
			f.harmed++
			harm = f.fault.Do
		}
	}
	return harm
}

// Requests lists what came in, the oldest first: "PUT /bucket/name?query".
func (p *Proxy) Requests() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.seen)
}

// Always is how often a fault harms that does not end by itself.
const Always = int(^uint(0) >> 1)

// Fault says which requests are harmed, and how. The zero value harms none and
// is refused.
type Fault struct {
	Method string // the method of the requests it concerns; any when empty
	In     string // what their path with its query contains; any when empty
	After  int    // how many of them pass first
	Times  int    // how many are harmed then
	Do     Harm
}

// check refuses a fault that would never harm.
func (f Fault) check() error {
	if f.Do == nil {
		return errors.New("fault: want something to do, found nothing")
	}
	if f.Times < 1 || f.After < 0 {
		return fmt.Errorf("fault: want it at least once, found %d times after %d requests", f.Times, f.After)
	}
	return nil
}

// Injected is a fault at work.
type Injected struct {
	proxy          *Proxy
	fault          Fault
	passed, harmed int
}

// Inject begins a fault. Of several that concern a request the oldest harms it.
func (p *Proxy) Inject(f Fault) *Injected {
	p.t.Helper()
	if err := f.check(); err != nil {
		p.t.Fatal(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	i := &Injected{proxy: p, fault: f}
	p.faults = append(p.faults, i)
	return i
}

// Harmed returns how many requests were harmed so far. A test asks it, lest it
// pass because nothing happened.
func (i *Injected) Harmed() int {
	i.proxy.mu.Lock()
	defer i.proxy.mu.Unlock()
	return i.harmed
}

// End ends the fault.
func (i *Injected) End() {
	i.proxy.mu.Lock()
	defer i.proxy.mu.Unlock()
	i.proxy.faults = slices.DeleteFunc(i.proxy.faults, func(other *Injected) bool { return other == i })
}

func (i *Injected) concerns(r *http.Request) bool {
	return (i.fault.Method == "" || i.fault.Method == r.Method) && strings.Contains(r.URL.RequestURI(), i.fault.In)
}
