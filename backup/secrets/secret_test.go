package secrets

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"
)

const hunter = "hunter2hunter2"

// written says whether a text shows the secret: as it is, in hex, or byte by
// byte in decimal.
func written(s string) bool {
	s = strings.ToLower(s)
	return strings.Contains(s, "hunter2") || strings.Contains(s, "68756e746572") || strings.Contains(s, "104 117 110") || strings.Contains(s, "0x68, 0x75, 0x6e") || strings.Contains(s, "ahvudgvy")
}

// every writes a value in every form that package fmt and the encoders have.
func every(t *testing.T, v any) []string {
	t.Helper()
	var out []string
	for _, verb := range strings.Split("v +v #v s +s #s q +q x #x X d o O b c U e g G f F t p T 20v -20s .3s 06d", " ") {
		out = append(out, fmt.Sprintf("%"+verb, v))
	}
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	x, _ := xml.Marshal(v) // what has no form in XML is not written either
	var text, object, binary bytes.Buffer
	slog.New(slog.NewTextHandler(&text, nil)).Info("m", "v", v)
	slog.New(slog.NewJSONHandler(&object, nil)).Info("m", "v", v)
	_ = gob.NewEncoder(&binary).Encode(v)
	return append(out, string(b), string(x), text.String(), object.String(), binary.String(), fmt.Sprint(v), fmt.Sprintln(v), fmt.Errorf("x: %v", v).Error())
}

func TestASecretIsWrittenInNoForm(t *testing.T) {
	s := NewSecret([]byte(hunter))
	c := Credentials{Access: s, Secret: s, Session: s, Source: "file /x"}
	type box struct {
		in  Secret // a field that no method is called for
		Out *Secret
	}
	for name, v := range map[string]any{
		"secret": s, "pointer": &s, "slice": []Secret{s}, "map": map[string]Secret{"k": s}, "credentials": c, "pointer to credentials": &c,
		"hidden in a struct": box{s, &s}, "grant": grant{token: s}, "pointer to grant": &grant{token: s}, "local": &local{last: c}, "lent": &lent{last: c, session: session{grant: grant{token: s}}},
	} {
		if name == "local" || name == "lent" || strings.HasSuffix(name, "grant") || name == "hidden in a struct" { // not for encoders
			for _, f := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d", "%q", "%t", "%c", "%e"} {
				if got := fmt.Sprintf(f, v); written(got) {
					t.Errorf("%s: %s: want no secret, found %s", name, f, got)
				}
			}
			continue
		}
		for _, got := range every(t, v) {
			if written(got) {
				t.Errorf("%s: want no secret, found %s", name, got)
			}
		}
	}
	if !written(fmt.Sprintf("%v", hunter)) || !written(fmt.Sprintf("%#v", []byte(hunter))) || !written(fmt.Sprintf("%x", hunter)) || !written(fmt.Sprintf("%d", []byte(hunter))) {
		t.Error("want the test to find a secret that is shown")
	}
	if got := fmt.Sprintf("%s|%v|%#v|%x|%q", s, s, s, s, s); got != "secret(...)|secret(...)|secret(...)|secret(...)|secret(...)" {
		t.Errorf("want secret(...) five times, found %s", got)
	}
	if b, _ := json.Marshal(c); !strings.Contains(string(b), `"Access":"secret(...)"`) {
		t.Errorf("json: found %s", b)
	}
}

func TestNothingIsNoSecret(t *testing.T) {
	for name, s := range map[string]Secret{"zero": {}, "of nothing": NewSecret(nil), "erased": func() Secret { s := NewSecret([]byte(hunter)); s.Erase(); return s }()} {
		got, err := s.Reveal()
		if !s.IsZero() || got != "" || err == nil || err.Error() != "secret: want a value, found none" || s.same(s) || s.String() != "secret(...)" {
			t.Errorf("%s: found %q, %v", name, got, err)
		}
	}
	s := NewSecret([]byte(hunter))
	if got, err := s.Reveal(); got != hunter || err != nil {
		t.Errorf("want the value, found %v, %v", got == hunter, err)
	}
}

// Copies share their memory, so that erasing one leaves nothing; what a source
// hands out is the caller's own.
func TestErasingClearsTheMemory(t *testing.T) {
	s := NewSecret([]byte(hunter))
	other, own, memory := s, s.clone(), s.bytes()
	s.Erase()
	if !other.IsZero() || own.IsZero() || string(memory) != strings.Repeat("\x00", len(hunter)) {
		t.Errorf("want zeros, found other %v, own %v, %q", other.IsZero(), own.IsZero(), memory)
	}
	c := Credentials{NewSecret([]byte("a")), NewSecret([]byte("b")), NewSecret([]byte("c")), time.Time{}, time.Time{}, time.Time{}, ""}
	c.Erase()
	if !c.Access.IsZero() || !c.Secret.IsZero() || !c.Session.IsZero() {
		t.Error("want every part erased")
	}
}

func TestCredentialsThatLetNobodyIn(t *testing.T) {
	now := time.Date(2026, 11, 22, 7, 0, 0, 0, time.UTC)
	s := NewSecret([]byte(hunter))
	for _, x := range []struct {
		name string
		c    Credentials
		want string
	}{
		{"zero", Credentials{}, "credentials: want an access key and a secret key, found none"},
		{"no secret key", Credentials{Access: s}, "credentials: want an access key and a secret key, found none"},
		{"no access key", Credentials{Secret: s}, "credentials: want an access key and a secret key, found none"},
		{"ended", Credentials{Access: s, Secret: s, Expires: now, Source: "vault x"}, "vault x: want credentials that work at 2026-11-22T07:00:00Z, found some that ended at 2026-11-22T07:00:00Z"},
		{"for a second", Credentials{Access: s, Secret: s, Expires: now.Add(time.Second)}, ""},
		{"for ever", Credentials{Access: s, Secret: s}, ""},
	} {
		wantText(t, x.name, x.c.Check(now), x.want)
	}
}

// wantText compares an error's whole text; "" wants none.
func wantText(t *testing.T, name string, err error, want string) {
	t.Helper()
	found := ""
	if err != nil {
		found = err.Error()
	}
	if found != want {
		t.Errorf("%s:\nwant  %s\nfound %s", name, want, found)
	}
	if written(found) {
		t.Errorf("%s: want no secret in the error", name)
	}
	var e *Error
	if errors.As(err, &e) && (written(e.Hint) || written(fmt.Sprintf("%#v", e))) {
		t.Errorf("%s: want no secret in the hint, found %s", name, e.Hint)
	}
}
