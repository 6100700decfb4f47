package audit

import (
	"fmt"
	"slices"
)

// Verifier holds a chain against its seals, an entry after the other in the order of their places.
type Verifier struct {
	mac   MAC
	chain string
	// outside is the head that is kept outside of the database.
	outside Head
	last    Head
	// gap is set after places that are empty: the next entry's link is gone with them.
	gap bool
	// suspects are entries whose seal does not fit, links the seals that stand around them.
	suspects []Entry
	links    []string
	findings []string
	more     int64
}

// maxSuspects bounds how many entries are looked at for having changed places; further ones are only said to be changed.
// maxFindings bounds how many are told one by one.
const (
	maxSuspects = 64
	maxFindings = 200
)

// NewVerifier begins at a chain's first entry. outside is the head as it is known outside of the database; zero when it is not.
func NewVerifier(mac MAC, chain string, outside Head) *Verifier {
	return &Verifier{mac: mac, chain: chain, outside: outside}
}

// Next takes the next entry by its place.
func (v *Verifier) Next(e Entry) {
	switch want := v.last.N + 1; {
	case e.N < want:
		v.find("Entry %d (%s) stands twice.", e.N, e.name())
		return
	case e.N > want:
		v.missing(want, e.N-1, "removed")
		v.gap = true
	}
	if !v.gap && !sealed(v.mac, v.chain, v.last.Mac, e.N, e) {
		v.suspect(e)
	}
	if e.N == v.outside.N && e.Mac != v.outside.Mac {
		v.find("Entry %d (%s) is not the one that is known outside of the database.", e.N, e.name())
	}
	v.gap, v.last = false, Head{N: e.N, Mac: e.Mac}
}

// End compares the chain's end with the head that the database holds and the one outside, and gives what was found; nil is a whole chain.
func (v *Verifier) End(inside Head) []string {
	switch {
	case inside.N > v.last.N:
		v.missing(v.last.N+1, inside.N, "cut off")
	case inside.N < v.last.N:
		v.find("The head says %d entries, but there are %d: it was set back.", inside.N, v.last.N)
	case inside.Mac != v.last.Mac:
		v.find("The head does not fit entry %d, the last one.", v.last.N)
	}
	if known := max(v.last.N, inside.N); v.outside.N > known {
		v.missing(known+1, v.outside.N, "cut off, with the head set back")
	}
	for _, e := range v.suspects {
		if what := v.what(e); what != "" {
			v.find("Entry %d (%s) was %s.", e.N, e.name(), what)
		}
	}
	if v.more > 0 {
		v.findings = append(v.findings, fmt.Sprintf("There is more: %d further entries do not fit.", v.more))
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

// what tells an entry that stands at another's place from one that was changed: with the seals that stand around it, it fits
// there. One that fits where it stands is itself as it was: only the one before it is not.
func (v *Verifier) what(e Entry) string {
	for _, at := range v.suspects {
		for _, before := range v.links {
			switch fits := Seal(v.mac, v.chain, Head{N: at.N - 1, Mac: before}, e).Mac; {
			case !slices.Contains(v.links, fits):
			case at.N == e.N:
				return ""
			default:
				return fmt.Sprintf("moved: its place is %d", at.N)
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

// name tells an entry to who reads a finding.
func (e Entry) name() string {
	return fmt.Sprintf("%s, %s, %s", e.ID, e.At.UTC().Format("2006-01-02 15:04:05"), e.Verb)
}
