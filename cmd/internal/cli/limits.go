package cli

import "time"

const (
	// lineWidth is the column at which texts wrap: the width of the narrowest
	// console that a signer workstation boots into.
	lineWidth = 80

	// nameWidth is the column where a field's value begins. It leaves 66
	// columns, so a 64-digit hash and a 62-character address stay whole.
	nameWidth = 14

	// maxConfirmation bounds a confirmation line in bytes. The longest thing
	// typed in full is a hash of 64 digits or an amount with an address.
	maxConfirmation = 256

	// maxPassphrase bounds a passphrase in bytes, far above what a person
	// types and low enough to hold in one buffer that can be wiped.
	maxPassphrase = 1024

	// maxWord is longer than the longest word of a list, with a space.
	maxWord = 16

	// barEvery and jsonEvery space out progress: ten redraws a second look
	// smooth, one line a second keeps a journal readable.
	barEvery  = 100 * time.Millisecond
	jsonEvery = time.Second

	// suggestDistance is how many letters a mistyped verb may differ by and
	// still be offered. Three would offer unrelated short verbs.
	suggestDistance = 2
)
