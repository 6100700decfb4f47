// Package instance draws the operator's pages of figures: usage, queues, processes, jobs, prices, settings and health of the whole
// instance. They never show what a team's people and agents said.
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

// Usage is what the page of usage shows.
type Usage struct {
	Group usage.Group
	Rows  []usage.Row
	All   usage.Row
	Form  UsageForm
	// Fault is why the range cannot be summed.
	Fault string
}

// UsageForm is the range as it was typed: UTC days and a team's slug.
type UsageForm struct{ From, To, Team string }

const usageBase = "/admin/usage"

// query is the page, or the download, of a range.
func (f UsageForm) query(path string, g usage.Group) string {
	q := url.Values{}
	for _, p := range [][2]string{{"from", f.From}, {"to", f.To}, {"team", f.Team}, {"by", string(g)}} {
		if p[1] != "" {
			q.Set(p[0], p[1])
		}
	}
	return path + "?" + q.Encode()
}

// tabs are the groups.
func (u Usage) tabs() (ts []ui.Tab) {
	for _, g := range usage.Groups() {
		ts = append(ts, ui.Tab{Href: u.Form.query(usageBase, g), Label: "By " + string(g), Current: g == u.Group})
	}
	return ts
}

// name is how a row is called; what no session could be named for is nobody's.
func (u Usage) name(r usage.Row) string {
	switch {
	case r.Name != "":
		return r.Name
	case u.Group == usage.ByPerson && r.Key == "":
		return "Unassigned"
	}
	return ui.Or(r.Key)
}

// key is what stands beside the name where that alone may be two of them.
func (u Usage) key(r usage.Row) string {
	if u.Group == usage.ByTeam {
		return r.Key
	}
	return ""
}

// Work is what the page of queues shows.
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

// oldest is since when the longest wait of all teams lasts.
func (w Work) oldest() *time.Time {
	var oldest *time.Time
	for _, q := range w.Queues {
		if q.Oldest != nil && (oldest == nil || q.Oldest.Before(*oldest)) {
			oldest = q.Oldest
		}
	}
	return oldest
}

// pauseWord is what people read for a reason.
func pauseWord(p instance.Pause) string {
	if p.Reason == "" {
		return "a person asked"
	}
	return strings.ReplaceAll(string(p.Reason), "_", " ")
}

// Processes is what the page of OpenCode processes shows.
type Processes struct{ Rows []instance.Process }

// memory is what a process holds; a dash where it does not run here.
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

// Jobs is what the page of background jobs shows.
type Jobs struct {
	Rows []instance.Job
	Now  time.Time
}

// jobState is the mark and the word of how a loop goes.
func (j Jobs) state(r instance.Job) (mark, word string) {
	switch {
	case r.Late(j.Now):
		return "degraded", "late"
	case r.Failing():
		return "failed", "failed"
	case r.Running != nil:
		return "running", "at work"
	}
	return "ok", "waits"
}

// Health is what the page of health shows.
type Health struct {
	Checks []instance.Check
	At     time.Time
}

// light is the mark and the word of a reading.
func light(c instance.Check) (mark, word string) {
	switch c.Light {
	case instance.Bad:
		return "failed", "bad"
	case instance.Warn:
		return "degraded", "look"
	}
	return "ok", "good"
}

// lit counts the readings with a light.
func (h Health) lit(l instance.Light) (n int) {
	for _, c := range h.Checks {
		if c.Light == l {
			n++
		}
	}
	return n
}

// byLight puts the worst first and leaves the rest in its order.
func (h Health) byLight() []instance.Check {
	rank := map[instance.Light]int{instance.Bad: 0, instance.Warn: 1, instance.Good: 2}
	cs := slices.Clone(h.Checks)
	slices.SortStableFunc(cs, func(a, b instance.Check) int { return rank[a.Light] - rank[b.Light] })
	return cs
}

// took is how long the last pass was, and how long one that runs has been at work.
func took(r instance.Job) string {
	if r.Runs == 0 {
		return ui.Dash
	}
	if r.Took < time.Second {
		return ui.Plain(r.Took.Milliseconds()) + " ms"
	}
	return ui.Span(r.Took)
}

// next is how long it is until the next pass.
func (j Jobs) next(r instance.Job) string {
	if r.Running != nil {
		return "now"
	}
	return ui.Span(r.Next.Sub(j.Now))
}
