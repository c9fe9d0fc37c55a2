package quorum

// Advice is what helps against a refusal: the one command to try or the thing
// to do, and whom to call when that does not help.
type Advice struct {
	Do   string
	Call string
}

// Alarm says whether a code means more than a refusal: somebody used an old
// state, a copied key or a second history. The program then exits with 4, and
// people stop until they know why.
func (c Code) Alarm() bool {
	switch c {
	case StateRollback, StateFork, ClkReorg, SigClone, PolFork:
		return true
	}
	return false
}

// Whom a refusal concerns.
const (
	callDesk     = "the desk operator"
	callMaker    = "the maker of the proposal"
	callOfficers = "the officers whose approval is wanted"
	callSecurity = "the security officer, before anything else is done"
	callSupport  = "whoever installed this machine"
)

// Advice returns what to do about a code. Every code has advice.
func (c Code) Advice() Advice {
	if a, ok := c.adviceOnText(); ok {
		return a
	}
	if a, ok := c.adviceOnKeys(); ok {
		return a
	}
	if a, ok := c.adviceOnPeople(); ok {
		return a
	}
	a, _ := c.adviceOnMoney()
	return a
}

func (c Code) adviceOnText() (Advice, bool) {
	switch c {
	case BunName, BunSize, BunLimit:
		return Advice{"make the bundle again with 'strongroom bundle' into an empty folder", callDesk}, true
	case TextByte, TextSize, TextGrammar, TextNoncanon, TextType:
		return Advice{"take the text from the registry again; do not edit it, propose anew instead", callDesk}, true
	case TextKind:
		return Advice{"take the newest version of the program; this one does not know what the text asks for", callSupport}, true
	case TextVault, TextChain, TextGenesis:
		return Advice{"check that the bundle is for this vault; it names another one", callDesk}, true
	case TextSeen, TextTotal, TextWallet, TextOperator:
		return Advice{"propose again with 'strongroom propose'", callMaker}, true
	case PolBehind:
		return Advice{"carry the newer policy to this machine first", callDesk}, true
	case PolStale:
		return Advice{"propose again under the policy in force", callMaker}, true
	case PolForm, PolUnfilled, PolTwice, PolRef, PolDupKey, PolVersion, PolClock, PolWallet, PolDevice, PolAnnex,
		PolFloor, PolSeating, PolWitness, PolFactor:
		return Advice{"mend the draft and run 'strongroom policy lint'", callDesk}, true
	case PolMissing:
		return Advice{"make the bundle again; it leaves out a policy that the amendment adopts", callDesk}, true
	case PolChanges, PolClass, PolRekey, PolAnchor:
		return Advice{"propose the change again with 'strongroom propose amendment'", callMaker}, true
	case PolBusy:
		return Advice{"wait for the change before it, or cancel that with 'strongroom propose cancel ID'", callMaker}, true
	case PolFork:
		return Advice{"stop; two policies claim the same version, keep both texts and compare who signed them", callSecurity}, true
	case PolConsent:
		return Advice{"collect the missing consents with 'strongroom consent policy-N'", callOfficers}, true
	case PolGenesis, PolNoWallet:
		return Advice{"compare the policy's hash with every officer, over a channel each trusts", callSecurity}, true
	case PolUnbuilt:
		return Advice{"take the line out of the draft, or wait for the version that enforces it", callSupport}, true
	case KeyNotOurs, KeyPossess, KeyDuplicate:
		return Advice{"make the wallet again from the key records that the signers exported", callDesk}, true
	case ClkAhead, ClkNoHeaders, ClkForm, ClkLink, ClkPow, ClkBits, ClkMTP, ClkLessWork:
		return Advice{"make the bundle again, so that it carries the newest headers", callDesk}, true
	case ClkOffchain, ClkExpired, ClkExpiryLong, ClkAnchor:
		return Advice{"propose again; the block or the expiry does not fit the chain", callMaker}, true
	case ClkNotRecorded:
		return Advice{"record it first with 'strongroom-signer record BUNDLE', and come back when it has waited", callDesk}, true
	case ClkRecorded, ClkNoCool:
		return Advice{"release it with 'strongroom-signer release BUNDLE'", callDesk}, true
	case ClkCooling:
		return Advice{"come back later; 'strongroom queue ID' says when", callDesk}, true
	case ClkFloor, ClkReorg:
		return Advice{"stop and compare the chain's tip with two sources", callSecurity}, true
	}
	return Advice{}, false
}

func (c Code) adviceOnKeys() (Advice, bool) {
	switch c {
	case KeyWeak:
		return Advice{"draw seven words or more by dice from a long list", callSupport}, true
	case KeyShare, KeyShort:
		return Advice{"let enough holders come with their newest share; 'strongroom-signer key shares' lists them", callDesk}, true
	case KeyLocked:
		return Advice{"let the other holders share the key anew with 'strongroom-signer key reshare'", callSecurity}, true
	case KeyFactor:
		return Advice{"reshare to hardware recipients, or allow more in annex workstation", callSecurity}, true
	case KeyWitness:
		return Advice{"let an officer who holds no share see the holders and sign with the act attest", callOfficers}, true
	case KeyImported:
		return Advice{"sweep the coins to a wallet of keys that were made here: 'strongroom propose sweep'", callMaker}, true
	case KeyEntropy:
		return Advice{"let everybody roll again, and more", callSecurity}, true
	case MedChain:
		return Advice{"look at both with 'strongroom media show MEDIUM', and ask who signed them which one is meant", callSecurity}, true
	case KeyInUse:
		return Advice{"sweep its wallet and retire it first; 'strongroom-signer key rotate' says how far that is", callSecurity}, true
	case KeyLate:
		return Advice{"sweep it with 'strongroom wallet sweep-plan WALLET', and find out who still pays there", callSecurity}, true
	case KeyBuild:
		return Advice{"bring the build that two people reviewed and signed, and a plan that names it: 'strongroom program check'", callSecurity}, true
	case KeyHost:
		return Advice{"run 'strongroom-signer doctor' and mend what it finds", callSecurity}, true
	}
	return Advice{}, false
}

func (c Code) adviceOnPeople() (Advice, bool) {
	switch c {
	case SigArmor, SigNoncanon, SigNamespace, SigHash, SigKeyType, SigBad, SigUP, SigUV, SigSynced:
		return Advice{"ask the officer to sign again with 'strongroom approve' and receive it anew", callOfficers}, true
	case SigUnknown:
		return Advice{"ask the officer to sign with a key that the policy lists", callOfficers}, true
	case SigDup:
		return Advice{"nothing; one of the two signatures counts", callDesk}, true
	case SigClone:
		return Advice{"stop; find out who else holds that hardware key", callSecurity}, true
	case SeatNoMaker, SeatRole:
		return Advice{"let an officer with the role propose sign the proposal", callMaker}, true
	case ClrMissing, ClrOld, ClrWorld:
		return Advice{"ask a watcher to look and to sign with 'strongroom clear ID'", callOfficers}, true
	case QuietSigner:
		return Advice{"wait until the new key has been listed for long enough, or sign with an older one", callOfficers}, true
	case FrzActive, SeatFrozen:
		return Advice{"find out why it was frozen; 'strongroom propose thaw ID' lifts it", callOfficers}, true
	case FrzUnknown:
		return Advice{"carry the freeze to this signer, or leave it: nothing is frozen by it here", callDesk}, true
	case RecNotDormant:
		return Advice{"change the policy in the ordinary way; its officers are alive", callOfficers}, true
	case SeatMaker, SeatConflict, SeatTerm, SeatShort, PolSeats, PolLockout:
		return Advice{"collect more approvals; 'strongroom queue ID' names who can still sign", callOfficers}, true
	case StateVetoed:
		return Advice{"ask the officer who vetoed; then propose anew or leave it", callOfficers}, true
	}
	return Advice{}, false
}

func (c Code) adviceOnMoney() (Advice, bool) {
	switch c {
	case DestUnknown, DestAddress, DestDup, DestDust, DestReused:
		return Advice{"propose again, to addresses that 'strongroom policy show' lists", callMaker}, true
	case LimTier, LimTierUnderstate, LimVelocity, LimDestination:
		return Advice{"propose less, claim the higher tier, or wait until the window has passed", callMaker}, true
	case QuietDest, QuietPolicy:
		return Advice{"come back later; what is new in the policy is quiet for a while", callMaker}, true
	case StateKilled:
		return Advice{"propose anew, if it is still wanted", callMaker}, true
	case StateQuarantine, StateResync:
		return Advice{"agree on what happened, then 'strongroom propose resync SIGNER'", callSecurity}, true
	case LimUnproven, StateCustodyGap:
		return Advice{"receive the other signers' newest logs with 'strongroom receive', then propose again", callDesk}, true
	case StateCorrupt:
		return Advice{"stop; keep the folder as it is and compare its log with the registry's", callSecurity}, true
	case StateRollback, StateFork:
		return Advice{"stop; this signer's state was restored or copied", callSecurity}, true
	case StateReplay:
		return Advice{"use the proposal that replaced this one", callMaker}, true
	case TxForm, TxPrev, TxNotMine, TxOutput, TxChange, TxFee, TxSighash, TxMoves:
		return Advice{"build the transaction again with 'strongroom build ID'", callDesk}, true
	case TxInputUsed, TxSecond:
		return Advice{"bring the transaction that was released first, or replace the proposal", callDesk}, true
	case TxBind, TxLineage:
		return Advice{"build the transaction that the proposal is bound to", callMaker}, true
	case TxTwin:
		return Advice{"stop; one of two machines with the same key signs other bytes, use neither", callSecurity}, true
	case TxSelfcheck:
		return Advice{"stop; this machine computes wrongly, use another one", callSupport}, true
	}
	return Advice{}, false
}
