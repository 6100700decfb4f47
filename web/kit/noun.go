package kit

import "strings"

// nounsOfTeam and nounsOfConsole name what an address is about by the list that its thing belongs to.
var (
	nounsOfTeam = map[string]string{"sessions": "session", "agents": "agent", "repositories": "repository", "providers": "provider", "people": "person",
		"invitations": "invitation", "tokens": "token"}
	nounsOfConsole = map[string]string{"tenants": "team", "users": "person"}
)

// nounAt names what an address is about by its shape alone, so that a missing thing, another team's thing and a missing team
// read the same.
func nounAt(path string) string {
	noun, p := "", strings.Split(strings.Trim(path, "/"), "/")
	switch {
	case len(p) >= 4 && p[0] == "t":
		noun = nounsOfTeam[p[2]]
	case len(p) >= 3 && p[0] == "admin":
		noun = nounsOfConsole[p[1]]
	}
	if noun == "" {
		return "page"
	}
	return noun
}
