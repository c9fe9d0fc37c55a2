package policy

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/btcsuite/btcd/address/v2/bech32"

	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
)

// Country is a country's code (ISO 3166-1 alpha-2), such as CH.
type Country string

// Point is a place on the earth, in ten-thousandths of a degree: eleven metres
// or less. North and east are positive (WGS 84).
type Point struct{ Lat, Lon int32 }

// pointUnit is how many units of a Point are a degree.
const pointUnit = 10_000

// String writes latitude and longitude as an annex does, such as
// "46.2044 6.1432".
func (p Point) String() string { return degrees(p.Lat) + " " + degrees(p.Lon) }

func degrees(v int32) string {
	sign, u := "", int64(v)
	if u < 0 {
		sign, u = "-", -u
	}
	return fmt.Sprintf("%s%d.%04d", sign, u/pointUnit, u%pointUnit)
}

// readPoint reads latitude and longitude. The meridian opposite Greenwich is
// 180, never -180.
func readPoint(r *text.Reader, keyword, lat, lon string) Point {
	p := Point{
		Lat: text.Value(r, keyword, lat, parseDegrees("latitude", -90)),
		Lon: text.Value(r, keyword, lon, parseDegrees("longitude", -180)),
	}
	if p.Lon == -180*pointUnit {
		r.Refuse("%s: want 180.0000 for that longitude, found -180.0000", keyword)
	}
	return p
}

// parseDegrees reads degrees with exactly four decimals, from least to its
// opposite.
func parseDegrees(what string, least int32) func(string) (int32, error) {
	return func(s string) (int32, error) {
		whole, part, _ := strings.Cut(s, ".")
		n, err := strconv.ParseInt(whole+part, 10, 32)
		v := int32(n)
		if err != nil || len(part) != 4 || degrees(v) != s || v < least*pointUnit || v > -least*pointUnit {
			return 0, fmt.Errorf("want a %s from %d.0000 to %d.0000 with four decimals, found %q", what, least, -least, clip(s))
		}
		return v, nil
	}
}

func parseCountry(s string) (Country, error) {
	if len(s) != 2 || s[0] < 'A' || s[0] > 'Z' || s[1] < 'A' || s[1] > 'Z' {
		return "", fmt.Errorf("want a country as two upper-case letters, such as CH, found %q", clip(s))
	}
	return Country(s), nil
}

func parseReader(s string) (Reader, error) {
	if v := Reader(s); v == ReaderAge11 || v == ReaderAge13 {
		return v, nil
	}
	return "", fmt.Errorf("want %s or %s, found %q", ReaderAge11, ReaderAge13, clip(s))
}

func parseLock(s string) (Lock, error) {
	if v := Lock(s); v == LockCompliance || v == LockNone {
		return v, nil
	}
	return "", fmt.Errorf("want the lock %s or %s, found %q", LockCompliance, LockNone, clip(s))
}

// readNumber reads a line with one number.
func readNumber(r *text.Reader, keyword string, least, most int) int {
	return text.Value(r, keyword, r.Field(keyword), within(least, most))
}

// within reads a number between two others.
func within(least, most int) func(string) (int, error) {
	return func(s string) (int, error) {
		n, err := text.ParseUint(s, uint64(most))
		if err == nil && int(n) < least {
			return 0, fmt.Errorf("want at least %d, found %d", least, n)
		}
		return int(n), err
	}
}

// errPrivate never repeats what it found.
var errPrivate = errors.New("want a public key, found a private one: take care where it has been")

// parseSealingKey reads a key that age seals to: age1... (X25519), age1pq1...
// (hybrid), age1NAME1... (of a plugin) or ssh-ed25519.
func parseSealingKey(s string) (string, error) {
	switch {
	case strings.Contains(strings.ToUpper(s), "SECRET-KEY"):
		return "", errPrivate
	case strings.HasPrefix(s, "ssh-"):
		return parseSSHKey(s)
	case !strings.HasPrefix(s, "age1"):
		return "", fmt.Errorf("want age1..., age1pq1..., age1NAME1... or ssh-ed25519 AAAA..., found %q", clip(s))
	}
	kind, size, err := decodeAge(s)
	if err != nil {
		return "", err
	}
	if want, known := ageKeySize(kind); known && size != want {
		return "", fmt.Errorf("want a key of %d bytes behind %s1, found %d", want, kind, size)
	}
	return s, nil
}

// parseX25519 reads a plain age key: the one that every version of age knows.
func parseX25519(s string) (string, error) {
	if _, err := parseSealingKey(s); err != nil {
		return "", err
	}
	if kind, _, err := decodeAge(s); err != nil || kind != "age" {
		return "", fmt.Errorf("want an X25519 key, age1..., found %q", clip(s))
	}
	return s, nil
}

// decodeAge takes the Bech32 of an age key apart (BIP-173, without its limit of
// 90 characters): age, age1pq or age1NAME, and how many bytes follow.
func decodeAge(s string) (kind string, size int, err error) {
	if len(s) > maxSealedKey {
		return "", 0, fmt.Errorf("want a key of at most %d characters, found %d", maxSealedKey, len(s))
	}
	kind, words, err := bech32.DecodeNoLimit(s)
	if err != nil || s != strings.ToLower(s) {
		return "", 0, fmt.Errorf("want an age key with a good checksum, found %q", clip(s))
	}
	b, err := bech32.ConvertBits(words, 5, 8, false)
	name, plugin := strings.CutPrefix(kind, "age1")
	if err != nil || kind != "age" && (!plugin || name == "" || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789+-._") != "") {
		return "", 0, fmt.Errorf("want an age key, found %q", clip(s))
	}
	return kind, len(b), nil
}

// ageKeySize returns how long a key of age's own kinds is: X25519, P-256 on a
// token, and each of them with ML-KEM-768.
func ageKeySize(kind string) (size int, known bool) {
	const kem, x25519, p256, compressed = 1184, 32, 65, 33
	switch kind {
	case "age":
		return x25519, true
	case "age1pq":
		return kem + x25519, true
	case "age1tag":
		return compressed, true
	case "age1tagpq":
		return kem + p256, true
	}
	return 0, false
}

// hybrid says whether a checked key also withstands quantum computers. age
// seals to such keys only together, so that none of the others is the weak one.
func hybrid(key string) bool {
	return strings.HasPrefix(key, "age1pq1") || strings.HasPrefix(key, "age1tagpq1")
}

// parseSSHKey reads "ssh-ed25519 AAAA...": other kinds sign, and cannot be
// sealed to.
func parseSSHKey(s string) (string, error) {
	kind, _, _ := strings.Cut(s, " ")
	if kind != sshsig.Ed25519.String() {
		return "", fmt.Errorf("want an ssh-ed25519 key, found %q", clip(kind))
	}
	if _, err := sshsig.ParseKey(s); err != nil {
		return "", err
	}
	return s, nil
}
