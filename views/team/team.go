// Package team renders the people of a team, its limits and this month's usage.
package team

import (
	"slices"
	"strings"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/apitoken"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
	"github.com/industrial-orchestrator/orchestrator/views/ui"
)

// Team is the page of people and limits.
type Team struct {
	// Base is the team's URL: /t/acme. By is the reader.
	Base   string
	By     tenant.Actor
	People []tenant.TeamMember
	// Invitations and Tokens are nil for people who may not read them.
	Invitations []tenant.Invitation
	Tokens      []apitoken.Token
	// Invite is the form for an invitation; Link is a new one, shown only once.
	Invite InviteForm
	Link   string
	// Mailed is true if the link was also sent by e-mail.
	Mailed bool
	Limits tenant.Limits
	// Days are this month's usage, a row for each day and model; Budget are the month's limits with their use.
	Days   []usage.Day
	Budget quota.Budget
	Now    time.Time
}

// share is one row of the table of limits; a row with a whole of zero has no bar.
type share struct {
	name, used, of string
	part, whole    int64
	note           string
}

func (t Team) limits() []share {
	month := t.Now.UTC().Format("January")
	sum := t.sum()
	return []share{
		t.counted("Active sessions", t.Limits.Running, t.Limits.MaxConcurrent, "the next session waits in the queue"),
		t.counted("Queued sessions", t.Limits.Ready, t.Limits.MaxQueued, "no more sessions can be started"),
		monthly("Tokens, "+month, sum.Counts.Weighted(), t.Budget.Max.Tokens, ui.Count[int64], "a cache read counts as a tenth"),
		monthly("Cost, "+month, sum.Cost, t.Budget.Max.Cost, ui.Money, "each call at that day's price"),
	}
}

func monthly(name string, used int64, of *int64, write func(int64) string, note string) share {
	s := share{name: name, used: write(used), of: "no limit", note: note, part: used}
	if of != nil {
		s.of, s.whole = write(*of), *of
	}
	return s
}

func (t Team) counted(name string, used, limit int, full string) share {
	s := share{name: name, used: ui.Count(used), of: ui.Count(limit), part: int64(used), whole: int64(limit)}
	if used >= limit {
		s.note = "full: " + full
	}
	return s
}

func (s share) full() bool { return s.whole > 0 && s.part >= s.whole }

// ofShort is the limit on a phone, before the note.
func (s share) ofShort() string {
	short := s.of
	if s.whole > 0 {
		short = "of " + s.of
	}
	if s.note != "" {
		short += ", "
	}
	return short
}

// sum is the month's usage of all models.
func (t Team) sum() (all usage.Day) {
	for _, d := range t.Days {
		all.Calls, all.Counts, all.Cost = all.Calls+d.Calls, all.Counts.Add(d.Counts), all.Cost+d.Cost
	}
	return all
}

// byModel adds up the days of each model, the most expensive first.
func (t Team) byModel() []usage.Day {
	at := map[string]int{}
	var sums []usage.Day
	for _, d := range t.Days {
		i, known := at[d.Model]
		if !known {
			i, sums = len(sums), append(sums, usage.Day{Model: d.Model})
			at[d.Model] = i
		}
		sums[i].Calls, sums[i].Counts, sums[i].Cost = sums[i].Calls+d.Calls, sums[i].Counts.Add(d.Counts), sums[i].Cost+d.Cost
	}
	slices.SortStableFunc(sums, func(a, b usage.Day) int {
		if a.Cost != b.Cost {
			return int(min(1, max(-1, b.Cost-a.Cost)))
		}
		return strings.Compare(a.Model, b.Model)
	})
	return sums
}
