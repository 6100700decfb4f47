package agents

import (
	"slices"
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/agent"
)

// line is one line of a change: added or removed.
type line struct {
	added bool
	text  string
}

// maxCompared bounds the comparison of two texts; longer ones are shown as replaced.
const maxCompared = 200_000

// linesOf are the lines that a change removes and adds.
func linesOf(c agent.Change) []line {
	from, to := split(c), split(agent.Change{Field: c.Field, Old: c.New})
	for len(from) > 0 && len(to) > 0 && from[0] == to[0] {
		from, to = from[1:], to[1:]
	}
	for len(from) > 0 && len(to) > 0 && from[len(from)-1] == to[len(to)-1] {
		from, to = from[:len(from)-1], to[:len(to)-1]
	}
	if len(from)*len(to) > maxCompared {
		return replaced(from, to)
	}
	return compare(from, to)
}

// split makes lines of the old text of a change; a list has one item per line.
func split(c agent.Change) []string {
	switch {
	case c.Old == "":
		return nil
	case c.Field == "capabilities" || strings.HasSuffix(c.Field, "_technologies"):
		return strings.Split(c.Old, ", ")
	}
	return strings.Split(c.Old, "\n")
}

func replaced(from, to []string) (out []line) {
	for _, t := range from {
		out = append(out, line{false, t})
	}
	for _, t := range to {
		out = append(out, line{true, t})
	}
	return out
}

// compare finds the shortest list of removed and added lines.
func compare(from, to []string) (out []line) {
	same := make([][]int, len(from)+1) // same[i][j] is how many lines from[i:] and to[j:] have in common
	for i := range same {
		same[i] = make([]int, len(to)+1)
	}
	for i := range slices.Backward(from) {
		for j := range slices.Backward(to) {
			if same[i][j] = max(same[i+1][j], same[i][j+1]); from[i] == to[j] {
				same[i][j] = same[i+1][j+1] + 1
			}
		}
	}
	i, j := 0, 0
	for i < len(from) && j < len(to) {
		switch {
		case from[i] == to[j]:
			i, j = i+1, j+1
		case same[i+1][j] >= same[i][j+1]:
			out, i = append(out, line{false, from[i]}), i+1
		default:
			out, j = append(out, line{true, to[j]}), j+1
		}
	}
	return append(out, replaced(from[i:], to[j:])...)
}
