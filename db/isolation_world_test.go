package db_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	dbagents "github.com/industrial-orchestrator/orchestrator/db/agents"
	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/db/migrations"
	dbpeople "github.com/industrial-orchestrator/orchestrator/db/people"
	dbrepos "github.com/industrial-orchestrator/orchestrator/db/repos"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/agent"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/apitoken"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/forge"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/letter"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/loop"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/merge"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
)

// world is a team with something in every table; every text in it holds the team's slug.
type world struct {
	slug                   string
	team                   dbtest.Team
	repo                   repository.Repository
	provider               provider.Provider
	running, ready, failed session.Session
	lease                  string
	ask, answered          session.Ask
	message                session.Message
	call                   usage.Call
	token                  apitoken.Token
	invitation             tenant.Invitation
	spare, taken           session.ID
	entry, left            merge.Entry
	agent, full            agent.Agent
	placeless              session.Session
}

func furnish(t *testing.T, d *dbkernel.DB, slug string) world {
	t.Helper()
	w := world{slug: slug, team: dbtest.NewTeam(t, d, slug), spare: session.SpareOf(id.New()), taken: session.SpareOf(id.New())}
	w.repo, w.provider = dbtest.Repository(t, d, w.team, "repo-"+slug), dbtest.Provider(t, d, w.team, "provider-"+slug)
	quota(t, d, w.team, 1) // so that a claim for another team leaves this one's queue alone
	make := func() session.Session {
		return dbtest.Session(t, d, w.team, func(v *session.Session) { v.RepositoryID = w.repo.ID })
	}
	dbtest.Move(t, d, make(), dbtest.Now, session.Queued)
	for _, c := range claim(t, d, 10) {
		if c.Tenant.ID == w.team.ID {
			w.running, w.lease = c.Session, c.Lease
		}
	}
	w.ready = dbtest.Move(t, d, make(), dbtest.Now, session.Queued)
	w.failed = dbtest.Move(t, d, make(), dbtest.Now, session.Queued, session.Failed)
	w.ask = session.Ask{ID: id.New(), SourceID: "per_1" + slug, Kind: session.Approval, Permission: slug, Patterns: []string{slug}, Metadata: []byte(`{}`),
		Questions: []byte(`[]`), AskedAt: dbtest.Now}
	w.answered = session.Ask{ID: id.New(), SourceID: "per_2" + slug, Kind: session.Question, Metadata: []byte(`{}`), Questions: []byte(`"` + slug + `"`), AskedAt: dbtest.Now}
	w.message = session.Message{ID: "msg_" + slug, PartID: "prt_" + slug, Text: slug, CreatedAt: dbtest.Now}
	w.call = usage.Call{ID: id.New(), Session: string(w.running.ID), Provider: slug, Model: slug, Request: []string{"blob-" + slug}, Started: dbtest.Now,
		Counts: usage.Counts{Input: int64(len(slug))}, Response: []byte(`"` + slug + `"`)}
	w.token = apitoken.Token{ID: id.New(), User: w.team.Member.ID, Name: slug, Scope: apitoken.Run, CreatedAt: dbtest.Now}
	w.invitation = tenant.Invitation{ID: id.New(), Email: "new-" + slug + "@example.org", Role: tenant.Member, By: w.team.Lead.ID, ByName: slug, CreatedAt: dbtest.Now, ExpiresAt: soon}
	w.entry = merge.Entry{ID: merge.ID(id.New()), Repository: w.repo.ID, Session: w.failed.ID, Head: slug, AddedBy: w.team.Member.ID, AddedName: slug, AddedAt: dbtest.Now}
	w.left = merge.Entry{ID: merge.ID(id.New()), Repository: w.repo.ID, Session: w.ready.ID, Head: slug, AddedAt: dbtest.Now, Status: merge.Merged, Note: slug}
	w.makeAgents(t, d)
	update(t, d, w.team.ID, w.fill)
	w.running = dbtest.Read(t, d, w.running)
	return w
}

// makeAgents gives the team two agents: one with figures, and one whose only place is taken, with a session that waits for it.
func (w *world) makeAgents(t *testing.T, d *dbkernel.DB) {
	t.Helper()
	spec := agent.Spec{Type: "reviewer", Description: w.slug, Capabilities: []agent.Capability{"testing"}, Avoided: []string{w.slug}, Prompt: w.slug, Places: 1}
	make := func(name string) agent.Agent {
		v := agent.Version{Number: agent.First, Spec: spec, Digest: spec.Digest(), Changelog: w.slug, SavedAt: dbtest.Now, SavedBy: w.team.Lead.ID, SavedName: w.slug}
		return agent.Agent{ID: agent.ID(id.New()), Name: name + w.slug, Current: v, CreatedAt: dbtest.Now, CreatedBy: w.team.Lead.ID, CreatedByName: w.slug}
	}
	w.agent, w.full = make("agent "), make("full ")
	update(t, d, w.team.ID, func(ctx context.Context, s *dbkernel.Scope) error {
		on := dbagents.On(s)
		return errors.Join(on.CreateAgent(ctx, w.agent), on.CreateAgent(ctx, w.full), on.SetDefaultAgent(ctx, w.agent.ID), errOf(on.TakePlace(ctx, w.full.ID, dbtest.Now)),
			on.SetResult(ctx, w.result(), dbtest.Now))
	})
	w.placeless = dbtest.Move(t, d, dbtest.Session(t, d, w.team, func(v *session.Session) { v.AgentID, v.AgentVersion = w.full.ID, agent.First.String() }), dbtest.Now, session.Queued)
}

func (w *world) result() dbagents.Result {
	return dbagents.Result{Agent: w.agent.ID, Session: string(w.failed.ID), Attempt: 1, Version: agent.First.String(), Capabilities: []agent.Capability{"testing"},
		End: agent.End{Success: 1000, Quality: 1000}, Ran: time.Minute, Tokens: 7, Cost: 7, At: dbtest.Now}
}

// fill puts a row into every table that the builders left empty.
func (w *world) fill(ctx context.Context, s *dbkernel.Scope) error {
	slug, of := w.slug, w.running.ID
	if _, err := s.ClaimKey(ctx, dbkernel.KeyedRequest{ID: "key-" + slug, Via: "token:" + slug, Key: slug, Digest: slug, ClaimedAt: dbtest.Now}, dbtest.Now, dbtest.Now); err != nil {
		return err
	}
	conversation := "ses_" + slug
	_, err1 := dbwork.On(s).AddAsk(ctx, of, w.ask)
	_, err2 := dbwork.On(s).AddAsk(ctx, of, w.answered)
	_, err3 := dbwork.On(s).AppendEvents(ctx, of, 1, []event.Event{event.New(event.AgentMessage, event.Actor{Kind: "agent"}, event.Text{Text: slug}),
		event.New(event.AgentUsage, event.Actor{Kind: "agent"}, event.Usage{Input: int64(len(slug)), CostMicro: 7})})
	sent := session.Message{ID: "msg_0" + slug, PartID: "prt_0" + slug, Text: slug, CreatedAt: dbtest.Now}
	return errors.Join(err1, err2, err3,
		dbwork.On(s).ReplyAsk(ctx, w.answered.ID, dbwork.Reply{Reply: session.Reject, Message: slug, At: dbtest.Now}),
		dbwork.On(s).SetSessionRun(ctx, of, dbwork.RunInfo{Conversation: &conversation}),
		dbwork.On(s).AddMessage(ctx, of, sent), dbwork.On(s).AddMessage(ctx, of, w.message), dbwork.On(s).MarkSent(ctx, of, []string{sent.ID}, dbtest.Now),
		dbwork.On(s).SetParts(ctx, of, []session.Part{{ID: "part", MessageID: "m", Kind: "text", Text: slug}}),
		dbwork.On(s).SetCursors(ctx, of, map[string]int64{conversation: 7}),
		dbwork.On(s).SetChecks(ctx, of, 1, []repository.CheckResult{{Command: slug, Verdict: repository.Passed, Output: slug, FinishedAt: dbtest.Now}}),
		dbrepos.On(s).AddHost(ctx, w.repo.ID, repository.Host{Name: slug + ".example:443", By: slug, AddedAt: dbtest.Now}, w.team.Lead.ID),
		dbrepos.On(s).PinHostKey(ctx, w.repo.ID, "ssh-x "+slug, slug, dbtest.Now), dbrepos.On(s).OfferHostKey(ctx, w.repo.ID, "ssh-y "+slug, dbtest.Now),
		dbrepos.On(s).SetForge(ctx, w.repo.ID, forge.Stored{Settings: forge.Settings{Kind: forge.Gitea, API: "https://" + slug + ".example/api/v1", Project: slug + "/x"}}, slug),
		dbrepos.On(s).SetForgeHook(ctx, w.repo.ID, "hook-"+slug, slug),
		dbwork.On(s).AddPull(ctx, session.Pull{Session: of, Repository: string(w.repo.ID), PullRequest: forge.PullRequest{Number: 7, State: forge.Open, Title: slug}, Host: slug, OpenedBy: string(w.team.Lead.ID),
			OpenedAt: dbtest.Now, ReadAt: dbtest.Now, ChangedAt: dbtest.Now}, soon),
		errOf(dbwork.On(s).AddDelivery(ctx, w.repo.ID, slug, dbtest.Now, dbtest.Now.Add(-time.Hour))),
		dbwork.On(s).SetDiff(ctx, of, 1, []session.FileChange{{Path: slug, Status: "added", Additions: 1, Patch: slug}}, []byte(slug), false, dbtest.Now),
		dbwork.On(s).EndAttempt(ctx, w.failed.ID), dbwork.On(s).SetSavedWork(ctx, w.failed.ID, 1, "commit-"+slug, 1),
		dbwork.On(s).SetPushedWork(ctx, w.failed.ID, 1, session.Pushed{At: dbtest.Now, Branch: slug, Commit: slug, ByName: slug}, w.team.Lead.ID),
		dbwork.On(s).SetGaps(ctx, of, repository.Gaps{Submodules: []string{slug}, SubmoduleCount: 1}),
		dbwork.On(s).AddLoopStop(ctx, of, 1, loop.Evidence{What: slug}, dbtest.Now), dbwork.On(s).ReplyLoopStop(ctx, of, loop.Resumed, w.team.Lead.ID, slug, dbtest.Now),
		dbwork.On(s).AddLoopStop(ctx, of, 1, loop.Evidence{What: slug}, dbtest.Now),
		dbwork.On(s).AddCheckpoint(ctx, of, session.Checkpoint{N: 1, Cause: session.Manual, Note: slug, Snapshot: session.Snapshot{Commit: slug, Tree: slug}, Conversation: conversation, MessageID: "msg_" + slug,
			By: event.Actor{Kind: "user", ID: string(w.team.Lead.ID), Name: slug}, At: dbtest.Now}),
		dbwork.On(s).AddRestore(ctx, of, dbwork.Restore{From: of, N: 1, Message: slug, By: w.team.Lead.ID, ByName: slug}, dbtest.Now),
		dbwork.On(s).SetRewind(ctx, of, session.Rewind{From: of, Conversation: conversation, MessageID: slug}),
		dbwork.On(s).AddGrant(ctx, dbwork.Grant{ID: id.New(), Session: of, Permission: slug, Pattern: slug, At: dbtest.Now}),
		dbwork.On(s).AddGrant(ctx, dbwork.Grant{ID: id.New(), Repository: w.repo.ID, Permission: slug, Pattern: slug, At: dbtest.Now}),
		dbwork.On(s).AddCall(ctx, w.call, map[string]string{"blob-" + slug: slug}), w.fillBudget(ctx, s),
		dbwork.On(s).SetFeedback(ctx, of, session.Feedback{By: w.team.Lead.ID, ByName: slug, Value: 1, Note: slug, At: dbtest.Now}),
		dbwork.On(s).TouchSession(ctx, of, 1, slug, dbtest.Now.Add(time.Minute)),
		dbwork.On(s).SetWaitingFor(ctx, of, session.Approval, dbtest.Now.Add(2*time.Minute)),
		s.WriteAudit(ctx, dbkernel.Audit{ID: id.New(), At: dbtest.Now, ByName: slug, Verb: "x", Object: slug}),
		dbpeople.On(s).CreateToken(ctx, w.token, "hash-"+slug), dbpeople.On(s).AddInvitation(ctx, w.invitation, "link-"+slug),
		dbpeople.On(s).AddEntrance(ctx, tenant.Entrance{ID: id.New(), User: w.team.Lead.ID, Name: slug, Login: "login-" + slug, Reason: "to look after " + slug, EnteredAt: dbtest.Now, EndsAt: soon}),
		dbwork.On(s).SaveProcess(ctx, dbwork.Process{Session: w.spare, Room: w.spare, Node: "node", Generation: "spare-" + slug, StartedAt: dbtest.Now}),
		dbwork.On(s).SaveProcess(ctx, dbwork.Process{Session: of, Room: w.taken, Node: "node", PID: 1, Password: slug, Generation: slug, StartedAt: dbtest.Now}),
		dbpeople.On(s).AddLetter(ctx, letter.Letter{ID: "mail-" + slug, Kind: letter.BudgetNotice, User: w.team.Lead.ID, CreatedAt: dbtest.Now}, slug),
		dbwork.On(s).OpenMergeQueue(ctx, w.repo.ID), dbwork.On(s).AddMergeEntry(ctx, w.entry), dbwork.On(s).AddMergeEntry(ctx, w.left),
		dbwork.On(s).MoveMergeEntry(ctx, w.left, merge.Waiting), dbwork.On(s).SetMergeRun(ctx, w.repo.ID, slug, merge.Run{Tree: slug, Verdict: merge.Failed, At: dbtest.Now}),
		dbwork.On(s).SaveGatewayKey(ctx, of, slug, "hash-"+slug, dbtest.Now))
}

// everything reads all rows of a team, table by table; a table without any would prove nothing.
func everything(t *testing.T, d *dbkernel.DB, of world) map[string][]string {
	t.Helper()
	all := view(t, d, of.team.ID, func(ctx context.Context, s *dbkernel.Scope) (map[string][]string, error) {
		return dump(ctx, s, tenantTables(t))
	})
	for _, table := range tenantTables(t) {
		if len(all[table]) == 0 {
			t.Errorf("team %s has no row in %s: give it one in furnish", of.slug, table)
		}
	}
	return all
}

// errLeave leaves a transaction without a commit.
var errLeave = errors.New("leave")

// probe reads every tenant table whole, to compare what a team had before and after.
var (
	probe  = dbkernel.NewArea("probe")
	probes = func() map[string]dbkernel.Stmt {
		all := map[string]dbkernel.Stmt{}
		for _, table := range tenantTablesIn(migrations.Text()) {
			all[table] = probe.Scoped(`SELECT * FROM ` + table + ` WHERE tenant_id = $1`)
		}
		return all
	}()
)

func dump(ctx context.Context, s *dbkernel.Scope, tables []string) (map[string][]string, error) {
	all := map[string][]string{}
	for _, table := range tables {
		lines, err := lines(s.Query(ctx, probes[table]))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", table, err)
		}
		all[table] = lines
	}
	return all, nil
}

// lines are the rows with all their columns, each as one line, sorted.
func lines(r *dbkernel.Rows, err error) ([]string, error) {
	if err != nil {
		return nil, err
	}
	columns, err := r.Columns()
	if err != nil {
		return nil, err
	}
	out, err := dbkernel.Collect(func(r dbkernel.Scanner) (string, error) {
		values := make([]any, len(columns))
		dest := make([]any, len(columns))
		for i := range values {
			dest[i] = &values[i]
		}
		err := r.Scan(dest...)
		return fmt.Sprintf("%q", values), err
	})(r, nil)
	slices.Sort(out)
	return out, err
}

// errOf is the error of a statement that also returns something else.
func errOf[T any](_ T, err error) error { return err }
