package s3store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"io"
	"net/http"

	"github.com/minio/minio-go/v7"
	sigv4 "github.com/minio/minio-go/v7/pkg/signer"
)

// asked is a request that the library has no method for. It is about the bucket,
// or about an object if it names one.
type asked struct {
	method, object, query string
	body                  string
	header                http.Header
	nobody                bool // without credentials
}

// ask makes a request and returns the answer, which is bounded.
func (s *Store) ask(ctx context.Context, a asked) (body []byte, err error) {
	err = s.again(ctx, func(ctx context.Context) error {
		r, err := s.request(ctx, a)
		if err != nil {
			return ownError{err}
		}
		answer, err := s.line.RoundTrip(r)
		if err != nil {
			return err
		}
		body, err = io.ReadAll(answer.Body)
		if err = errors.Join(err, answer.Body.Close()); err != nil {
			return err
		}
		if answer.StatusCode/100 == 2 {
			return nil
		}
		refusal := minio.ErrorResponse{StatusCode: answer.StatusCode}
		var told struct{ Code string }
		if xml.Unmarshal(body, &told) == nil {
			refusal.Code = told.Code
		}
		return refusal
	})
	return body, err
}

// request makes a request, signed unless nobody asks.
func (s *Store) request(ctx context.Context, a asked) (*http.Request, error) {
	host, path := s.config.Endpoint, "/"+s.config.Bucket+"/"+a.object
	if !s.config.PathStyle {
		host, path = s.config.Bucket+"."+host, "/"+a.object
	}
	r, err := http.NewRequestWithContext(ctx, a.method, "https://"+host+path+"?"+a.query, bytes.NewReader([]byte(a.body)))
	if err != nil {
		return nil, err
	}
	for k, v := range a.header {
		r.Header[k] = v
	}
	sum := sha256.Sum256([]byte(a.body))
	r.Header.Set("X-Amz-Content-Sha256", hex.EncodeToString(sum[:]))
	if a.body != "" && len(a.header) == 0 {
		r.Header.Set(checksumHeader, base64.StdEncoding.EncodeToString(sum[:]))
	}
	if a.nobody {
		return r, nil
	}
	access, secret, session, err := s.config.Credentials(ctx)
	if err != nil {
		return nil, err
	}
	return sigv4.SignV4(*r, access, secret, session, s.config.Region), nil
}
