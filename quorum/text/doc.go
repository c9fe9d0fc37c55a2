// Package text is the canonical text that every policy, proposal, record and
// certificate is written in: one reader and one writer.
//
// A text is plain ASCII lines, each a keyword and its fields, in a fixed
// order, so that a person can read it with any tool and two programs can never
// disagree about what it says:
//
//	strongroom/clearance@v1
//	vault acme-treasury
//	chain mainnet
//	watcher heidi
//	says no veto and no freeze seen
//
// The rules, by the names used in the documents:
//
//	C1  bytes 20 to 7E and LF only; bounded size and line length; the last
//	    byte is LF; no empty line
//	C2  no leading, trailing or double space; fields are separated by one
//	    space; a rest-of-line value may hold single spaces
//	C3  the first line is strongroom/TYPE@v1; what is unknown is refused
//	C4  keywords come in one order and none is optional
//	C5  integers are decimal without sign or leading zero
//	C6  hashes are 64 lower-case hex digits
//	C7  ids match [a-z][a-z0-9-]{0,31} without a double hyphen
//	C8  what parses, renders to the same bytes
//
// A text's identity is the SHA-256 of its bytes, as sha256sum prints it. Parse,
// verify and execute the same byte slice.
package text
