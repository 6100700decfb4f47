package prose

import "strings"

// The time to parse Markdown grows with the square of the marks in a paragraph and with the depth of nested blocks. Nobody writes
// text beyond these limits for people.
const (
	maxKnots = 5000 * 5000
	maxDepth = 64
)

// isKnotted reports whether parsing s as Markdown would delay the page.
func isKnotted(s string) bool {
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

// depth counts the nested quotes and lists that a line opens.
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
