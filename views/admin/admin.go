// Package admin renders the admins' console: figures about teams and people, never a team's content.
package admin

import (
	"net/url"
	"strings"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/views/ui"
)

// Teams is the page of all teams.
type Teams struct {
	Counts  quota.TeamCounts
	Rows    []quota.Team
	Filter  quota.TeamFilter
	Version string
	// Asked are the open requests for more budget, oldest first. Request is the ID of one whose form had errors: Faults and Typed
	// are its errors and its values.
	Asked   []Asked
	Request string
	Faults  ui.Faults
	Typed   map[string]string
	// Streams counts the open live streams.
	Streams int64
	// Newer and Older are the URLs of the previous and the next page; empty for none.
	Newer, Older string
	Now          time.Time
}

// Asked is a team's request for more budget. Paused counts the sessions that wait for it.
type Asked struct {
	Team    quota.Team
	Paused  int64
	Request quota.Request
}

// what names the requested limits with their current and their requested values.
func (a Asked) what() string {
	var parts []string
	if w := a.Request.Wanted.Tokens; w != nil {
		parts = append(parts, "tokens per month, "+limitWord(a.Team.Budget.Max.Tokens, ui.Rough)+" to "+ui.Rough(*w))
	}
	if w := a.Request.Wanted.Cost; w != nil {
		parts = append(parts, "cost per month, "+limitWord(a.Team.Budget.Max.Cost, ui.Money)+" to "+ui.Money(*w))
	}
	return a.Team.Name + ": " + strings.Join(parts, "; ")
}

func limitWord(n *int64, write func(int64) string) string {
	if n == nil {
		return "no limit"
	}
	return write(*n)
}

// grant is the label of the button.
func (a Asked) grant() string {
	w := a.Request.Wanted
	switch {
	case w.Tokens != nil && w.Cost != nil:
		return "Grant both"
	case w.Tokens != nil:
		return "Grant " + ui.Rough(*w.Tokens)
	}
	return "Grant " + limitWord(w.Cost, ui.Money)
}

// resumeWords describes which sessions resume when the request is granted.
func (a Asked) resumeWords() string {
	switch a.Paused {
	case 0:
		return ""
	case 1:
		return " 1 paused session resumes when you grant it."
	}
	return " " + ui.Count(a.Paused) + " paused sessions resume when you grant it."
}

const teamsBase = "/admin"

// href is the URL of the list with another state and the same search.
func (t Teams) href(s quota.TeamState) string { return TeamsQuery(s, t.Filter.Query, "", "") }

// TeamsQuery is the URL of the list of teams with a filter, before or after a team.
func TeamsQuery(s quota.TeamState, query, key, id string) string {
	q := url.Values{}
	for name, v := range map[string]string{"state": string(s), "q": query, key: id} {
		if v != "" {
			q.Set(name, v)
		}
	}
	if len(q) == 0 {
		return teamsBase
	}
	return teamsBase + "?" + q.Encode()
}

// teamChip is one filter of the list.
type teamChip struct {
	state quota.TeamState
	label string
	n     int64
}

func (t Teams) chips() []teamChip {
	cs := []teamChip{{quota.AllTeams, "All", t.Counts.All}, {quota.ActiveTeams, "active", t.Counts.Active}, {quota.InactiveTeams, "inactive", t.Counts.Inactive},
		{quota.HighTeams, "above 80%", t.Counts.High}}
	if t.Counts.Deleted > 0 || t.Filter.State == quota.DeletedTeams {
		cs = append(cs, teamChip{quota.DeletedTeams, "deleted", t.Counts.Deleted})
	}
	return cs
}

// TeamPath is the URL of a team's page in the console.
func TeamPath(slug string, rest ...string) string {
	p := "/admin/tenants/" + slug
	for _, r := range rest {
		p += "/" + r
	}
	return p
}

// state returns the mark and the word of a team's state.
func state(t quota.Team) (mark, word string) {
	switch {
	case t.DeletedAt != nil:
		return "cancelled", "deleted"
	case !t.Active:
		return "stopped", "inactive"
	}
	return "ok", "active"
}

// emptyWords explains why the list is empty.
func (t Teams) emptyWords() (what, more string) {
	if t.Filter.Query != "" || t.Filter.State != quota.AllTeams {
		return "No teams match.", "Clear the filters to see all " + ui.Count(t.Counts.All) + " teams."
	}
	return "There are no teams yet.", "Create the first one with New team."
}
