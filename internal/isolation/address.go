package isolation

import (
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
)

// whose says from which team a parameter of a path is taken.
type whose int

const (
	mine whose = iota
	theirs
	nobodys
)

// nowhere is an ID of a team that does not exist.
const nowhere = "no-such-team"

// words returns the parameters of a path, each named by the path segment before it: the ID in /sessions/:id belongs to a session.
func words(path string) (out []string) {
	parts := strings.Split(path, "/")
	for i, p := range parts {
		if strings.HasPrefix(p, ":") {
			out = append(out, parts[i-1])
		}
	}
	return out
}

// fill replaces each parameter of a path with an ID.
func (c Check) fill(path string, from []whose) string {
	parts := strings.Split(path, "/")
	n := 0
	for i, p := range parts {
		if strings.HasPrefix(p, ":") {
			parts[i] = c.id(parts[i-1], from[n])
			n++
		}
	}
	return strings.Join(parts, "/")
}

func (c Check) id(word string, of whose) string {
	team := map[whose]Team{mine: c.Mine, theirs: c.Theirs, nobodys: {Slug: nowhere}}[of]
	switch {
	case word == "t":
		return team.Slug
	case of == nobodys && c.Theirs.IDs[word] == c.Theirs.Slug:
		return nowhere
	case of == nobodys && c.Theirs.IDs[word] != "" && !ids.MatchString(c.Theirs.IDs[word]):
		return "no-" + c.Theirs.IDs[word] // in the same format
	case of == nobodys:
		return id.New()
	}
	if team.IDs[word] == "" { // only in the console, which checks the user before the path
		word = "sessions"
	}
	return team.IDs[word]
}

// own uses the asker's team for every parameter.
func own(path string) []whose { return make([]whose, len(words(path))) }

// foreign returns all combinations in which at least one parameter belongs to another team.
func foreign(path string) (out [][]whose) {
	n := len(words(path))
	for bits := 1; bits < 1<<n; bits++ {
		from := make([]whose, n)
		for i := range from {
			from[i] = whose(bits >> i & 1)
		}
		out = append(out, from)
	}
	return out
}

// gone returns from with IDs that do not exist instead of another team's.
func gone(from []whose) []whose {
	out := make([]whose, len(from))
	for i, w := range from {
		if out[i] = w; w == theirs {
			out[i] = nobodys
		}
	}
	return out
}

// complete returns an error if a route cannot be requested, so that none is skipped silently.
func (c Check) complete() error {
	for _, r := range c.Routes {
		for _, word := range words(r.Path) {
			if word != "t" && r.Action != tenant.AdminOnly && (c.Theirs.IDs[word] == "" || c.Mine.IDs[word] == "") {
				return fault.New(fault.Invalid, "%s %s needs an ID after /%s/, and the two teams in the isolation check have none. For each team, add one to IDs[%q].", r.Method, r.Path, word, word)
			}
		}
	}
	return nil
}
