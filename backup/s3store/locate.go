package s3store

import (
	"context"
	"errors"
	"net"
	"strings"
	"time"
)

// regionHeader is where S3 tells in which region a bucket is.
const regionHeader = "X-Amz-Bucket-Region"

// Sighting is what a store's answers tell of where it is.
type Sighting struct {
	Region    string        // as the store names it; empty where it does not
	RoundTrip time.Duration // the shortest of several; zero where it was not measured
}

// Locate asks for nothing but the bucket's head, several times, and returns what
// the answers tell: the region, and the shortest time between a question and its
// answer. The question is signed and names the bucket, so only who serves the
// bucket can answer it. A store that is reached at this machine itself, by
// a loopback address, is not measured: what stands behind it is not known.
func (s *Store) Locate(ctx context.Context) (Sighting, error) {
	out, err := s.measure(ctx)
	if err != nil {
		return Sighting{}, err
	}
	if s.Loopback() {
		out.RoundTrip = 0
	}
	return out, nil
}

// measure is Locate wherever the store is.
func (s *Store) measure(ctx context.Context) (out Sighting, err error) {
	for range sightings {
		var took time.Duration
		err := s.again(ctx, func(ctx context.Context) error {
			start := s.config.Now()
			there, err := s.core.BucketExists(ctx, s.config.Bucket)
			took = s.config.Now().Sub(start)
			if err == nil && !there {
				return ownError{errors.New("want the bucket, found none")}
			}
			return err
		})
		if err != nil {
			return Sighting{}, named(s.config.Bucket, err)
		}
		if took > 0 && (out.RoundTrip == 0 || took < out.RoundTrip) {
			out.RoundTrip = took
		}
	}
	out.Region = s.line.lastTold().region
	return out, nil
}

// Loopback says whether the store is reached at this machine itself.
func (s *Store) Loopback() bool {
	host, _, err := net.SplitHostPort(s.config.Endpoint)
	ip := net.ParseIP(host)
	return err == nil && (host == "localhost" || ip != nil && ip.IsLoopback())
}

// isRegion says whether a store's word can be a region's name: lower-case
// letters, digits and hyphens. Other words are passed over.
func isRegion(s string) bool {
	return s != "" && len(s) <= maxCode && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}
