package servertest

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// bucket is a store of one page, to see what reaches it: it keeps what is PUT,
// whole bodies only, and gives it back.
type bucket struct {
	mu      sync.Mutex
	objects map[string]string
	asked   []string // host and URI
	begun   []int64  // how much of each body arrived that was put
}

func (b *bucket) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.asked = append(b.asked, r.Host+" "+r.RequestURI)
	if r.Method == "PUT" {
		b.begun = append(b.begun, int64(len(body)))
	}
	switch {
	case err != nil:
	case r.Method == "PUT":
		b.objects[r.URL.Path] = string(body)
	case r.URL.RawQuery == "chunked": // of a length that is not announced
		_, _ = io.WriteString(w, b.objects[r.URL.Path])
	case r.URL.RawQuery == "list-type=2":
		fmt.Fprintf(w, "%d objects", len(b.objects))
	case b.objects[r.URL.Path] == "":
		http.Error(w, "not there", http.StatusNotFound)
	default:
		w.Header().Set("Content-Length", fmt.Sprint(len(b.objects[r.URL.Path])))
		_, _ = io.WriteString(w, b.objects[r.URL.Path])
	}
}

// look returns what a bucket was given under a name.
func (b *bucket) look(name string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.objects[name]
}

// before starts a bucket and a proxy before it.
func before(t *testing.T) (*bucket, *Proxy, *client) {
	t.Helper()
	authority, err := newAuthority()
	if err != nil {
		t.Fatal(err)
	}
	listener, err := authority.listen()
	if err != nil {
		t.Fatal(err)
	}
	b := &bucket{objects: map[string]string{}}
	server := &http.Server{Handler: b, ReadHeaderTimeout: headerTime}
	done := make(chan error)
	go func() { done <- server.Serve(listener) }()
	t.Cleanup(func() { server.Close(); <-done })
	p := newProxy(t, listener.Addr().String(), authority.pem, authority)
	return b, p, dial(t, p.Endpoint, p.CAPEM)
}

func TestAProxyPassesWhatItDoesNotHarm(t *testing.T) {
	b, p, c := before(t)
	c.plain("PUT", "/b/a%2Fb?x=1;y=%20", "content").want(t, "put", 200, "")
	c.plain("GET", "/b/a%2Fb", "").want(t, "get", 200, "content")
	c.plain("GET", "/b/none", "").want(t, "get of nothing", 404, "not there\n")
	if want := []string{"PUT /b/a%2Fb?x=1;y=%20", "GET /b/a%2Fb", "GET /b/none"}; !slices.Equal(p.Requests(), want) {
		t.Errorf("requests: want %q, found %q", want, p.Requests())
	}
	if want := []string{p.Endpoint + " /b/a%2Fb?x=1;y=%20", p.Endpoint + " /b/a%2Fb", p.Endpoint + " /b/none"}; !slices.Equal(b.asked, want) {
		t.Errorf("store: want what the client asked, %q, found %q", want, b.asked)
	}
	wantStranger(t, p.Endpoint, "/b/none")
}

func TestFaultsHarmTheRequestsTheyNameAndNoOthers(t *testing.T) {
	_, p, c := before(t)
	f := p.Inject(Fault{Method: "GET", In: "list-type=2", After: 1, Times: 2, Do: Answer(503)})
	slow := "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>SlowDown</Code><Message>Service Unavailable</Message></Error>"
	for i, want := range []int{200, 503, 503, 200} {
		got := c.plain("GET", "/b?list-type=2", "")
		got.want(t, fmt.Sprint("list ", i+1), want, map[int]string{503: slow}[want])
		c.plain("PUT", "/b?list-type=2", "x").want(t, "another method", 200, "")
		c.plain("GET", "/b/none", "").want(t, "another path", 404, "")
	}
	if f.Harmed() != 2 {
		t.Errorf("harmed: want 2, found %d", f.Harmed())
	}
	second := p.Inject(Fault{Times: Always, Do: Answer(500)})
	c.plain("GET", "/b/none", "").want(t, "all", 500, "")
	second.End()
	c.plain("GET", "/b/none", "").want(t, "after the end", 404, "")
	if second.Harmed() != 1 {
		t.Errorf("harmed: want 1, found %d", second.Harmed())
	}
}

func TestADroppedRequestNeverArrivesAndALostAnswerComesTooLate(t *testing.T) {
	b, p, c := before(t)
	dropped := p.Inject(Fault{Method: "PUT", Times: 1, Do: Drop()})
	c.plain("PUT", "/b/dropped", "content").wantBroken(t, "drop")
	c.plain("GET", "/b/none", "").want(t, "a connection that could be kept", 404, "")
	read := p.Inject(Fault{Method: "GET", Times: 1, Do: Drop()})
	c.plain("GET", "/b/none", "").wantBroken(t, "drop of a read")
	if want := []string{"PUT /b/dropped", "GET /b/none", "GET /b/none"}; !slices.Equal(p.Requests(), want) || read.Harmed() != 1 {
		t.Errorf("requests: want %q, found %q", want, p.Requests())
	}
	lost := p.Inject(Fault{Method: "PUT", Times: 1, Do: LoseAnswer()})
	c.plain("PUT", "/b/lost", "content").wantBroken(t, "lose the answer")
	if b.look("/b/dropped") != "" || b.look("/b/lost") != "content" {
		t.Errorf("want only what lost its answer, found %q", b.objects)
	}
	if dropped.Harmed() != 1 || lost.Harmed() != 1 {
		t.Errorf("harmed: want 1 and 1, found %d and %d", dropped.Harmed(), lost.Harmed())
	}
}

// slow is a body whose second half comes late.
type slow struct {
	halves  int
	arrived atomic.Bool
}

func (s *slow) Read(b []byte) (int, error) {
	s.halves++
	switch s.halves {
	case 2:
		time.Sleep(100 * time.Millisecond)
		s.arrived.Store(true)
	case 3:
		return 0, io.EOF
	}
	return copy(b, "half"), nil
}

func TestAnAnswerOfTheProxyComesAfterTheWholeUpload(t *testing.T) {
	b, p, c := before(t)
	p.Inject(Fault{Method: "PUT", Times: 1, Do: Answer(500)})
	body := &slow{}
	r := c.request(t.Context(), "PUT", "/b/refused", nil)
	r.Body, r.ContentLength = io.NopCloser(body), 8
	c.do(r).want(t, "refused", 500, "")
	if !body.arrived.Load() || b.look("/b/refused") != "" || len(b.asked) != 0 {
		t.Errorf("want the whole body read and nothing forwarded, found %t, %q", body.arrived.Load(), b.asked)
	}
}

func TestACutUploadArrivesInPart(t *testing.T) {
	b, p, c := before(t)
	big := strings.Repeat("x", 1<<20)
	for _, cut := range []struct {
		name string
		body string
		at   int64
		most int64
	}{{"in the middle", big, 300_000, 300_000}, {"before the first byte", big, 0, 0}, {"beyond the end", "short", 100, 4}, {"of nothing", "", 5, 0}} {
		p.Inject(Fault{Method: "PUT", Times: 1, Do: CutUpload(cut.at)})
		c.plain("PUT", "/b/"+strings.ReplaceAll(cut.name, " ", "-"), cut.body).wantBroken(t, cut.name)
	}
	deadline := time.Now().Add(10 * time.Second)
	arrived := func() []int64 { b.mu.Lock(); defer b.mu.Unlock(); return slices.Clone(b.begun) }
	for len(arrived()) < 3 && time.Now().Before(deadline) {
		time.Sleep(time.Millisecond) // the bucket learns of the end by itself
	}
	if want := []int64{0, 4, 300_000}; !slices.Equal(slices.Sorted(slices.Values(arrived())), want) || len(b.objects) != 0 {
		t.Errorf("arrived: want %d bytes and no object, found %d, %d objects", want, arrived(), len(b.objects))
	}
}

func TestAnswersAreCutTruncatedAndFlipped(t *testing.T) {
	_, p, c := before(t)
	big := strings.Repeat("0123456789", 20_000)
	c.plain("PUT", "/b/one", big).want(t, "put", 200, "")
	get := func(h Harm) answer {
		f := p.Inject(Fault{Method: "GET", Times: 1, Do: h})
		defer f.End()
		return c.plain("GET", "/b/one", "")
	}
	for _, at := range []int64{0, 1, 70_000, 199_999, 900_000} {
		got := get(CutAnswer(at))
		if at = min(at, 199_999); got.err == nil || got.body != big[:at] || got.header.Get("Content-Length") != "200000" {
			t.Errorf("cut at %d: want so many bytes and a broken connection, found %d, %v", at, len(got.body), got.err)
		}
	}
	for _, at := range []int64{0, 1, 70_000, 900_000} {
		got := get(Truncate(at))
		at = min(at, 200_000)
		got.want(t, fmt.Sprint("truncated at ", at), 200, big[:at])
		if got.body != big[:at] || got.header.Get("Content-Length") != fmt.Sprint(at) {
			t.Errorf("truncated at %d: want so many bytes announced and sent, found %s and %d", at, got.header.Get("Content-Length"), len(got.body))
		}
	}
	for _, at := range []int64{0, 70_000, 199_999, 900_000} {
		got := get(FlipBit(at))
		at = min(at, 199_999)
		got.want(t, fmt.Sprint("flipped at ", at), 200, big[:at]+string(big[at]^1)+big[at+1:])
	}
	f := p.Inject(Fault{Times: 1, Do: Truncate(1)})
	c.plain("GET", "/b/none", "").want(t, "an error", 404, "not there\n")
	if f.Harmed() != 1 {
		t.Errorf("harmed: want 1, found %d", f.Harmed())
	}
	c.plain("GET", "/b/one", "").want(t, "unharmed", 200, big)
}

func TestAStaleListDoesNotShowWhatCameAfter(t *testing.T) {
	_, p, c := before(t)
	stale := p.Inject(Fault{Method: "GET", In: "list-type=2", Times: Always, Do: Repeat()})
	c.plain("GET", "/b?list-type=2", "").want(t, "the first list", 200, "0 objects")
	c.plain("PUT", "/b/one", "x").want(t, "put", 200, "")
	c.plain("GET", "/b?list-type=2", "").want(t, "the stale list", 200, "0 objects")
	c.plain("GET", "/c?list-type=2", "").want(t, "another list", 200, "1 objects")
	stale.End()
	c.plain("GET", "/b?list-type=2", "").want(t, "the list", 200, "1 objects")
}

func TestAnAnswerTooLongToRepeatBreaksTheConnection(t *testing.T) {
	_, p, c := before(t)
	c.plain("PUT", "/b/long", strings.Repeat("x", maxRepeated+1)).want(t, "put", 200, "")
	c.plain("PUT", "/b/fits", strings.Repeat("x", maxRepeated)).want(t, "put", 200, "")
	p.Inject(Fault{Method: "GET", Times: Always, Do: Repeat()})
	c.plain("GET", "/b/long?chunked", "").wantBroken(t, "one byte too many")
	if got := c.plain("GET", "/b/fits", ""); got.status != 200 || len(got.body) != maxRepeated {
		t.Errorf("what just fits: want 200 and %d bytes, found %d and %d", maxRepeated, got.status, len(got.body))
	}
}

func TestAFaultThatNeverHarmsIsRefused(t *testing.T) {
	for _, c := range []struct {
		fault Fault
		want  string
	}{
		{Fault{}, "fault: want something to do, found nothing"},
		{Fault{Do: Drop()}, "fault: want it at least once, found 0 times after 0 requests"},
		{Fault{Do: Drop(), Times: 1, After: -1}, "fault: want it at least once, found 1 times after -1 requests"},
	} {
		if err := c.fault.check(); err == nil || err.Error() != c.want {
			t.Errorf("want %q, found %v", c.want, err)
		}
	}
	if err := (Fault{Do: Drop(), Times: 1}).check(); err != nil {
		t.Error(err)
	}
}

func TestADelayedRequestWaits(t *testing.T) {
	_, p, c := before(t)
	const wait = 150 * time.Millisecond
	p.Inject(Fault{Times: 1, Do: Delay(wait)})
	began := time.Now()
	c.plain("GET", "/b/none", "").want(t, "delayed", 404, "")
	if took := time.Since(began); took < wait {
		t.Errorf("delay: want at least %s, found %s", wait, took)
	}
}

func TestSignaturesHoldThroughAProxyAndADeadStoreLooksDead(t *testing.T) {
	s := S3(t, VersityGW)
	p := s.Proxy(t)
	c := dial(t, p.Endpoint, s.CAPEM) // the same authority
	c.signed(s, "PUT", "/proxied", "").want(t, "bucket", 200, "")
	c.signed(s, "PUT", "/proxied/one", "content").want(t, "put", 200, "")
	c.signed(s, "GET", "/proxied/one", "").want(t, "get", 200, "content")
	c.plain("GET", "/proxied/one", "").want(t, "without a signature", 403, "")
	s.Kill()
	c.signed(s, "GET", "/proxied/one", "").wantBroken(t, "a dead store")
	s.Restart(t)
	c.signed(s, "GET", "/proxied/one", "").want(t, "after a restart", 200, "content")
}
