package s3store

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
)

// bucket asks how a bucket is set up.
func (p *prober) bucket() error {
	s, versioning := p.store, ""
	err := s.again(p.ctx, func(ctx context.Context) error {
		v, err := s.core.GetBucketVersioning(ctx, s.config.Bucket)
		versioning = v.Status
		return err
	})
	if err == nil && versioning != minio.Enabled {
		err = behaviour(said(versioning))
	}
	if err := p.judge("versioning", true, "versioning enabled on the bucket", err); err != nil {
		return err
	}
	enabled, retention := "", "none"
	err = s.again(p.ctx, func(ctx context.Context) error {
		lock, mode, validity, unit, err := s.core.GetObjectLockConfig(ctx, s.config.Bucket)
		if enabled = lock; mode != nil && validity != nil && unit != nil {
			retention = fmt.Sprintf("%s for %d %s", said(mode.String()), *validity, said(unit.String()))
		}
		return err
	})
	if err == nil && enabled != minio.Enabled {
		err = behaviour(said(enabled))
	}
	if err := p.judge("object-lock", p.locks, "object lock enabled on the bucket", err); err != nil {
		return err
	}
	p.note("default-retention", false, "to know the default of the bucket", true, retention)
	return nil
}

// connection looks at how the store is spoken to.
func (p *prober) connection() error {
	t := p.store.line.lastTold()
	p.note("tls", true, "TLS 1.2 or later", t.version >= tls.VersionTLS12, tls.VersionName(t.version))
	p.note("clock", true, fmt.Sprintf("clocks that agree within %s", maxSkew), t.dated && t.skew.Abs() <= maxSkew, t.skewWords())
	found, pass, err := p.withoutTLS()
	if err != nil {
		return err
	}
	p.note("plain-http", false, "no answer without TLS", pass, found)
	return nil
}

func (t told) skewWords() string {
	switch {
	case !t.dated:
		return "no date in its answers"
	case t.skew < 0:
		return fmt.Sprintf("the store %s behind", (-t.skew).Round(time.Second))
	}
	return fmt.Sprintf("the store %s ahead", t.skew.Round(time.Second))
}

// withoutTLS asks for nothing, in the clear and without credentials, at the
// port where TLS is spoken.
func (p *prober) withoutTLS() (found string, pass bool, err error) {
	limit := p.store.config.Timeouts
	ctx, cancel := context.WithTimeout(p.ctx, limit.Dial+limit.TLS+limit.Idle)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodHead, "http://"+p.store.config.Endpoint+"/", nil)
	if err != nil {
		return "", false, err
	}
	plain := &http.Transport{DialContext: p.store.dialer.DialContext, DisableKeepAlives: true, MaxResponseHeaderBytes: maxHeaders}
	answer, err := plain.RoundTrip(r)
	switch {
	case p.ctx.Err() != nil:
		return "", false, p.ctx.Err()
	case err != nil:
		return "none", true, nil
	}
	if err := answer.Body.Close(); err != nil && !errors.Is(err, context.Canceled) {
		return "", false, err
	}
	refusal := answer.StatusCode == http.StatusBadRequest || answer.StatusCode/100 == 3 || answer.StatusCode == http.StatusUpgradeRequired
	return fmt.Sprintf("an answer with status %d", answer.StatusCode), refusal, nil
}

// said makes a word of a store, such as Enabled, fit to be shown.
func said(text string) string {
	if text = word(text); text == "" {
		return "nothing"
	}
	return strings.ToLower(text)
}
