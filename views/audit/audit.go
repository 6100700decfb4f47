// Package audit renders a team's audit log: who did what, to which object, from where, and with what result.
package audit

import (
	"net/url"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/audit"
	"github.com/industrial-orchestrator/orchestrator/views/ui"
)

// Log is the page of an audit log.
type Log struct {
	// Base is the log's URL: /t/acme/audit.
	Base string
	Form Form
	Rows []audit.Entry
	// Verbs and People are the actions and the people in the log, as options of the filters.
	Verbs  []string
	People []audit.Person
	// Newer and Older are the URLs of the previous and the next page; empty for none.
	Newer, Older string
	// Fault is what is wrong with the filters.
	Fault string
}

// Form is the values of the filters; the days are as the person typed them.
type Form struct{ Person, Verb, Object, Result, From, To string }

// Query writes the form as a URL query; key and at add a position in the log.
func (f Form) Query(key, at string) string {
	q := url.Values{}
	for _, p := range [][2]string{{"person", f.Person}, {"verb", f.Verb}, {"object", f.Object}, {"result", f.Result}, {"from", f.From}, {"to", f.To}, {key, at}} {
		if p[0] != "" && p[1] != "" {
			q.Set(p[0], p[1])
		}
	}
	if len(q) == 0 {
		return ""
	}
	return "?" + q.Encode()
}

func (l Log) filtered() bool { return l.Form != Form{} }

// onObject is the URL of the log of one object.
func (l Log) onObject(id string) string { return l.Base + Form{Object: id}.Query("", "") }

// detail describes an action beyond its verb: its detail, else what changed.
func detail(e audit.Entry) string {
	switch {
	case e.Detail != "":
		return e.Detail
	case e.Before != "" || e.After != "":
		return ui.Or(e.Before) + " → " + ui.Or(e.After)
	}
	return ""
}

// change describes the values before and after an action, in full.
func change(e audit.Entry) string {
	if e.Before == "" && e.After == "" {
		return detail(e)
	}
	return detail(e) + " (" + ui.Or(e.Before) + " → " + ui.Or(e.After) + ")"
}

// who names the person, or what acted without one.
func who(e audit.Entry) string {
	if e.ByName == "" {
		return ui.Or(e.Via)
	}
	return e.ByName
}

// brief is the end of an object's ID, which differs most between objects.
func brief(id string) string {
	if len(id) == 36 {
		return "…" + id[24:]
	}
	return id
}
