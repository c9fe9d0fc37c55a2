package posture

import (
	"fmt"
	"strings"
	"time"
)

// Bucket is what a store says of a bucket, and what came of trying. The zero
// value says nothing, and is not readable in all its findings.
type Bucket struct {
	Name   string
	Wanted Wanted
	Now    time.Time

	Versioning  Said[string] // enabled
	Lock        Said[Lock]   // object lock, and what it does by itself
	List        Said[bool]   // whether somebody without credentials was told names
	Read        Said[bool]   // whether they were given bytes
	Write       Said[bool]   // whether they could have put some
	ACL         Said[[]Grantee]
	Public      Said[bool]     // what the store itself says of its policy
	Block       Said[[]string] // what the account's block on public access leaves open
	Policy      Said[[]byte]   // JSON; empty for none
	Lifecycle   Said[[]Rule]
	Encryption  Said[string]   // empty for none
	Replication Said[[]string] // where objects are copied to
	TLS         Said[Line]
	Plain       Said[string] // what answers without TLS; empty for nothing that matters
	Powers      []Power
}

// Wanted is what annex backup asks of a bucket.
type Wanted struct {
	Locks bool
	Days  int // how long
}

// Lock is the object lock of a bucket.
type Lock struct {
	Enabled bool
	Mode    string // of what was put without one: compliance, governance, or empty for none
	Days    int
}

// Grantee is who has a right by the bucket's access list.
type Grantee struct {
	Everybody bool // or everybody with an account anywhere
	Right     string
}

// Line is how a store was spoken to.
type Line struct {
	Version uint16 // of TLS, as on the line: 0x0303 is 1.2
	Ends    time.Time
}

// Power is something that these credentials should not have.
type Power struct {
	Name string // own-delete
	May  Said[bool]
	Mild bool // it lifts locks in governance mode alone, which we do not use
}

// Findings judges a bucket.
func (b Bucket) Findings() []Finding {
	checks := []check{
		{"versioning", true, judge(b.Versioning, versioning),
			"without versions whoever may write replaces a copy", "enable versioning on the bucket"},
		{"object-lock", b.Wanted.Locks, b.objectLock(),
			"without object lock whoever has the credentials deletes every copy", "make a bucket with object lock; few stores can switch it on later"},
		{"default-lock", false, b.defaultLock(),
			"a lock that somebody may lift looks like one, and a short one ends before the next look", "set the default to compliance for as many days as annex backup says, or to none"},
		{"tls", true, judge(b.TLS, line), "whoever sits on the line reads names and times, and changes what an old version lets through",
			"switch TLS 1.0 and 1.1 off at the store"},
		{"certificate", false, b.certificate(), "when it ends nothing is shipped and nothing comes back", "renew the store's certificate"},
		{"plain-http", false, judge(b.Plain, plainHTTP), "what answers without TLS can be made to serve without it", "close the plain port, or redirect it"},
		{"encryption", false, judge(b.Encryption, encryption),
			"what lies there is ciphertext already; a key service that is added can be switched off, and then nobody reads a locked copy", "use SSE-S3, or none"},
		{"replication", false, judge(b.Replication, replication),
			"a copy that goes elsewhere lies in a place that annex backup does not know", "remove the replication rule, or add the place to the annex"},
		{"lifecycle", false, b.lifecycle(),
			"a rule hides or deletes what nobody looks at, the day its lock ends", "keep one rule: expire what is called probe- after a day"},
	}
	return findings(append(append(checks, b.openness()...), b.powers()...))
}

// openness is who is let in without being asked for.
func (b Bucket) openness() []check {
	const why = "everybody sees how much there is and when it changes, and can keep it until the ciphers fall"
	const fix = "block public access for the bucket and the account"
	return []check{
		{"public-list", true, judge(b.List, tried("tells names to everybody")), why, fix},
		{"public-read", true, judge(b.Read, tried("gives bytes to everybody")), why, fix},
		{"public-write", true, judge(b.Write, tried("takes bytes from everybody")), "everybody can fill the bucket and cover what lies there", fix},
		{"public-status", false, judge(b.Public, tried("the store calls its policy public")), why, fix},
		{"public-block", false, judge(b.Block, blocked), "one mistake in a policy or an access list opens the bucket", "switch on all four settings of the public access block"},
		{"acl", false, judge(b.ACL, accessList), why, "remove the grants to groups; better, disable access lists (bucket owner enforced)"},
		{"bucket-policy", false, judge(b.Policy, func(p []byte) verdict { return publicPolicy(p) }), why, "name who may do what, and no star"},
		{"policy-powers", false, judge(b.Policy, func(p []byte) verdict { return policyPowers(p, b.Name) }),
			"whoever these are can lift what protects the copies, or delete them the day a lock ends", "take these actions from everybody, as docs/s3/write.json does"},
	}
}

// tried judges what came of an attempt that must not succeed.
func tried(words string) func(bool) verdict {
	return func(done bool) verdict {
		if done {
			return fail("%s", words)
		}
		return pass("refused")
	}
}

func versioning(state string) verdict {
	if state == "enabled" {
		return pass("enabled")
	}
	return fail("want it enabled, found it %s", orWord(clip(state), "off"))
}

func (b Bucket) objectLock() verdict {
	return judge(b.Lock, func(l Lock) verdict {
		switch {
		case l.Enabled:
			return pass("enabled")
		case b.Wanted.Locks:
			return fail("want it enabled, as annex backup does, found it off")
		}
		return warn("off, and annex backup asks for none")
	})
}

// defaultLock judges what is locked that was put without a lock. Strongroom asks
// for a lock at every upload, so none is no fault.
func (b Bucket) defaultLock() verdict {
	return judge(b.Lock, func(l Lock) verdict {
		switch {
		case l.Mode == "":
			return pass("none; every upload asks for its own")
		case l.Mode != "compliance":
			return warn("%s for %s: who has the right to may lift it", clip(l.Mode), days(l.Days))
		case l.Days < b.Wanted.Days:
			return warn("compliance for %s, less than the %s of annex backup", days(l.Days), days(b.Wanted.Days))
		}
		return pass("compliance for %s", days(l.Days))
	})
}

const (
	tls12 = 0x0303
	tls13 = 0x0304
)

func line(l Line) verdict {
	switch {
	case l.Version == tls12:
		return pass("TLS 1.2")
	case l.Version >= tls13:
		return pass("TLS 1.3")
	}
	return fail("want TLS 1.2 or later, found version %04x", l.Version)
}

func (b Bucket) certificate() verdict {
	return judge(b.TLS, func(l Line) verdict { return ending("", l.Ends, b.Now) })
}

// ending judges when a certificate ends.
func ending(name string, ends, now time.Time) verdict {
	if name != "" {
		name += " "
	}
	left := ends.Sub(now)
	words := fmt.Sprintf("%sends %s", name, ends.UTC().Format(time.DateOnly))
	switch {
	case ends.IsZero() || now.IsZero():
		return unread("%swant the day on which it ends, found none", name)
	case left <= certificateLate:
		return fail("%s, in %s", words, days(int(left.Hours()/24)))
	case left <= certificateSoon:
		return warn("%s, in %s", words, days(int(left.Hours()/24)))
	}
	return pass("%s, in %s", words, days(int(left.Hours()/24)))
}

func plainHTTP(answer string) verdict {
	if answer == "" {
		return pass("nothing answers")
	}
	return warn("%s", clip(answer))
}

func encryption(kind string) verdict {
	switch {
	case kind == "":
		return pass("none beside ours")
	case strings.Contains(strings.ToLower(kind), "kms"):
		return warn("%s: who may disable that key closes every copy, locked or not", clip(kind))
	}
	return pass("%s", clip(kind))
}

func replication(to []string) verdict {
	if len(to) == 0 {
		return pass("none")
	}
	return warn("to %s", clipLong(named(to)))
}

func blocked(open []string) verdict {
	if len(open) == 0 {
		return pass("all four settings")
	}
	return warn("leaves open: %s", clipLong(named(open)))
}

func accessList(list []Grantee) verdict {
	var open []string
	for _, g := range list {
		if g.Everybody {
			open = append(open, clip(g.Right))
		}
	}
	if len(open) > 0 {
		return fail("everybody has %s", named(open))
	}
	return pass("nobody beside the account")
}

// powers judges what the credentials that are used here may do and should not.
func (b Bucket) powers() []check {
	var out []check
	for _, p := range b.Powers {
		out = append(out, check{p.Name, false, judge(p.May, func(may bool) verdict {
			switch {
			case may && p.Mild:
				return warn("these credentials lift locks in governance mode; every lock of ours is in compliance mode, which nobody lifts")
			case may:
				return fail("these credentials may")
			}
			return pass("refused")
		}), "whoever breaks into this machine may do it too", "give the credentials the policy of their power: docs/s3"})
	}
	return out
}

func orWord(s, word string) string {
	if s == "" {
		return word
	}
	return s
}
