package main

import (
	"errors"
	"strings"
	"testing"

	"strongroom/cmd/internal/cli"
	"strongroom/custody"
	"strongroom/quorum"
	"strongroom/quorum/text"
)

func TestRefusalTellsTheAlarmFirstAndEveryCode(t *testing.T) {
	if err := refusal(nil); err != nil {
		t.Errorf("want no error of no reasons, found %v", err)
	}
	err := refusal([]quorum.Reason{
		quorum.Because(quorum.LimUnproven, "signer a: want its log, found none"),
		quorum.Because(quorum.StateFork, "signer b: want one history, found two"),
		quorum.Because(quorum.LimUnproven, "signer c: want its log, found none"),
	})
	var r cli.Refusal
	if !errors.As(err, &r) {
		t.Fatalf("want a refusal, found %T", err)
	}
	if want := "signer b: want one history, found two"; r.Sentence != want || !r.Alarm {
		t.Errorf("want the alarm %q, found %q, alarm %t", want, r.Sentence, r.Alarm)
	}
	if got, want := strings.Join(r.Codes, " "), "STATE-FORK LIM-UNPROVEN"; got != want {
		t.Errorf("want codes %s, found %s", want, got)
	}
	advice := quorum.StateFork.Advice()
	if r.Hint != advice.Do || r.Call != advice.Call {
		t.Errorf("want the advice %v, found %q and %q", advice, r.Hint, r.Call)
	}
}

func TestCreditsSayHowLongTheyTake(t *testing.T) {
	for n, want := range map[uint32]string{
		0: "0 credits", 1: "1 credit, about 1 hour", 36: "36 credits, about 6 hours", 143: "143 credits, about 23 hours",
		144: "144 credits, about a day", 287: "287 credits, about a day", 288: "288 credits, about 2 days", 4320: "4320 credits, about 30 days",
	} {
		if got := credits(n); got != want {
			t.Errorf("%d: want %q, found %q", n, want, got)
		}
	}
}

func TestOriginIsReadStrictly(t *testing.T) {
	const hash = "00000000000000000001c3f4a5b6c7d8e9fa0b1c2d3e4f5061728394a5b6c7d8"
	for s, want := range map[string]string{
		"951552:" + hash + ":17020f5e":   "",
		"951552:" + hash:                 `--origin: want HEIGHT:HASH:BITS, found "951552:` + hash + `"`,
		"0951552:" + hash + ":17020f5e":  `--origin: height: want a decimal integer without leading zero, found "0951552"`,
		"951552:" + hash + ":17020F5E":   `--origin: bits: want 8 lower-case hex digits, found "17020F5E"`,
		"951552:" + hash + ":117020f5e":  `--origin: bits: want 8 lower-case hex digits, found "117020f5e"`,
		"951552:" + hash + ":17020f5e:1": `--origin: want HEIGHT:HASH:BITS, found "951552:` + hash + `:17020f5e:1"`,
	} {
		_, err := parseOrigin(s)
		if got := errText(err); got != want {
			t.Errorf("%s:\nwant  %s\nfound %s", s, want, got)
		}
	}
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// What parses renders to the same bytes, and nothing else is a desk's file.
func FuzzDeskFile(f *testing.F) {
	good, err := deskText("acme-treasury", custody.Regtest)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte("strongroom/desk@v1\nvault acme\nchain mainnet\n"))
	f.Add([]byte("strongroom/desk@v1\nvault acme\nchain mainnet\nextra line\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		vault, n, err := parseDesk(b)
		if err != nil {
			return
		}
		again, err := deskText(vault, n)
		if err != nil || string(again) != string(b) {
			t.Errorf("want %q again, found %q and %v", b, again, err)
		}
	})
}

// Every kind of file is told by what it begins with, whatever its name.
func TestKindsAreToldByContent(t *testing.T) {
	for content, want := range map[string]kind{
		"":                                       kindBlob, // an empty log's entries
		"hello\n":                                kindStranger,
		"-----BEGIN OPENSSH PRIVATE KEY-----\n":  kindSecret,
		"PRIVATE+KEY+acme/signer-a+b7b53843+Abf": kindSecret,
		"AGE-SECRET-KEY-1":                       kindSecret,
		"\n-----BEGIN SSH SIGNATURE-----\n":      kindSignature, // to be refused with its own sentence
		text.Proposal.Header() + "\n":            kindText,
		"BSMS 1.0\n00\n":                         kindKeyRecord,
		"wsh(sortedmulti(2,":                     kindDescriptor,
		"psbt\xff\x01":                           kindPSBT,
		"cHNidP8BA":                              kindPSBT,
		"acme/signer-a\n0\nroot\n\n\u2014 acme":  kindCheckpoint,
		"acme/signer-a+b7b53843+Abf\n":           kindVerifier,
		strings.Repeat("\xff", 160):              kindBlob,
		strings.Repeat("\xff", 161):              kindStranger,
	} {
		if got := kindOf([]byte(content)); got != want {
			t.Errorf("%q: want %s, found %s", content, want, got)
		}
	}
}
