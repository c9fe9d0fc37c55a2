package ceremony

// Deed is what the program itself does at a step. The zero value is nothing:
// people do the step, and say so.
type Deed uint8

// The deeds.
const (
	Nothing       Deed = iota
	ShowPlan           // show the plan's hash in words
	ShowBuild          // show which build the program is of, and who reviewed it
	CheckProgram       // take the end of the hash that a witness got with other tools
	CommitSystem       // test the generator, draw the machine's entropy, show its commitment
	Contribute         // take one person's entropy, show its commitment
	ListCommits        // show every commitment
	DeriveKey          // mix the entropy and derive the key
	EnterKey           // take a key from whoever brought it
	ShowKey            // show what the key that was entered derives to
	OpenShare          // open one holder's share
	SeePresence        // have a witness sign who opened
	RebuildKey         // rebuild the key from the shares
	SplitKey           // split the key, and overwrite it
	SealShare          // seal one holder's share
	ProveShare         // open it again
	NoteBag            // take the number of a holder's bag
	ShowWords          // show words to their holder, one at a time, and ask for some of them
	CompareDevice      // show what the words derive to, beside what the device shows
)
