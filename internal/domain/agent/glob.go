package agent

import "strings"

// glob is a pattern of a rule, as OpenCode reads it.
type glob string

// parts are the plain patterns whose union the glob is: one that ends in " *" also matches without its end.
func (g glob) parts() []string {
	if head, ok := strings.CutSuffix(string(g), " *"); ok {
		return []string{string(g), head}
	}
	return []string{string(g)}
}

// matches reports whether a text is in the glob's language.
func (g glob) matches(s string) bool {
	for _, p := range g.parts() {
		if reads([]rune(p), []rune(s)) {
			return true
		}
	}
	return false
}

// reads reports whether a plain pattern reads a whole text. What stands between two stars is found as far left as possible, so only the
// last star ever has to read more.
func reads(p, s []rune) bool {
	i, j, star, from := 0, 0, -1, 0
	for j < len(s) {
		switch {
		case i < len(p) && p[i] == '*':
			star, from = i, j
			i++
		case i < len(p) && (p[i] == '?' || p[i] == s[j]):
			i, j = i+1, j+1
		case star >= 0:
			from++
			i, j = star+1, from
		default:
			return false
		}
	}
	for i < len(p) && p[i] == '*' {
		i++
	}
	return i == len(p)
}

// covers reports whether g surely matches all that o matches. It can be false for two globs where that is hard to see.
func (g glob) covers(o glob) bool {
	for _, part := range o.parts() {
		if !g.coversPart([]rune(part)) {
			return false
		}
	}
	return true
}

func (g glob) coversPart(o []rune) bool {
	for _, p := range g.parts() {
		if coversPlain([]rune(p), o) {
			return true
		}
	}
	return false
}

// coversPlain reads the pattern o like a text, in which a star is a sign that only a star reads.
func coversPlain(pattern, o []rune) bool {
	at := make([]bool, len(o)+1) // at[i]: the pattern so far can have read o[:i]
	at[0] = true
	for _, p := range pattern {
		next := make([]bool, len(o)+1)
		for i := range at {
			switch {
			case p == '*':
				next[i] = at[i] || i > 0 && next[i-1]
			case i > 0:
				next[i] = at[i-1] && o[i-1] != '*' && (p == '?' || p == o[i-1])
			}
		}
		at = next
	}
	return at[len(o)]
}

// overlaps reports whether some text is in both languages.
func (g glob) overlaps(o glob) bool {
	for _, a := range g.parts() {
		for _, b := range o.parts() {
			if meet([]rune(a), []rune(b)) {
				return true
			}
		}
	}
	return false
}

// meet reports whether two plain patterns match a common text: both, a star being empty or one sign more, have to come to their ends.
func meet(a, b []rune) bool {
	at := make([][]bool, len(a)+1)
	for i := range at {
		at[i] = make([]bool, len(b)+1)
	}
	at[0][0] = true
	for i := 0; i <= len(a); i++ {
		for j := 0; j <= len(b); j++ {
			if !at[i][j] {
				continue
			}
			starA, starB := i < len(a) && a[i] == '*', j < len(b) && b[j] == '*'
			if starA {
				at[i+1][j] = true
			}
			if starB {
				at[i][j+1] = true
			}
			if starA && j < len(b) {
				at[i][j+1] = true // the star reads b's sign
			}
			if starB && i < len(a) {
				at[i+1][j] = true
			}
			if i < len(a) && j < len(b) && (a[i] == b[j] || a[i] == '?' || b[j] == '?') {
				at[i+1][j+1] = true
			}
		}
	}
	return at[len(a)][len(b)]
}
