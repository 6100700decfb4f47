package work

import (
	"context"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/letter"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// NoticeWork announces to the team's leads, once, that the working tree of a session whose work nobody has taken will be removed.
func (a *Verbs) NoticeWork(ctx context.Context, t tenant.ID, id session.ID) error {
	return a.k.DB.Update(ctx, t, func(sc *dbkernel.Scope) error {
		s, err := dbwork.On(sc).Session(ctx, id)
		if err != nil {
			return err
		}
		now := a.k.Clock.Now()
		first, err := dbwork.On(sc).NoticeWork(ctx, id, s.Attempt, now)
		if err != nil || !first {
			return err
		}
		until := now.Add(session.NoticeWork).UTC().Format("2 Jan 2006")
		l := letter.Letter{Kind: letter.WorkNotice, Path: "/sessions/" + string(id), Data: letter.Data{What: s.Title, Until: until}}
		if err := a.people.PostTeam(ctx, sc, l); err != nil {
			return err
		}
		sc.AfterCommit(func() { a.ringSession(t, id) })
		return a.k.Audit(ctx, sc, appkernel.SystemActor(t), "notice_work", string(id), s.Title+": removed after "+until)
	})
}
