// Package cli is where both programs meet the world: the clock, randomness,
// standard streams, the environment, inherited descriptors and the terminal
// enter here as one World value, and every command closes over one of them.
//
// It also holds what a person at the keyboard relies on, the same for every
// command of both programs:
//
//   - exit statuses, kept for ever: 0 done, 1 failed, 2 usage, 3 refused by a
//     rule, 4 alarm;
//   - three voices on standard error, lower case, no full stop, the program's
//     name first: error (or refused, or ALARM), warning, hint. A hint is a
//     command that can be pasted;
//   - confirmations that are typed in full, never defaulted, never a flag;
//   - passphrases without echo, never on the command line;
//   - help that opens with a worked example;
//   - progress as a redrawn bar on a terminal and as JSON lines elsewhere.
//
// A refusal as a person sees it:
//
//	strongroom: refused: fee is above the order's ceiling: wanted at most 9,000 sat, found 12,000 sat
//	strongroom: hint: strongroom build W-14 --fee-rate 4
//	strongroom: call: the fee officer, on the number in the vault's book
//	strongroom: codes: TX-FEE
//
// and, with --json, on standard output:
//
//	{"error": "fee is above …", "codes": ["TX-FEE"], "exit": 3, "hint": "…", "call": "…"}
//
// Whatever is printed is made harmless first: a byte that a terminal would
// obey is shown as an escape, so that a file's name or content cannot move the
// cursor, turn the text around or hide a line.
package cli
