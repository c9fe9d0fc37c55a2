package policy

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"

	"strongroom/custody"
	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
)

// none stands where nothing applies. It is no name.
const none = "none"

// namespaces is the option of each signer line: the key signs acts of
// strongroom and nothing else.
const namespaces = `namespaces="*.v1@strongroom"`

// parseID reads a name. "none" is kept for absence.
func parseID(s string) (text.ID, error) {
	if s == none {
		return "", fmt.Errorf("want a name, found %q, which is kept for absence", s)
	}
	return text.ParseID(s)
}

// parseHash reads the hash of something that exists.
func parseHash(s string) (text.Hash, error) {
	h, err := text.ParseHash(s)
	if err == nil && h.IsZero() {
		return h, fmt.Errorf("want the hash of a text, found zeros")
	}
	return h, err
}

func parseBits(s string) (uint32, error) {
	b, err := text.ParseHex(s, 4)
	if err != nil {
		return 0, err
	}
	return binary.BigEndian.Uint32(b), nil
}

// parseBlockHash reads a block hash in display order.
func parseBlockHash(s string) (h [32]byte, err error) {
	b, err := text.ParseHex(s, len(h))
	copy(h[:], b)
	return h, err
}

func parseFingerprint(s string) (f [4]byte, err error) {
	b, err := text.ParseHex(s, len(f))
	copy(f[:], b)
	return f, err
}

// parseSeats reads a number of seats, which is never 0: a line that asks for
// nobody would look like a guard and be none.
func parseSeats(s string) (int, error) {
	n, err := text.ParseUint(s, maxSeats)
	if err == nil && n == 0 {
		return 0, fmt.Errorf("want at least 1 seat, found 0")
	}
	return int(n), err
}

// parseShare reads 0.00 to 1.00 with exactly two decimals, as hundredths of a
// percent.
func parseShare(s string) (uint32, error) {
	if len(s) == 4 && s[1] == '.' {
		n, err := strconv.ParseUint(s[:1]+s[2:], 10, 32)
		if err == nil && n*100 <= maxShare {
			return uint32(n * 100), nil
		}
	}
	return 0, fmt.Errorf("want a share from 0.00 to 1.00 with two decimals, found %q", clip(s))
}

func shareText(share uint32) string {
	return fmt.Sprintf("%d.%02d", share/maxShare, share%maxShare/100)
}

// parseFactor reads "none" or those of "up", "uv" and "bound" that are asked
// for, in this order.
func parseFactor(fields []string) (f sshsig.Factor, err error) {
	s := strings.Join(fields, " ")
	for i := range 8 {
		f = sshsig.Factor{Presence: i&1 != 0, Verification: i&2 != 0, Bound: i&4 != 0}
		if factorText(f) == s {
			return f, nil
		}
	}
	return sshsig.Factor{}, fmt.Errorf("want none, or some of up, uv and bound in this order, found %q", clip(s))
}

func factorText(f sshsig.Factor) string {
	var words []string
	if f.Presence {
		words = append(words, "up")
	}
	if f.Verification {
		words = append(words, "uv")
	}
	if f.Bound {
		words = append(words, "bound")
	}
	if len(words) == 0 {
		return none
	}
	return strings.Join(words, " ")
}

// parsePasskeyOrigin reads none or a web origin: https://HOST with or without
// a port, or http://localhost:PORT. The port is part of it, because every
// other program of this machine shares the host localhost.
func parsePasskeyOrigin(s string) (string, error) {
	if s == none {
		return "", nil
	}
	host, port := "", ""
	rest, secure := strings.CutPrefix(s, "https://")
	if secure {
		host, port, _ = strings.Cut(rest, ":")
	} else if rest, ok := strings.CutPrefix(s, "http://localhost:"); ok {
		host, port = "localhost", rest
	}
	n, err := text.ParseUint(port, 65535)
	portOK := err == nil && n > 0 || secure && port == "" && !strings.HasSuffix(s, ":")
	if len(s) > maxOriginLength || !hostName(host) || !portOK {
		return "", fmt.Errorf("want none, https://HOST, https://HOST:PORT or http://localhost:PORT, found %q", clip(s))
	}
	return s, nil
}

// hostName says whether s is dotted lower-case labels.
func hostName(s string) bool {
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" ||
			label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
	}
	return true
}

// parseAmountAbove0 reads a limit. A limit of nothing is written by leaving
// the line out.
func parseAmountAbove0(s string) (custody.Amount, error) {
	a, err := custody.ParseAmount(s)
	if err == nil && a == 0 {
		return 0, fmt.Errorf("want an amount above 0, found %q", s)
	}
	return a, err
}
