package custody

import (
	"errors"
	"testing"
)

func TestParseAmount(t *testing.T) {
	tests := []struct {
		text string
		want Amount
	}{
		{"0.00000000", 0},
		{"0.00000001", 1},
		{"0.00000546", 546},
		{"12.50000000", 1_250_000_000},
		{"20999999.99999999", 2_099_999_999_999_999},
		{"21000000.00000000", MaxAmount},
	}
	for _, test := range tests {
		got, err := ParseAmount(test.text)
		if err != nil || got != test.want {
			t.Errorf("%s: want %d, found %d, %v", test.text, test.want, got, err)
		}
		if got.String() != test.text {
			t.Errorf("%s: want the same text, found %s", test.text, got)
		}
	}
}

func TestParseAmountRefused(t *testing.T) {
	const form = "amount: want digits.eight-digits such as 0.50000000, found "
	tests := []struct{ text, want string }{
		{"", form + `""`},
		{"1", form + `"1"`},
		{"0.1", form + `"0.1"`},
		{"0.100000000", form + `"0.100000000"`},
		{".10000000", form + `".10000000"`},
		{"00.10000000", form + `"00.10000000"`},
		{"01.00000000", form + `"01.00000000"`},
		{"-1.00000000", form + `"-1.00000000"`},
		{"+1.00000000", form + `"+1.00000000"`},
		{"1,00000000", form + `"1,00000000"`},
		{"1.0000000e", form + `"1.0000000e"`},
		{"1.00000000 BTC", form + `"1.00000000 BTC"`},
		{" 1.00000000", form + `" 1.00000000"`},
		{"1.00000000\n", form + `"1.00000000\n"`},
		{"1_0.00000000", form + `"1_0.00000000"`},
		{"١.00000000", form + `"١.00000000"`},
		{"123456789.00000000", form + `"123456789.00000000"`},
		{"1.000000000000000000000000000000000000", form + `"1.000000000000000000000000000000..."`},
		{"21000000.00000001", `amount: want at most 21000000.00000000, found "21000000.00000001": amount out of range`},
		{"99999999.99999999", `amount: want at most 21000000.00000000, found "99999999.99999999": amount out of range`},
	}
	for _, test := range tests {
		_, err := ParseAmount(test.text)
		wantError(t, test.text, err, test.want)
	}
}

func TestAmountArithmetic(t *testing.T) {
	if got, err := Amount(1).Add(2); got != 3 || err != nil {
		t.Errorf("1 + 2: want 3, found %d, %v", got, err)
	}
	if got, err := Amount(3).Sub(3); got != 0 || err != nil {
		t.Errorf("3 - 3: want 0, found %d, %v", got, err)
	}
	if got, err := Sum(1, 2, 3); got != 6 || err != nil {
		t.Errorf("sum: want 6, found %d, %v", got, err)
	}
	if got, err := Sum(); got != 0 || err != nil {
		t.Errorf("empty sum: want 0, found %d, %v", got, err)
	}
	tests := []struct {
		name string
		err  func() error
		want string
	}{
		{"above all bitcoin", func() error { _, err := MaxAmount.Add(1); return err }, "amount: want a sum of at most 21000000.00000000, found 21000000.00000000 + 0.00000001: amount out of range"},
		{"adding a negative", func() error { _, err := Amount(5).Add(-1); return err }, "amount: want a sum of at most 21000000.00000000, found 0.00000005 + -0.00000001: amount out of range"},
		{"wrap-around", func() error { _, err := Amount(1 << 62).Add(1 << 62); return err }, "amount: want a sum of at most 21000000.00000000, found 46116860184.27387904 + 46116860184.27387904: amount out of range"},
		{"below zero", func() error { _, err := Amount(1).Sub(2); return err }, "amount: want a difference of at least 0, found 0.00000001 - 0.00000002: amount out of range"},
		{"taking a negative", func() error { _, err := Amount(1).Sub(-2); return err }, "amount: want a difference of at least 0, found 0.00000001 - -0.00000002: amount out of range"},
		{"sum", func() error { _, err := Sum(MaxAmount, 1, -1); return err }, "amount: want a sum of at most 21000000.00000000, found 21000000.00000000 + 0.00000001: amount out of range"},
	}
	for _, test := range tests {
		err := test.err()
		wantError(t, test.name, err, test.want)
		if !errors.Is(err, ErrAmountRange) {
			t.Errorf("%s: want ErrAmountRange, found %v", test.name, err)
		}
	}
}

func TestAmountText(t *testing.T) {
	if got := Amount(-1 << 63).String(); got != "-92233720368.54775808" {
		t.Errorf("smallest: found %s", got)
	}
	for n, want := range map[Network]string{Mainnet: "0.50000000 BTC", Testnet: "0.50000000 tBTC", Signet: "0.50000000 sBTC", Regtest: "0.50000000 rBTC", 0: "0.50000000 no unit"} {
		if got := Amount(50_000_000).In(n); got != want {
			t.Errorf("%s: want %s, found %s", n, want, got)
		}
	}
}

func TestAtMostShare(t *testing.T) {
	tests := []struct {
		a, of Amount
		share uint32
		want  bool
	}{
		{50, 10_000, 50, true},  // exactly half a percent
		{51, 10_000, 50, false}, // one satoshi more
		{0, 0, 0, true},
		{1, 0, 10_000, false},
		{1, 199, 50, false}, // 0.995 satoshi allow none
		{1, 200, 50, true},
		{MaxAmount, MaxAmount, 10_000, true},
		{MaxAmount, MaxAmount, 9_999, false},
		{MaxAmount, 1, 1<<32 - 1, false},
		{-1, 1, 10_000, false},
		{1, -1, 10_000, false},
	}
	for _, test := range tests {
		if got := test.a.AtMostShare(test.of, test.share); got != test.want {
			t.Errorf("%d of %d at %d: want %t, found %t", test.a, test.of, test.share, test.want, got)
		}
	}
}

func FuzzParseAmount(f *testing.F) {
	for _, s := range []string{"0.00000000", "12.50000000", "21000000.00000000", "21000000.00000001", "01.00000000", "1.0", ".00000000", "-0.00000000"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, err := ParseAmount(s)
		if err != nil {
			return
		}
		if a.String() != s || !a.Valid() {
			t.Errorf("want %q and a valid amount, found %s", s, a)
		}
	})
}
