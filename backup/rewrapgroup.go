package backup

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"

	"filippo.io/age"

	"strongroom/quorum/text"
)

// RewrapTo names, in a restore proposal, the group that a layer is wrapped anew
// for: "age1rewrap1" and the SHA-256 of its recipients, each a line as in a
// manifest. It is nobody's key: no header can be wrapped to it, so a proposal of
// a re-wrap opens nothing for a drill, nor one of a drill for a re-wrap.
func RewrapTo(layer int, group []Recipient) (string, error) {
	layers, err := Layers{group}.check()
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, r := range layers[0] {
		fmt.Fprintf(&b, "%d %s\n", layer, r)
	}
	return rewrapTo + text.Identity([]byte(b.String())).String(), nil
}

const rewrapTo = "age1rewrap1"

// IsRewrapTo says whether a recipient of a restore proposal stands for a group.
func IsRewrapTo(s string) bool { return strings.HasPrefix(s, rewrapTo) }

// Lines returns the recipients as a manifest lists them, or why they are none.
func (l Layers) Lines() ([]string, error) {
	layers, err := l.check()
	if err != nil {
		return nil, err
	}
	return layers.lines(), nil
}

// WrapInner seals the header of an inner layer to the outer group, as an age file
// of its own.
func WrapInner(header []byte, outer []Recipient) ([]byte, error) {
	if len(header) == 0 || len(header) > maxHeader/2 {
		return nil, fmt.Errorf("inner header: want 1 to %d bytes, found %d", maxHeader/2, len(header))
	}
	layers, err := Layers{outer}.check()
	if err != nil {
		return nil, err
	}
	b, err := sealHeader(header, layers[0])
	if err != nil {
		return nil, err
	}
	if len(b) > maxHeader {
		return nil, fmt.Errorf("inner header: want at most %d bytes sealed, found %d", maxHeader, len(b))
	}
	return b, nil
}

// HeaderName names the header object of a payload and a layer.
func HeaderName(payload string, layer int, b []byte) Header { return headerOf(payload, layer, b) }

// CheckGroup says whether a header, or an age file, can be for a group and nobody
// else, as far as that shows without a key: it has a part for each recipient, of
// its kind, and where the part says whose it is (ssh), it is theirs. group are
// lines of a manifest, all of one layer.
func CheckGroup(file []byte, group []string) error {
	header, err := age.ExtractHeader(bytes.NewReader(file))
	if err != nil {
		return fmt.Errorf("header: %w", err)
	}
	want, err := stanzasFor(group)
	if err != nil {
		return err
	}
	plugins := 0
	for _, w := range want {
		if w == kindPlugin {
			plugins++
		}
	}
	var others []string
	for line := range strings.Lines(string(header)) {
		rest, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "-> ")
		if !ok {
			continue
		}
		f := strings.Split(rest, " ")
		is := f[0]
		if is == kindSSH && len(f) > 1 {
			is += " " + f[1]
		}
		if i := slices.Index(want, is); i >= 0 {
			want = slices.Delete(want, i, i+1)
			continue
		}
		others = append(others, clip(is))
	}
	want = slices.DeleteFunc(want, func(s string) bool { return s == kindPlugin })
	// What a plugin writes is its own affair: one part, or several.
	if len(want) > 0 || plugins == 0 && len(others) > 0 || plugins > 0 && len(others) < plugins {
		return fmt.Errorf("header: want parts for its %d recipients and nobody else, found missing %q, and besides %q", len(group), want, others)
	}
	return nil
}

// stanzasFor returns how the parts for a group begin in a header.
func stanzasFor(group []string) ([]string, error) {
	if len(group) == 0 {
		return nil, errors.New("header: want recipients to compare it with, found none")
	}
	var out []string
	for _, line := range group {
		if _, err := checkRecipientLine(line); err != nil {
			return nil, fmt.Errorf("recipient: %w", err)
		}
		f := strings.Split(line, " ")
		s := f[2]
		if s == kindSSH {
			sum, err := base64.RawStdEncoding.DecodeString(strings.TrimPrefix(f[3], "SHA256:"))
			if err != nil || len(sum) < sshTag {
				return nil, fmt.Errorf("recipient: want the fingerprint of a key, found %q", clip(f[3]))
			}
			s += " " + base64.RawStdEncoding.EncodeToString(sum[:sshTag])
		}
		out = append(out, s)
	}
	return out, nil
}

// sshTag is how many bytes of a key's SHA-256 its part of a header shows.
const sshTag = 4

// HeaderPrefix is how the names of all headers of a payload and a layer begin.
func HeaderPrefix(payload string, layer int) string {
	return strings.TrimSuffix(headerName(payload, layer, Sum{}), text.Hash{}.Short()+".age")
}
