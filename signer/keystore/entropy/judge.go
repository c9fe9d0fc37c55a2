package entropy

// Level is how far rolls are from what chance gives. The zero value is no
// judgement.
type Level int

const (
	// Plain rolls show nothing that chance doesn't.
	Plain Level = 1 + iota
	// Suspect rolls fall so once in 1,000 for each test: worth a question.
	Suspect
	// Refused rolls fall so once in 5,000,000 for each test: nobody rolled
	// them, or the die is loaded.
	Refused
)

// String returns "plain", "suspect" or "refused".
func (l Level) String() string {
	switch l {
	case Plain:
		return "plain"
	case Suspect:
		return "suspect"
	case Refused:
		return "refused"
	}
	return "not judged"
}

// Finding is one test that rolls did not pass. It says no more about them than
// its sentence does.
type Finding struct {
	Level Level  // Suspect or Refused
	What  string // "some faces come up too often"
}

// Verdict is what the tests found. The zero value judged nothing.
type Verdict struct {
	judged   bool
	findings []Finding
}

// Level returns the worst level found.
func (v Verdict) Level() Level {
	if !v.judged {
		return 0
	}
	worst := Plain
	for _, f := range v.findings {
		worst = max(worst, f.Level)
	}
	return worst
}

// Findings returns what was found, in the order of the tests.
func (v Verdict) Findings() []Finding { return append([]Finding(nil), v.findings...) }

// Worst returns the sentence of the first finding of the worst level, or
// nothing.
func (v Verdict) Worst() string {
	for _, f := range v.findings {
		if f.Level == v.Level() {
			return f.What
		}
	}
	return ""
}

func (v *Verdict) add(l Level, what string) {
	if l > Plain {
		v.findings = append(v.findings, Finding{l, what})
	}
}

// Judge tests whether chance alone could have made the contribution. Rolls,
// flips and hex digits pass five tests:
//
//	faces    chi-square over how often each face came up
//	steps    the same over the step from each roll to the next, modulo the
//	         number of faces: pairs that chance makes are as even as faces
//	equals   how rarely a face comes up twice in a row (people avoid it)
//	run      the longest run of one face
//	repeat   the longest stretch that comes twice
//
// A file's hex digits pass these as a die of sixteen faces, and its bytes a
// sixth, the longest run of one step, which finds counters.
//
// Cards pass two: cards that lie beside their neighbour of a new deck, and a
// stretch that comes again in another deck. Faces and steps have thresholds
// that are stated in limits.go, all others compare whole numbers with an exact
// probability or a bound above it. A wiped contribution gets the zero verdict.
func (c *Contribution) Judge() Verdict {
	if c == nil || c.secret == nil {
		return Verdict{}
	}
	switch c.source {
	case Cards:
		return judgeCards(decks(c.secret().faces))
	case File:
		return judgeDigits(c.secret().faces)
	}
	return judgeRolls(c.secret().faces, c.source.kind().faces)
}

func judgeRolls(rolls []byte, faces int) Verdict {
	v := Verdict{judged: true}
	between := steps(rolls, faces)
	defer clear(between)
	v.addCounts(rolls, faces, "some faces come up too often", "the faces come up too evenly")
	v.addCounts(between, faces, "some steps from roll to roll come too often", "the steps from roll to roll come too evenly")
	v.add(equalsLevel(between, faces), "too few rolls are like the one before")
	v.add(stretchLevel(len(rolls), longestRun(rolls)-1, faces), "one face comes up too many times in a row")
	pairs := len(rolls) * (len(rolls) - 1) / 2
	v.add(stretchLevel(pairs, longestRepeat(rolls), faces), "a long stretch comes twice")
	return v
}

// judgeDigits judges bytes by their hex digits, of which there are two a byte.
func judgeDigits(digits []byte) Verdict {
	v := judgeRolls(digits, hexFaces)
	b := make([]byte, len(digits)/2)
	defer clear(b)
	for i := range b {
		b[i] = digits[2*i]<<4 | digits[2*i+1]
	}
	v.add(stretchLevel(len(b), longestRun(steps(b, byteFaces))-1, byteFaces), "the bytes count up or down")
	return v
}

func (v *Verdict) addCounts(rolls []byte, faces int, uneven, even string) {
	if len(rolls) < fewestCounted {
		return
	}
	l, tooEven := countsLevel(rolls, faces)
	if tooEven {
		v.add(l, even)
		return
	}
	v.add(l, uneven)
}

func judgeCards(all [][]byte) Verdict {
	v := Verdict{judged: true}
	v.add(neighboursLevel(all), "too many cards lie beside their neighbour of a new deck")
	v.add(againLevel(all), "a stretch comes again in another deck")
	return v
}
