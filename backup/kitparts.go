package backup

import (
	"fmt"
	"slices"
	"strings"
)

// needs says what has to be brought, and by whom.
func (k *kitPage) needs() {
	k.heading("1. What you need")
	k.points(
		"A computer with Linux that you trust, with enough disk for twice the download and the records, on a file system of Linux (ext4, xfs or btrfs; a stick's FAT or exFAT has no hard links). Best is one without a network; carry the files to it.",
		"The programs age ("+k.Reader+" or later), zstd, tar and sha256sum, and ssh-keygen to check a signature. On Debian and Ubuntu: apt install age zstd tar coreutils openssh-client curl.",
		"One of the places below, and whoever may read there: for a folder its disk, for a bucket an access key that may read.",
		k.people(),
	)
	k.recipients(k.m)
	if len(k.earlier) > 0 {
		k.say("This snapshot was sealed anew when the people changed. Those before them can still open it by the earlier headers: the end of section 5 tells who they are, and how.")
	}
	if plugins := k.plugins(); len(plugins) > 0 {
		k.say("Keys that begin with age1 and a word are in a device. Their owner brings it, the identity file that was made with it, and the program beside age that speaks to it: " + strings.Join(plugins, ", ") + ".")
	}
}

// recipients lists who opens it by one set of headers.
func (k *kitPage) recipients(m Manifest) {
	var rows [][]string
	for _, line := range m.Recipients {
		f := strings.Fields(line)
		rows = append(rows, []string{f[0], f[1], k.named(f[1]), keyWords(f[2], f[3]), ""})
	}
	k.table([]string{"layer", "who", "name", "key", "telephone (write it here)"}, rows)
}

func (k *kitPage) people() string {
	if k.layers == 1 {
		return "Any one of the people in this table, with the private half of the key that stands there."
	}
	return "Two people of this table, one of layer 1 (the outer one) and one of layer 2 (the inner one), each with the private half of the key that stands there. Nobody opens it alone."
}

func (k *kitPage) named(id string) string {
	i := slices.IndexFunc(k.People, func(p RecoveryPerson) bool { return string(p.ID) == id })
	if i < 0 {
		return ""
	}
	return strings.Join(slices.DeleteFunc([]string{k.People[i].Name, k.People[i].Office}, func(s string) bool { return s == "" }), ", ")
}

// keyWords says what kind of key it is, and which.
func keyWords(kind, name string) string {
	return map[string]string{kindSSH: "ssh key ", kindX25519: "age key ", kindHybrid: "post-quantum age key ", kindPlugin: "device "}[kind] + name
}

// plugins names the programs that devices take.
func (k *kitPage) plugins() (out []string) {
	for _, m := range append([]Manifest{k.m}, k.earlier...) {
		for _, line := range m.Recipients {
			f := strings.Fields(line)
			name, _, ok := strings.Cut(strings.TrimPrefix(f[3], "age1"), "1")
			if program := "age-plugin-" + name; f[2] == kindPlugin && ok && !slices.Contains(out, program) {
				out = append(out, program)
			}
		}
	}
	return out
}

// folder has the reader make an empty folder and write down what to fetch.
func (k *kitPage) folder() {
	k.heading("2. Begin in an empty folder")
	k.say("Open a terminal. Type or copy what stands in the grey boxes, one box after the other, as it stands. A line that is too long for the paper goes on below: type it as one. If a line answers with an error, stop and read section 8.")
	k.commands("begin", k.beginCommands())
}

// fetch tells of each place.
func (k *kitPage) fetch() {
	k.heading("3. Fetch the files from one place")
	if len(k.Stores) > 1 {
		k.say(fmt.Sprintf("There are %d places, and each has everything. Choose one; if it does not answer, take the next. All of them hold the same bytes.", len(k.Stores)))
	}
	for _, s := range k.Stores {
		k.in("h3", "Place "+string(s.ID))
		if s.Place != (StorePlace{}) {
			k.say(fmt.Sprintf("It stands at latitude and longitude %s (%s), with the provider %s, account %s.", s.Place.Location, s.Place.Jurisdiction, s.Place.Provider, s.Place.Account))
		}
		if s.Folder != "" {
			k.say("A folder, " + s.Folder + ", on a disk or share of the machine that made the copies. If it is mounted elsewhere, put that path in its place.")
		} else {
			k.bucket(s)
		}
		k.commands("fetch-"+string(s.ID), s.fetchCommands())
	}
}

func (k *kitPage) bucket(s RecoveryStore) {
	k.facts([2]string{"service", "S3 at " + s.Endpoint + ", over https"}, [2]string{"bucket", s.Bucket}, [2]string{"region", s.Region})
	k.say(`Any program for S3 fetches the files named in section 2, and so does the provider's web page. With curl (7.75 or later), first write the access key into a file called store.key with one line: user = "ACCESSKEY:SECRETKEY". Delete that file afterwards.`)
	if s.OwnAuthority {
		k.say("The certificate of this service is signed by an authority of its own. Its file, authority.pem, was with the machine that made the copies; who keeps the service has it.")
	}
	if s.WantsCertificate {
		k.say(`This service answers nobody without a certificate. With curl, add two lines to store.key: cert = "FILE" and key = "FILE". Both files were with the machine that made the copies; who keeps the service can issue others.`)
	}
	k.say("Where the service says that a file was deleted, it was not: it is locked. Ask the service for its versions; the locked one is there.")
}

// check compares what was fetched.
func (k *kitPage) check() {
	k.heading("4. Check what you fetched")
	k.say("Every line must end with OK. A file that does not is damaged or another one: fetch it from another place.")
	k.commands("check", "sha256sum -c sums.txt\n")
	if len(k.rewraps) == 0 {
		k.say("Then check who made it. The answer must begin with: Good")
	} else {
		k.say("Then check who made it, and who had it sealed anew. Each answer must begin with: Good")
	}
	k.commands("signature", k.signatureCommands())
}

// open has the layers opened.
func (k *kitPage) open() {
	k.heading("5. Open it")
	if k.layers == 1 {
		k.say("Copy the private key of one of the people into this folder, as a file called officer.key. If it has a passphrase, it is asked for. Nothing is shown while all goes well.")
	} else {
		k.say("Copy the two private keys into this folder: that of the person of layer 1 as outer.key, that of the person of layer 2 as inner.key. If they have passphrases, they are asked for. Nothing is shown while all goes well.")
	}
	if n := len(k.m.Segments); n > 1 {
		k.say(fmt.Sprintf("The records come in %d pieces: big files are pieces of their own, and many small ones that did not change since an earlier snapshot come together. Keep the order. A passphrase is asked for with each piece.", n))
	}
	k.commands("open", openCommands(k.m))
	if k.layers == 2 {
		k.in("h3", "When the two cannot be in one room")
		k.say("The person of layer 1 takes off the outer layer. What comes out is still sealed to layer 2, and can be carried or sent:")
		k.commands("outer", outerCommands(k.m))
		k.say("The person of layer 2 opens what was brought, in a folder of their own:")
		k.commands("inner", innerCommands(k.m))
	}
	k.openEarlier()
	k.say("Afterwards overwrite the keys that you copied here: shred -u *.key")
}

// openEarlier tells of the headers from before each re-wrap.
func (k *kitPage) openEarlier() {
	for i, m := range k.earlier {
		k.in("h3", "If none of these people can be found: the earlier headers, for "+openers(m))
		k.recipients(m)
		k.say("These headers were kept, and open the same payloads. Copy the keys of these people as told above, and use these commands in the place of those:")
		k.commands(fmt.Sprintf("earlier-%d", i+1), openCommands(m))
		if k.layers == 2 {
			k.say("When the two cannot be in one room, the person of layer 1 uses these, and the person of layer 2 the same as above:")
			k.commands(fmt.Sprintf("outer-earlier-%d", i+1), outerCommands(m))
		}
	}
	if k.untold > 0 {
		k.say(fmt.Sprintf("There are %d older sets of headers. Of those the older pages tell that lie beside this one, with names that begin alike.", k.untold))
	}
}

// judge compares what came out.
func (k *kitPage) judge() {
	k.heading("6. Check what came out")
	k.say("The list of all files is compared with the signed manifest, and every file with the list. The last line must say that all is as it was saved.")
	k.commands("compare", compareCommands(k.m))
	if !k.Genesis.IsZero() {
		k.say("The vault is governed by a policy that begins with policy-1.txt. Its hash is the vault's own name: officers have it on paper, and every signing workstation shows it. Compare it with theirs, not only with this page.")
		k.commands("genesis", fmt.Sprintf("printf '%%s  policy-1.txt\\n' %s | sha256sum -c\n", k.Genesis))
	}
}

func (k *kitPage) afterwards() {
	k.heading("7. What you have now")
	k.points(
		"policy-1.txt and registry/texts: who may approve what, and every proposal, approval and consent, as plain texts and signatures.",
		"registry/descriptors: the wallets. Bitcoin Core, Sparrow and others import them and show the addresses and what they hold.",
		"registry/logs: what every signing workstation ever did.",
		"shares, where there are any: parts of keys, each still sealed to one person. A wallet's key is rebuilt by its holders on a workstation without a network, never here.",
	)
	k.say("The folder restored can become the home of a new desk of Strongroom. Signing workstations are not restored from it: each keeps its own.")
}

func (k *kitPage) missing() {
	k.heading("8. When something is missing")
	other, gone := "any other one of the table opens it", "When nobody of the table has a key"
	if k.layers == 2 {
		other, gone = "any other one of the same layer does it", "When a whole layer is gone"
	}
	if len(k.earlier) > 0 {
		gone += ", go on with the earlier headers at the end of section 5. When nobody is left there either"
	}
	end := "nothing opens it."
	if k.layers == 2 {
		end = "nothing opens it: that is how it was wanted."
	}
	points := []string{
		"A place is gone, or does not let you in: take another one. Each has everything.",
		"A file is damaged in one place: fetch that file from another. The check in section 4 tells which is right, wherever it came from.",
		"age says that no identity matched: the key is not one of those in section 1. Look at the table again, and for pages like this one of older or newer snapshots beside this one; they may be sealed to others.",
		fmt.Sprintf("A person is gone: %s. %s, %s", other, gone, end),
		"A header was sealed anew to other people after this page was made: then another page lies beside this one, and the two names are alike up to the last hyphen. It tells the newer headers and those people.",
		"age says that the version is unknown: it is older than " + k.Reader + ".",
	}
	if len(k.earlier) > 0 {
		points = append(points, "Nothing is missing or damaged but files that section 10 calls earlier headers: go on. Only the people from before need those.")
	}
	k.points(points...)
}

// trust says what this page itself rests on.
func (k *kitPage) trust() {
	k.heading("9. Can this page be trusted?")
	k.say("It is a plain file in places that others run, so somebody may have put another one there. Its own hash cannot stand in it. Compare sha256sum of this file with a hash that was written down, or with the same page from another place; and its signature, which lies beside it under the same name and ends with .recover.sig:")
	k.commands("page", k.pageCommands())
	if len(k.rewraps) == 0 {
		k.say("Both signatures are by the machine that makes the copies. Its key opens nothing. It is:")
	} else {
		k.say("The signatures are by whoever made the copies, and by whoever had them sealed anew, who signed this page too. Their keys open nothing. They are:")
	}
	var facts [][2]string
	for i, x := range k.makers {
		if i := slices.IndexFunc(k.makers[:i], func(o kitMaker) bool { return o.line() == x.line() }); i < 0 {
			facts = append(facts, [2]string{"maker", string(x.id)}, [2]string{"key", x.key.String()}, [2]string{"fingerprint", x.key.Fingerprint()})
		}
	}
	k.facts(append(facts, [2]string{"named by", fmt.Sprintf("policy %d of the vault, %s", k.Version, k.Policy)})...)
	k.say("Whoever wrote a false page would name a key of their own. So ask an officer of the vault which key the policy names for the maker of the copies, and compare the fingerprint with theirs.")
}

// objects lists all files with their sizes.
func (k *kitPage) objects() {
	k.heading("10. The files, in the order in which they are used")
	var rows [][]string
	for _, g := range k.m.Segments {
		for i, h := range g.Headers {
			rows = append(rows, []string{h.Name, fmt.Sprint(h.Size), fmt.Sprintf("header of layer %d", i+1)})
		}
		rows = append(rows, []string{g.Name, fmt.Sprint(g.Content.Size), "payload"})
	}
	rows = append(rows, []string{k.Signed.TextName(), fmt.Sprint(len(k.Signed.text)), "the signed list of all this"},
		[]string{k.Signed.SignatureName(), fmt.Sprint(len(k.Signed.signature)), "its signature"})
	for _, x := range k.rewraps {
		rows = append(rows, []string{x.TextName(), fmt.Sprint(len(x.text)), fmt.Sprintf("re-wrap %d: the signed list of newer headers", x.rewrap.Number)},
			[]string{x.SignatureName(), fmt.Sprint(len(x.signature)), "its signature"})
	}
	for _, i := range k.before() {
		rows = append(rows, []string{i.Name, fmt.Sprint(i.Content.Size), "earlier header"})
	}
	k.table([]string{"file", ">bytes", "what"}, rows)
	k.say("Formats: age-encryption.org/v1; RFC 8878 (zstd); POSIX tar; SHA-256 as sha256sum of GNU coreutils writes it; OpenSSH signatures (SSHSIG).")
}
