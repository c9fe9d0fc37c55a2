package s3store

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/minio/minio-go/v7"

	"strongroom/backup/posture"
)

// Looking is what Look is told.
type Looking struct {
	Wanted posture.Wanted
	Object string    // one that is there, which nobody without credentials may read
	Powers bool      // also try what these credentials should not be able to do
	Puts   bool      // whether they may put objects; else less can be tried
	Rand   io.Reader // names what is tried out
}

// Look asks a store how a bucket is set up and who is let in. What it tries
// harms nothing: without credentials it lists, reads, and begins an upload that
// no checksum fits; with them it deletes what never was, and sets the bucket up
// by texts that mean nothing. With Puts an object called probe- stays behind,
// locked for two minutes.
//
// What the store does not tell is told as that. The error is about one that
// cannot be reached.
func Look(ctx context.Context, s *Store, l Looking) (posture.Bucket, error) {
	if s == nil || s.core == nil {
		return posture.Bucket{}, errors.New("look: store: want an opened one, found none")
	}
	k := &looker{store: s, ctx: ctx, Looking: l}
	b := posture.Bucket{Name: s.config.Bucket, Wanted: l.Wanted, Now: s.config.Now()}
	b.Versioning = k.versioning()
	if k.away != nil {
		return posture.Bucket{}, fmt.Errorf("look: %w", k.away)
	}
	b.Lock = k.lock()
	b.TLS, b.Plain = k.line()
	b.Policy, b.Lifecycle, b.Encryption, b.Replication = k.policy(), k.lifecycle(), k.encryption(), k.replication()
	b.ACL, b.Public, b.Block = k.accessList(), k.public(), k.block()
	b.List, b.Read, b.Write = k.stranger()
	if l.Powers {
		b.Powers = k.powers()
	}
	if err := errors.Join(k.away, ctx.Err()); err != nil {
		return posture.Bucket{}, fmt.Errorf("look: %w", err)
	}
	return b, nil
}

// looker asks one thing after the other.
type looker struct {
	Looking
	store *Store
	ctx   context.Context
	away  error // the first error that is no answer
}

// heard turns what a call returned into an answer. A refusal whose code is one
// of those that mean "there is none" is the zero answer.
func heard[T any](k *looker, v T, err error, none ...string) posture.Said[T] {
	var a *Answer
	switch {
	case err == nil:
		return posture.Told(v)
	case !errors.As(err, &a):
		return posture.Untold[T](k.doubt(err))
	case slices.Contains(none, a.Code):
		var zero T
		return posture.Told(zero)
	}
	return posture.Untold[T](err)
}

// doubt looks whether a store that gave no answer is still there: then it does
// not know the question, as RGW answers some with a list of objects.
func (k *looker) doubt(err error) error {
	if k.away != nil {
		return err
	}
	still := k.call(func(ctx context.Context) error {
		_, err := k.store.core.GetBucketVersioning(ctx, k.store.config.Bucket)
		return err
	})
	var a *Answer
	if still != nil && !errors.As(still, &a) {
		k.away = err
		return err
	}
	return errors.New("want an answer to what was asked, found another")
}

// call makes one call of the library.
func (k *looker) call(f func(ctx context.Context) error) error { return k.store.again(k.ctx, f) }

func (k *looker) versioning() posture.Said[string] {
	state := ""
	err := k.call(func(ctx context.Context) error {
		v, err := k.store.core.GetBucketVersioning(ctx, k.store.config.Bucket)
		state = strings.ToLower(word(v.Status))
		return err
	})
	return heard(k, state, err)
}

func (k *looker) lock() posture.Said[posture.Lock] {
	var l posture.Lock
	err := k.call(func(ctx context.Context) error {
		enabled, mode, validity, unit, err := k.store.core.GetObjectLockConfig(ctx, k.store.config.Bucket)
		l = posture.Lock{Enabled: enabled == minio.Enabled}
		if mode != nil && validity != nil && unit != nil && *validity < maxLockDays {
			l.Mode, l.Days = strings.ToLower(word(mode.String())), int(*validity)
			if *unit == minio.Years {
				l.Days *= 365
			}
		}
		return err
	})
	return heard(k, l, err, "ObjectLockConfigurationNotFoundError", "InvalidBucketState", "NoSuchObjectLockConfiguration")
}

// line is how the last answers came, and what answers in the clear.
func (k *looker) line() (posture.Said[posture.Line], posture.Said[string]) {
	t := k.store.line.lastTold()
	found, refused, err := (&prober{store: k.store, ctx: k.ctx}).withoutTLS()
	if refused {
		found = ""
	}
	return posture.Told(posture.Line{Version: t.version, Ends: t.ends}), heard(k, found, err)
}

func (k *looker) policy() posture.Said[[]byte] {
	var text string
	err := k.call(func(ctx context.Context) (err error) {
		text, err = k.store.core.GetBucketPolicy(ctx, k.store.config.Bucket)
		return err
	})
	return heard(k, []byte(text), err, "NoSuchBucketPolicy")
}

func (k *looker) encryption() posture.Said[string] {
	kind := ""
	err := k.call(func(ctx context.Context) error {
		c, err := k.store.core.GetBucketEncryption(ctx, k.store.config.Bucket)
		if err == nil && len(c.Rules) > 0 {
			kind = c.Rules[0].Apply.SSEAlgorithm
		}
		return err
	})
	return heard(k, kind, err, "ServerSideEncryptionConfigurationNotFoundError")
}

func (k *looker) replication() posture.Said[[]string] {
	var to []string
	err := k.call(func(ctx context.Context) error {
		c, err := k.store.core.GetBucketReplication(ctx, k.store.config.Bucket)
		to = nil
		for _, r := range c.Rules {
			to = append(to, r.Destination.Bucket)
		}
		return err
	})
	return heard(k, to, err, "ReplicationConfigurationNotFoundError")
}

func (k *looker) lifecycle() posture.Said[[]posture.Rule] {
	var rules []posture.Rule
	err := k.call(func(ctx context.Context) error {
		c, err := k.store.core.GetBucketLifecycle(ctx, k.store.config.Bucket)
		if err != nil {
			return err
		}
		rules = nil
		for _, r := range c.Rules {
			rule := posture.Rule{ID: r.ID, Enabled: strings.EqualFold(r.Status, "Enabled"), Prefix: r.RuleFilter.Prefix,
				Expires: !r.Expiration.IsDaysNull() || !r.Expiration.IsDateNull() || bool(r.Expiration.DeleteAll), Days: int(r.Expiration.Days),
				Noncurrent: r.NoncurrentVersionExpiration.NoncurrentDays > 0 || r.NoncurrentVersionExpiration.NewerNoncurrentVersions > 0 || !r.AllVersionsExpiration.IsNull(),
				Below:      int(r.NoncurrentVersionExpiration.NoncurrentDays),
				Moves:      !r.Transition.IsNull() || r.NoncurrentVersionTransition.StorageClass != ""}
			if rule.Prefix == "" {
				rule.Prefix = r.RuleFilter.And.Prefix
			}
			if rule.Prefix == "" {
				rule.Prefix = r.Prefix
			}
			rules = append(rules, rule)
		}
		return nil
	})
	return heard(k, rules, err, "NoSuchLifecycleConfiguration")
}

// xmlOf asks for what a bucket says of itself in XML.
func xmlOf(k *looker, what string, to any) error {
	b, err := k.store.ask(k.ctx, asked{method: "GET", query: what + "="})
	if err == nil && xml.Unmarshal(b, to) != nil {
		err = &Answer{Status: 200, Code: "with something else than it was asked for"}
	}
	return err
}

func (k *looker) accessList() posture.Said[[]posture.Grantee] {
	var told struct {
		Grants []struct {
			Grantee    struct{ URI string }
			Permission string
		} `xml:"AccessControlList>Grant"`
	}
	err := xmlOf(k, "acl", &told)
	var list []posture.Grantee
	for _, g := range told.Grants {
		all := strings.HasSuffix(g.Grantee.URI, "/AllUsers") || strings.HasSuffix(g.Grantee.URI, "/AuthenticatedUsers")
		list = append(list, posture.Grantee{Everybody: all, Right: word(g.Permission)})
	}
	return heard(k, list, err)
}

func (k *looker) public() posture.Said[bool] {
	var told struct{ IsPublic string }
	err := xmlOf(k, "policyStatus", &told)
	if err == nil && !strings.EqualFold(told.IsPublic, "true") && !strings.EqualFold(told.IsPublic, "false") {
		err = &Answer{Status: 200, Code: "with neither true nor false"}
	}
	return heard(k, strings.EqualFold(told.IsPublic, "true"), err, "NoSuchBucketPolicy")
}

// block lists the settings of the public access block that are not on.
func (k *looker) block() posture.Said[[]string] {
	var told struct{ BlockPublicAcls, IgnorePublicAcls, BlockPublicPolicy, RestrictPublicBuckets string }
	err := xmlOf(k, "publicAccessBlock", &told)
	var a *Answer
	if errors.As(err, &a) && a.Code == "NoSuchPublicAccessBlockConfiguration" {
		err = nil // none of them is on
	}
	var open []string
	for _, x := range []struct{ name, value string }{{"BlockPublicAcls", told.BlockPublicAcls}, {"IgnorePublicAcls", told.IgnorePublicAcls},
		{"BlockPublicPolicy", told.BlockPublicPolicy}, {"RestrictPublicBuckets", told.RestrictPublicBuckets}} {
		if !strings.EqualFold(x.value, "true") {
			open = append(open, x.name)
		}
	}
	return heard(k, open, err)
}
