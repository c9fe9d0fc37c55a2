package main

const (
	// maxDeskFile and maxNodeFile bound the home's own small files in bytes.
	maxDeskFile = 4 << 10
	maxNodeFile = 4 << 10

	// maxPublicKey bounds a file with one ssh public key in bytes.
	maxPublicKey = 8 << 10

	// maxVerifier bounds a file with one log key in bytes: two names of 32
	// characters and 60 of key.
	maxVerifier = 512

	// maxSigners bounds the log keys kept before a policy names them; a policy
	// has room for as many devices.
	maxSigners = 64

	// maxReceived bounds one received file in bytes: the largest is a log's
	// entries.
	maxReceived = 128 << 20

	// maxCoinFile bounds a wallet's coin cache in bytes.
	maxCoinFile = 128 << 20

	// headersAtOnce is how many headers are asked for in one go: fourteen
	// years' worth takes four hundred goes, and a fork of any depth that may
	// be followed fits into one.
	headersAtOnce = 2016

	// syncTries is how often headers are asked for again when the chain is
	// reorganised meanwhile.
	syncTries = 3

	// receiveAhead is how far beyond the last used address one may be shown:
	// half of what a scan looks ahead, so that nothing paid is overlooked.
	receiveAhead = 500
)
