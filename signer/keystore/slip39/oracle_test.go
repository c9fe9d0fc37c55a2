package slip39

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	oracle "github.com/gavincarr/go-slip39"
	"pgregory.net/rapid"
)

// Another implementation of the standard is asked for its opinion on everything
// that we make and read.

func TestTheOracleHasTheSameWords(t *testing.T) {
	value := make([]byte, listLength*bitsPerWord/8)
	for i := range listLength * bitsPerWord {
		value[i/8] |= byte(i/bitsPerWord>>(bitsPerWord-1-i%bitsPerWord)&1) << (7 - i%8)
	}
	share := oracle.Share{ShareValues: value}
	share.GroupThreshold, share.GroupCount, share.MemberThreshold = 1, 1, 1
	words, err := share.Words()
	if len(words) != headerWords+listLength+checksumWords {
		t.Fatalf("want all words, found %d, %v", len(words), err)
	}
	if got := strings.Join(words[headerWords:headerWords+listLength], "\n") + "\n"; got != wordList {
		t.Error("want the same list, found another")
	}
}

func TestTheOracleOpensOurShares(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		secret, s := drawSecret(t), drawScheme(t)
		s.Exponent = rapid.IntRange(0, 1).Draw(t, "exponent")
		pass := drawPassphrase(t)
		groups, err := split(secret, []byte(pass), s, &stream{label: rapid.String().Draw(t, "label")})
		if err != nil {
			t.Fatal(err)
		}
		var mnemonics []string
		for _, share := range drawQuorum(t, s, groups) {
			words, err := share.Words()
			if err != nil {
				t.Fatal(err)
			}
			mnemonics = append(mnemonics, string(words))
		}
		got, err := oracle.CombineMnemonicsWithPassphrase(mnemonics, []byte(pass))
		if err != nil || !bytes.Equal(got, secret) {
			t.Fatalf("want the secret, found %v", err)
		}
	})
}

func TestWeOpenTheSharesOfTheOracle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		secret, s := drawSecret(t), drawScheme(t)
		pass := drawPassphrase(t)
		var parameters []oracle.MemberGroupParameters
		for _, g := range s.Groups {
			parameters = append(parameters, oracle.MemberGroupParameters{MemberThreshold: g.Threshold, MemberCount: g.Count})
		}
		theirs, err := oracle.GenerateMnemonicsWithOptions(s.GroupThreshold, parameters, slices.Clone(secret), []byte(pass), s.Extendable, rapid.IntRange(0, 1).Draw(t, "exponent"))
		if err != nil {
			t.Fatal(err)
		}
		groups := make([][]*Share, len(theirs))
		for i, members := range theirs {
			for k, m := range members {
				share, err := Parse([]byte(m))
				if err != nil {
					t.Fatal(err)
				}
				if share.Group() != i || share.Member() != k || share.Threshold() != s.Groups[i].Threshold || share.GroupCount() != len(s.Groups) ||
					share.GroupThreshold() != s.GroupThreshold || share.Extendable() != s.Extendable || share.Len() != len(secret) {
					t.Fatalf("group %d, member %d: want its numbers, found others", i, k)
				}
				groups[i] = append(groups[i], share)
			}
		}
		got, err := Combine(drawQuorum(t, s, groups), []byte(pass))
		if err != nil || !bytes.Equal(got, secret) {
			t.Fatalf("want the secret, found %v", err)
		}
	})
}

func drawPassphrase(t *rapid.T) string {
	return string(rapid.SliceOfN(rapid.ByteRange(0x20, 0x7e), 0, 80).Draw(t, "passphrase"))
}

// Words with a right checksum, whatever they say, are read by both or by
// neither; we alone refuse a group that does not exist.
func TestWeReadWhatTheOracleReads(t *testing.T) {
	read, refused := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		numbers := rapid.SliceOfN(rapid.Uint16Range(0, listLength-1), minWords-checksumWords-1, maxWords-checksumWords).Draw(t, "numbers")
		if rapid.Bool().Draw(t, "padded") {
			numbers[headerWords] &= 3
		}
		mnemonic := spelled(numbers)
		theirs, err := oracle.ParseShare(mnemonic)
		ours, ourErr := Parse([]byte(mnemonic))
		if stranger := err == nil && theirs.GroupIndex >= theirs.GroupCount; (err == nil && !stranger) != (ourErr == nil) {
			t.Fatalf("want one opinion, found %v and %v", err, ourErr)
		}
		if ourErr != nil {
			refused++
			return
		}
		read++
		if theirs.Identifier != ours.Identifier() || (theirs.Extendable == 1) != ours.Extendable() || theirs.IterationExponent != ours.Exponent() ||
			theirs.GroupIndex != ours.Group() || theirs.GroupThreshold != ours.GroupThreshold() || theirs.GroupCount != ours.GroupCount() ||
			theirs.MemberIndex != ours.Member() || theirs.MemberThreshold != ours.Threshold() || !bytes.Equal(theirs.ShareValues, ours.bytes()) {
			t.Fatalf("want the same share, found another for %s", mnemonic)
		}
	})
	if read == 0 || refused == 0 {
		t.Errorf("want shares read and refused, found %d and %d", read, refused)
	}
}
