// Package handbook reads the commands that pages have people type, and that timers
// start, and checks that each exists. Tests of both programs use it: a handbook with a flag that is
// no more is found out here and not in a vault.
//
// A line of a code block is read as a shell reads it, and has to be whole:
//
//	$ unshare -n strongroom-signer --home a release in \
//	    -o out 5< <(age -d -i KEY share.age)     # the signer's, with its flags
//
// Where a sentence names a command, as `strongroom wallet shares`, or where three
// dots stand for the rest, what is named must exist and what is missing may be.
package handbook
