package prose

import (
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
)

// What of an output a page shows: enough to read, never enough to hold the page up.
const (
	maxLine = 2000
	headLen = 12 << 10
	tailLen = 6 << 10
)

// Shorten keeps the head and the tail of a long output and cuts endless lines; cut says whether anything is left out.
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

// cutFront is at most the last n bytes of s, begun at a line where there is one.
func cutFront(s string, n int) string {
	s = s[len(s)-n:]
	if i := strings.IndexByte(s, '\n'); i >= 0 && i < n-1 {
		return s[i+1:]
	}
	return strings.ToValidUTF8(s, "")
}

// cutLines bounds each line: one line of megabytes would be laid out as one box.
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
