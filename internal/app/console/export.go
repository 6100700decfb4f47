package console

import (
	"archive/zip"
	"context"
	"encoding/json"
	"io"

	dbconsole "github.com/industrial-orchestrator/orchestrator/db/console"
	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbmodels "github.com/industrial-orchestrator/orchestrator/db/models"
	dbpeople "github.com/industrial-orchestrator/orchestrator/db/people"
	dbrepos "github.com/industrial-orchestrator/orchestrator/db/repos"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/audit"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/merge"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// exportPage is how many rows of a team's export are read in one transaction.
const exportPage = 200

// ExportTeam writes the export to the audit log and returns a function that writes the team's data as a ZIP of JSON files: the team with
// its limits, people, repositories, providers, tokens and invitations without their secrets, usage, requests, every agent with its
// versions and results, every session with its events, messages, checkpoints and feedback, and the audit log. An admin must enter the team to export it.
func (a *Verbs) ExportTeam(ctx context.Context, by tenant.Actor) (write func(context.Context, io.Writer) error, err error) {
	err = a.k.Write(ctx, by, tenant.ExportTeam, func(sc *dbkernel.Scope) error { return a.k.Audit(ctx, sc, by, "export_team", string(by.Tenant), "") })
	return func(ctx context.Context, w io.Writer) error { return a.exportTeam(ctx, by, w) }, err
}

// archive writes the files of an export.
type archive struct{ zip *zip.Writer }

// file writes a whole value as one JSON document.
func (x archive) file(name string, v any) error {
	w, err := x.zip.Create(name)
	if err != nil {
		return err
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(plain(v))
}

// lines writes pages of values as JSON lines until a page is empty.
func (x archive) lines(name string, next func() ([]any, error)) error {
	w, err := x.zip.Create(name)
	if err != nil {
		return err
	}
	enc := json.NewEncoder(w)
	for {
		page, err := next()
		if err != nil || len(page) == 0 {
			return err
		}
		for _, v := range page {
			if err := enc.Encode(plain(v)); err != nil {
				return err
			}
		}
	}
}

// exportedCheckpoints is the most checkpoints of a session that an export lists. Their files are not in it.
const exportedCheckpoints = 10_000

func (a *Verbs) exportTeam(ctx context.Context, by tenant.Actor, w io.Writer) error {
	x := archive{zip.NewWriter(w)}
	for _, part := range []func(context.Context, tenant.Actor, archive) error{a.exportTables, a.exportAgents, a.exportSessions, a.exportLog} {
		if err := part(ctx, by, x); err != nil {
			return err
		}
	}
	return x.zip.Close()
}

// exportTables writes the data that is small enough to be read at once.
func (a *Verbs) exportTables(ctx context.Context, by tenant.Actor, x archive) error {
	var t quota.Team
	var members []tenant.TeamMember
	err := a.k.DB.SystemView(ctx, func(s *dbkernel.System) (err error) {
		if t, err = dbconsole.Across(s).ConsoleTeam(ctx, by.Slug, quota.MonthOf(a.k.Clock.Now())); err != nil {
			return err
		}
		members, err = dbpeople.Across(s).TeamMembers(ctx, by.Tenant)
		return err
	})
	if err != nil {
		return err
	}
	tables := map[string]any{"team.json": t, "members.json": members}
	err = a.k.DB.View(ctx, by.Tenant, func(sc *dbkernel.Scope) error { return readTables(ctx, sc, tables) })
	for _, name := range []string{"team.json", "members.json", "repositories.json", "providers.json", "invitations.json", "tokens.json", "usage.json", "budget_requests.json", "merge_queues.json"} {
		if err == nil {
			err = x.file(name, tables[name])
		}
	}
	return err
}

func readTables(ctx context.Context, sc *dbkernel.Scope, into map[string]any) (err error) {
	if into["repositories.json"], err = dbrepos.On(sc).Repositories(ctx); err != nil {
		return err
	}
	if into["providers.json"], err = dbmodels.On(sc).Providers(ctx); err != nil {
		return err
	}
	if into["invitations.json"], err = dbpeople.On(sc).Invitations(ctx); err != nil {
		return err
	}
	if into["tokens.json"], err = dbpeople.On(sc).TeamTokens(ctx); err != nil {
		return err
	}
	if into["usage.json"], err = dbmodels.On(sc).UsageDays(ctx, "0000-00-00", "9999-99-99"); err != nil {
		return err
	}
	if into["budget_requests.json"], err = dbmodels.On(sc).BudgetRequests(ctx, 10_000); err != nil {
		return err
	}
	into["merge_queues.json"], err = readMergeQueues(ctx, sc)
	return err
}

// readMergeQueues reads the entries of every repository's merge queue: those in it, in order, and those that left it.
func readMergeQueues(ctx context.Context, sc *dbkernel.Scope) (all []merge.Queue, err error) {
	rs, err := dbrepos.On(sc).Repositories(ctx)
	for _, r := range rs {
		q := merge.Queue{Repository: r.ID, Name: r.Name, Base: r.DefaultBranch}
		if q.Entries, err = dbwork.On(sc).OpenMergeEntries(ctx, r.ID); err != nil {
			return nil, err
		}
		if q.Left, err = dbwork.On(sc).LeftMergeEntries(ctx, r.ID, 10_000); err != nil {
			return nil, err
		}
		if len(q.Entries)+len(q.Left) > 0 {
			all = append(all, q)
		}
	}
	return all, err
}

// exportSessions writes every session with its messages, feedback and events, newest first.
func (a *Verbs) exportSessions(ctx context.Context, by tenant.Actor, x archive) error {
	var before session.ID
	for {
		var page []session.Session
		err := a.k.DB.View(ctx, by.Tenant, func(sc *dbkernel.Scope) (err error) {
			page, _, err = dbwork.On(sc).Sessions(ctx, session.Filter{Before: before, Limit: exportPage})
			return err
		})
		if err != nil || len(page) == 0 {
			return err
		}
		for _, s := range page {
			if err := a.exportSession(ctx, by, x, s.ID); err != nil {
				return err
			}
		}
		before = page[len(page)-1].ID
	}
}

func (a *Verbs) exportSession(ctx context.Context, by tenant.Actor, x archive, id session.ID) error {
	var s session.Session
	var messages []session.Message
	var outcomes []session.Outcome
	var checkpoints []session.Checkpoint
	var pulls []session.Pull
	var feedback []session.Feedback
	err := a.k.DB.View(ctx, by.Tenant, func(sc *dbkernel.Scope) (err error) {
		if s, err = dbwork.On(sc).Session(ctx, id); err != nil {
			return err
		}
		if checkpoints, err = dbwork.On(sc).Checkpoints(ctx, id, exportedCheckpoints); err != nil {
			return err
		}
		if pulls, err = dbwork.On(sc).Pulls(ctx, id); err != nil {
			return err
		}
		if feedback, err = dbwork.On(sc).Feedback(ctx, id); err != nil {
			return err
		}
		if messages, err = dbwork.On(sc).Messages(ctx, id); err != nil {
			return err
		}
		outcomes, err = dbwork.On(sc).Outcomes(ctx, id)
		return err
	})
	if err != nil {
		return appkernel.IgnoreMissing(err) // it was purged in the meantime
	}
	dir := "sessions/" + string(id) + "/"
	for _, part := range []struct {
		name string
		rows any
	}{{"session", s}, {"messages", messages}, {"outcomes", outcomes}, {"checkpoints", checkpoints}, {"pull_requests", pulls}, {"feedback", feedback}} {
		if err := x.file(dir+part.name+".json", part.rows); err != nil {
			return err
		}
	}
	var after int64
	return x.lines(dir+"events.jsonl", func() (page []any, err error) {
		err = a.k.DB.View(ctx, by.Tenant, func(sc *dbkernel.Scope) error {
			es, err := dbwork.On(sc).Events(ctx, id, after, exportPage)
			if err != nil {
				return err
			}
			for _, e := range es {
				page, after = append(page, e), e.Seq
			}
			return nil
		})
		return page, err
	})
}

// exportLog writes the audit log, oldest first.
func (a *Verbs) exportLog(ctx context.Context, by tenant.Actor, x archive) error {
	f := audit.Filter{After: "0", Limit: exportPage}
	return x.lines("audit.jsonl", func() (page []any, err error) {
		err = a.k.DB.View(ctx, by.Tenant, func(sc *dbkernel.Scope) error {
			p, err := dbconsole.On(sc).Audit(ctx, f)
			if err != nil {
				return err
			}
			for i := len(p.Items) - 1; i >= 0; i-- {
				page, f.After = append(page, p.Items[i]), p.Items[i].ID
			}
			return nil
		})
		return page, err
	})
}
