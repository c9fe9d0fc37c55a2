package story

import (
	"bytes"
	"strings"
)

// sites stand for three places far apart.
func sites() []string { return []string{"one", "two", "three"} }

// backUp seals the desk's home once, ships it to three sites, and restores it
// from one of them in a drill.
func (s *scene) backUp() {
	for _, name := range sites() {
		s.run(line("strongroom backup store add %s sites/%s", name, name).shows(2, 1))
	}
	s.run(line("strongroom backup run --key officers/alice").shows(24, 4))
	s.sameEverywhere()
	s.run(line("strongroom backup verify --level V1").shows(8, 2))
	s.run(line("strongroom backup verify --level V3").shows(8, 2))
	s.drill()
	s.certify()
	s.run(line("strongroom backup status").shows(16, 2))
}

// sameEverywhere wants the three sites to hold the same bytes.
func (s *scene) sameEverywhere() {
	out := s.run(pipe("find sites -name 'payload-*.age-payload' | sort | xargs sha256sum"))
	first := s.find(out, `([0-9a-f]{64})`)
	s.want(s.err != nil || strings.Count(out, first) >= len(sites()), "the same ciphertext at three sites, found different ones")
}

// drillFolder is where the copy is restored.
const drillFolder = "drill"

// drill restores the copy that the newest block chooses: proposed by alice,
// approved by two, opened by a third officer on a machine without network, and
// restored by stock tools alone.
func (s *scene) drill() {
	s.say("A backup that was never restored doesn't count. Alice asks for leave; the newest block, which nobody could foresee, chooses the site:")
	out := s.run(line("strongroom drill start --place room-2 --operator alice --reason").and("yearly drill", "-o", drillFolder, "--key", "officers/alice").reading(asksID, firstID).shows(12, 6))
	restore := order{name: "restore", id: s.find(out, idPattern)}
	s.approve(restore, "bob")
	s.approve(restore, "carol")
	s.run(line("strongroom drill bundle %s -o carrier/to-officers", drillFolder).shows(4, 2))
	s.say("Dave has had no part in the backup. His machine has no network and no home: it follows the policy from the hash that he knows, and wraps the age header anew, to the drill's one-time key.")
	header := line("strongroom drill header carrier/to-officers --genesis %s --identity officers/dave -o carrier/headers", s.genesis).reading(asksID, firstID).resumes(3, "approved by")
	header.apart = true
	s.run(header)
	s.say("The restore itself, by stock programs only:")
	s.run(pipe("grep -v '^#' %s/restore.sh", drillFolder))
	s.run(pipe("cp -R carrier/headers %s/headers && sh %s/restore.sh", drillFolder, drillFolder))
	s.run(pipe("cd %s/restored && sha256sum -c SHA256SUMS | tail -n 3", drillFolder))
	policy, restored := s.read("desk/policy-1.txt"), s.read(drillFolder+"/restored/policy-1.txt")
	s.want(s.err != nil || bytes.Equal(policy, restored), "the restored policy-1.txt equal to the desk's, found another")
	s.say("The sealed shares came back as well. They open for their holders alone:")
	s.compareShare("cora", s.one(drillFolder+"/restored/shares", "share-*-cora.age"), drillFolder+"/restored/registry/texts/*")
}

// certify has the restored folder judged by its content, and two officers sign
// what was found.
func (s *scene) certify() {
	s.run(line("strongroom drill judge %s", drillFolder).shows(12, 8))
	out := s.run(line("strongroom drill certify %s --present carol --present dave -o drill.txt", drillFolder))
	s.run(pipe("ls %s", drillFolder))
	id := s.find(out, `(?m)^certificate\s+([0-9a-f]{64})$`)
	for _, who := range []string{"carol", "dave"} {
		s.run(line("strongroom drill sign drill.txt --key officers/%s", who).typing(asksID, s.short(id)).shows(0, 3))
	}
	out = s.run(line("strongroom drill show drill.txt"))
	s.want(s.err != nil || strings.Contains(out, "V5"), "a certificate of level V5, found another")
}
