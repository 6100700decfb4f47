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

// SendsMail says whether letters go out; where they do not, none is written.
func (a *Verbs) SendsMail() bool { return a.k.Opts.Mail }

// letterPlace is where a letter's data are sealed for.
func letterPlace(l letter.Letter) secret.Place {
	if l.Tenant == "" {
		return secret.Place{Table: "instance_letters", Row: l.ID, Column: "data"}
	}
	return secret.Place{Tenant: string(l.Tenant), Table: "letters", Row: l.ID, Column: "data"}
}

// sealLetter gives a letter its id and its data as they are stored.
func (a *Verbs) sealLetter(l *letter.Letter) string {
	l.ID, l.CreatedAt = id.New(), a.k.Clock.Now()
	body, _ := json.Marshal(l) // texts alone
	return a.k.Keys.Seal(letterPlace(*l), string(body))
}

// PostTeam writes a letter about the scope's team in the transaction of the act it tells of.
func (a *Verbs) PostTeam(ctx context.Context, s *dbkernel.Scope, l letter.Letter) error {
	if !a.k.Opts.Mail {
		return nil
	}
	s.AfterCommit(func() { a.k.Hub.RingBell(Letters) })
	l.Tenant = s.Tenant()
	return dbpeople.On(s).AddLetter(ctx, l, a.sealLetter(&l))
}

// postPerson writes a letter that is about no team in the transaction of the act it tells of.
func (a *Verbs) postPerson(ctx context.Context, s *dbkernel.System, l letter.Letter) error {
	if !a.k.Opts.Mail {
		return nil
	}
	s.AfterCommit(func() { a.k.Hub.RingBell(Letters) })
	return dbpeople.Across(s).AddLetter(ctx, l, a.sealLetter(&l))
}

// formatTime formats a time for an e-mail, in UTC: "1 Dec 2026, 14:00".
func formatTime(t time.Time) string { return t.UTC().Format("2 Jan 2006, 15:04") }
