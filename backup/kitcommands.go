package backup

import (
	"fmt"
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
func beginCommands(s Signed) string {
	var b strings.Builder
	fmt.Fprintf(&b, "mkdir recover-%d && cd recover-%d\ncat > sums.txt <<'END'\n", s.manifest.Number, s.manifest.Number)
	for _, i := range s.manifest.opening() {
		fmt.Fprintf(&b, "%s  %s\n", i.Content.Sum, i.Name)
	}
	for _, small := range s.small() {
		fmt.Fprintf(&b, "%s  %s\n", text.Identity(small.b), small.name)
	}
	return b.String() + "END\n"
}

// fetchCommands get every file of sums.txt.
func (s RecoveryStore) fetchCommands() string {
	loop := fmt.Sprintf("cut -c%d- sums.txt | while read -r file\ndo %%s || break\ndone\n", hashColumns)
	if s.Folder != "" {
		return fmt.Sprintf(loop, "cp "+shellQuoted(s.Folder)+`/"$file" .`)
	}
	own := ""
	if s.OwnAuthority {
		own = " --cacert authority.pem"
	}
	return fmt.Sprintf(loop, fmt.Sprintf("curl --fail --config store.key%s \\\n  --aws-sigv4 %s -H 'x-amz-content-sha256: UNSIGNED-PAYLOAD' \\\n  -o \"$file\" %s\"$file\"",
		own, shellQuoted("aws:amz:"+s.Region+":s3"), shellQuoted(s.address())))
}

// address is what a file's name is put behind.
func (s RecoveryStore) address() string {
	if s.PathStyle {
		return "https://" + s.Endpoint + "/" + s.Bucket + "/"
	}
	return "https://" + s.Bucket + "." + strings.TrimSuffix(s.Endpoint, ":443") + "/"
}

// signatureCommands verify the manifest by the maker's key.
func signatureCommands(s Signed, key string) string {
	return makersCommand(s.manifest.Maker, key) +
		fmt.Sprintf("ssh-keygen -Y verify -f makers -I %s -n %s -s %s < %s\n", s.manifest.Maker, sshsig.NamespaceFor("manifest"), s.SignatureName(), s.TextName())
}

func makersCommand(maker text.ID, key string) string {
	return fmt.Sprintf("printf '%%s\\n' %s > makers\n", shellQuoted(fmt.Sprintf("%s namespaces=\"*@strongroom\" %s", maker, key)))
}

// pageCommands verify the page itself, under the name that it has in a store.
func pageCommands(m Manifest, key string) string {
	return makersCommand(m.Maker, key) +
		fmt.Sprintf("ssh-keygen -Y verify -f makers -I %s -n %s -s FILE%s < FILE%s\n", m.Maker, sshsig.NamespaceFor(actRecover), "."+string(m.Maker)+kitSignatureSuffix, kitSuffix)
}

// openCommands open every segment, in their order.
func openCommands(m Manifest) string {
	b := strings.Builder{}
	b.WriteString("mkdir restored\n")
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
	return fmt.Sprintf("mkdir restored\nfor n in $(seq %d)\ndo age -d -i inner.key inner-$n.age | zstd -d | tar x -C restored || break\ndone\n", len(m.Segments))
}

// compareCommands compare what came out with the manifest.
func compareCommands(m Manifest) string {
	return fmt.Sprintf("cd restored\nprintf '%%s  SHA256SUMS\\n' %s | sha256sum -c &&\nsha256sum -c --quiet SHA256SUMS && echo 'all %d files are as they were saved'\n", m.Contents.Sums, m.Contents.Files)
}
