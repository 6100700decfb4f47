package loop

import "strings"

// scanner copies a text without what differs between two runs of the same program and means nothing: durations, times of day,
// addresses, process numbers, temporary names. It is written by hand because it reads the result of every tool call.
type scanner struct {
	in  string
	at  int
	out strings.Builder
}

// normal removes from a result what is meaningless. Blanks become one.
func normal(s string) string {
	if len(s) > mostCompared {
		s = s[:mostCompared/2] + s[len(s)-mostCompared/2:]
	}
	n := scanner{in: s}
	n.out.Grow(len(s))
	for n.at < len(s) {
		n.step()
	}
	return strings.TrimSpace(n.out.String())
}

func (n *scanner) step() {
	c := n.in[n.at]
	switch {
	case isBlank(c):
		n.at = after(n.in, n.at, isBlank)
		n.out.WriteByte(' ')
	case c == '/' && strings.HasPrefix(n.in[n.at:], "/tmp/"):
		n.skip(after(n.in, n.at, isPath))
	case isDigit(c) && !n.inWord():
		n.number()
	default:
		n.out.WriteByte(c)
		n.at++
	}
}

// skip leaves out the text up to an index.
func (n *scanner) skip(to int) {
	n.out.WriteByte('#')
	n.at = to
}

// inWord reports whether the text before belongs to the same word.
func (n *scanner) inWord() bool {
	return n.at > 0 && (isLetter(n.in[n.at-1]) || isDigit(n.in[n.at-1]) || n.in[n.at-1] == '_')
}

// number copies a number, unless it is an address, a date, a time, a duration, or the number of a process.
func (n *scanner) number() {
	if strings.HasPrefix(n.in[n.at:], "0x") {
		n.skip(after(n.in, n.at+2, isHex))
		return
	}
	end := after(n.in, n.at, isStamp)
	stamp := strings.TrimRight(n.in[n.at:end], ".:-")
	end = n.at + len(stamp)
	if strings.Count(stamp, ":") >= 2 || strings.Count(stamp, "-") == 2 && len(stamp) >= 8 {
		if end+1 < len(n.in) && n.in[end] == 'T' && isDigit(n.in[end+1]) {
			end = after(n.in, end+1, isStamp)
		}
		if end < len(n.in) && n.in[end] == 'Z' {
			end++
		}
		n.skip(end)
		return
	}
	end = after(n.in, n.at, func(c byte) bool { return isDigit(c) || c == '.' })
	if unit := n.unitAfter(end); unit > 0 {
		n.skip(unit)
		return
	}
	if n.namesProcess() {
		n.skip(end)
		return
	}
	n.out.WriteString(n.in[n.at:end])
	n.at = end
}

// unitAfter is the end of a unit of time at an index; 0 if there is none.
func (n *scanner) unitAfter(i int) int {
	if i < len(n.in) && n.in[i] == ' ' {
		i++
	}
	end := after(n.in, i, func(c byte) bool { return isLetter(c) || c >= 0x80 })
	switch n.in[i:end] {
	case "ns", "µs", "us", "ms", "s", "sec", "secs", "second", "seconds", "m", "min", "minutes", "h":
		return end
	}
	return 0
}

// namesProcess reports whether the word before is one that a process or a thread number follows.
func (n *scanner) namesProcess() bool {
	before := strings.TrimRight(n.in[max(0, n.at-12):n.at], " =:")
	for _, word := range []string{"goroutine", "pid", "PID", "process", "tid", "thread"} {
		if strings.HasSuffix(before, word) {
			return true
		}
	}
	return false
}

// withoutNumbers is a normal text without any number.
func withoutNumbers(s string) string {
	var out strings.Builder
	out.Grow(len(s))
	for i := 0; i < len(s); {
		if isDigit(s[i]) {
			out.WriteByte('#')
			i = after(s, i, isDigit)
			continue
		}
		out.WriteByte(s[i])
		i++
	}
	return out.String()
}

// oneLine is a text with single blanks.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// after is the index after the bytes from i for which is holds.
func after(s string, i int, is func(byte) bool) int {
	for i < len(s) && is(s[i]) {
		i++
	}
	return i
}

func isBlank(c byte) bool  { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }
func isDigit(c byte) bool  { return c >= '0' && c <= '9' }
func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }
func isHex(c byte) bool    { return isDigit(c) || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F' }
func isStamp(c byte) bool  { return isDigit(c) || c == '.' || c == ':' || c == '-' }
func isPath(c byte) bool   { return !isBlank(c) && !strings.ContainsRune("\"':,)", rune(c)) }
