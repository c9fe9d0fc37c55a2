package policy

// Explain says in plain English what a vault leaves out of the strict rules for
// the machines that hold keys, and what is left of them, as a section beside
// those of the policy's own Explain.
func (w Workstation) Explain() Section {
	s := Section{Title: "The machines that hold keys"}
	for _, x := range []struct {
		allowance    Allowance
		out, instead string
	}{
		{AllowFiles, "A share of a key may be sealed to a passphrase or to a key in a file. Whoever copies the file can go on trying what opens it, unseen.",
			"A share of a key is sealed to a thing that its holder has and that asks for a PIN or a finger, and to nothing else."},
		{AllowUnwitnessed, "Holders may open a key without a witness.",
			"A key opens only when a witness has signed that its holders were there in person."},
		{AllowNetwork, "A key may open while a network interface of the machine is up.",
			"A key opens only while no network interface of the machine is up."},
		{AllowSystemGenerator, "A key may be made with the operating system's random numbers alone, beside what people roll.",
			"A key is made with random numbers by a generator that follows NIST SP 800-90A, beside what people roll."},
		{AllowUnreviewed, "A key may be made by a build of the program that nobody has reviewed and signed.",
			"A key is made only by a build of the program that two people have reviewed and signed."},
		{AllowClearWords, "A share may be printed in clear words. Whoever sees the paper has the share.",
			"No share is ever printed in clear words."},
	} {
		if w.Allowed(x.allowance) {
			s.say("%s", x.out)
		} else {
			s.say("%s", x.instead)
		}
	}
	return s
}
