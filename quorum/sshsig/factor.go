package sshsig

// Flags of a hardware key's signature (WebAuthn Level 3, section 6.1).
const (
	FlagPresent  byte = 0x01 // somebody touched the key
	FlagVerified byte = 0x04 // and gave the PIN or a finger
	FlagEligible byte = 0x08 // the key may be copied off its device
	FlagBackedUp byte = 0x10 // and has been

	// Not known: 02 and 20, reserved; 40, attested data, which no signature
	// carries; 80, extension data, which is signed and not in SSH's format.
	knownFlags = FlagPresent | FlagVerified | FlagEligible | FlagBackedUp
)

// Factor says what a signature must show beyond the key: the policy's
// `factor OFFICER up uv bound`. Its zero value asks nothing more of a key in
// a file or an agent; of a hardware key, presence is asked always.
type Factor struct {
	Presence     bool // up: a touched hardware key
	Verification bool // uv: its PIN or a finger as well
	Bound        bool // bound: a hardware key that cannot leave its device
}

// check judges the flags of a signature by a key. It is called after the
// signature proved good, as the flags are only then the authenticator's word.
func (f Factor) check(key Key, flags byte) error {
	if !key.Hardware() {
		return f.checkSoftware(key)
	}
	switch {
	case flags&FlagPresent == 0:
		return flagError(CodePresence, "01, a touched key", flags)
	case f.Verification && flags&FlagVerified == 0:
		return flagError(CodeVerification, "04, a PIN or a finger", flags)
	case flags&FlagBackedUp != 0 && flags&FlagEligible == 0:
		return flagError(CodeSynced, "08 where 10 is", flags)
	case f.Bound && flags&FlagEligible != 0:
		return flagError(CodeSynced, "08 clear, a key bound to its device", flags)
	}
	return nil
}

// checkSoftware refuses every factor: a key in a file can show none.
func (f Factor) checkSoftware(key Key) error {
	refuse := func(code Code, want string) error {
		return &Error{Code: code, Subject: "signature key", Want: want, Found: key.kind.String()}
	}
	switch {
	case f.Presence:
		return refuse(CodePresence, "a hardware key that shows presence")
	case f.Verification:
		return refuse(CodeVerification, "a hardware key that shows verification")
	case f.Bound:
		return refuse(CodeSynced, "a hardware key bound to its device")
	}
	return nil
}

func flagError(code Code, want string, flags byte) error {
	return &Error{Code: code, Subject: "signature flags", Want: want, Found: hexByte(flags)}
}
