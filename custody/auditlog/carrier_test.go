package auditlog

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"testing"
)

func TestEntriesFile(t *testing.T) {
	const want = "00000002" + "6869" + "00000001" + "0a"
	b := EncodeEntries([][]byte{[]byte("hi"), []byte("\n")})
	if hex.EncodeToString(b) != want {
		t.Errorf("%x, wanted %s", b, want)
	}
	entries, err := DecodeEntries(b)
	must(t, err)
	if len(entries) != 2 || string(entries[0]) != "hi" || string(entries[1]) != "\n" {
		t.Errorf("%q", entries)
	}
	if _ = append(entries[0], 'x'); hex.EncodeToString(b) != want {
		t.Error("an entry reaches into the next one")
	}
	none, err := DecodeEntries(nil)
	if err != nil || len(none) != 0 || len(EncodeEntries(nil)) != 0 {
		t.Errorf("%q, %v", none, err)
	}
}

func TestDecodeEntriesRefuses(t *testing.T) {
	full := EncodeEntries(records(1))
	for name, c := range map[string]struct {
		b    []byte
		want string
	}{
		"part of a length": {append(bytes.Clone(full), 0, 0, 0), "entries: entry 1: wanted a length of 4 bytes, found 3"},
		"empty entry":      {append(bytes.Clone(full), 0, 0, 0, 0), "entries: entry 1: wanted 1 to 1048576 bytes, found 0"},
		"cut short":        {full[:len(full)-1], "entries: entry 0: wanted 9 bytes, found 8"},
		"length only":      {[]byte{0, 0, 0, 1}, "entries: entry 0: wanted 1 bytes, found 0"},
		"huge":             {[]byte{0xff, 0xff, 0xff, 0xff, 1}, "entries: entry 0: wanted 1 to 1048576 bytes, found 4294967295"},
		"one over":         {binary.BigEndian.AppendUint32(nil, 1<<20+1), "entries: entry 0: wanted 1 to 1048576 bytes, found 1048577"},
		"too many":         {bytes.Repeat([]byte{0, 0, 0, 1, 'x'}, 1<<20+1), "entries: wanted at most 1048576 entries, found more"},
	} {
		t.Run(name, func(t *testing.T) {
			entries, err := DecodeEntries(c.b)
			if entries != nil {
				t.Errorf("decoded %d entries", len(entries))
			}
			wantError(t, err, "", c.want)
		})
	}
	most, err := DecodeEntries(bytes.Repeat([]byte{0, 0, 0, 1, 'x'}, 1<<20))
	if err != nil || len(most) != 1<<20 {
		t.Errorf("%d entries, %v", len(most), err)
	}
}

func FuzzDecodeEntries(f *testing.F) {
	f.Add([]byte(nil))
	f.Add(EncodeEntries(records(3)))
	f.Add([]byte{0, 0, 0, 2, 'h', 'i', 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		entries, err := DecodeEntries(b)
		if err == nil && !bytes.Equal(EncodeEntries(entries), b) {
			t.Errorf("%x decodes to %q and is encoded otherwise", b, entries)
		}
	})
}
