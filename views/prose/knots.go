package prose

import "strings"

// Reading markdown takes time with the square of the marks in a paragraph and with how deep blocks lie in each other. What
// goes beyond these is not written by anybody for reading.
const (
	maxKnots = 5000 * 5000
	maxDepth = 64
)

// knotted says whether reading s as markdown would hold up the page.
func knotted(s string) bool {
	knots, marks := 0, 0
	for line := range strings.Lines(s) {
		if strings.TrimSpace(line) == "" {
			knots, marks = knots+marks*marks, 0
			continue
		}
		if depth(line) > maxDepth {
			return true
		}
		marks += countMarks(line)
	}
	return knots+marks*marks > maxKnots
}

func countMarks(line string) (n int) {
	for _, c := range []byte(line) {
		switch c {
		case '*', '_', '~', '[', ']', '!', '<', '`', '(':
			n++
		}
	}
	return n
}

// depth is how many quotes and lists a line opens, one in the other.
func depth(line string) (n int) {
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == ' ' || c == '\t' || c >= '0' && c <= '9':
		case c == '>' || c == '-' || c == '+' || c == '*' || c == '.' || c == ')':
			n++
		default:
			return n
		}
	}
	return n
}
