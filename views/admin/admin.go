// Package admin draws the console of who runs the instance: figures of teams and people, never a team's content.
package admin

import (
	"net/url"
	"strings"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/views/ui"
)

// Teams is what the page of all teams shows.
type Teams struct {
	Counts  quota.TeamCounts
	Rows    []quota.Team
	Filter  quota.TeamFilter
	Version string
	// Asked are the requests for more that wait, oldest first; Request is the one whose form was refused, Faults why, Typed what it held.
	Asked   []Asked
	Request string
	Faults  ui.Faults
	Typed   map[string]string
	// Streams is how many live streams are open.
	Streams int64
	// Newer and Older are the addresses of the pages around this one; empty has none.
	Newer, Older string
	Now          time.Time
}

// Asked is a team's request for more.
type Asked struct {
	Team    quota.Team
	Paused  int64
	Request quota.Request
}

// what names the limits that are asked for, as they are and as they are wanted.
func (a Asked) what() string {
	var parts []string
	if w := a.Request.Wanted.Tokens; w != nil {
		parts = append(parts, "tokens a month, "+limitWord(a.Team.Budget.Max.Tokens, ui.Rough)+" to "+ui.Rough(*w))
	}
	if w := a.Request.Wanted.Cost; w != nil {
		parts = append(parts, "cost a month, "+limitWord(a.Team.Budget.Max.Cost, ui.Money)+" to "+ui.Money(*w))
	}
	return a.Team.Name + ": " + strings.Join(parts, "; ")
}

func limitWord(n *int64, write func(int64) string) string {
	if n == nil {
		return "no limit"
	}
	return write(*n)
}

// grant is what the button says.
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

// goesOn says what happens when it is granted.
func (a Asked) goesOn() string {
	switch a.Paused {
	case 0:
		return ""
	case 1:
		return " 1 session paused for it goes on when granted."
	}
	return " " + ui.Count(a.Paused) + " sessions paused for it go on when granted."
}

const teamsBase = "/admin"

// href is the list with another choice of state; the search stays.
func (t Teams) href(s quota.TeamState) string { return TeamsQuery(s, t.Filter.Query, "", "") }

// TeamsQuery is the address of the list of teams with a filter, behind or ahead of a team.
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

// teamChip is one choice of the list.
type teamChip struct {
	state quota.TeamState
	label string
	n     int64
}

func (t Teams) chips() []teamChip {
	cs := []teamChip{{quota.AllTeams, "All", t.Counts.All}, {quota.ActiveTeams, "active", t.Counts.Active}, {quota.InactiveTeams, "inactive", t.Counts.Inactive},
		{quota.HighTeams, "above 80 %", t.Counts.High}}
	if t.Counts.Deleted > 0 || t.Filter.State == quota.DeletedTeams {
		cs = append(cs, teamChip{quota.DeletedTeams, "deleted", t.Counts.Deleted})
	}
	return cs
}

// TeamPath is the address of a team's page in the console.
func TeamPath(slug string, rest ...string) string {
	p := "/admin/tenants/" + slug
	for _, r := range rest {
		p += "/" + r
	}
	return p
}

// state is the mark and the word of what a team is now.
func state(t quota.Team) (mark, word string) {
	switch {
	case t.DeletedAt != nil:
		return "cancelled", "deleted"
	case !t.Active:
		return "stopped", "inactive"
	}
	return "ok", "active"
}

// emptyWords says what was looked for.
func (t Teams) emptyWords() (what, more string) {
	if t.Filter.Query != "" || t.Filter.State != quota.AllTeams {
		return "No team matches.", "Clear the filters to see all " + ui.Count(t.Counts.All) + "."
	}
	return "There is no team yet.", "Make the first one with New tenant."
}
