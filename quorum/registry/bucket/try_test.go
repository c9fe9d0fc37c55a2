package bucket

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"strongroom/custody/durable"
)

func TestTryRefusesABucketThatReplaces(t *testing.T) {
	said := ""
	c := Config{Objects: newStore(1, 0), Name: "shared", Prefix: "acme/", Warn: func(line string) { said = line }}
	random := func() *bytes.Reader { return bytes.NewReader([]byte("0123456789abcdefghijklmnopqrstuv")) }
	if err := Try(t.Context(), c, random()); err != nil || said != "" {
		t.Errorf("want a good bucket taken, found %v, %q", err, said)
	}
	for _, versions := range []bool{true, false} {
		s := newStore(1, 0)
		s.careless, s.versions = true, versions
		c.Objects = s
		want := "shared is no place for a registry: want the second of two that create one key refused and the first one kept, found both taken"
		if !versions {
			want = "shared is no place for a registry: want the second of two that create one key refused and the first one kept, found the second one taken"
		}
		wantError(t, "careless", Try(t.Context(), c, random()), want)
	}
	c.Objects = &liar{Objects: newStore(1, 0)}
	wantError(t, "liar", Try(t.Context(), c, random()), "shared is no place for a registry: want one of 8 that create one key at once to succeed, found several")
	s := newStore(1, 0)
	s.versions = false
	c.Objects = s
	if err := Try(t.Context(), c, random()); err != nil || said != "shared keeps no versions: whoever may write to it can replace what is there" {
		t.Errorf("want a warning about a bucket without versions, found %v, %q", err, said)
	}
}

// liar tells more than one that they created a key, when they come at once.
type liar struct {
	Objects
	mutex sync.Mutex
	puts  int
}

func (l *liar) PutNew(ctx context.Context, key string, b []byte) error {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.puts++
	if err := l.Objects.PutNew(ctx, key, b); l.puts <= 2 || !errors.Is(err, durable.ErrExists) {
		return err
	}
	return nil
}

func TestAnOpenedPlaceHasAPrefixThatIsNames(t *testing.T) {
	for _, bad := range []string{"acme", "/", "a//", "../", "a/./", "a b/", "-a/"} {
		_, err := Open(t.Context(), Config{Objects: newStore(1, 0), Name: "shared", Prefix: bad, Warn: func(string) {}})
		wantError(t, bad, err, `bucket: prefix: want names that each end with a slash, such as acme/, found "`+bad+`"`)
	}
	wantError(t, "long", CheckPrefix(strings.Repeat("a", maxPrefix)+"/"), "bucket: prefix: want at most 512 bytes, found 513")
	_, err := Open(t.Context(), Config{})
	wantError(t, "zero", err, "bucket: want a context, objects, a name and somebody to warn, found one missing")
	f, err := Open(t.Context(), Config{Objects: newStore(1, 0), Name: "shared", Prefix: "a/b/", Warn: func(string) {}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.Sub("..")
	wantError(t, "sub", err, `shared/a/b: name: want 1 to 255 letters, digits, dots, hyphens and underscores, found ".."`)
	_, err = f.ReadFile("a/b", 1, nil)
	wantError(t, "read", err, `shared/a/b: name: want 1 to 255 letters, digits, dots, hyphens and underscores, found "a/b"`)
	if err := f.WriteNew("", nil); err == nil || errors.Is(err, durable.ErrExists) {
		t.Errorf("want no name refused, found %v", err)
	}
}

// Whoever shares a registry may put, read and list, and nobody may delete.
func TestTheRegistrysPolicyLetsNobodyDelete(t *testing.T) {
	b, err := os.ReadFile("../../../docs/s3/registry.json")
	if err != nil {
		t.Fatal(err)
	}
	var p struct {
		Version   string
		Statement []struct {
			Sid, Effect, Resource string
			Action                []string
		}
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&p); err != nil || p.Version != "2012-10-17" {
		t.Fatalf("want a policy, found version %q, %v", p.Version, err)
	}
	found := map[string][]string{}
	for _, s := range p.Statement {
		found[s.Effect] = append(found[s.Effect], s.Action...)
	}
	want := []string{"s3:PutObject", "s3:GetObject", "s3:GetObjectVersion", "s3:ListBucket", "s3:ListBucketVersions", "s3:GetBucketLocation"}
	if !slices.Equal(found["Allow"], want) {
		t.Errorf("allowed: want %q, found %q", want, found["Allow"])
	}
	for _, no := range []string{"s3:DeleteObject", "s3:DeleteObjectVersion", "s3:PutBucketVersioning", "s3:PutLifecycleConfiguration", "s3:DeleteBucket"} {
		if !slices.Contains(found["Deny"], no) {
			t.Errorf("denied: want %s among them, found %q", no, found["Deny"])
		}
	}
}
