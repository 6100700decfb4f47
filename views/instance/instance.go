// Package instance renders the admins' pages of figures: usage, queues, processes, jobs, prices, settings and health of the whole
// instance. They never show the content of a team's sessions.
package instance

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/instance"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
	"github.com/industrial-orchestrator/orchestrator/views/ui"
)

// Usage is the page of usage.
type Usage struct {
	Group usage.Group
	Rows  []usage.Row
	All   usage.Row
	Form  UsageForm
	// Fault is what is wrong with the range.
	Fault string
}

// UsageForm is the range as the person typed it: UTC days and a team's slug.
type UsageForm struct{ From, To, Team string }

// yields is where the column of a kind of tokens yields on narrow screens.
var yields = map[string]string{"reasoning": "y2", "cache_write": "y2", "cache_read": "y3", "input": "y4", "output": "y4"}

const usageBase = "/admin/usage"

// query is the URL of the page, or of the download, of a range.
func (f UsageForm) query(path string, g usage.Group) string {
	q := url.Values{}
	for _, p := range [][2]string{{"from", f.From}, {"to", f.To}, {"team", f.Team}, {"by", string(g)}} {
		if p[1] != "" {
			q.Set(p[0], p[1])
		}
	}
	return path + "?" + q.Encode()
}

// tabs link to the groups.
func (u Usage) tabs() (ts []ui.Tab) {
	for _, g := range usage.Groups() {
		ts = append(ts, ui.Tab{Href: u.Form.query(usageBase, g), Label: "By " + string(g), Current: g == u.Group})
	}
	return ts
}

// name is the name of a row; calls outside of sessions belong to nobody.
func (u Usage) name(r usage.Row) string {
	switch {
	case r.Name != "":
		return r.Name
	case u.Group == usage.ByPerson && r.Key == "":
		return "Unassigned"
	}
	return ui.Or(r.Key)
}

// key is shown next to the name where names can repeat.
func (u Usage) key(r usage.Row) string {
	if u.Group == usage.ByTeam {
		return r.Key
	}
	return ""
}

// Work is the page of queues.
type Work struct {
	Queues []instance.Queue
	Pauses []instance.Pause
}

// sum adds up one figure of all queues.
func (w Work) sum(of func(instance.Queue) int64) (n int64) {
	for _, q := range w.Queues {
		n += of(q)
	}
	return n
}

// oldest is the start of the longest wait of all teams.
func (w Work) oldest() *time.Time {
	var oldest *time.Time
	for _, q := range w.Queues {
		if q.Oldest != nil && (oldest == nil || q.Oldest.Before(*oldest)) {
			oldest = q.Oldest
		}
	}
	return oldest
}

// pauseWord is the word for a reason.
func pauseWord(p instance.Pause) string {
	if p.Reason == "" {
		return "paused by a person"
	}
	return strings.ReplaceAll(string(p.Reason), "_", " ")
}

// Processes is the page of OpenCode processes.
type Processes struct{ Rows []instance.Process }

// memory is the memory of a process; a dash if it does not run here.
func memory(p instance.Process) string {
	if !p.Alive || p.Memory == 0 {
		return ui.Dash
	}
	return ui.Bytes(p.Memory)
}

func (p Processes) memory() string {
	var n int64
	for _, r := range p.Rows {
		n += r.Memory
	}
	return ui.Bytes(n)
}

// Jobs is the page of background jobs.
type Jobs struct {
	Rows []instance.Job
	Now  time.Time
}

// state returns the mark and the word of a job's state.
func (j Jobs) state(r instance.Job) (mark, word string) {
	switch {
	case r.Late(j.Now):
		return "degraded", "late"
	case r.Failing():
		return "failed", "failed"
	case r.Running != nil:
		return "running", "running"
	}
	return "ok", "waiting"
}

// Health is the page of health.
type Health struct {
	Checks []instance.Check
	At     time.Time
}

// light returns the mark and the word of an indicator.
func light(c instance.Check) (mark, word string) {
	switch c.Light {
	case instance.Bad:
		return "failed", "problem"
	case instance.Warn:
		return "degraded", "warning"
	}
	return "ok", "ok"
}

// lit counts the indicators with a light.
func (h Health) lit(l instance.Light) (n int) {
	for _, c := range h.Checks {
		if c.Light == l {
			n++
		}
	}
	return n
}

// byLight sorts the worst first and keeps the order otherwise.
func (h Health) byLight() []instance.Check {
	rank := map[instance.Light]int{instance.Bad: 0, instance.Warn: 1, instance.Good: 2}
	cs := slices.Clone(h.Checks)
	slices.SortStableFunc(cs, func(a, b instance.Check) int { return rank[a.Light] - rank[b.Light] })
	return cs
}

// lastDuration is the duration of the last run.
func lastDuration(r instance.Job) string {
	if r.Runs == 0 {
		return ui.Dash
	}
	if r.Took < time.Second {
		return ui.Plain(r.Took.Milliseconds()) + " ms"
	}
	return ui.Span(r.Took)
}

// untilNext is the time until the next run.
func (j Jobs) untilNext(r instance.Job) string {
	if r.Running != nil {
		return "now"
	}
	return ui.Span(r.Next.Sub(j.Now))
}
