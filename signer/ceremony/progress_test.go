package ceremony

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"strongroom/quorum/text"
)

const progressText = `strongroom/progress@v1
plan aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
step 1 2026-11-21T09:30:00Z frank everybody present and known
step 3 2026-11-21T09:40:00Z grace equipment compared with the plan: seals 7 and 8
exception 2 2026-11-21T09:35:00Z grace the room was searched yesterday
`

func TestProgressReadsWhatItWrites(t *testing.T) {
	p, err := ParseProgress([]byte(progressText))
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 21, 9, 40, 0, 0, time.UTC)
	if len(p.Steps) != 2 || p.Steps[1] != (Entry{3, at, "grace", "equipment compared with the plan: seals 7 and 8"}) || len(p.Exceptions) != 1 {
		t.Errorf("found %+v", p)
	}
	if b, err := RenderProgress(p); err != nil || string(b) != progressText {
		t.Errorf("found %s %v", b, err)
	}
	begun := Progress{Plan: p.Plan}
	b, err := RenderProgress(begun)
	if err != nil {
		t.Fatal(err)
	}
	if back, err := ParseProgress(b); err != nil || !reflect.DeepEqual(back, begun) {
		t.Errorf("want a ceremony without a step read back, found %+v %v", back, err)
	}
}

func TestProgressRefuses(t *testing.T) {
	for _, c := range []struct{ old, new, want string }{
		{"progress@v1", "transcript@v1", `line 1: progress: want "strongroom/progress@v1", found "strongroom/transcript@v1"`},
		{"step 3", "step 1", ""},
		{"exception 2", "excuse 2", `line 5: want the end of the text, found "excuse"`},
		{"plan aa", "plan AA", ""},
	} {
		_, err := ParseProgress([]byte(strings.Replace(progressText, c.old, c.new, 1)))
		if err == nil || c.want != "" && err.Error() != c.want {
			t.Errorf("%s: want %q, found %v", c.new, c.want, err)
		}
	}
}

func FuzzProgress(f *testing.F) {
	f.Add([]byte(progressText))
	f.Add([]byte("strongroom/progress@v1\nplan " + text.Hash{1}.String() + "\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := ParseProgress(b)
		if err != nil {
			return
		}
		if again, err := RenderProgress(p); err != nil || string(again) != string(b) {
			t.Fatalf("want the same bytes, found %q %v", again, err)
		}
	})
}
