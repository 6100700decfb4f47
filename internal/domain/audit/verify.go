package audit

import (
	"fmt"
	"slices"
)

// Verifier checks the seals of a chain, entry by entry in the order of their positions.
type Verifier struct {
	mac   MAC
	chain string
	// outside is the head that is stored outside the database.
	outside Head
	// lost is the last entry that was sealed with a lost key.
	lost Head
	last Head
	// gap is set after missing entries, because the next entry cannot be checked without the seal before it.
	gap bool
	// suspects are entries with a wrong seal, links the seals next to them.
	suspects []Entry
	links    []string
	findings []string
	more     int64
}

// maxSuspects is the number of entries that are checked for a changed position; further ones are reported as changed.
// maxFindings is the number of findings that are listed individually.
const (
	maxSuspects = 64
	maxFindings = 200
)

// NewVerifier starts at a chain's first entry. outside is the head that is stored outside the database; zero if there is none.
func NewVerifier(mac MAC, chain string, outside Head) *Verifier {
	return &Verifier{mac: mac, chain: chain, outside: outside}
}

// SkipLost leaves out the seals up to an entry, because their key is lost. Call it before Next.
func (v *Verifier) SkipLost(last Head) { v.lost = last }

// Next checks the next entry by position.
func (v *Verifier) Next(e Entry) {
	switch want := v.last.N + 1; {
	case e.N < want:
		v.find("Entry %d (%s) appears twice.", e.N, e.name())
		return
	case e.N > want:
		v.missing(want, e.N-1, "removed")
		v.gap = true
	}
	switch {
	case e.N < v.lost.N:
	case e.N == v.lost.N:
		if e.Mac != v.lost.Mac {
			v.find("Entry %d (%s), the last one of the lost key, has another seal.", e.N, e.name())
		}
	case !v.gap && !hasSeal(v.mac, v.chain, v.last.Mac, e.N, e):
		v.suspect(e)
	}
	if e.N == v.outside.N && e.Mac != v.outside.Mac {
		v.find("Entry %d (%s) does not match the copy of its seal outside the database.", e.N, e.name())
	}
	v.gap, v.last = false, Head{N: e.N, Mac: e.Mac}
}

// Last is the position and the seal of the last entry so far.
func (v *Verifier) Last() Head { return v.last }

// End compares the end of the chain with the heads inside and outside the database and returns the findings; nil means that the
// chain is intact.
func (v *Verifier) End(inside Head) []string {
	switch {
	case inside.N > v.last.N:
		v.missing(v.last.N+1, inside.N, "cut off")
	case inside.N < v.last.N:
		v.find("The head was reset: it records %d entries, but there are %d.", inside.N, v.last.N)
	case inside.Mac != v.last.Mac:
		v.find("The head does not match entry %d, the last one.", v.last.N)
	}
	if end := max(v.last.N, inside.N); v.outside.N > end {
		v.missing(end+1, v.outside.N, "cut off, and the head was reset")
	}
	for _, e := range v.suspects {
		if what := v.classify(e); what != "" {
			v.find("Entry %d (%s) was %s.", e.N, e.name(), what)
		}
	}
	if v.more > 0 {
		v.findings = append(v.findings, fmt.Sprintf("%d further entries have wrong seals.", v.more))
	}
	return v.findings
}

func (v *Verifier) suspect(e Entry) {
	if len(v.suspects) >= maxSuspects {
		v.find("Entry %d (%s) was changed.", e.N, e.name())
		return
	}
	v.suspects = append(v.suspects, e)
	v.links = append(v.links, v.last.Mac, e.Mac)
}

// classify says whether an entry was moved or changed. A moved entry has a correct seal at another position. An entry with a
// correct seal at its own position is unchanged (""): only the one before it is not.
func (v *Verifier) classify(e Entry) string {
	for _, at := range v.suspects {
		for _, before := range v.links {
			switch fits := Seal(v.mac, v.chain, Head{N: at.N - 1, Mac: before}, e).Mac; {
			case !slices.Contains(v.links, fits):
			case at.N == e.N:
				return ""
			default:
				return fmt.Sprintf("moved from position %d", at.N)
			}
		}
	}
	return "changed"
}

func (v *Verifier) missing(from, to int64, how string) {
	if from == to {
		v.find("Entry %d was %s.", from, how)
		return
	}
	v.find("Entries %d to %d were %s.", from, to, how)
}

func (v *Verifier) find(format string, args ...any) {
	if len(v.findings) >= maxFindings {
		v.more++
		return
	}
	v.findings = append(v.findings, fmt.Sprintf(format, args...))
}

// name identifies an entry in a finding.
func (e Entry) name() string {
	return fmt.Sprintf("%s, %s, %s", e.ID, e.At.UTC().Format("2006-01-02 15:04:05"), e.Verb)
}
