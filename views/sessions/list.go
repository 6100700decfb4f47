package sessions

import (
	"net/url"
	"slices"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/views/ui"
)

// List is what the page of all sessions shows.
type List struct {
	// Base is the list's address: /t/acme/sessions.
	Base   string
	Filter session.Filter
	Counts map[session.Status]int64
	Rows   []Row
	// Newer and Older are the addresses of the neighbouring pages; empty where there is none.
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
	// Asks is what it waits for a person for, in a few words.
	Asks string
}

// RowID is the id of a session's row.
func RowID(id session.ID) string { return "row-" + string(id) }

// doing is what the session does now, or why it does not.
func (r Row) doing() string {
	s := r.Session
	switch {
	case r.Asks != "":
		return "asks: " + oneLine(r.Asks)
	case s.WaitingFor == session.Question:
		return "asks a question"
	case s.WaitingFor != "":
		return "asks for a permission"
	case s.Status == session.Queued && r.Queue.Reason != "":
		return r.Queue.Reason
	case s.Status == session.Running && s.Doing != "":
		return oneLine(s.Doing)
	case s.Reason.Message != "":
		return oneLine(s.Reason.Message)
	case s.Status.Finished() && s.FilesChanged > 0:
		return ui.Plural(int64(s.FilesChanged), "file") + ", +" + ui.Count(s.Additions) + " −" + ui.Count(s.Deletions)
	case s.Status == session.Pending:
		return "a draft"
	}
	return ui.Dash
}

func (r Row) needs() bool { return r.Session.WaitingFor != "" }

// seen is when anything last happened in it.
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

// href is the list with one status, or with all of them, keeping what is searched for.
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

// boardOrder is the fixed order of the board: what works first, then what waits, then what ended.
func boardOrder() []session.Status {
	order := session.Statuses()
	rank := map[session.Status]int{session.Running: -2, session.Degraded: -1}
	slices.SortStableFunc(order, func(a, b session.Status) int { return rank[a] - rank[b] })
	return order
}

// emptyWords says what was looked for and how to widen.
func (l List) emptyWords() (what, more string) {
	f := l.Filter
	switch {
	case f.Before != "" || f.After != "":
		return "There is no further page.", ""
	case f.Query != "" && len(f.Statuses) > 0:
		return "No session matches “" + f.Query + "” in state " + f.Statuses[0].Word() + ".", ui.Plural(l.Counts[f.Statuses[0]], "session") + " in that state. Take a filter away, or look for another word."
	case f.Query != "":
		return "No session matches “" + f.Query + "”.", "Titles, tags and the beginning of an id are searched."
	case f.NeedsYou:
		return "Nothing waits for you.", ""
	case len(f.Statuses) > 0:
		return "No session is " + f.Statuses[0].Word() + ".", ui.Plural(l.total(), "session") + " in all."
	}
	return "This team has no session yet.", "A session is one piece of work given to an agent, in a tree of its own."
}
