package keystore

import "errors"

// Code is the stable name of a refusal.
type Code string

// CodeWeak is the refusal of a passphrase that could be guessed.
const CodeWeak Code = "KEY-WEAK"

// Error is a refusal with a stable code. Its text never repeats anything of a
// passphrase or a seed.
type Error struct {
	Code Code
	Text string
}

// Error returns the refusal as one sentence.
func (e *Error) Error() string { return e.Text }

// Reason returns the stable code.
func (e *Error) Reason() string { return string(e.Code) }

// ErrPassphrase says that a share, or a key file, does not open with the
// passphrase given.
var ErrPassphrase = errors.New("passphrase: want the one that it was sealed with, found another")

// ErrWiped says that a seed or an account was wiped, or never unlocked.
var ErrWiped = errors.New("key: want an unlocked one, found a wiped one")
