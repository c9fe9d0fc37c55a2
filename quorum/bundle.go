package quorum

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"strongroom/quorum/text"
)

// File is one file of a bundle: its name and its bytes.
type File struct {
	Name  string
	Bytes []byte
}

// SignatureFile is a signature as it lies in a bundle or a registry: what its
// name claims, and its bytes. Nothing of it is verified.
type SignatureFile struct {
	On      string // the text it claims to sign: ID16, policy-N or clearance-ID16
	Officer text.ID
	Act     Act
	Bytes   []byte
}

// Bundle is what crosses the gap: a flat directory of files with known names
// and bounded sizes. Everything in it is unverified.
//
//	policy-1.txt                policy-1.alice.consent.sig
//	policy-2.txt                annex-people-HASH16.txt
//	descriptor-HASH16.txt       keyrecord-FINGERPRINT.txt
//	ID16.txt                    ID16.alice.approve.sig      ID16.psbt
//	clearance-ID16.txt          clearance-ID16.frank.clear.sig
//	headers.bin
//	signer-a.checkpoint         signer-a.entries
//
// ID16 and HASH16 are the first 16 hex digits of the SHA-256 of the file.
type Bundle struct {
	Policies    map[uint64][]byte
	Descriptors [][]byte
	KeyRecords  [][]byte
	Annexes     [][]byte
	Clearances  map[string][]byte // by ID16 of the clearance
	Texts       map[string][]byte // by ID16
	PSBTs       map[string][]byte // by ID16
	Signatures  []SignatureFile
	Headers     []byte
	Checkpoints map[text.ID][]byte
	Entries     map[text.ID][]byte

	logs map[text.ID]*LogFile
}

// namePattern is the one grammar of file names: what does not match it has no
// business on the carrier.
var namePattern = regexp.MustCompile(`^(?:` +
	`policy-(?P<policy>[1-9][0-9]{0,8})\.txt|` +
	`policy-(?P<consentOn>[1-9][0-9]{0,8})\.(?P<consenter>[a-z][a-z0-9-]{0,31})\.consent\.sig|` +
	`descriptor-(?P<descriptor>[0-9a-f]{16})\.txt|` +
	`annex-[a-z][a-z0-9-]{0,31}-(?P<annex>[0-9a-f]{16})\.txt|` +
	`clearance-(?P<clearance>[0-9a-f]{16})\.txt|` +
	`clearance-(?P<clearedOn>[0-9a-f]{16})\.(?P<watcher>[a-z][a-z0-9-]{0,31})\.clear\.sig|` +
	`keyrecord-(?P<keyrecord>[0-9a-f]{8})\.txt|` +
	`(?P<text>[0-9a-f]{16})\.txt|` +
	`(?P<sigOn>[0-9a-f]{16})\.(?P<signer>[a-z][a-z0-9-]{0,31})\.(?P<act>[a-z]{1,16})\.sig|` +
	`(?P<psbt>[0-9a-f]{16})\.psbt|` +
	`(?P<headers>headers\.bin)|` +
	`(?P<checkpoint>[a-z][a-z0-9-]{0,31})\.checkpoint|` +
	`(?P<entries>[a-z][a-z0-9-]{0,31})\.entries` +
	`)$`)

// MaxFileSize returns the most bytes that a bundle's file of this name may
// have, and false when no bundle holds a file of this name. It lets a reader
// refuse a file before it reads it.
func MaxFileSize(name string) (int64, bool) {
	m := namePattern.FindStringSubmatch(name)
	if m == nil {
		return 0, false
	}
	group := func(g string) bool { return m[namePattern.SubexpIndex(g)] != "" }
	switch {
	case group("policy"), group("annex"):
		return int64(text.Policy.MaxSize()), true
	case group("text"):
		return int64(text.Proposal.MaxSize()), true
	case group("clearance"):
		return int64(text.Clearance.MaxSize()), true
	case group("consentOn"), group("sigOn"), group("clearedOn"):
		return maxSignature, true
	case group("descriptor"):
		return maxDescriptor, true
	case group("keyrecord"):
		return maxKeyRecord, true
	case group("psbt"):
		return maxPSBT, true
	case group("headers"):
		return maxHeaders, true
	case group("checkpoint"):
		return maxCheckpoint, true
	}
	return maxEntries, true
}

// ReadBundle sorts files by their names and checks that each name that carries
// a hash tells the truth. It refuses unknown names, whatever they hold.
func ReadBundle(files []File) (*Bundle, []Reason) {
	b := &Bundle{Policies: map[uint64][]byte{}, Clearances: map[string][]byte{}, Texts: map[string][]byte{}, PSBTs: map[string][]byte{},
		Checkpoints: map[text.ID][]byte{}, Entries: map[text.ID][]byte{}, logs: map[text.ID]*LogFile{}}
	if len(files) > MaxBundleFiles {
		return nil, []Reason{Because(BunLimit, "bundle: want at most %d files, found %d", MaxBundleFiles, len(files))}
	}
	var reasons []Reason
	names := map[string]bool{}
	for _, f := range files {
		if names[f.Name] {
			reasons = append(reasons, Because(BunName, "bundle: want each name once, found %q twice", f.Name))
		}
		names[f.Name] = true
		if err := b.add(f); err != nil {
			reasons = append(reasons, *err)
		}
	}
	if n := len(b.Texts); n > maxTexts {
		reasons = append(reasons, Because(BunLimit, "bundle: want at most %d proposals, found %d", maxTexts, n))
	}
	if reasons != nil {
		return nil, SortReasons(reasons)
	}
	return b, nil
}

func (b *Bundle) add(f File) *Reason {
	refused := func(c Code, format string, args ...any) *Reason {
		r := Because(c, "bundle: "+format, args...)
		return &r
	}
	most, known := MaxFileSize(f.Name)
	if !known {
		return refused(BunName, "want only files of a bundle, found %q", f.Name)
	}
	if int64(len(f.Bytes)) > most {
		return refused(BunSize, "%s: want at most %d bytes, found %d", f.Name, most, len(f.Bytes))
	}
	m := namePattern.FindStringSubmatch(f.Name)
	group := func(g string) string { return m[namePattern.SubexpIndex(g)] }
	named := func(want string) *Reason {
		if have := text.Identity(f.Bytes).Short(); have != want {
			return refused(BunName, "%s: want a file whose SHA-256 begins with %s, found %s", f.Name, want, have)
		}
		return nil
	}
	switch {
	case group("policy") != "":
		b.Policies[version(group("policy"))] = f.Bytes
	case group("consentOn") != "":
		return b.addSignature(f, "policy-"+group("consentOn"), group("consenter"), "consent")
	case group("descriptor") != "":
		b.Descriptors = append(b.Descriptors, f.Bytes)
		return named(group("descriptor"))
	case group("annex") != "":
		b.Annexes = append(b.Annexes, f.Bytes)
		return named(group("annex"))
	case group("clearance") != "":
		b.Clearances[group("clearance")] = f.Bytes
		return named(group("clearance"))
	case group("clearedOn") != "":
		return b.addSignature(f, ClearancePrefix+group("clearedOn"), group("watcher"), "clear")
	case group("keyrecord") != "":
		b.KeyRecords = append(b.KeyRecords, f.Bytes)
	case group("text") != "":
		b.Texts[group("text")] = f.Bytes
		return named(group("text"))
	case group("sigOn") != "":
		return b.addSignature(f, group("sigOn"), group("signer"), group("act"))
	case group("psbt") != "":
		b.PSBTs[group("psbt")] = f.Bytes
	case group("headers") != "":
		b.Headers = f.Bytes
	case group("checkpoint") != "":
		b.Checkpoints[text.ID(group("checkpoint"))] = f.Bytes
	default:
		b.Entries[text.ID(group("entries"))] = f.Bytes
	}
	return nil
}

func (b *Bundle) addSignature(f File, on, officer, act string) *Reason {
	a, err := ParseAct(act)
	if err == nil {
		_, err = text.ParseID(officer)
	}
	if err != nil {
		r := Because(BunName, "bundle: %s: %v", f.Name, err)
		return &r
	}
	b.Signatures = append(b.Signatures, SignatureFile{On: on, Officer: text.ID(officer), Act: a, Bytes: f.Bytes})
	return nil
}

// SignaturesOn returns the signatures that claim to sign the text named, an
// ID16 or policy-N.
func (b *Bundle) SignaturesOn(name string) []SignatureFile {
	var out []SignatureFile
	for _, s := range b.Signatures {
		if s.On == name {
			out = append(out, s)
		}
	}
	return out
}

// ClearancePrefix begins the names of clearances and of the signatures on them.
const ClearancePrefix = "clearance-"

// Submission returns what the bundle brings on one of its proposals, named by
// its ID16. The descriptors, which cost work to read, are the caller's business.
func (b *Bundle) Submission(id string) Submission {
	s := Submission{Text: b.Texts[id], Signatures: b.SignaturesOn(id)}
	for _, d := range slices.Sorted(maps.Keys(b.Checkpoints)) {
		s.Logs = append(s.Logs, b.log(d))
	}
	for _, c := range slices.Sorted(maps.Keys(b.Clearances)) {
		s.Clearances = append(s.Clearances, Signed{Text: b.Clearances[c], Signatures: b.SignaturesOn(ClearancePrefix + c)})
	}
	p, err := ParseProposal(s.Text)
	if err != nil {
		return s
	}
	switch body := p.Body.(type) {
	case Amendment:
		s.Next = Next{Policy: b.Policies[body.Version], Consents: b.SignaturesOn(PolicyName(body.Version)), Annexes: b.Annexes}
	case Cancel:
		s.Target = b.Texts[body.Kills.Short()]
	}
	return s
}

// log returns one signer's log, the same one each time, so that it is proven
// once for all proposals of the bundle.
func (b *Bundle) log(device text.ID) *LogFile {
	if b.logs[device] == nil {
		b.logs[device] = &LogFile{Device: device, Checkpoint: b.Checkpoints[device], Entries: b.Entries[device]}
	}
	return b.logs[device]
}

// Name returns the file's name in a bundle.
func (s SignatureFile) Name() string {
	return fmt.Sprintf("%s.%s.%s.sig", s.On, s.Officer, s.Act)
}

// PolicyName returns the name of a policy's file, without its ending.
func PolicyName(version uint64) string { return "policy-" + text.FormatUint(version) }

func version(s string) uint64 {
	v, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		panic("quorum: file name pattern lets " + strings.ToValidUTF8(s, "?") + " through")
	}
	return v
}
