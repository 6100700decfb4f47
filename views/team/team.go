// Package team draws who is in a team, what its limits are and what this month's work has used.
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

// Team is what the page of people and limits shows.
type Team struct {
	// Base is the team's address: /t/acme. By is who looks.
	Base   string
	By     tenant.Actor
	People []tenant.TeamMember
	// Invitations and Tokens are shown to who may read them: nil for everybody else.
	Invitations []tenant.Invitation
	Tokens      []apitoken.Token
	// Invite is what the form of an invitation holds; Link is the new one's, shown this once.
	Invite InviteForm
	Link   string
	// Mailed says that the link went out by e-mail, too.
	Mailed bool
	Limits tenant.Limits
	// Days are this month's use, a row for each day and model; Budget is what of it is limited.
	Days   []usage.Day
	Budget quota.Budget
	Now    time.Time
}

// share is one row of the table of limits; a whole of zero has no bar.
type share struct {
	name, used, of string
	part, whole    int64
	note           string
}

func (t Team) limits() []share {
	month := t.Now.UTC().Format("January")
	sum := t.sum()
	return []share{
		t.counted("Active sessions", t.Limits.Running, t.Limits.MaxConcurrent, "the next start waits"),
		t.counted("Queued sessions", t.Limits.Ready, t.Limits.MaxQueued, "nothing more can be started"),
		monthly("Tokens, "+month, sum.Counts.Weighted(), t.Budget.Max.Tokens, ui.Count[int64], "a cache read counts a tenth"),
		monthly("Cost, "+month, sum.Cost, t.Budget.Max.Cost, ui.Money, "each call at its day's price"),
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

// ofShort is the limit on a phone, before what to know.
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

// sum is the month's use of all models.
func (t Team) sum() (all usage.Day) {
	for _, d := range t.Days {
		all.Calls, all.Counts, all.Cost = all.Calls+d.Calls, all.Counts.Add(d.Counts), all.Cost+d.Cost
	}
	return all
}

// byModel adds up the days of each model, the dearest first.
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
