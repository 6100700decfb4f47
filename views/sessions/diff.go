package sessions

import (
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
)

// maxDiffLines is how much of one file's diff a page shows; the patch contains the rest.
const maxDiffLines = 1500

// maxDiffLine is how many bytes of one line a page shows.
const maxDiffLine = 2000

// diffLine is one line of a unified diff. kind is "hunk", "add", "del" or "" for an unchanged line; mark is the changed middle of a line.
type diffLine struct {
	kind             string
	old, now         string
	before, mark, at string
}

// html is the line with its changed middle marked. White space is significant, so nothing may come between the pieces.
func (l diffLine) html() string {
	if l.mark == "" {
		return templ.EscapeString(l.before + l.at)
	}
	tag := "ins"
	if l.kind == "del" {
		tag = "del"
	}
	return templ.EscapeString(l.before) + "<" + tag + ">" + templ.EscapeString(l.mark) + "</" + tag + ">" + templ.EscapeString(l.at)
}

// parseDiff reads a unified diff; other text has no lines. cut is true if the diff has more lines than are returned.
func parseDiff(patch string) (lines []diffLine, cut bool) {
	var old, now int
	inHunk := false
	for raw := range strings.Lines(patch) {
		text := strings.TrimSuffix(strings.TrimSuffix(raw, "\n"), "\r")
		if strings.HasPrefix(text, "@@") {
			old, now, inHunk = hunkStart(text)
			lines = append(lines, diffLine{kind: "hunk", before: shown(text)})
			continue
		}
		if !inHunk || strings.HasPrefix(text, "diff --git ") {
			inHunk = false
			continue
		}
		if len(lines) >= maxDiffLines {
			return markWords(lines), true
		}
		switch {
		case strings.HasPrefix(text, "+"):
			lines = append(lines, diffLine{kind: "add", now: strconv.Itoa(now), before: shown(text[1:])})
			now++
		case strings.HasPrefix(text, "-"):
			lines = append(lines, diffLine{kind: "del", old: strconv.Itoa(old), before: shown(text[1:])})
			old++
		case strings.HasPrefix(text, "\\"):
			lines = append(lines, diffLine{before: shown(text)})
		default:
			lines = append(lines, diffLine{old: strconv.Itoa(old), now: strconv.Itoa(now), before: shown(strings.TrimPrefix(text, " "))})
			old, now = old+1, now+1
		}
	}
	return markWords(lines), false
}

// shown limits a line, because a file can be one line of megabytes.
func shown(s string) string {
	if len(s) > maxDiffLine {
		return text.Cut(s, maxDiffLine) + "…"
	}
	return strings.ToValidUTF8(s, "�")
}

// hunkStart reads "@@ -38,10 +38,19 @@".
func hunkStart(s string) (old, now int, ok bool) {
	f := strings.Fields(s)
	if len(f) < 3 {
		return 0, 0, false
	}
	number := func(s string) int {
		s, _, _ = strings.Cut(strings.TrimLeft(s, "+-"), ",")
		n, _ := strconv.Atoi(s)
		return n
	}
	return number(f[1]), number(f[2]), true
}

// markWords finds the changed words in lines that were replaced one by one.
func markWords(lines []diffLine) []diffLine {
	for i := 0; i < len(lines); {
		dels := run(lines, i, "del")
		adds := run(lines, i+dels, "add")
		if dels > 0 && dels == adds {
			for k := range dels {
				markPair(&lines[i+k], &lines[i+dels+k])
			}
		}
		i += max(1, dels+adds)
	}
	return lines
}

func run(lines []diffLine, from int, kind string) int {
	n := 0
	for from+n < len(lines) && lines[from+n].kind == kind {
		n++
	}
	return n
}

// markPair marks the middle in which two lines differ, unless 60 percent or more changed.
func markPair(del, add *diffLine) {
	a, b := []rune(del.before), []rune(add.before)
	p := 0
	for p < len(a) && p < len(b) && a[p] == b[p] {
		p++
	}
	s := 0
	for s < len(a)-p && s < len(b)-p && a[len(a)-1-s] == b[len(b)-1-s] {
		s++
	}
	if changed := max(len(a), len(b)) - p - s; changed*10 >= max(len(a), len(b))*6 {
		return
	}
	del.before, del.mark, del.at = string(a[:p]), string(a[p:len(a)-s]), string(a[len(a)-s:])
	add.before, add.mark, add.at = string(b[:p]), string(b[p:len(b)-s]), string(b[len(b)-s:])
}

// tally counts the lines that a diff adds and removes.
func tally(patch string) (added, deleted int) {
	inHunk := false
	for line := range strings.Lines(patch) {
		switch {
		case strings.HasPrefix(line, "@@"):
			inHunk = true
		case inHunk && strings.HasPrefix(line, "+"):
			added++
		case inHunk && strings.HasPrefix(line, "-"):
			deleted++
		}
	}
	return added, deleted
}

// pair is one row of a side-by-side diff.
type pair struct{ left, right diffLine }

// sideBySide puts each line next to the one that replaced it.
func sideBySide(lines []diffLine) []pair {
	var rows []pair
	for i := 0; i < len(lines); {
		dels := run(lines, i, "del")
		adds := run(lines, i+dels, "add")
		if dels+adds == 0 {
			rows = append(rows, pair{lines[i], lines[i]})
			i++
			continue
		}
		for k := range max(dels, adds) {
			var p pair
			p.left.kind, p.right.kind = "nil", "nil"
			if k < dels {
				p.left = lines[i+k]
			}
			if k < adds {
				p.right = lines[i+dels+k]
			}
			rows = append(rows, p)
		}
		i += dels + adds
	}
	return rows
}
