package policy

import "fmt"

// kind is what the small closed types of the text have in common: a name, and
// a zero value that is nothing.
type kind interface {
	~uint8
	fmt.Stringer
}

// named reads one of the names of the kinds 1 to last.
func named[K kind](what string, last K) func(string) (K, error) {
	return func(s string) (K, error) {
		list := ""
		for k := K(1); k <= last; k++ {
			if k.String() == s {
				return k, nil
			}
			if k > 1 {
				list += ", "
			}
			list += k.String()
		}
		return 0, fmt.Errorf("want one %s of %s, found %q", what, list, clip(s))
	}
}

// Clock says how strictly time is measured. The zero value is no clock.
type Clock uint8

// ClockFull counts real proof of work; mainnet requires it. ClockTest is for
// chains without value only, and has no floors for delays.
const (
	ClockFull Clock = iota + 1
	ClockTest
)

// String returns the name in the text: full or test.
func (c Clock) String() string { return name(int(c), "no clock", "full", "test") }

// WalletState says what a wallet is used for. The zero value is no state.
type WalletState uint8

// Active wallets pay and receive, the Next one is where a sweep goes, Retired
// ones are emptied.
const (
	Active WalletState = iota + 1
	Next
	Retired
)

// String returns the name in the text: active, next or retired.
func (s WalletState) String() string { return name(int(s), "no state", "active", "next", "retired") }

// Mode says from where a delay counts. The zero value is no mode.
type Mode uint8

// Named delays count from the block that the proposal names, Stamped ones only
// from a block that commits to the signer's own log.
const (
	Named Mode = iota + 1
	Stamped
)

// String returns the name in the text: named or stamped.
func (m Mode) String() string { return name(int(m), "no mode", "named", "stamped") }

// Role is a right that groups hold. The zero value is no role and is held by
// nobody.
type Role uint8

// The roles, in the order of the text.
const (
	Freeze Role = iota + 1
	Propose
	Veto
)

// String returns the name in the text: freeze, propose or veto.
func (r Role) String() string { return name(int(r), "no role", "freeze", "propose", "veto") }

// ActName names what is no withdrawal and has its own seats and delay. The zero
// value is no act.
type ActName uint8

// The acts, in the order of the text.
const (
	Tighten ActName = iota + 1
	AddDestination
	Loosen
	Rekey
	Reanchor
	Thaw
	Internal
	Sweep
	Restore
	Resync
)

// String returns the name in the text, such as tighten.
func (a ActName) String() string {
	return name(int(a), "no act", "tighten", "destination", "loosen", "rekey", "reanchor", "thaw", "internal", "sweep", "restore", "resync")
}

func name(i int, names ...string) string {
	if i >= len(names) {
		i = 0
	}
	return names[i]
}

// clip shortens foreign text for an error message: the first 40 bytes.
func clip(s string) string {
	if len(s) > 40 {
		return s[:40] + "..."
	}
	return s
}
