package s3store

import (
	"context"
	"testing"
	"time"
)

func complete() Config {
	return Config{
		Endpoint: "s3.example.com:443", Region: "r", Bucket: "bucket",
		Credentials: func(context.Context) (string, string, string, error) { return "a", "s", "", nil },
		Timeouts:    PatientTimeouts(), Rand: zeros{}, Sleep: func(context.Context, time.Duration) error { return nil }, Now: time.Now,
	}
}

// zeros is randomness that is none.
type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

func TestConfigThatLacksSomethingIsRefused(t *testing.T) {
	if _, err := Open(complete()); err != nil {
		t.Fatal(err)
	}
	_, err := Open(Config{})
	wantError(t, "zero", err, `store: endpoint: want host:port, such as s3.example.com:443 (TLS always), found ""`)
	for want, spoil := range map[string]func(*Config){
		"store: want a region, found none":                                                    func(c *Config) { c.Region = "" },
		"store: want a bucket, found none":                                                    func(c *Config) { c.Bucket = "" },
		"store: want credentials, found none":                                                 func(c *Config) { c.Credentials = nil },
		"store: limit: want 0 or more bytes a second, found -1":                               func(c *Config) { c.Limit = -1 },
		"store: timeouts: want four above zero, found {20s 20s 5m0s 0s}":                      func(c *Config) { c.Timeouts.Idle = 0 },
		"store: retries: want 0 to 20, found 21":                                              func(c *Config) { c.Retries = 21 },
		"store: retries: want 0 to 20, found -1":                                              func(c *Config) { c.Retries = -1 },
		"store: want randomness, a way to wait and a clock, found one missing":                func(c *Config) { c.Now = nil },
		"store: authority: want a certificate in PEM, found none in 4 bytes":                  func(c *Config) { c.CA = []byte("none") },
		"store: authority: want a certificate in PEM, found none in 0 bytes":                  func(c *Config) { c.CA = []byte{} },
		`store: bucket: want 3 to 63 lower-case letters, digits, dots and hyphens, found "A"`: func(c *Config) { c.Bucket = "A" },
	} {
		c := complete()
		spoil(&c)
		_, err := Open(c)
		wantError(t, "spoiled", err, want)
	}
}

func TestOnlyHostAndPortAreAnEndpoint(t *testing.T) {
	for _, endpoint := range []string{"http://s3.example.com:80", "https://s3.example.com", "https://s3.example.com:443", "s3.example.com", ":443", "s3.example.com:",
		"s3.example.com:0", "s3.example.com:65536", "s3.example.com:https", "user@s3.example.com:443", "s3.example.com/bucket:443"} {
		c := complete()
		c.Endpoint = endpoint
		_, err := Open(c)
		wantError(t, endpoint, err, `store: endpoint: want host:port, such as s3.example.com:443 (TLS always), found "`+endpoint+`"`)
	}
}

func TestPausesGrowAndEnd(t *testing.T) {
	var slept []time.Duration
	c := complete()
	c.Rand = ones{}
	c.Sleep = func(_ context.Context, d time.Duration) error { slept = append(slept, d); return nil }
	s, err := Open(c)
	if err != nil {
		t.Fatal(err)
	}
	for try := range 12 {
		if err := s.pause(t.Context(), try); err != nil {
			t.Fatal(err)
		}
		most := min(firstPause<<try, longestPause)
		if last := slept[try]; last < 0 || last >= most {
			t.Errorf("try %d: want less than %s, found %s", try, most, last)
		}
	}
	if slept[11] < firstPause {
		t.Errorf("want longer pauses later, found %s", slept[11])
	}
}

// ones is randomness of ones.
type ones struct{}

func (ones) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = 0xfe
	}
	return len(b), nil
}

func TestUploadsKeepToTheLimitTogether(t *testing.T) {
	now, slept := time.Unix(0, 0), time.Duration(0)
	l := &limiter{rate: 1000, now: func() time.Time { return now }, sleep: func(_ context.Context, d time.Duration) error { slept += d; now = now.Add(d); return nil }}
	for range 10 {
		if err := l.wait(t.Context(), 500); err != nil {
			t.Fatal(err)
		}
	}
	if want := 4500 * time.Millisecond; slept != want { // the first bytes may go at once
		t.Errorf("5000 bytes at 1000 a second: want a wait of %s, found %s", want, slept)
	}
	now = now.Add(time.Hour) // a pause is no credit
	slept = 0
	for range 2 {
		if err := l.wait(t.Context(), 1000); err != nil {
			t.Fatal(err)
		}
	}
	if slept != time.Second {
		t.Errorf("after a pause: want a wait of 1s, found %s", slept)
	}
}

func FuzzChecksum(f *testing.F) {
	for _, seed := range []string{"", "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=", "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=-3",
		"LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=-03", "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCR=", "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=-0", "AAAA-1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, ok := parseChecksum(text)
		if ok && formatChecksum(c) != text {
			t.Errorf("want %q back, found %q", text, formatChecksum(c))
		}
		if !ok && c.Parts != 0 {
			t.Errorf("%q: want nothing of a refused text, found %v", text, c)
		}
	})
}

func TestChecksumsAreReadInOneFormOnly(t *testing.T) {
	const good = "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ="
	for text, parts := range map[string]int{good: 0, good + "-1": 1, good + "-10000": 10_000} {
		if c, ok := parseChecksum(text); !ok || c.Parts != parts || c.Sum[0] != 0x2c {
			t.Errorf("%s: want %d parts, found %v, %v", text, parts, c, ok)
		}
	}
	for _, text := range []string{"", good + "-", good + "-0", good + "-01", good + "-+1", good + "-10001", good + "-1-1", good + "\n", good[:43], "AAAA", good[:42] + "R="} {
		if _, ok := parseChecksum(text); ok {
			t.Errorf("%q: want it refused", text)
		}
	}
}

func TestOnlyComplianceIsALock(t *testing.T) {
	const until = "2026-11-22T08:00:00Z"
	if got := lockedUntil("COMPLIANCE", until); got != time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC) {
		t.Errorf("compliance: found %s", got)
	}
	for _, c := range [][2]string{{"GOVERNANCE", until}, {"", until}, {"compliance", until}, {"COMPLIANCE", ""}, {"COMPLIANCE", "tomorrow"}} {
		if got := lockedUntil(c[0], c[1]); !got.IsZero() {
			t.Errorf("%v: want no lock, found %s", c, got)
		}
	}
}
