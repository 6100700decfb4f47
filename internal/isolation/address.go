package isolation

import (
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
)

// whose says which team each parameter of an address is taken from.
type whose int

const (
	mine whose = iota
	theirs
	nobodys
)

// nowhere is a team that does not exist.
const nowhere = "no-such-team"

// words are the parameters of a path, each named by the word before it: an id in /sessions/:id is a session's.
func words(path string) (out []string) {
	parts := strings.Split(path, "/")
	for i, p := range parts {
		if strings.HasPrefix(p, ":") {
			out = append(out, parts[i-1])
		}
	}
	return out
}

// fill writes a path with an id for each parameter.
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
		return "no-" + c.Theirs.IDs[word] // of the same form
	case of == nobodys:
		return id.New()
	}
	if team.IDs[word] == "" { // only of the console, which asks who one is before what
		word = "sessions"
	}
	return team.IDs[word]
}

// own takes every parameter from the asker's team.
func own(path string) []whose { return make([]whose, len(words(path))) }

// foreign are the ways in which at least one parameter is another team's.
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

// gone is from with what does not exist in place of another team's.
func gone(from []whose) []whose {
	out := make([]whose, len(from))
	for i, w := range from {
		if out[i] = w; w == theirs {
			out[i] = nobodys
		}
	}
	return out
}

// complete says which route could not be asked for, so that none is left out in silence.
func (c Check) complete() error {
	for _, r := range c.Routes {
		for _, word := range words(r.Path) {
			if word != "t" && r.Action != tenant.AdminOnly && (c.Theirs.IDs[word] == "" || c.Mine.IDs[word] == "") {
				return fault.New(fault.Invalid, "%s %s takes an id after /%s/, and the two teams of the isolation check have none: give each of them one in IDs[%q].", r.Method, r.Path, word, word)
			}
		}
	}
	return nil
}
