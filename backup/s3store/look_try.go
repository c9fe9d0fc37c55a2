package s3store

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"slices"
	"time"

	"github.com/minio/minio-go/v7"

	"strongroom/backup"
	"strongroom/backup/posture"
)

// stranger tries what somebody without credentials can do.
func (k *looker) stranger() (list, read, write posture.Said[bool]) {
	_, err := k.store.ask(k.ctx, asked{method: "GET", query: "list-type=2&max-keys=1", nobody: true})
	list = k.letIn(err)
	_, err = k.store.ask(k.ctx, asked{method: "HEAD", object: k.Object, nobody: true})
	read = k.letIn(err)
	name, err := (&prober{store: k.store, rand: k.Rand}).name()
	if err != nil {
		return list, read, posture.Untold[bool](err)
	}
	wrong := backup.Whole([]byte("other bytes")).Sum
	_, err = k.store.ask(k.ctx, asked{method: "PUT", object: name, body: "an upload by nobody\n", nobody: true,
		header: http.Header{http.CanonicalHeaderKey(checksumHeader): {base64.StdEncoding.EncodeToString(wrong[:])}}})
	return list, read, k.letIn(err, "BadDigest", "InvalidDigest", "XAmzContentChecksumMismatch", "XAmzContentSHA256Mismatch")
}

// letIn says whether an attempt got past the question who asks. Some codes are
// of what is asked only afterwards.
func (k *looker) letIn(err error, after ...string) posture.Said[bool] {
	var a *Answer
	switch {
	case err == nil:
		return posture.Told(true)
	case errors.As(err, &a) && (a.Status == http.StatusForbidden || a.Status == http.StatusUnauthorized):
		return posture.Told(false)
	case errors.As(err, &a) && a.Code != "" && slices.Contains(after, a.Code):
		return posture.Told(true)
	}
	return heard(k, false, err)
}

// settings are what a bucket is set up by: the name of the finding about who may
// change it, and the beginning of a text that breaks off, by which no store can
// set it up.
func settings() []struct{ name, query, text string } {
	return []struct{ name, query, text string }{
		{"own-lifecycle", "lifecycle", "<LifecycleConfiguration><Nothing"},
		{"own-lock", "object-lock", "<ObjectLockConfiguration><Nothing"},
		{"own-policy", "policy", `{"Nothing`},
		{"own-versioning", "versioning", "<VersioningConfiguration><Nothing"},
	}
}

// powers tries what the credentials of a backup should not be able to do.
func (k *looker) powers() []posture.Power {
	out := []posture.Power{{Name: "own-bypass", May: k.bypass(), Mild: true}, {Name: "own-delete", May: k.remove()}}
	for _, x := range settings() {
		_, err := k.store.ask(k.ctx, asked{method: "PUT", query: x.query + "=", body: x.text})
		var a *Answer
		if errors.As(err, &a) && a.Status == http.StatusNotImplemented {
			out = append(out, posture.Power{Name: x.name, May: posture.Told(false)}) // nobody may
			continue
		}
		out = append(out, posture.Power{Name: x.name, May: k.letIn(err, "MalformedXML", "MalformedPolicy", "InvalidPolicyDocument", "InvalidArgument", "InvalidRequest")})
	}
	return out
}

// remove deletes a version of an object that never was. Its name is none of
// those that a probe may delete.
func (k *looker) remove() posture.Said[bool] {
	name, err := (&prober{store: k.store, rand: k.Rand}).name()
	if err != nil {
		return posture.Untold[bool](err)
	}
	_, err = k.store.ask(k.ctx, asked{method: "DELETE", object: "posture-" + name, query: "versionId=null"}) // the one name of a version that every store takes
	if errors.Is(err, fs.ErrNotExist) {
		return posture.Told(true)
	}
	return k.letIn(err, "NoSuchVersion", "NoSuchKey")
}

// bypass puts an object of its own under a lock that only a special right lifts,
// and tries to shorten it.
func (k *looker) bypass() posture.Said[bool] {
	if !k.Puts {
		return posture.Untold[bool](errors.New("not tried: it takes credentials that put objects"))
	}
	p := &prober{store: k.store, ctx: k.ctx, rand: k.Rand}
	name, b, err := p.small()
	if err != nil {
		return posture.Untold[bool](err)
	}
	s, now := k.store, k.store.config.Now()
	until, sooner := wholeSeconds(now.Add(probeLock)), wholeSeconds(now.Add(probeLock/2))
	version, err := k.putGoverned(name, b, until)
	if err != nil {
		return heard(k, false, err)
	}
	o := backup.Object{Name: name, Version: version}
	attack := s.retain(k.ctx, o, minio.Governance, sooner)
	if attack != nil && !refused(attack) {
		return heard(k, false, attack)
	}
	var found *time.Time
	err = k.call(func(ctx context.Context) (err error) {
		_, found, err = s.core.GetObjectRetention(ctx, s.config.Bucket, name, version)
		return err
	})
	if err == nil && found == nil {
		err = &Answer{Status: http.StatusOK, Code: "without a lock that was asked for"}
	}
	return heard(k, err == nil && found.Before(until), err)
}

// putGoverned puts an object under a lock in governance mode.
func (k *looker) putGoverned(name string, b []byte, until time.Time) (string, error) {
	if _, err := k.store.ask(k.ctx, asked{method: "PUT", object: name, body: string(b), header: http.Header{
		"X-Amz-Object-Lock-Mode":                {string(minio.Governance)},
		"X-Amz-Object-Lock-Retain-Until-Date":   {until.Format(time.RFC3339)},
		http.CanonicalHeaderKey(checksumHeader): {formatChecksum(backup.Checksum{Sum: backup.Whole(b).Sum})}}}); err != nil {
		return "", err
	}
	var version string
	err := k.call(func(ctx context.Context) error {
		h, err := k.store.core.StatObject(ctx, k.store.config.Bucket, name, minio.StatObjectOptions{})
		version = h.VersionID
		return err
	})
	if err != nil {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	return version, nil
}
