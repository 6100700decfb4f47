// Package text bounds and cleans what comes from outside, so that a row, a page or a sentence can hold it, and writes
// durations and money the way people read them. All lengths are bytes.
package text

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// ellipsis stands where a sentence goes on.
const ellipsis = "…"

// Clean makes s valid UTF-8 without NUL, which neither database nor page would take; what was neither is � afterwards, so the
// result may be longer than s. Clean text stays as it is.
func Clean(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "�"), "\x00", "�")
}

// Line is s without blanks at its ends, or "" if nothing in s leaves a mark on a page, such as zero-width spaces. Names and titles go
// through it, because nobody can click on, or search for, one that is invisible.
func Line(s string) string {
	if !strings.ContainsFunc(s, leavesMark) {
		return ""
	}
	return strings.TrimSpace(s)
}

// leavesMark reports whether r is visible by itself. Hangul fillers and the blank Braille pattern are letters and symbols by their
// class, but draw nothing; marks and formatting characters need another character.
func leavesMark(r rune) bool {
	switch r {
	case 0x115F, 0x1160, 0x3164, 0xFFA0, 0x2800:
		return false
	}
	return unicode.In(r, unicode.L, unicode.N, unicode.P, unicode.S, unicode.Co)
}

// Cut is the beginning of s, at most n bytes, without half a character at its end. It cleans nothing: what is no text in s stays.
func Cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for i := n; i >= 0 && i > n-utf8.UTFMax; i-- {
		if utf8.RuneStart(s[i]) {
			return s[:i]
		}
	}
	return s[:n]
}

// Brief is Clean and Cut for other programs' words inside ours: at most n bytes, which end in … where there was more.
func Brief(s string, n int) string {
	brief := Clean(Cut(s, n))
	if len(s) <= n && len(brief) <= n {
		return brief
	}
	return Cut(brief, n-len(ellipsis)) + ellipsis
}

// Ends is the clean beginning and end of s, n bytes of s together, with a line between them that says how much is left out;
// all of it where s has no more. cut says whether anything is left out.
func Ends(s string, n int) (kept string, cut bool) {
	if len(s) <= n {
		return Clean(s), false
	}
	head, tail := Cut(s, n/2), s[len(s)-n/2:]
	for i := range min(utf8.UTFMax, len(tail)) {
		if utf8.RuneStart(tail[i]) {
			tail = tail[i:]
			break
		}
	}
	return Clean(fmt.Sprintf("%s\n… %d bytes left out …\n%s", head, len(s)-len(head)-len(tail), tail)), true
}
