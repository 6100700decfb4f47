package views_test

import (
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/views/sessions"
	"github.com/industrial-orchestrator/orchestrator/views/shell"
)

func crumbed(name string) shell.Page {
	p := frame("sessions", name)
	p.Crumbs, p.Primary = []shell.Crumb{{Label: "Sessions", Href: "/t/foundry/sessions"}}, nil
	return p
}

// list has a session in each of the twelve states, and one that waits for a person.
func list() sessions.List {
	l := sessions.List{Base: "/t/foundry/sessions", Counts: map[session.Status]int64{}, Older: "/t/foundry/sessions?before=1", CanWrite: true}
	for i, st := range session.Statuses() {
		l.Counts[st] = int64(i*i*7 + 1)
		s := sample(st)
		s.ID = session.ID("0192f3a1-0000-7000-8000-00000000001" + string(rune('a'+i)))
		s.Priority = session.Priority(i % 5)
		s.Reason.Message = map[session.Status]string{session.Paused: "Paused by Ines Aalto: wait for finance.", session.Failed: "The conversation outgrew the model.", session.Timeout: "1 h of running time used."}[st]
		if st == session.Running {
			s.Doing, s.RanSince = "bash · go test ./web/...", at(ago(time.Minute))
		}
		l.Rows = append(l.Rows, sessions.Row{Href: l.Base + "/" + string(s.ID), Session: s})
	}
	need := l.Rows[2]
	need.Session.ID, need.Session.WaitingFor, need.Asks, need.Session.Title = "0192f3a1-0000-7000-8000-000000000019", session.Approval, "make migrate-check", longTitle
	l.Rows = append([]sessions.Row{need}, l.Rows...)
	return l
}
