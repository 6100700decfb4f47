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

// lettersAtOnce bounds the letters that are taken for a try together.
const lettersAtOnce = 20

// DueLetters takes the letters that are to be sent now, each for one try: who has sent one says so with LetterSent, else it
// comes again, later each time. What nobody is to read any more is forgotten without a word: a revoked invitation, news of a
// team for who has left it.
func (a *Verbs) DueLetters(ctx context.Context) (due []letter.Letter, err error) {
	err = a.k.DB.System(ctx, func(s *dbkernel.System) error {
		due = nil
		queued, err := dbpeople.Across(s).DueLetters(ctx, a.k.Clock.Now(), lettersAtOnce)
		if err != nil {
			return err
		}
		for _, q := range queued {
			ls, err := a.takeLetter(ctx, s, q)
			if err != nil {
				return err
			}
			due = append(due, ls...)
		}
		return nil
	})
	return due, err
}

// LetterSent forgets a letter that the mail server has taken.
func (a *Verbs) LetterSent(ctx context.Context, l letter.Letter) error {
	return a.k.DB.System(ctx, func(s *dbkernel.System) error { return dbpeople.Across(s).DropLetter(ctx, l) })
}

// takeLetter puts a letter off to its next try and opens it for this one.
func (a *Verbs) takeLetter(ctx context.Context, s *dbkernel.System, q dbpeople.QueuedLetter) ([]letter.Letter, error) {
	now := a.k.Clock.Now()
	if ok, err := dbpeople.Across(s).PutOff(ctx, q, now.Add(letter.Wait(q.Tries))); err != nil || !ok {
		return nil, err
	}
	if now.Sub(q.CreatedAt) > letter.MaxAge {
		return nil, a.giveUp(ctx, s, q.Letter, "it could not be sent within 48 hours")
	}
	l := q.Letter
	plain, err := a.k.Keys.Open(letterPlace(l), q.Sealed)
	if err != nil || json.Unmarshal([]byte(plain), &l) != nil {
		return nil, a.giveUp(ctx, s, q.Letter, "no key opens it")
	}
	if circular(l) {
		return nil, a.copyOut(ctx, s, l)
	}
	wanted, err := a.address(ctx, s, &l)
	if err != nil {
		return nil, err
	}
	if !wanted {
		return nil, dbpeople.Across(s).DropLetter(ctx, l)
	}
	return []letter.Letter{l}, nil
}

// giveUp forgets a letter and writes down that it was not sent.
func (a *Verbs) giveUp(ctx context.Context, s *dbkernel.System, l letter.Letter, why string) error {
	if err := dbpeople.Across(s).DropLetter(ctx, l); err != nil {
		return err
	}
	return a.k.AuditInstance(ctx, s, "drop_letter", l.ID, string(l.Kind)+": "+why)
}

// circular says whether a letter goes to several people, who are looked up when it is sent.
func circular(l letter.Letter) bool {
	return l.User == "" && (l.Kind == letter.BudgetNotice || l.Kind == letter.BudgetRequest)
}

// copyOut puts a letter for each of its readers in the place of a circular.
func (a *Verbs) copyOut(ctx context.Context, s *dbkernel.System, l letter.Letter) error {
	read := func() ([]tenant.UserID, error) { return dbpeople.Across(s).Leads(ctx, l.Tenant) }
	if l.Kind == letter.BudgetRequest {
		read = func() ([]tenant.UserID, error) { return dbpeople.Across(s).Admins(ctx) }
	}
	readers, err := read()
	if err != nil {
		return err
	}
	for _, u := range readers {
		copied := l
		copied.User = u
		if err := dbpeople.Across(s).AddTeamLetter(ctx, l.Tenant, copied, a.sealLetter(&copied)); err != nil {
			return err
		}
	}
	s.AfterCommit(func() { a.k.Hub.RingBell(Letters) })
	return dbpeople.Across(s).DropLetter(ctx, l)
}

// address says whether a letter is still wanted, and fills in to whom it goes as things are now.
func (a *Verbs) address(ctx context.Context, s *dbkernel.System, l *letter.Letter) (wanted bool, err error) {
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
	}
	if base, err := url.Parse(a.opts.PublicURL); err == nil {
		l.Data.Server = base.Host
	}
	l.Data.Link = strings.TrimSuffix(a.opts.PublicURL, "/") + l.Path + l.Token
	return a.concerns(ctx, s, l)
}

// concerns says whether what a letter is about is still so.
func (a *Verbs) concerns(ctx context.Context, s *dbkernel.System, l *letter.Letter) (bool, error) {
	switch l.Kind {
	case letter.Invitation:
		_, err := a.openInvitation(ctx, s, l.Token)
		if fault.Is(err, fault.Forbidden) {
			return false, nil
		}
		return err == nil, err
	case letter.Reset:
		_, err := dbpeople.Across(s).ResetUser(ctx, hashed(l.Token), a.k.Clock.Now())
		return err == nil, appkernel.IgnoreMissing(err)
	case letter.BudgetNotice:
		role, err := dbpeople.Across(s).RoleIn(ctx, l.Tenant, l.User)
		return role == tenant.Lead, err
	case letter.BudgetAnswer:
		role, err := dbpeople.Across(s).RoleIn(ctx, l.Tenant, l.User)
		return role != "", err
	}
	return true, nil
}
