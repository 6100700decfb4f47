// Package audit draws a team's audit log: who did what, on what, from where, and whether it was done.
package audit

import (
	"net/url"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/audit"
	"github.com/industrial-orchestrator/orchestrator/views/ui"
)

// Log is what the page of an audit log shows.
type Log struct {
	// Base is the log's address: /t/acme/audit.
	Base string
	Form Form
	Rows []audit.Entry
	// Verbs and People are what stands in the log and may be chosen.
	Verbs  []string
	People []audit.Person
	// Newer and Older are the addresses of the neighbouring pages; empty where there is none.
	Newer, Older string
	// Fault is why the filters cannot be taken as they are.
	Fault string
}

// Form is what the filters say: day bounds as people wrote them.
type Form struct{ Person, Verb, Object, Result, From, To string }

// Query is the form in an address; key and at add a place in the log.
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

// onObject is the log of one object.
func (l Log) onObject(id string) string { return l.Base + Form{Object: id}.Query("", "") }

// told is what there is to know of an act beside its verb: its detail, else what changed.
func told(e audit.Entry) string {
	switch {
	case e.Detail != "":
		return e.Detail
	case e.Before != "" || e.After != "":
		return ui.Or(e.Before) + " → " + ui.Or(e.After)
	}
	return ""
}

// change is what was and what became, in full.
func change(e audit.Entry) string {
	if e.Before == "" && e.After == "" {
		return told(e)
	}
	return told(e) + " (" + ui.Or(e.Before) + " → " + ui.Or(e.After) + ")"
}

// who is the person, or what acted without one, with the credential.
func who(e audit.Entry) string {
	if e.ByName == "" {
		return ui.Or(e.Via)
	}
	return e.ByName
}

// brief is an object's id as the list has room for: the end of it, which differs most.
func brief(id string) string {
	if len(id) == 36 {
		return "…" + id[24:]
	}
	return id
}
