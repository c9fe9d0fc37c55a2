package posture

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

func now() time.Time { return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) }

// good is a bucket as it should be.
func good() Bucket {
	return Bucket{
		Name: "box", Wanted: Wanted{Locks: true, Days: 30}, Now: now(),
		Versioning: Told("enabled"), Lock: Told(Lock{Enabled: true}), List: Told(false), Read: Told(false), Write: Told(false),
		ACL: Told([]Grantee{{Right: "FULL CONTROL"}}), Public: Told(false), Block: Told[[]string](nil), Policy: Told[[]byte](nil), Lifecycle: Told[[]Rule](nil),
		Encryption: Told(""), Replication: Told[[]string](nil), TLS: Told(Line{Version: tls13, Ends: now().AddDate(0, 0, 60)}), Plain: Told(""),
		Powers: []Power{{Name: "own-delete", May: Told(false)}, {Name: "own-bypass", May: Told(false), Mild: true}},
	}
}

func found(list []Finding, name string) string {
	for _, f := range list {
		if f.Name == name {
			return f.Status.String() + ": " + f.Found
		}
	}
	return "no finding"
}

const deny = `{"Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::box","arn:aws:s3:::box/*"]},` +
	`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::1:root"},"Action":"s3:*","Resource":"*"}]}`

// Each finding both ways: what is as it should be is in good.
func TestEachFindingOfABucketIsSeenBothWays(t *testing.T) {
	policy := func(s string) func(*Bucket) { return func(b *Bucket) { b.Policy = Told([]byte(s)) } }
	allow := func(rest string) func(*Bucket) {
		return policy(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Resource":"*",` + rest + `}}`)
	}
	rules := func(r ...Rule) func(*Bucket) { return func(b *Bucket) { b.Lifecycle = Told(r) } }
	for _, c := range []struct {
		name   string
		change func(*Bucket)
		want   string
	}{
		{"versioning", func(b *Bucket) { b.Versioning = Told("suspended") }, "fail: want it enabled, found it suspended"},
		{"versioning", func(b *Bucket) { b.Versioning = Told("") }, "fail: want it enabled, found it off"},
		{"object-lock", func(b *Bucket) { b.Lock = Told(Lock{}) }, "fail: want it enabled, as annex backup does, found it off"},
		{"object-lock", func(b *Bucket) { b.Lock, b.Wanted = Told(Lock{}), Wanted{} }, "warn: off, and annex backup asks for none"},
		{"default-lock", func(b *Bucket) { b.Lock = Told(Lock{true, "governance", 90}) }, "warn: governance for 90 days: who has the right to may lift it"},
		{"default-lock", func(b *Bucket) { b.Lock = Told(Lock{true, "compliance", 1}) }, "warn: compliance for 1 day, less than the 30 days of annex backup"},
		{"default-lock", func(b *Bucket) { b.Lock = Told(Lock{true, "compliance", 30}) }, "pass: compliance for 30 days"},
		{"public-list", func(b *Bucket) { b.List = Told(true) }, "fail: tells names to everybody"},
		{"public-read", func(b *Bucket) { b.Read = Told(true) }, "fail: gives bytes to everybody"},
		{"public-write", func(b *Bucket) { b.Write = Told(true) }, "fail: takes bytes from everybody"},
		{"public-status", func(b *Bucket) { b.Public = Told(true) }, "fail: the store calls its policy public"},
		{"public-block", func(b *Bucket) { b.Block = Told([]string{"BlockPublicAcls"}) }, "warn: leaves open: BlockPublicAcls"},
		{"acl", func(b *Bucket) { b.ACL = Told([]Grantee{{true, "READ"}}) }, "fail: everybody has READ"},
		{"tls", func(b *Bucket) { b.TLS = Told(Line{Version: 0x0302}) }, "fail: want TLS 1.2 or later, found version 0302"},
		{"tls", func(b *Bucket) { b.TLS = Told(Line{Version: tls12}) }, "pass: TLS 1.2"},
		{"certificate", func(b *Bucket) { b.TLS = Told(Line{tls13, now().AddDate(0, 0, 20)}) }, "warn: ends 2026-12-12, in 20 days"},
		{"certificate", func(b *Bucket) { b.TLS = Told(Line{tls13, now().AddDate(0, 0, 1)}) }, "fail: ends 2026-11-23, in 1 day"},
		{"certificate", func(b *Bucket) { b.TLS = Told(Line{Version: tls13}) }, "not readable: want the day on which it ends, found none"},
		{"plain-http", func(b *Bucket) { b.Plain = Told("an answer with status 200") }, "warn: an answer with status 200"},
		{"encryption", func(b *Bucket) { b.Encryption = Told("aws:kms") }, "warn: aws:kms: who may disable that key closes every copy, locked or not"},
		{"encryption", func(b *Bucket) { b.Encryption = Told("AES256") }, "pass: AES256"},
		{"replication", func(b *Bucket) { b.Replication = Told([]string{"arn:aws:s3:::far"}) }, "warn: to arn:aws:s3:::far"},
		{"own-delete", func(b *Bucket) { b.Powers[0].May = Told(true) }, "fail: these credentials may"},
		{"own-bypass", func(b *Bucket) { b.Powers[1].May = Told(true) }, "warn: these credentials lift locks in governance mode; every lock of ours is in compliance mode, which nobody lifts"},
		{"own-delete", func(b *Bucket) { b.Powers[0].May = Untold[bool](errors.New("not tried")) }, "not readable: not tried"},

		{"lifecycle", rules(Rule{ID: "old", Enabled: true, Expires: true, Days: 30}), `fail: rule "old": every copy is hidden after 30 days, and deleted once its lock is over`},
		{"lifecycle", rules(Rule{ID: "day", Enabled: true, Prefix: "payload-", Expires: true}), `fail: rule "day": every copy is hidden on a fixed day, and deleted once its lock is over`},
		{"lifecycle", rules(Rule{ID: "old", Expires: true, Days: 30}), "pass: no rule that hides or deletes a copy"},
		{"lifecycle", rules(Rule{ID: "p", Enabled: true, Prefix: "probe-", Expires: true, Days: 1}), `pass: rule "p" is about probe- only`},
		{"lifecycle", rules(Rule{ID: "p", Enabled: true, Prefix: "pro", Expires: true, Days: 1}), `fail: rule "p": every copy is hidden after 1 day, and deleted once its lock is over`},
		{"lifecycle", rules(Rule{ID: "n", Enabled: true, Noncurrent: true, Below: 7}), `warn: rule "n": a copy that somebody writes over is deleted after 7 days, but not before its lock of 30 days is over`},
		{"lifecycle", rules(Rule{ID: "n", Enabled: true, Noncurrent: true, Below: 40}), `warn: rule "n": a copy that somebody writes over is deleted after 40 days, its lock of 30 days being over by then`},
		{"lifecycle", rules(Rule{ID: "cold", Enabled: true, Moves: true}), `warn: rule "cold": moves copies to where reading takes hours`},
		{"lifecycle", rules(Rule{ID: "a\n\x1b[2J", Enabled: true, Moves: true}), `warn: rule "a??[2J": moves copies to where reading takes hours`},

		{"bucket-policy", allow(`"Principal":"*","Action":"s3:GetObject"`), "fail: everybody may s3:GetObject"},
		{"bucket-policy", allow(`"Principal":{"AWS":["x","*"]},"Action":["s3:GetObject"]`), "fail: everybody may s3:GetObject"},
		{"bucket-policy", allow(`"NotPrincipal":{"AWS":"x"},"Action":"s3:GetObject"`), "fail: everybody may s3:GetObject"},
		{"bucket-policy", allow(`"Principal":"*","Action":["s3:PutObject","s3:GetObject"]`), "fail: everybody may s3:GetObject, s3:PutObject"},
		{"bucket-policy", allow(`"Principal":"*","NotAction":"s3:GetObject"`), "fail: everybody may all but s3:GetObject"},
		{"bucket-policy", allow(`"Principal":"*","Action":"s3:GetObject","Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}`), "warn: everybody may s3:GetObject on some condition"},
		{"bucket-policy", allow(`"Principal":{"AWS":"x"},"Action":"s3:GetObject"`), "pass: names whom it lets in"},
		{"bucket-policy", allow(`"Principal":"*","Action":"s3:GetObject","Condition":{}`), "fail: everybody may s3:GetObject"},
		{"bucket-policy", policy(deny), "pass: names whom it lets in"},
		{"bucket-policy", policy("<xml/>"), "not readable: want JSON of a policy, found something else"},
		{"bucket-policy", policy("{}"), "not readable: want 1 to 1000 statements, found 0"},
		{"bucket-policy", allow(`"Principal":"*"`), "not readable: statement 1: want an action, found none"},
		{"bucket-policy", allow(`"Action":"s3:GetObject"`), "not readable: statement 1: want a principal, found none"},
		{"bucket-policy", policy(`{"Statement":{"Effect":"Permit","Principal":"*","Action":"s3:*","Resource":"*"}}`), `not readable: statement 1: want Allow or Deny, found "Permit"`},
		{"bucket-policy", policy(`{"Statement":{"Effect":"Allow","Principal":"*","Action":"s3:*"}}`), "not readable: statement 1: want a resource, found none"},
		{"bucket-policy", policy(strings.Repeat(" ", maxPolicy+1)), "not readable: want at most 262144 bytes, found 262145"},

		{"policy-powers", allow(`"Principal":"*","Action":"s3:Delete*"`), "fail: everybody s3:DeleteObjectVersion, everybody s3:DeleteObject, everybody s3:DeleteBucketPolicy, everybody s3:DeleteBucket"},
		{"policy-powers", allow(`"Principal":{"AWS":"ops"},"Action":"S3:PUTBUCKETPOLICY"`), "warn: ops s3:PutBucketPolicy"},
		{"policy-powers", allow(`"Principal":{"AWS":"ops"},"Action":"s3:Bypass?overnanceRetention"`), "warn: ops s3:BypassGovernanceRetention"},
		{"policy-powers", allow(`"Principal":{"AWS":"ops"},"NotAction":["s3:D*","s3:P*"]`), "warn: ops s3:BypassGovernanceRetention"},
		{"policy-powers", allow(`"Principal":{"AWS":"ops"},"Action":"s3:GetObject"`), "pass: gives nobody what would lift a lock or delete"},
		{"policy-powers", policy(deny), "pass: gives nobody what would lift a lock or delete"},
		{"policy-powers", policy(strings.Replace(deny, `"Principal":"*"`, `"Principal":{"AWS":"x"}`, 1)), "warn: arn:aws:iam::1:root s3:DeleteObjectVersion, arn:aws:iam::1:root s3:DeleteObject, arn:aws:iam::1:root s3:BypassGovernanceRetention, " +
			"arn:aws:iam::1:root s3:PutLifecycleConfiguration, arn:aws:iam::1:root s3:PutBucketPolicy, arn:aws:iam::1:root s3:DeleteBucketPolicy and 3 more"},
		{"policy-powers", policy(strings.Replace(deny, `["arn:aws:s3:::box","arn:aws:s3:::box/*"]`, `"arn:aws:s3:::box/*"`, 1)), "warn: arn:aws:iam::1:root s3:PutLifecycleConfiguration, arn:aws:iam::1:root s3:PutBucketPolicy, " +
			"arn:aws:iam::1:root s3:DeleteBucketPolicy, arn:aws:iam::1:root s3:PutBucketVersioning, arn:aws:iam::1:root s3:PutBucketObjectLockConfiguration, arn:aws:iam::1:root s3:DeleteBucket"},
		{"policy-powers", policy(strings.Replace(deny, `"s3:*","Resource":[`, `"s3:*","Condition":{"a":{"b":"c"}},"Resource":[`, 1)), "warn: arn:aws:iam::1:root s3:DeleteObjectVersion, arn:aws:iam::1:root s3:DeleteObject, arn:aws:iam::1:root s3:BypassGovernanceRetention, " +
			"arn:aws:iam::1:root s3:PutLifecycleConfiguration, arn:aws:iam::1:root s3:PutBucketPolicy, arn:aws:iam::1:root s3:DeleteBucketPolicy and 3 more"},
	} {
		b := good()
		if got := found(b.Findings(), c.name); !strings.HasPrefix(got, "pass: ") {
			t.Errorf("%s: want it good at first, found %s", c.name, got)
		}
		c.change(&b)
		if got := found(b.Findings(), c.name); got != c.want {
			t.Errorf("%s:\nwant  %s\nfound %s", c.name, c.want, got)
		}
	}
}

// What nobody asked for, and what was refused, is never a pass; what must be read
// is bad then.
func TestNothingToldIsNeverAPass(t *testing.T) {
	list := Bucket{Wanted: Wanted{Locks: true}}.Findings()
	if len(list) != 17 {
		t.Errorf("want 17 findings, found %d", len(list))
	}
	for _, f := range list {
		if f.Status != Unread || f.Found != "nobody asked" || f.Why == "" || f.Fix == "" || f.Bad() != f.Demanded {
			t.Errorf("want it not readable, found %v", f)
		}
	}
	if got := fmt.Sprint(Bad(list)); got != "[object-lock public-list public-read public-write tls versioning]" {
		t.Errorf("want the demanded ones bad, found %s", got)
	}
	if (Finding{}).Bad() || (Finding{}).Status.String() != "not readable" {
		t.Error("want the zero finding not readable")
	}
	if b, err := Fail.MarshalText(); err != nil || string(b) != "fail" {
		t.Errorf("found %s, %v", b, err)
	}
	refused := good()
	refused.Lifecycle = Untold[[]Rule](errors.New("want success,\nfound 403"))
	if got := found(refused.Findings(), "lifecycle"); got != "not readable: want success,?found 403" {
		t.Errorf("found %s", got)
	}
	if bad := Bad(good().Findings()); len(bad) != 0 {
		t.Errorf("want nothing bad in a good bucket, found %v", bad)
	}
}

func TestPatternsMatchAsStoresMatchThem(t *testing.T) {
	for _, c := range []struct {
		pattern, name string
		want          bool
	}{
		{"*", "s3:DeleteObject", true}, {"s3:*", "s3:DeleteObject", true}, {"s3:*Object", "s3:DeleteObject", true}, {"s3:*Object", "s3:DeleteObjectVersion", false},
		{"s3:De*te*ct", "s3:DeleteObject", true}, {"s3:DeleteObject", "s3:DeleteObject", true}, {"s3:Delete", "s3:DeleteObject", false}, {"", "s3:DeleteObject", false},
		{"iam:*", "s3:DeleteObject", false}, {"s3:DeleteObjec?", "s3:DeleteObject", true}, {"s3:DeleteObject?", "s3:DeleteObject", false}, {"**", "s3:X", true},
		{strings.Repeat("a", maxPattern+1), "s3:X", true},
	} {
		if got := matches(c.pattern, c.name); got != c.want {
			t.Errorf("%q and %s: want %v, found %v", c.pattern, c.name, c.want, got)
		}
	}
}

// Whatever a store sends as a policy, it is judged the same twice, in one line
// without control characters, and never passed when it cannot be read.
func FuzzPolicy(f *testing.F) {
	f.Add([]byte(deny))
	f.Add([]byte(`{"Statement":[{"Effect":"Allow","Principal":{"AWS":["*"],"Service":"x"},"Action":["s3:Get*"],"Resource":"*","Condition":null}]}`))
	f.Add([]byte(`{"Statement":{}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := parsePolicy(b)
		for _, v := range []verdict{publicPolicy(b), policyPowers(b, "box")} {
			if len(b) > 0 && (err != nil) != (v.status == Unread) {
				t.Errorf("want what cannot be read told, found %v and %v", err, v)
			}
			if strings.ContainsFunc(v.found, func(r rune) bool { return r < ' ' || r > '~' }) {
				t.Errorf("want one line of letters, found %q", v.found)
			}
		}
		for _, s := range p.Statement {
			if err == nil && s.Effect == "Allow" && s.everybody() && publicPolicy(b).status == Pass {
				t.Errorf("want an open policy told, found it passed: %q", b)
			}
		}
	})
}
