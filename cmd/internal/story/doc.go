// Package story tells what a vault is for, from the first key to the auditor's
// replay, on a private chain. The demo is nothing but this story.
//
// It only types and reads: everything is done by the real programs and by stock
// tools, each a process of its own. What people type at a prompt goes through
// descriptors that the programs offer to any script (--confirm-fd,
// --passphrase-fd); no command knows that it is part of a story.
//
//	== 6 of 11  Two signers release ================================
//	Each signer is a process without network. ...
//
//	$ strongroom build 4b1d22c7
//	  built  ...
//	$ unshare -n strongroom-signer --home signer-a release carrier/first \
//	    -o carrier/first-a
//	  ...
//	  type the first 8 digits of the id
//	> 4b1d22c7
//
// Each step checks what it promises: exit statuses, codes, files, and what the
// node says. The first thing that differs ends the story with an error.
package story
