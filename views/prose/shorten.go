package prose

import (
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
)

// The part of an output that a page shows: enough to read, never so much that it delays the page.
const (
	maxLine = 2000
	headLen = 12 << 10
	tailLen = 6 << 10
)

// Shorten keeps the head and the tail of a long output and cuts very long lines; cut is true if anything is omitted.
func Shorten(s string) (head, tail string, cut bool) {
	if len(s) > headLen+tailLen {
		head, tail, cut = text.Cut(s, headLen), cutFront(s, tailLen), true
	} else {
		head = s
	}
	head, a := cutLines(head)
	tail, b := cutLines(tail)
	return head, tail, cut || a || b
}

// cutFront returns at most the last n bytes of s, from the start of a line if there is one.
func cutFront(s string, n int) string {
	s = s[len(s)-n:]
	if i := strings.IndexByte(s, '\n'); i >= 0 && i < n-1 {
		return s[i+1:]
	}
	return strings.ToValidUTF8(s, "")
}

// cutLines limits each line: a line of megabytes would be laid out as one box.
func cutLines(s string) (string, bool) {
	if len(s) <= maxLine {
		return s, false
	}
	var b strings.Builder
	cut := false
	for line := range strings.Lines(s) {
		if len(line) > maxLine {
			line, cut = text.Cut(line, maxLine)+"…\n", true
		}
		b.WriteString(line)
	}
	return b.String(), cut
}
