package people

import (
	"context"
	"encoding/json"
	"net/url"
	"strings"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbpeople "github.com/industrial-orchestrator/orchestrator/db/people"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/letter"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// maxDueLetters is how many letters DueLetters reads at once.
const maxDueLetters = 20

// DueLetters returns the letters to send now. The caller confirms each with LetterSent; otherwise it becomes due again, after a longer
// delay each time. It deletes letters that are obsolete, such as a revoked invitation or a notice to someone who has left the team.
func (a *Verbs) DueLetters(ctx context.Context) (due []letter.Letter, err error) {
	err = a.k.DB.System(ctx, func(s *dbkernel.System) error {
		due = nil
		queued, err := dbpeople.Across(s).DueLetters(ctx, a.k.Clock.Now(), maxDueLetters)
		if err != nil {
			return err
		}
		for _, q := range queued {
			ls, err := a.prepareLetter(ctx, s, q)
			if err != nil {
				return err
			}
			due = append(due, ls...)
		}
		return nil
	})
	return due, err
}

// LetterSent deletes a letter that the mail server has accepted.
func (a *Verbs) LetterSent(ctx context.Context, l letter.Letter) error {
	return a.k.DB.System(ctx, func(s *dbkernel.System) error { return dbpeople.Across(s).DropLetter(ctx, l) })
}

// prepareLetter schedules a letter's next attempt and decrypts it for this one. It returns nothing if there is nothing to send.
func (a *Verbs) prepareLetter(ctx context.Context, s *dbkernel.System, q dbpeople.QueuedLetter) ([]letter.Letter, error) {
	now := a.k.Clock.Now()
	if ok, err := dbpeople.Across(s).ClaimLetter(ctx, q, now.Add(letter.Wait(q.Tries))); err != nil || !ok {
		return nil, err
	}
	if now.Sub(q.CreatedAt) > letter.MaxAge {
		return nil, a.dropLetter(ctx, s, q.Letter, "it could not be sent within 48 hours")
	}
	l := q.Letter
	plain, err := a.k.Keys.Open(letterPlace(l), q.Sealed)
	if err != nil || json.Unmarshal([]byte(plain), &l) != nil {
		return nil, a.dropLetter(ctx, s, q.Letter, "no key decrypts it")
	}
	if isCircular(l) {
		return nil, a.copyToReaders(ctx, s, l)
	}
	send, err := a.addressLetter(ctx, s, &l)
	if err != nil {
		return nil, err
	}
	if !send {
		return nil, dbpeople.Across(s).DropLetter(ctx, l)
	}
	return []letter.Letter{l}, nil
}

// dropLetter deletes a letter that was not sent, and writes the reason to the audit log.
func (a *Verbs) dropLetter(ctx context.Context, s *dbkernel.System, l letter.Letter, why string) error {
	if err := dbpeople.Across(s).DropLetter(ctx, l); err != nil {
		return err
	}
	return a.k.AuditInstance(ctx, s, "drop_letter", l.ID, string(l.Kind)+": "+why)
}

// isCircular reports whether a letter goes to several people, who are looked up when it is sent.
func isCircular(l letter.Letter) bool {
	return l.User == "" && (l.Kind == letter.BudgetNotice || l.Kind == letter.BudgetRequest || l.Kind == letter.WorkNotice)
}

// copyToReaders replaces a circular with one letter for each reader.
func (a *Verbs) copyToReaders(ctx context.Context, s *dbkernel.System, l letter.Letter) error {
	readers := func() ([]tenant.UserID, error) { return dbpeople.Across(s).Leads(ctx, l.Tenant) }
	if l.Kind == letter.BudgetRequest {
		readers = func() ([]tenant.UserID, error) { return dbpeople.Across(s).Admins(ctx) }
	}
	ids, err := readers()
	if err != nil {
		return err
	}
	for _, u := range ids {
		copied := l
		copied.User = u
		if err := dbpeople.Across(s).AddTeamLetter(ctx, l.Tenant, copied, a.sealLetter(&copied)); err != nil {
			return err
		}
	}
	s.AfterCommit(func() { a.k.Hub.RingBell(Letters) })
	return dbpeople.Across(s).DropLetter(ctx, l)
}

// addressLetter sets the current address and names in a letter. It reports whether the letter is still to be sent.
func (a *Verbs) addressLetter(ctx context.Context, s *dbkernel.System, l *letter.Letter) (send bool, err error) {
	if l.User != "" {
		u, err := dbpeople.Across(s).User(ctx, l.User)
		if err != nil || !u.Active {
			return false, appkernel.IgnoreMissing(err)
		}
		l.To, l.Data.Name = u.Email, u.Name
		if l.Kind == letter.BudgetRequest && !u.Admin {
			return false, nil
		}
	}
	if l.Tenant != "" {
		t, err := dbpeople.Across(s).Tenant(ctx, l.Tenant)
		if err != nil || !t.Active {
			return false, appkernel.IgnoreMissing(err)
		}
		l.Data.Team = t.Name
		if l.Kind == letter.BudgetNotice || l.Kind == letter.BudgetAnswer {
			l.Path = "/t/" + t.Slug + "/budget"
		}
		if l.Kind == letter.WorkNotice {
			l.Path = "/t/" + t.Slug + l.Path
		}
	}
	if base, err := url.Parse(a.opts.PublicURL); err == nil {
		l.Data.Server = base.Host
	}
	l.Data.Link = strings.TrimSuffix(a.opts.PublicURL, "/") + l.Path + l.Token
	return a.isCurrent(ctx, s, l)
}

// isCurrent reports whether the subject of a letter still applies to its reader.
func (a *Verbs) isCurrent(ctx context.Context, s *dbkernel.System, l *letter.Letter) (bool, error) {
	switch l.Kind {
	case letter.Invitation:
		_, err := a.openInvitation(ctx, s, l.Token)
		if fault.Is(err, fault.Forbidden) {
			return false, nil
		}
		return err == nil, err
	case letter.Reset:
		_, err := dbpeople.Across(s).ResetUser(ctx, hashToken(l.Token), a.k.Clock.Now())
		return err == nil, appkernel.IgnoreMissing(err)
	case letter.BudgetNotice, letter.WorkNotice:
		role, err := dbpeople.Across(s).RoleIn(ctx, l.Tenant, l.User)
		return role == tenant.Lead, err
	case letter.BudgetAnswer:
		role, err := dbpeople.Across(s).RoleIn(ctx, l.Tenant, l.User)
		return role != "", err
	}
	return true, nil
}
