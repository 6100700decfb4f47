package people

import (
	"context"
	"encoding/json"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbpeople "github.com/industrial-orchestrator/orchestrator/db/people"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/letter"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
	"github.com/industrial-orchestrator/orchestrator/internal/secret"
)

// SendsMail reports whether the server sends e-mails; otherwise none is stored.
func (a *Verbs) SendsMail() bool { return a.k.Opts.Mail }

// letterPlace returns the column that a letter's data is encrypted for.
func letterPlace(l letter.Letter) secret.Place {
	if l.Tenant == "" {
		return secret.Place{Table: "instance_letters", Row: l.ID, Column: "data"}
	}
	return secret.Place{Tenant: string(l.Tenant), Table: "letters", Row: l.ID, Column: "data"}
}

// sealLetter sets a letter's ID and time, and returns its encrypted data.
func (a *Verbs) sealLetter(l *letter.Letter) string {
	l.ID, l.CreatedAt = id.New(), a.k.Clock.Now()
	body, _ := json.Marshal(l) // a letter has only texts
	return a.k.Keys.Seal(letterPlace(*l), string(body))
}

// PostTeam queues a letter about the scope's team, in the transaction of the action that it reports.
func (a *Verbs) PostTeam(ctx context.Context, s *dbkernel.Scope, l letter.Letter) error {
	if !a.k.Opts.Mail {
		return nil
	}
	s.AfterCommit(func() { a.k.Hub.RingBell(Letters) })
	l.Tenant = s.Tenant()
	return dbpeople.On(s).AddLetter(ctx, l, a.sealLetter(&l))
}

// postPerson queues a letter that is about no team, in the transaction of the action that it reports.
func (a *Verbs) postPerson(ctx context.Context, s *dbkernel.System, l letter.Letter) error {
	if !a.k.Opts.Mail {
		return nil
	}
	s.AfterCommit(func() { a.k.Hub.RingBell(Letters) })
	return dbpeople.Across(s).AddLetter(ctx, l, a.sealLetter(&l))
}

// formatTime formats a time for an e-mail, in UTC: "1 Dec 2026, 14:00".
func formatTime(t time.Time) string { return t.UTC().Format("2 Jan 2006, 15:04") }
