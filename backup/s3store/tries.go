package s3store

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/minio/minio-go/v7"
)

// again calls f until it succeeds, fails for good, or the tries are used up.
// The pauses are random, up to twice as long each time, so that many clients
// of a store that was away do not come back at once.
func (s *Store) again(ctx context.Context, f func(context.Context) error) error {
	if s == nil || s.core == nil {
		return errors.New("store: want an opened one, found none")
	}
	for try := 0; ; try++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		err := f(within(ctx, false))
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return errors.Join(ctx.Err(), own(err))
		case try >= s.config.Retries || !passing(err):
			return s.plain(err)
		}
		if err := s.pause(ctx, try); err != nil {
			return err
		}
	}
}

// own keeps an error of ours, such as of a source, and drops those of the
// library that only say again that the context ended.
func own(err error) error {
	var o ownError
	if errors.As(err, &o) {
		return o.error
	}
	return nil
}

// pause waits between two tries.
func (s *Store) pause(ctx context.Context, try int) error {
	most := min(longestPause, firstPause<<min(try, maxRetries))
	var b [8]byte
	s.random.Lock()
	_, err := io.ReadFull(s.config.Rand, b[:])
	s.random.Unlock()
	if err != nil {
		return fmt.Errorf("randomness: %w", err)
	}
	return s.config.Sleep(ctx, time.Duration(binary.BigEndian.Uint64(b[:])%uint64(most)))
}

// ownError is an error of our side, which no new try mends.
type ownError struct{ error }

// Unwrap returns the error itself.
func (o ownError) Unwrap() error { return o.error }

// passing says whether an error may be gone the next time: a store that is
// overloaded or away, or a connection that broke.
func passing(err error) bool {
	var (
		mine      ownError
		answer    minio.ErrorResponse
		untrusted *tls.CertificateVerificationError
		invalid   x509.CertificateInvalidError
		alert     tls.AlertError
		cut       *xml.SyntaxError
	)
	switch {
	case errors.As(err, &mine), errors.Is(err, errCredentials), errors.Is(err, errTooMuch),
		errors.As(err, &untrusted), errors.As(err, &invalid), errors.As(err, &alert):
		return false
	case errors.As(err, &cut):
		return true
	case errors.As(err, &answer):
		return passingAnswer(answer)
	}
	return true
}

func passingAnswer(a minio.ErrorResponse) bool {
	switch a.Code {
	case "InternalError", "ServiceUnavailable", "SlowDown", "RequestTimeout", "OperationAborted", "ConditionalRequestConflict", "ExpiredToken":
		return true
	}
	switch a.StatusCode {
	case http.StatusRequestTimeout, http.StatusTooManyRequests:
		return true
	case http.StatusNotImplemented:
		return false
	}
	return a.StatusCode >= http.StatusInternalServerError
}
