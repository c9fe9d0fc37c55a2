package ceremony

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"strongroom/custody/durable"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
)

// codeBuild is the code of everything that keeps a build from counting.
const codeBuild = string(quorum.KeyBuild)

// Names of what lies in the folder of a build.
const (
	BuildFile  = "build.txt"       // its text
	SignersOf  = "allowed_signers" // the reviewers' keys, for ssh-keygen
	buildSigns = ".sig"            // what signatures' names end in
)

// Reviewed is a build that counts: two of its reviewers or more, other people
// with other keys, have signed its text, and what they say together covers every
// aspect. Only Review makes one. The zero value is no build, and fits no plan.
type Reviewed struct {
	build Build
	hash  text.Hash
	by    []text.ID
}

// Build returns what was reviewed.
func (r Reviewed) Build() Build { return r.build }

// Hash returns the identity of its text.
func (r Reviewed) Hash() text.Hash { return r.hash }

// By returns the reviewers who signed, sorted: two at least.
func (r Reviewed) By() []text.ID { return slices.Clone(r.by) }

// Check returns every ground on which nobody should sign the build, sorted; nothing
// for one that counts as soon as its reviewers have signed.
func (b Build) Check() []policy.Reason {
	var f findings
	if _, err := RenderBuild(b); err != nil {
		f.add(codeBuild, "build: %v", err)
		return f
	}
	if n := len(b.Reviewers); n < leastReviewers {
		f.add(codeBuild, "reviewer: want at least %d people, found %d", leastReviewers, n)
	}
	for i, x := range b.Reviewers {
		for _, y := range b.Reviewers[:i] {
			if x.Key.Equal(y.Key) {
				f.add(codeBuild, "reviewer %s: want a key of their own, found that of %s", x.ID, y.ID)
			}
			if strings.EqualFold(x.Name, y.Name) {
				f.add(codeBuild, "reviewer %s: want another person than %s, found the same name", x.ID, y.ID)
			}
		}
		if len(b.ChecksOf(x.ID)) == 0 {
			f.add(codeBuild, "reviewer %s: want a check that they did, found none", x.ID)
		}
	}
	for _, c := range b.Checks {
		if !slices.ContainsFunc(b.Reviewers, func(x Person) bool { return x.ID == c.By }) {
			f.add(codeBuild, "check %s: want it by a reviewer, found %s", c.Of, c.By)
		}
	}
	b.checkAspects(&f, nil)
	return f.sorted()
}

// checkAspects wants every aspect looked at, by somebody of these; of all, for nil.
func (b Build) checkAspects(f *findings, by []text.ID) {
	for _, a := range Aspects() {
		if !slices.ContainsFunc(b.Checks, func(c Check) bool { return c.Of == a && (by == nil || slices.Contains(by, c.By)) }) {
			who := "a reviewer"
			if by != nil {
				who = "a reviewer who signed"
			}
			f.add(codeBuild, "check %s: want it by %s, found it by none", a, who)
		}
	}
}

// Review judges the text of a build and SSH signatures, each a file as ssh-keygen
// writes it, of act build. Nothing is passed over: a file that is no good
// signature of a reviewer is a ground to refuse like any other. A second
// signature by one reviewer counts as the first. It returns every ground on which
// the build does not count, sorted, or the build.
func Review(b []byte, files [][]byte) (Reviewed, []policy.Reason) {
	var f findings
	build, err := ParseBuild(b)
	if err != nil {
		f.add(codeBuild, "build: %v", err)
		return Reviewed{}, f
	}
	f = append(f, build.Check()...)
	if len(files) > maxBuildSignatures {
		f.add(codeBuild, "signatures: want at most %d, found %d", maxBuildSignatures, len(files))
		return Reviewed{}, f.sorted()
	}
	var by []text.ID
	for i, file := range files {
		who, err := build.signedBy(b, file)
		if err != nil {
			f.add(codeBuild, "signature %d: %v", i+1, err)
			continue
		}
		by = append(by, who)
	}
	slices.Sort(by)
	by = slices.Compact(by)
	if len(by) < leastReviewers {
		f.add(codeBuild, "build: want it signed by %d of its reviewers at least, found %s", leastReviewers, namesOrNone(by))
	} else if len(f) == 0 {
		build.checkAspects(&f, by)
	}
	if len(f) > 0 {
		return Reviewed{}, f.sorted()
	}
	return Reviewed{build, text.Identity(b), by}, nil
}

// signedBy finds whose key made a signature, and verifies it.
func (b Build) signedBy(message, file []byte) (text.ID, error) {
	sig, err := sshsig.Parse(file)
	if err != nil {
		return "", err
	}
	i := slices.IndexFunc(b.Reviewers, func(x Person) bool { return x.Key.Equal(sig.Key()) })
	if i < 0 {
		return "", fmt.Errorf("want a key of a reviewer, found %s", sig.Key().Fingerprint())
	}
	who := b.Reviewers[i]
	verified, err := sig.Verify(who.Key, sshsig.NamespaceFor(ActBuild), message, sshsig.Factor{})
	if err != nil {
		return "", fmt.Errorf("%s: %w", who.ID, err)
	}
	if !verified.OK() {
		return "", fmt.Errorf("%s: want a signature that verifies, found none", who.ID)
	}
	return who.ID, nil
}

// Fits returns why a plan is not to be followed with this build by the program
// that has this hash: it is another build than the plan names, or another
// program than was reviewed. The zero value fits nothing.
func (r Reviewed) Fits(p Plan, running text.Hash) []policy.Reason {
	var f findings
	if r.hash.IsZero() || len(r.by) < leastReviewers {
		f.add(codeBuild, "build: want one that was reviewed, found none")
		return f
	}
	if p.Build != r.hash {
		f.add(codeBuild, "build: want %s, as the plan says, found %s", p.Build.OrNone(), r.hash)
	}
	if p.Program != r.build.Signer.Hash {
		f.add(codeBuild, "program of the plan: want %s, as the build says, found %s", r.build.Signer.Hash, p.Program)
	}
	if running != r.build.Signer.Hash {
		f.add(codeBuild, "program that runs: want %s, as the build says, found %s", r.build.Signer.Hash, running)
	}
	return f.sorted()
}

// ReadBuild reads a folder with the text of a build in build.txt, and each
// signature in a file whose name ends in .sig. Other files decide nothing.
func ReadBuild(d *durable.Dir) (b []byte, signatures [][]byte, err error) {
	if b, err = d.ReadFile(BuildFile, int64(text.Build.MaxSize())); errors.Is(err, fs.ErrNotExist) {
		return nil, nil, fmt.Errorf("build: want %s in %s, found none", BuildFile, d.Path())
	}
	if err != nil {
		return nil, nil, err
	}
	entries, err := d.List(maxBuildFolder)
	if err != nil {
		return nil, nil, err
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name, buildSigns) {
			continue
		}
		if len(signatures) == maxBuildSignatures {
			return nil, nil, fmt.Errorf("build: want at most %d signatures in %s, found more", maxBuildSignatures, d.Path())
		}
		s, err := d.ReadFile(e.Name, maxSignature)
		if err != nil {
			return nil, nil, err
		}
		signatures = append(signatures, s)
	}
	return b, signatures, nil
}

// SignatureName is how the file of one reviewer's signature is named beside a
// build's text.
func SignatureName(reviewer text.ID) string { return BuildFile + "." + string(reviewer) + buildSigns }

func namesOrNone(ids []text.ID) string {
	if len(ids) == 0 {
		return "none"
	}
	return people(ids)
}
