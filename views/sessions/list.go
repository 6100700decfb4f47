package sessions

import (
	"net/url"
	"slices"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/views/ui"
)

// List is the page of all sessions.
type List struct {
	// Base is the URL of the list: /t/acme/sessions.
	Base   string
	Filter session.Filter
	Counts map[session.Status]int64
	Rows   []Row
	// Newer and Older are the URLs of the previous and the next page; empty for none.
	Newer, Older string
	CanWrite     bool
	// Fault is why the list could not be read; the rest of the page works.
	Fault string
}

// Row is one session of a list.
type Row struct {
	Href    string
	Session session.Session
	Queue   session.Queue
	// Asks is what the session needs from a person, and MayAnswer whether the reader is one who can answer.
	Asks      string
	MayAnswer bool
	// Pull is the session's newest pull request; nil if it has none.
	Pull *session.Pull
}

// RowID is the id of a session's row.
func RowID(id session.ID) string { return "row-" + string(id) }

// doing is what the session is doing, or why it is not running.
func (r Row) doing() string {
	s := r.Session
	switch {
	case r.Asks != "":
		return "needs approval: " + oneLine(r.Asks)
	case s.WaitingFor == session.Question:
		return "asks a question"
	case s.WaitingFor != "":
		return "needs approval"
	case s.Status == session.Queued && r.Queue.Reason != "":
		return r.Queue.Reason
	case s.Status == session.Running && s.Doing != "":
		return oneLine(s.Doing)
	case r.Pull != nil && s.Status.Finished():
		return oneLine(r.Pull.Line())
	case s.Reason.Message != "":
		return oneLine(s.Reason.Message)
	case s.Status.Finished() && s.Checks.Failed > 0:
		return oneLine(ui.FailedChecks(s.Checks))
	case s.Status.Finished() && s.FilesChanged > 0:
		return ui.Plural(int64(s.FilesChanged), "file") + ", +" + ui.Count(s.Additions) + " −" + ui.Count(s.Deletions)
	case s.Status == session.Pending:
		return "draft"
	}
	return ui.Dash
}

// needs reports whether the session waits for the reader.
func (r Row) needs() bool { return r.Session.NeedsPerson() && r.MayAnswer }

// seen is the time of the latest event.
func (r Row) seen() time.Time {
	at := r.Session.StatusAt
	if e := r.Session.LastEventAt; e != nil && e.After(at) {
		at = *e
	}
	return at
}

// total counts every session.
func (l List) total() (n int64) {
	for _, c := range l.Counts {
		n += c
	}
	return n
}

func (l List) current(s session.Status) bool {
	return len(l.Filter.Statuses) == 1 && l.Filter.Statuses[0] == s
}

func (l List) all() bool { return len(l.Filter.Statuses) == 0 && !l.Filter.NeedsYou }

// href is the URL of the list with one status, or with all of them, and the same search.
func (l List) href(s session.Status) string {
	q := url.Values{}
	if s != "" {
		q.Set("status", string(s))
	}
	if l.Filter.Query != "" {
		q.Set("q", l.Filter.Query)
	}
	if len(q) == 0 {
		return l.Base
	}
	return l.Base + "?" + q.Encode()
}

// boardOrder is the fixed order of the board: running sessions first, then waiting, then ended ones.
func boardOrder() []session.Status {
	order := session.Statuses()
	rank := map[session.Status]int{session.Running: -2, session.Degraded: -1}
	slices.SortStableFunc(order, func(a, b session.Status) int { return rank[a] - rank[b] })
	return order
}

// emptyWords explains why the list is empty and how to widen the search.
func (l List) emptyWords() (what, more string) {
	f := l.Filter
	switch {
	case f.Before != "" || f.After != "":
		return "There are no more sessions.", ""
	case f.Query != "" && len(f.Statuses) > 0:
		return "No sessions match “" + f.Query + "” in state " + f.Statuses[0].Word() + ".", ui.Plural(l.Counts[f.Statuses[0]], "session") + " in that state. Remove a filter or search for another word."
	case f.Query != "":
		return "No sessions match “" + f.Query + "”.", "The search covers titles, tags and the start of IDs."
	case f.NeedsYou:
		return "Nothing is waiting for an answer.", ""
	case len(f.Statuses) > 0:
		return "No sessions are " + f.Statuses[0].Word() + ".", ui.Plural(l.total(), "session") + " in total."
	}
	return "This team has no sessions yet.", "A session is one piece of work by an agent, in its own working tree."
}

// doneBy names the agent of the team, if there is one, and the model.
func (r Row) doneBy() string {
	if r.Session.AgentName == "" {
		return r.Session.Model
	}
	return r.Session.AgentName + " " + r.Session.AgentVersion + ", " + r.Session.Model
}
