package s3store

import (
	"context"
	"strings"
	"testing"
	"time"

	"strongroom/backup/servertest"
)

func TestAStoreIsMeasuredAndTellsItsRegion(t *testing.T) {
	onGood(t, func(t *testing.T, server *servertest.S3Server) {
		s := mustOpen(t, config(server, server.Endpoint))
		seen, err := s.measure(t.Context())
		if err != nil || seen.RoundTrip <= 0 || seen.RoundTrip > 5*time.Second {
			t.Errorf("want a time, found %+v, %v", seen, err)
		}
		if seen.Region != "" && seen.Region != server.Region {
			t.Errorf("want region %s or none, found %s", server.Region, seen.Region)
		}
		// The way to this machine itself says nothing of what stands behind it.
		seen, err = s.Locate(t.Context())
		if err != nil || seen.RoundTrip != 0 || !s.Loopback() {
			t.Errorf("want loopback not measured, found %+v, %v", seen, err)
		}
		_, err = withoutBucket(t, config(server, server.Endpoint)).Locate(t.Context())
		if err == nil || !strings.Contains(err.Error(), "want the bucket, found none") {
			t.Errorf("want a bucket that is not there told, found %v", err)
		}
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := s.Locate(ended); err == nil {
			t.Error("want an end, found none")
		}
	})
}

func TestTheShortestOfSeveralCounts(t *testing.T) {
	server := servers.S3(t, servertest.VersityGW)
	c := config(server, server.Endpoint)
	makeBucket(t, withoutBucket(t, c), true)
	var looks int
	at := time.Unix(1_800_000_000, 0)
	took := []time.Duration{90, 40, 20, 30, 70, 25}
	c.Now = func() time.Time { // two looks for each question, and one for each answer's date
		if at = at.Add(took[min(looks/3, 5)] * time.Millisecond / 2); looks%3 == 0 {
			at = at.Add(time.Hour) // between two questions
		}
		looks++
		return at
	}
	seen, err := withoutBucket(t, c).measure(t.Context())
	if err != nil || seen.RoundTrip != 20*time.Millisecond {
		t.Errorf("want 20ms, found %+v, %v", seen, err)
	}
}

func TestOnlyLoopbackIsNotMeasured(t *testing.T) {
	for endpoint, want := range map[string]bool{"127.0.0.1:443": true, "localhost:443": true, "[::1]:9000": true, "127.9.9.9:1": true,
		"s3.example.com:443": false, "10.0.0.1:443": false, "localhost.example.com:443": false, "": false} {
		if s := (&Store{config: Config{Endpoint: endpoint}}); s.Loopback() != want {
			t.Errorf("%s: want %t", endpoint, want)
		}
	}
}

func TestAStoresWordForARegionIsBounded(t *testing.T) {
	for word, want := range map[string]bool{"eu-central-1": true, "": false, "EU": false, "eu\x1b[31m": false, "<b>": false, strings.Repeat("a", 61): false} {
		if isRegion(word) != want {
			t.Errorf("%q: want %t", word, want)
		}
	}
}
