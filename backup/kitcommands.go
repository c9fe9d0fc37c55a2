package backup

import (
	"fmt"
	"slices"
	"strings"

	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
)

// The commands of the page for emergencies. They are run by a test, taken out of
// the page as a person would.

// hashColumns is where the name begins in a line of sha256sum, counted from 1.
const hashColumns = 64 + 2 + 1

// shellQuoted writes one word for a POSIX shell.
func shellQuoted(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// beginCommands make the folder and write down what to fetch, with hashes.
func (k *kitPage) beginCommands() string {
	var b strings.Builder
	fmt.Fprintf(&b, "mkdir recover-%d && cd recover-%d\ncat > sums.txt <<'END'\n", k.m.Number, k.m.Number)
	write := func(items []Item) {
		for _, i := range items {
			fmt.Fprintf(&b, "%s  %s\n", i.Content.Sum, i.Name)
		}
	}
	write(k.m.opening())
	for _, small := range k.small() {
		fmt.Fprintf(&b, "%s  %s\n", text.Identity(small.b), small.name)
	}
	write(k.before())
	return b.String() + "END\n"
}

// fetchCommands get every file of sums.txt.
func (s RecoveryStore) fetchCommands() string {
	return fmt.Sprintf("cut -c%d- sums.txt | while read -r file\ndo %s || break\ndone\n", hashColumns, s.FetchCommand("."))
}

// FetchCommand is the command, for a POSIX shell, that gets the object whose name
// is in the variable file, into a folder. For a bucket it is curl, with the access
// key in the file store.key.
func (s RecoveryStore) FetchCommand(into string) string {
	if s.Folder != "" {
		return "cp " + shellQuoted(s.Folder) + `/"$file" ` + into
	}
	own, out := "", `"$file"`
	if s.OwnAuthority {
		own = " --cacert authority.pem"
	}
	if into != "." {
		out = into + "/" + out
	}
	return fmt.Sprintf("curl --fail --config store.key%s \\\n  --aws-sigv4 %s -H 'x-amz-content-sha256: UNSIGNED-PAYLOAD' \\\n  -o %s %s\"$file\"",
		own, shellQuoted("aws:amz:"+s.Region+":s3"), out, shellQuoted(s.address()))
}

// address is what a file's name is put behind.
func (s RecoveryStore) address() string {
	if s.PathStyle {
		return "https://" + s.Endpoint + "/" + s.Bucket + "/"
	}
	return "https://" + s.Bucket + "." + strings.TrimSuffix(s.Endpoint, ":443") + "/"
}

// signatureCommands verify the manifest and the re-wraps by their makers' keys.
func (k *kitPage) signatureCommands() string {
	out := makersCommand(k.makers) + verifyCommand(k.m.Maker, "manifest", k.Signed.SignatureName(), k.Signed.TextName())
	for _, x := range k.rewraps {
		out += verifyCommand(x.rewrap.Maker, actRewrap, x.SignatureName(), x.TextName())
	}
	return out
}

func verifyCommand(maker text.ID, act, signature, file string) string {
	return fmt.Sprintf("ssh-keygen -Y verify -f makers -I %s -n %s -s %s < %s\n", maker, sshsig.NamespaceFor(act), signature, file)
}

// makersCommand writes the file of those who may have signed, each once.
func makersCommand(makers []kitMaker) string {
	var lines []string
	for _, x := range makers {
		if line := shellQuoted(x.line()); !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	return fmt.Sprintf("printf '%%s\\n' %s > makers\n", strings.Join(lines, " \\\n  "))
}

// pageCommands verify the page itself, under the name that it has in a store.
func (k *kitPage) pageCommands() string {
	by := k.makers[len(k.makers)-1]
	return makersCommand([]kitMaker{by}) + verifyCommand(by.id, actRecover, "FILE."+string(by.id)+kitSignatureSuffix, "FILE"+kitSuffix)
}

// mkRestored makes the folder, which may be there, empty, after a try with other
// keys.
const mkRestored = "mkdir -p restored\n"

// openCommands open every segment, in their order.
func openCommands(m Manifest) string {
	b := strings.Builder{}
	b.WriteString(mkRestored)
	for _, g := range m.Segments {
		if len(g.Headers) == 1 {
			fmt.Fprintf(&b, "cat %s \\\n  %s \\\n  | age -d -i officer.key | zstd -d | tar x -C restored\n", g.Headers[0].Name, g.Name)
			continue
		}
		fmt.Fprintf(&b, "{ %s\n} | age -d -i inner.key | zstd -d | tar x -C restored\n", outerLayer(g))
	}
	return b.String()
}

// outerLayer takes off the outer layer of a segment.
func outerLayer(g Segment) string {
	return fmt.Sprintf("age -d -i outer.key %s\n  cat %s \\\n    %s \\\n    | age -d -i outer.key", g.Headers[1].Name, g.Headers[0].Name, g.Name)
}

// outerCommands are the first half of openCommands, for one person, and
// innerCommands the second half, for the other.
func outerCommands(m Manifest) string {
	var b strings.Builder
	for i, g := range m.Segments {
		fmt.Fprintf(&b, "{ %s\n} > inner-%d.age\n", outerLayer(g), i+1)
	}
	return b.String()
}

func innerCommands(m Manifest) string {
	return fmt.Sprintf(mkRestored+"for n in $(seq %d)\ndo age -d -i inner.key inner-$n.age | zstd -d | tar x -C restored || break\ndone\n", len(m.Segments))
}

// compareCommands compare what came out with the manifest.
func compareCommands(m Manifest) string {
	out := fmt.Sprintf("cd restored\nprintf '%%s  SHA256SUMS\\n' %s | sha256sum -c &&\nsha256sum -c --quiet SHA256SUMS && echo 'all %d files are as they were saved'", m.Contents.Sums, m.Contents.Files)
	if rest := m.UnpackedCommand("."); rest != "" {
		out += " &&\n" + strings.TrimSuffix(rest, "\n")
	}
	return out + "\n"
}
