package views_test

import (
	"fmt"
	"time"

	"github.com/a-h/templ"

	entries "github.com/industrial-orchestrator/orchestrator/internal/domain/audit"
	"github.com/industrial-orchestrator/orchestrator/views/audit"
)

func auditPages() map[string]templ.Component {
	l := audit.Log{Base: "/t/foundry/audit", Verbs: []string{"change_role", "create_session", "set_provider_key"}, Older: "/t/foundry/audit?before=x",
		People: []entries.Person{{ID: "u1", Name: "Ines Aalto"}, {ID: "u2", Name: "Lena Okafor"}}}
	for i, e := range []entries.Entry{
		{ByName: "Ines Aalto", By: "u1", Via: "login", Verb: "change_role", Object: "0192f3a1-0000-7000-8000-000000000011", Detail: "member → lead", Before: "member", After: "lead", Peer: "203.0.113.7"},
		{ByName: "Marek Dvořák", By: "u3", Via: "login", Verb: "edit_providers", Object: "0192f3a1-0000-7000-8000-000000000031", Detail: "POST /t/:slug/providers/:id/key: Only a lead can do this.", Peer: "2001:db8:85a3::8a2e:370:7334", Result: entries.Refused},
		{ByName: "system", Via: "system", Verb: "move_session", Object: "0192f3a1-0000-7000-8000-0000192f3a10", Detail: "queued → running", Before: "queued", After: "running", Peer: "system"},
		{ByName: "Lena Okafor", By: "u2", Via: "token:0192f3a1-0000-7000-8000-000000000041", Verb: "create_session", Object: "0192f3a1-0000-7000-8000-0000192f3a10", Detail: longTitle, Peer: "198.51.100.24"},
		{ByName: "operator", Via: "command", Verb: "add_member", Object: "0192f3a1-0000-7000-8000-000000000012", Detail: "viewer", Peer: "command"},
		{ByName: "Ines Aalto", By: "u1", Via: "login", Verb: "export_audit", Detail: "verb set_provider_key, from 2026-11-01 00:00", Peer: "203.0.113.7"},
	} {
		e.ID, e.At = fmt.Sprintf("0192f3a1-0000-7000-8000-00000000010%d", i), ago(time.Duration(i*i)*3*time.Hour)
		l.Rows = append(l.Rows, e)
	}
	none := audit.Log{Base: l.Base, Verbs: l.Verbs, People: l.People, Form: audit.Form{Person: "u1", Verb: "change_role", From: "2026-11-01"}}
	wrong := none
	wrong.Form.From, wrong.Fault = "yesterday", "\"yesterday\" is not a day such as 2026-11-22."
	page := func(l audit.Log) templ.Component { return audit.Page(formFrame("audit", "Audit log"), l) }
	return map[string]templ.Component{"audit": page(l), "audit-none": page(none), "audit-empty": page(audit.Log{Base: l.Base}), "audit-faults": page(wrong)}
}
