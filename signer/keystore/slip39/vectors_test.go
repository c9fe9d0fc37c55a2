package slip39

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/btcsuite/btcd/btcutil/v2/hdkeychain"
	"github.com/btcsuite/btcd/chaincfg/v2"
)

// refusals are our texts for the official cases that must not open, by number.
func refusals() map[int]string {
	texts := map[int]string{
		6:  "combine: share 2: want the identifier 282 as in share 1, found 283",
		25: "combine: share 2: want the identifier 26510 as in share 1, found 26511",
		39: "share: want 20 to 59 words, found 19",
		40: "share: want a number of words that leaves at most 8 bits of padding, found 21 words, which leave 12",
	}
	for _, both := range []struct {
		short, long int // the case with 128 bits and that with 256
		text        string
	}{
		{2, 21, "share: want words that fit their checksum, found at least one wrong word"},
		{3, 22, "share: want zeros as padding, found another bit"},
		{5, 24, "combine: shares of group 1: want 2, found 1"},
		{7, 26, "combine: share 2: want the exponent 3 as in share 1, found 0"},
		{8, 27, "combine: share 3: want the group threshold 2 as in share 1, found 1"},
		{9, 28, "combine: share 2: want the group count 3 as in share 1, found 1"},
		{10, 29, "share: want a group threshold of 1 to 1, found 2"},
		{11, 30, "combine: share 2: want another member of group 1 than share 1, found member 3 again"},
		{12, 31, "combine: share 2: want the threshold 1 of its group as in share 1, found 2"},
		{13, 32, "combine: group 1: want shares that agree with their digest, found a foreign or changed one among them"},
		{14, 33, "combine: groups: want 2, found 1"},
		{15, 34, "combine: groups: want 2, found 1"},
		{16, 35, "combine: shares of group 4: want 2, found 1"},
	} {
		texts[both.short], texts[both.long] = both.text, both.text
	}
	return texts
}

type vector struct {
	name      string
	mnemonics []string
	secret    string
	xprv      string
}

func officialVectors(t *testing.T) []vector {
	t.Helper()
	dir := os.Getenv("STRONGROOM_VECTORS")
	if dir == "" {
		t.Skip("STRONGROOM_VECTORS is not set: the SLIP-39 vectors were not read")
	}
	b, err := os.ReadFile(filepath.Join(dir, "slip39", "vectors.json"))
	if err != nil {
		t.Fatal(err)
	}
	var rows [][4]any
	if err := json.Unmarshal(b, &rows); err != nil {
		t.Fatal(err)
	}
	var vectors []vector
	for _, r := range rows {
		v := vector{name: r[0].(string), secret: r[2].(string), xprv: r[3].(string)}
		for _, m := range r[1].([]any) {
			v.mnemonics = append(v.mnemonics, m.(string))
		}
		vectors = append(vectors, v)
	}
	return vectors
}

// open parses mnemonics and combines them.
func open(mnemonics []string, passphrase string) ([]byte, error) {
	var shares []*Share
	for _, m := range mnemonics {
		s, err := Parse([]byte(m))
		if err != nil {
			return nil, err
		}
		shares = append(shares, s)
	}
	return Combine(shares, []byte(passphrase))
}

func TestOfficialVectors(t *testing.T) {
	wants := refusals()
	opened, refused := 0, 0
	for i, v := range officialVectors(t) {
		secret, err := open(v.mnemonics, "TREZOR")
		if v.secret == "" {
			refused++
			if want := wants[i+1]; err == nil || err.Error() != want || secret != nil {
				t.Errorf("%s: want %q, found %v", v.name, want, err)
			}
			continue
		}
		opened++
		if err != nil || hex.EncodeToString(secret) != v.secret {
			t.Errorf("%s: want it open to the secret, found %v", v.name, err)
			continue
		}
		master, err := hdkeychain.NewMaster(secret, &chaincfg.MainNetParams)
		if err != nil || master.String() != v.xprv {
			t.Errorf("%s: want the master key of BIP-32, found another, %v", v.name, err)
		}
	}
	if opened+refused < 45 || refused != len(wants) {
		t.Fatalf("want 45 cases at least, %d of them refused, found %d and %d", len(wants), opened+refused, refused)
	}
	t.Logf("%d cases, %d opened, %d refused", opened+refused, opened, refused)
}

func TestOfficialSharesAreWrittenAsTheyWereRead(t *testing.T) {
	written := 0
	for _, v := range officialVectors(t) {
		for _, m := range v.mnemonics {
			s, err := Parse([]byte(m))
			if err != nil {
				continue
			}
			if words, err := s.Words(); err != nil || string(words) != m {
				t.Errorf("%s: want the same words, found %q, %v", v.name, words, err)
			}
			written++
		}
	}
	if written < 70 {
		t.Errorf("want 70 shares at least, found %d", written)
	}
}
