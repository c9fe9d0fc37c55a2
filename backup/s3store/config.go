package s3store

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
	"github.com/minio/minio-go/v7/pkg/s3utils"
)

// Config says where a bucket is and how it is spoken to. The zero value is
// refused. It is always spoken to by TLS 1.2 or later.
type Config struct {
	Endpoint  string // host:port
	Region    string // requests are signed for it
	Bucket    string
	PathStyle bool             // https://host/bucket/name; else https://bucket.host/name
	CA        []byte           // who signs the store's certificate, in PEM; nil for those that the system trusts
	Client    *tls.Certificate // shown to a store that asks for one; may be nil

	// Credentials is asked before every request, so that it can follow
	// changes; it should remember. It may be called from several goroutines.
	// Its errors are shown: they hold no secrets.
	Credentials func(ctx context.Context) (access, secret, session string, err error)

	Limit    int64 // bytes a second that are sent, all uploads together; 0 for no limit
	Timeouts Timeouts
	Retries  int // how often something is tried again, 0 to 20

	Rand  io.Reader                                        // of the pauses between tries
	Sleep func(ctx context.Context, d time.Duration) error // waits, or returns the context's error
	Now   func() time.Time
}

// Timeouts are how long a store may take. The zero value is refused.
type Timeouts struct {
	Dial   time.Duration // until a connection stands
	TLS    time.Duration // until it is encrypted
	Header time.Duration // from the end of a request to the beginning of the answer; joining many parts may take minutes
	Idle   time.Duration // without a byte in either direction during a transfer
}

// PatientTimeouts fit a store on another continent.
func PatientTimeouts() Timeouts {
	return Timeouts{Dial: 20 * time.Second, TLS: 20 * time.Second, Header: 5 * time.Minute, Idle: time.Minute}
}

// Store keeps objects in a bucket. It may be used by several goroutines. The
// zero value refuses everything.
type Store struct {
	core    *minio.Core
	config  Config
	dialer  *net.Dialer
	line    *line
	limiter *limiter // nil for no limit
	random  sync.Mutex
}

// Open makes a store of a configuration. It speaks to nobody yet: Probe says
// whether the store is what a backup needs.
func Open(c Config) (*Store, error) {
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	encryption, err := c.encryption()
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	s := &Store{config: c, dialer: &net.Dialer{Timeout: c.Timeouts.Dial}}
	s.line = newLine(c.Timeouts, c.Now, transport(c.Timeouts, encryption, s.dialer))
	if c.Limit > 0 {
		s.limiter = &limiter{rate: c.Limit, now: c.Now, sleep: c.Sleep}
	}
	lookup := minio.BucketLookupDNS
	if c.PathStyle {
		lookup = minio.BucketLookupPath
	}
	s.core, err = minio.NewCore(c.Endpoint, &minio.Options{
		Creds:        credentials.New(provider{c.Credentials}),
		Secure:       true,
		Transport:    s.line,
		Region:       c.Region,
		BucketLookup: lookup,
		MaxRetries:   1, // tries are counted here
	})
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	return s, nil
}

// String returns the place for reports: the bucket and the host.
func (s *Store) String() string {
	if s == nil || s.core == nil {
		return "no store"
	}
	return s.config.Bucket + " at " + s.config.Endpoint
}

func (c Config) check() error {
	if err := checkEndpoint(c.Endpoint); err != nil {
		return err
	}
	switch {
	case c.Region == "":
		return errors.New("want a region, found none")
	case c.Bucket == "":
		return errors.New("want a bucket, found none")
	case s3utils.CheckValidBucketNameStrict(c.Bucket) != nil:
		return fmt.Errorf("bucket: want 3 to 63 lower-case letters, digits, dots and hyphens, found %q", c.Bucket)
	case c.Credentials == nil:
		return errors.New("want credentials, found none")
	case c.Limit < 0:
		return fmt.Errorf("limit: want 0 or more bytes a second, found %d", c.Limit)
	case c.Timeouts.Dial <= 0 || c.Timeouts.TLS <= 0 || c.Timeouts.Header <= 0 || c.Timeouts.Idle <= 0:
		return fmt.Errorf("timeouts: want four above zero, found %v", c.Timeouts)
	case c.Retries < 0 || c.Retries > maxRetries:
		return fmt.Errorf("retries: want 0 to %d, found %d", maxRetries, c.Retries)
	case c.Rand == nil || c.Sleep == nil || c.Now == nil:
		return errors.New("want randomness, a way to wait and a clock, found one missing")
	}
	return nil
}

func checkEndpoint(endpoint string) error {
	host, port, err := net.SplitHostPort(endpoint)
	n, notNumber := strconv.ParseUint(port, 10, 16)
	if err != nil || notNumber != nil || n == 0 || host == "" || strings.ContainsAny(host, "/@?# ") {
		return fmt.Errorf("endpoint: want host:port, such as s3.example.com:443 (TLS always), found %q", endpoint)
	}
	return nil
}

// encryption is TLS as every connection has it.
func (c Config) encryption() (*tls.Config, error) {
	t := &tls.Config{MinVersion: tls.VersionTLS12}
	if c.CA != nil {
		t.RootCAs = x509.NewCertPool()
		if !t.RootCAs.AppendCertsFromPEM(c.CA) {
			return nil, fmt.Errorf("authority: want a certificate in PEM, found none in %d bytes", len(c.CA))
		}
	}
	if c.Client != nil {
		t.Certificates = []tls.Certificate{*c.Client}
	}
	return t, nil
}

// provider hands credentials to the library. They are never kept there.
type provider struct {
	ask func(context.Context) (access, secret, session string, err error)
}

// errCredentials marks an error of the credentials, which no new try mends.
var errCredentials = errors.New("credentials")

// RetrieveWithCredContext implements credentials.Provider.
func (p provider) RetrieveWithCredContext(c *credentials.CredContext) (credentials.Value, error) {
	parent := context.Background()
	if c != nil && c.Context != nil {
		parent = c.Context
	}
	ctx, cancel := context.WithTimeout(parent, credentialsTime)
	defer cancel()
	access, secret, session, err := p.ask(ctx)
	switch {
	case err != nil:
		return credentials.Value{}, fmt.Errorf("%w: %w", errCredentials, err)
	case access == "" || secret == "":
		// an empty pair would be sent as a request by nobody
		return credentials.Value{}, fmt.Errorf("%w: want an access key and its secret, found one empty", errCredentials)
	}
	return credentials.Value{AccessKeyID: access, SecretAccessKey: secret, SessionToken: session, SignerType: credentials.SignatureV4}, nil
}

// Retrieve implements credentials.Provider.
func (p provider) Retrieve() (credentials.Value, error) { return p.RetrieveWithCredContext(nil) }

// IsExpired implements credentials.Provider: it is asked every time.
func (provider) IsExpired() bool { return true }
