package ceremony

import "fmt"

// words is how the words of a hardware wallet get onto its holder's paper and into
// the device, and nowhere else.
func (s *script) words() {
	d := s.plan.Device
	_, second := s.second()
	s.section = "Words"
	s.add(Step{
		Role: HolderRole, Person: d.Person, Title: fmt.Sprintf("%d words written down by %s", d.Words, d.Person),
		Text: "Alone at the screen: everybody else turns away or stands where they see neither screen nor paper. The program shows one word after the other, each until you press Enter. " +
			"Write each down with its number, in pencil or on steel, and read it again. Then the program asks for three of them.",
		Do: ShowWords,
	})
	s.add(Step{
		Role: HolderRole, Person: d.Person, Title: "words entered into the device, fingerprint compared",
		Text: "Enter the words into the device from your paper, without a passphrase. Let it show the fingerprint of its master key and, where it can, its multisig public key for P2WSH on this chain. " +
			"Type the fingerprint as the device shows it; the program then shows what it must be. Another one means a word that was written or entered wrong. " +
			"A BIP-39 passphrase is set on the device alone, later: it makes another key, whose record the device itself has to write.",
		Expect: []Fact{{"device", d.Text}}, Blanks: []string{"serial number, as the device shows it"}, Do: CompareDevice,
	})
	s.add(Step{
		Role: Witness, Person: second, Title: "words and device bagged apart",
		Text:   fmt.Sprintf("See %s put the words into one numbered bag and the device into another, and close both. They travel and lie apart. No other note of a word is left: look at the sheets below the one that was written on.", d.Person),
		Blanks: []string{"bag number of the words", "bag number of the device"},
	})
}
