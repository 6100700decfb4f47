package ui

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/a-h/templ"
)

// Exact shows a text as it is, sign by sign: characters that a reader would not see, or that would change how others are shown, are
// written as their number, such as U+202E.
func Exact(s string) templ.Component { return templ.Raw(exactHTML(s)) }

func exactHTML(s string) string {
	var b strings.Builder
	from := 0
	for i, r := range s {
		if !isUnseen(r) {
			continue
		}
		b.WriteString(templ.EscapeString(s[from:i]))
		fmt.Fprintf(&b, `<mark class="unseen">U+%04X</mark>`, r)
		from = i + len(string(r))
	}
	b.WriteString(templ.EscapeString(s[min(from, len(s)):]))
	return b.String()
}

// Unseen reports whether Exact writes a character of s as its number.
func Unseen(s string) bool { return strings.ContainsFunc(s, isUnseen) }

// isUnseen reports whether r has no form of its own, or looks like a blank and is none.
func isUnseen(r rune) bool {
	switch r {
	case ' ', '\n', '\t':
		return false
	case '\u115F', '\u1160', '\u2800', '\u3164', '\uFFA0':
		return true
	}
	return unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zs, unicode.Zl, unicode.Zp, unicode.Variation_Selector)
}

// rowSigns and rowLines are the largest subject of an approval that a row of a list shows.
const rowSigns, rowLines = 600, 10

// FitsRow reports whether a row of a list shows s whole. What does not fit is only linked to.
func FitsRow(s string) bool {
	return len([]rune(s)) <= rowSigns && strings.Count(s, "\n") < rowLines
}
