package db_test

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/industrial-orchestrator/orchestrator/db"
	dbagents "github.com/industrial-orchestrator/orchestrator/db/agents"
	dbconsole "github.com/industrial-orchestrator/orchestrator/db/console"
	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbmodels "github.com/industrial-orchestrator/orchestrator/db/models"
	dbpeople "github.com/industrial-orchestrator/orchestrator/db/people"
	dbrepos "github.com/industrial-orchestrator/orchestrator/db/repos"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/agent"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/audit"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/forge"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/letter"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/loop"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/merge"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
)

// What a method in the scope of team alpha returns for the ids of team beta.
const (
	missing  = "missing"  // as for a row that does not exist
	conflict = "conflict" // as if another writer were first
	refused  = "refused"  // by a foreign key or a wall
	nothing  = "nothing"  // no error, no rows, no change
	own      = "own"      // rows of alpha only, whatever the arguments
)

type call struct {
	want string
	ask  func(context.Context, *dbkernel.Scope, world) (any, error)
}

// give and do make rows of methods with one result and with none.
func give[T any](want string, fn func(context.Context, *dbkernel.Scope, world) (T, error)) call {
	return call{want, func(ctx context.Context, s *dbkernel.Scope, b world) (any, error) { return fn(ctx, s, b) }}
}

func do(want string, fn func(context.Context, *dbkernel.Scope, world) error) call {
	return call{want, func(ctx context.Context, s *dbkernel.Scope, b world) (any, error) { return nil, fn(ctx, s, b) }}
}

// results gathers several results into one.
func results(all ...any) (any, error) {
	err, _ := all[len(all)-1].(error)
	return all[:len(all)-1], err
}

// found is a result that a method reports to exist, or nil.
func found[T any](v T, ok bool, err error) (any, error) {
	if !ok {
		return nil, err
	}
	return v, err
}

type (
	c = context.Context
	s = *dbkernel.Scope
	w = world
)

var soon = dbtest.Now.Add(time.Hour)

// isolation has a row for every method of Scope: the second and third net.
var isolation = map[string]call{
	"kernel.Tenant":      give(own, func(_ c, s s, _ w) (any, error) { return s.Tenant(), nil }),
	"kernel.AfterCommit": do(nothing, func(_ c, s s, _ w) error { s.AfterCommit(func() {}); return nil }),

	"kernel.ClaimKey": give(own, func(c c, s s, b w) (bool, error) {
		return s.ClaimKey(c, dbkernel.KeyedRequest{ID: "key-" + b.slug, Via: "token:" + b.slug, Key: b.slug, ClaimedAt: dbtest.Now}, soon, soon)
	}),
	"kernel.KeyedRequest": give(missing, func(c c, s s, b w) (dbkernel.KeyedRequest, error) { return s.KeyedRequest(c, "token:"+b.slug, b.slug) }),
	"kernel.CommitKey":    do(conflict, func(c c, s s, b w) error { return s.CommitKey(c, "key-"+b.slug) }),
	"kernel.AnswerKey":    do(nothing, func(c c, s s, b w) error { return s.AnswerKey(c, "key-"+b.slug, "sealed") }),
	"kernel.ReleaseKey":   do(nothing, func(c c, s s, b w) error { return s.ReleaseKey(c, "key-"+b.slug) }),

	"agents.CreateAgent": do(nothing, func(c c, s s, b w) error { return dbagents.On(s).CreateAgent(c, b.agent) }),
	"agents.Agent":       give(missing, func(c c, s s, b w) (agent.Agent, error) { return dbagents.On(s).Agent(c, b.agent.ID) }),
	"agents.Agents":      give(own, func(c c, s s, _ w) ([]agent.Agent, error) { return dbagents.On(s).Agents(c, agent.Filter{Limit: 100}) }),
	"agents.AgentDays": give(nothing, func(c c, s s, b w) (map[agent.ID][]agent.Day, error) {
		return dbagents.On(s).AgentDays(c, []agent.ID{b.agent.ID}, dbtest.Now.AddDate(-1, 0, 0))
	}),
	"agents.AgentTotals":  give(own, func(c c, s s, _ w) (agent.Totals, error) { return dbagents.On(s).AgentTotals(c, dbtest.Now) }),
	"agents.CountAgents":  {own, func(c c, s s, _ w) (any, error) { return results(dbagents.On(s).CountAgents(c)) }},
	"agents.DefaultAgent": {own, func(c c, s s, _ w) (any, error) { return results(dbagents.On(s).DefaultAgent(c)) }},
	"agents.UpdateAgent": do(missing, func(c c, s s, b w) error {
		v := b.agent
		v.Row, v.Status = 1, agent.Inactive
		return dbagents.On(s).UpdateAgent(c, v, "", soon)
	}),
	"agents.DeleteAgent":     do(missing, func(c c, s s, b w) error { return dbagents.On(s).DeleteAgent(c, b.agent.ID, soon) }),
	"agents.SetDefaultAgent": do(missing, func(c c, s s, b w) error { return dbagents.On(s).SetDefaultAgent(c, b.agent.ID) }),
	"agents.AddVersion": do(missing, func(c c, s s, b w) error {
		return dbagents.On(s).AddVersion(c, b.agent.ID, agent.First, agent.Version{Number: agent.Number{Major: 1}})
	}),
	"agents.Version":     give(missing, func(c c, s s, b w) (agent.Version, error) { return dbagents.On(s).Version(c, b.agent.ID, agent.First) }),
	"agents.Versions":    give(nothing, func(c c, s s, b w) ([]agent.Version, error) { return dbagents.On(s).Versions(c, b.agent.ID, 10) }),
	"agents.TakePlace":   give(nothing, func(c c, s s, b w) (bool, error) { return dbagents.On(s).TakePlace(c, b.agent.ID, soon) }),
	"agents.ReturnPlace": do(nothing, func(c c, s s, b w) error { return dbagents.On(s).ReturnPlace(c, b.full.ID) }),
	"agents.Candidates":  give(own, func(c c, s s, _ w) ([]agent.Candidate, error) { return dbagents.On(s).Candidates(c, dbtest.Now) }),
	"agents.SetResult":   do(refused, func(c c, s s, b w) error { return dbagents.On(s).SetResult(c, b.result(), soon) }),
	"agents.DropResult":  do(nothing, func(c c, s s, b w) error { return dbagents.On(s).DropResult(c, b.result(), soon) }),
	"agents.Results": give(nothing, func(c c, s s, b w) ([]agent.Result, error) {
		return dbagents.On(s).Results(c, b.agent.ID, dbtest.Now.AddDate(-1, 0, 0), 10)
	}),
	"work.SetFeedback": do(refused, func(c c, s s, b w) error {
		return dbwork.On(s).SetFeedback(c, b.running.ID, session.Feedback{By: b.team.Lead.ID, At: soon})
	}),
	"work.Feedback":  give(nothing, func(c c, s s, b w) ([]session.Feedback, error) { return dbwork.On(s).Feedback(c, b.running.ID) }),
	"work.LockQueue": do(own, func(c c, s s, _ w) error { return dbwork.On(s).LockQueue(c) }),
	"work.LockPlaceless": {nothing, func(c c, s s, b w) (any, error) {
		v, ok, err := dbwork.On(s).LockPlaceless(c, b.placeless.ID)
		return found(v, ok, err)
	}},
	"work.GivePlace": do(missing, func(c c, s s, b w) error { return dbwork.On(s).GivePlace(c, b.placeless.ID) }),

	"work.Session": give(missing, func(c c, s s, b w) (session.Session, error) { return dbwork.On(s).Session(c, b.running.ID) }),
	"work.Sessions": {nothing, func(c c, s s, b w) (any, error) {
		return results(dbwork.On(s).Sessions(c, session.Filter{Query: b.slug, Parent: b.running.ID}))
	}},
	"work.CountSessions": {nothing, func(c c, s s, b w) (any, error) {
		return results(dbwork.On(s).CountSessions(c, session.Filter{Query: b.slug, Parent: b.running.ID, Limit: 10}))
	}},
	"work.Counts":           give(own, func(c c, s s, _ w) (map[session.Status]int64, error) { return dbwork.On(s).Counts(c) }),
	"work.EndedCounts":      give(own, func(c c, s s, _ w) (map[session.Status]int64, error) { return dbwork.On(s).EndedCounts(c, dbtest.Now) }),
	"work.CountWaitingAsks": {own, func(c c, s s, b w) (any, error) { return results(dbwork.On(s).CountWaitingAsks(c, b.team.Lead.ID)) }},
	"work.QueuePlace":       give(nothing, func(c c, s s, b w) (int64, error) { return dbwork.On(s).QueuePlace(c, b.ready.ID) }),
	"work.QueuePlaces":      give(own, func(c c, s s, _ w) (map[session.ID]int64, error) { return dbwork.On(s).QueuePlaces(c) }),
	"work.CreateSession": do(refused, func(c c, s s, b w) error {
		v := b.ready
		v.ID, v.ParentID = "new", b.running.ID
		return dbwork.On(s).CreateSession(c, v)
	}),
	"work.DeleteSession": do(missing, func(c c, s s, b w) error { return dbwork.On(s).DeleteSession(c, b.failed.ID, soon) }),
	"work.MoveSession": do(missing, func(c c, s s, b w) error {
		_, err := dbwork.On(s).MoveSession(c, dbwork.Move{ID: b.running.ID, From: session.Running, To: session.Stopped, At: soon})
		return err
	}),
	"work.SetSessionRun": do(missing, func(c c, s s, b w) error {
		return dbwork.On(s).SetSessionRun(c, b.running.ID, dbwork.RunInfo{Fresh: true})
	}),
	"work.TouchSession":  do(nothing, func(c c, s s, b w) error { return dbwork.On(s).TouchSession(c, b.running.ID, 1, "planted", soon) }),
	"work.SetWaitingFor": do(nothing, func(c c, s s, b w) error { return dbwork.On(s).SetWaitingFor(c, b.running.ID, session.Question, soon) }),
	"work.ExtendLease":   do(conflict, func(c c, s s, b w) error { return dbwork.On(s).ExtendLease(c, b.running.ID, 1, b.lease, soon) }),
	"work.ReleaseLease":  do(nothing, func(c c, s s, b w) error { return dbwork.On(s).ReleaseLease(c, b.running.ID, b.lease) }),
	"work.TakeOverLease": do(conflict, func(c c, s s, b w) error {
		return dbwork.On(s).TakeOverLease(c, b.running.ID, b.lease, "mine", soon, soon)
	}),

	"work.AppendEvents": give(missing, func(c c, s s, b w) ([]event.Event, error) {
		return dbwork.On(s).AppendEvents(c, b.running.ID, 1, []event.Event{event.New(event.SessionNote, event.Actor{}, event.Note{Text: "planted"})})
	}),
	"work.ReportEvents": do(conflict, func(c c, s s, b w) error {
		return dbwork.On(s).ReportEvents(c, b.running.ID, 1, b.lease, []event.Event{event.New(event.SessionNote, event.Actor{}, event.Note{Text: "planted"})})
	}),
	"work.Events":       give(nothing, func(c c, s s, b w) ([]event.Event, error) { return dbwork.On(s).Events(c, b.running.ID, 0, 100) }),
	"work.EventsBefore": give(nothing, func(c c, s s, b w) ([]event.Event, error) { return dbwork.On(s).EventsBefore(c, b.running.ID, 0, 100) }),
	"work.EventsOfType": give(nothing, func(c c, s s, b w) ([]event.Event, error) {
		return dbwork.On(s).EventsOfType(c, b.running.ID, event.AgentMessage, 100)
	}),
	"work.LastSeq":    give(missing, func(c c, s s, b w) (int64, error) { return dbwork.On(s).LastSeq(c, b.running.ID) }),
	"work.Changes":    give(own, func(c c, s s, _ w) ([]session.Change, error) { return dbwork.On(s).Changes(c, 0, 1000) }),
	"work.LastChange": give(own, func(c c, s s, _ w) (int64, error) { return dbwork.On(s).LastChange(c) }),

	"work.AddMessage": do(missing, func(c c, s s, b w) error {
		return dbwork.On(s).AddMessage(c, b.running.ID, session.Message{ID: "planted", CreatedAt: soon})
	}),
	"work.Messages":    give(nothing, func(c c, s s, b w) ([]session.Message, error) { return dbwork.On(s).Messages(c, b.running.ID) }),
	"work.Undelivered": give(nothing, func(c c, s s, b w) ([]session.Message, error) { return dbwork.On(s).Undelivered(c, b.running.ID) }),
	"work.LastSent":    {nothing, func(c c, s s, b w) (any, error) { return results(dbwork.On(s).LastSent(c, b.running.ID)) }},
	"work.MarkSent":    do(nothing, func(c c, s s, b w) error { return dbwork.On(s).MarkSent(c, b.running.ID, []string{b.message.ID}, soon) }),

	"work.SetParts": do(refused, func(c c, s s, b w) error {
		return dbwork.On(s).SetParts(c, b.running.ID, []session.Part{{ID: "part", Text: "planted"}})
	}),
	"work.DropParts": do(nothing, func(c c, s s, b w) error { return dbwork.On(s).DropParts(c, b.running.ID, nil) }),
	"work.Parts":     give(nothing, func(c c, s s, b w) ([]session.Part, error) { return dbwork.On(s).Parts(c, b.running.ID) }),
	"work.SetCursors": do(refused, func(c c, s s, b w) error {
		return dbwork.On(s).SetCursors(c, b.running.ID, map[string]int64{"ses_" + b.slug: 99})
	}),
	"work.DropCursors": do(nothing, func(c c, s s, b w) error { return dbwork.On(s).DropCursors(c, b.running.ID) }),
	"work.Cursors":     give(nothing, func(c c, s s, b w) (map[string]int64, error) { return dbwork.On(s).Cursors(c, b.running.ID) }),

	"work.AddAsk": give(refused, func(c c, s s, b w) (bool, error) {
		return dbwork.On(s).AddAsk(c, b.running.ID, session.Ask{ID: id.New(), AskedAt: soon})
	}),
	"work.Ask":            {missing, func(c c, s s, b w) (any, error) { return results(dbwork.On(s).Ask(c, b.ask.ID)) }},
	"work.SessionAsks":    give(nothing, func(c c, s s, b w) ([]session.Ask, error) { return dbwork.On(s).SessionAsks(c, b.running.ID) }),
	"work.OpenAsks":       give(own, func(c c, s s, _ w) ([]session.OpenAsk, error) { return dbwork.On(s).OpenAsks(c, 100) }),
	"work.LoopedSessions": give(nothing, func(c c, s s, _ w) ([]session.Session, error) { return dbwork.On(s).LoopedSessions(c, 100) }),
	"work.ReplyAsk": do(missing, func(c c, s s, b w) error {
		return dbwork.On(s).ReplyAsk(c, b.ask.ID, dbwork.Reply{Reply: session.Once, At: soon})
	}),
	"work.PendingReplies": give(nothing, func(c c, s s, b w) ([]session.PendingReply, error) {
		return dbwork.On(s).PendingReplies(c, b.running.ID)
	}),
	"work.MarkDelivered": do(nothing, func(c c, s s, b w) error { return dbwork.On(s).MarkDelivered(c, b.answered.ID, soon) }),
	"work.CloseAsks":     give(nothing, func(c c, s s, b w) (int64, error) { return dbwork.On(s).CloseAsks(c, b.running.ID, nil, soon) }),
	"work.OpenAskCount":  {nothing, func(c c, s s, b w) (any, error) { return results(dbwork.On(s).OpenAskCount(c, b.running.ID)) }},
	"work.AddGrant": do(refused, func(c c, s s, b w) error {
		return dbwork.On(s).AddGrant(c, dbwork.Grant{ID: id.New(), Session: b.running.ID, At: soon})
	}),
	"work.Grants": give(nothing, func(c c, s s, b w) ([]dbwork.Grant, error) {
		return dbwork.On(s).Grants(c, b.running.ID, b.repo.ID, soon)
	}),

	"work.SetChecks": do(nothing, func(c c, s s, b w) error { return dbwork.On(s).SetChecks(c, b.running.ID, 1, nil) }),
	"work.Checks":    {nothing, func(c c, s s, b w) (any, error) { return dbwork.On(s).Checks(c, b.running.ID, 0) }},
	"work.SetDiff":   do(missing, func(c c, s s, b w) error { return dbwork.On(s).SetDiff(c, b.running.ID, 1, nil, nil, false, soon) }),
	"work.Files":     give(nothing, func(c c, s s, b w) ([]session.FileChange, error) { return dbwork.On(s).Files(c, b.running.ID) }),
	"work.Patch":     {nothing, func(c c, s s, b w) (any, error) { return results(dbwork.On(s).Patch(c, b.running.ID, 0)) }},

	"work.EndAttempt":   do(nothing, func(c c, s s, b w) error { return dbwork.On(s).EndAttempt(c, b.failed.ID) }),
	"work.Outcomes":     give(nothing, func(c c, s s, b w) ([]session.Outcome, error) { return dbwork.On(s).Outcomes(c, b.failed.ID) }),
	"work.SetSavedWork": do(nothing, func(c c, s s, b w) error { return dbwork.On(s).SetSavedWork(c, b.failed.ID, 1, "planted", 1) }),
	"work.NoticeWork":   give(nothing, func(c c, s s, b w) (bool, error) { return dbwork.On(s).NoticeWork(c, b.failed.ID, 1, soon) }),
	"work.SetPushedWork": do(missing, func(c c, s s, b w) error {
		return dbwork.On(s).SetPushedWork(c, b.failed.ID, 1, session.Pushed{At: soon, Branch: "planted"}, b.team.Lead.ID)
	}),

	"work.SetGaps": do(refused, func(c c, s s, b w) error {
		return dbwork.On(s).SetGaps(c, b.running.ID, repository.Gaps{SubmoduleCount: 1, Submodules: []string{"planted"}})
	}),
	"work.OpenMergeQueue": do(refused, func(c c, s s, b w) error { return dbwork.On(s).OpenMergeQueue(c, b.repo.ID) }),
	"work.MergeQueue":     give(missing, func(c c, s s, b w) (merge.Queue, error) { return dbwork.On(s).MergeQueue(c, b.repo.ID) }),
	"work.HoldMergeQueue": do(missing, func(c c, s s, b w) error { return dbwork.On(s).HoldMergeQueue(c, b.repo.ID, "planted", "", "") }),
	"work.StopMergeQueue": do(missing, func(c c, s s, b w) error { return dbwork.On(s).StopMergeQueue(c, b.repo.ID, "planted", "") }),
	"work.SetMergeBase":   do(missing, func(c c, s s, b w) error { return dbwork.On(s).SetMergeBase(c, b.repo.ID, "planted", "") }),
	"work.SetLanding":     do(missing, func(c c, s s, b w) error { return dbwork.On(s).SetLanding(c, b.repo.ID, "planted", "") }),
	"work.SetMergeCheck":  do(missing, func(c c, s s, b w) error { return dbwork.On(s).SetMergeCheck(c, b.repo.ID, 2, &soon) }),
	"work.SetMergeWaits":  do(missing, func(c c, s s, b w) error { return dbwork.On(s).SetMergeWaits(c, b.repo.ID, "planted") }),
	"work.AddMergeEntry": do(refused, func(c c, s s, b w) error {
		return dbwork.On(s).AddMergeEntry(c, merge.Entry{ID: "new", Repository: b.repo.ID, Session: b.running.ID})
	}),
	"work.MergeEntry":       give(missing, func(c c, s s, b w) (merge.Entry, error) { return dbwork.On(s).MergeEntry(c, b.entry.ID) }),
	"work.MergeEntryOf":     give(missing, func(c c, s s, b w) (merge.Entry, error) { return dbwork.On(s).MergeEntryOf(c, b.entry.Session) }),
	"work.OpenMergeEntryOf": give(missing, func(c c, s s, b w) (merge.Entry, error) { return dbwork.On(s).OpenMergeEntryOf(c, b.entry.Session) }),
	"work.OpenMergeEntries": give(nothing, func(c c, s s, b w) ([]merge.Entry, error) { return dbwork.On(s).OpenMergeEntries(c, b.repo.ID) }),
	"work.LeftMergeEntries": give(nothing, func(c c, s s, b w) ([]merge.Entry, error) { return dbwork.On(s).LeftMergeEntries(c, b.repo.ID, 10) }),
	"work.MergeTouches": give(nothing, func(c c, s s, b w) (map[merge.ID][]merge.Touch, error) {
		return dbwork.On(s).MergeTouches(c, b.repo.ID)
	}),
	"work.OpenMergeCounts": give(own, func(c c, s s, _ w) (map[repository.ID]int64, error) { return dbwork.On(s).OpenMergeCounts(c) }),
	"work.MoveMergeEntry": do(conflict, func(c c, s s, b w) error {
		return dbwork.On(s).MoveMergeEntry(c, merge.Entry{ID: b.entry.ID, Status: merge.Removed}, merge.Waiting)
	}),
	"work.PlaceMergeEntry": do(missing, func(c c, s s, b w) error { return dbwork.On(s).PlaceMergeEntry(c, b.entry.ID, 9) }),
	"work.SetMergeRun": do(refused, func(c c, s s, b w) error {
		return dbwork.On(s).SetMergeRun(c, b.repo.ID, "planted", merge.Run{Tree: "planted", At: soon})
	}),
	"work.MergeRun":              give(missing, func(c c, s s, b w) (merge.Run, error) { return dbwork.On(s).MergeRun(c, b.repo.ID, b.slug, b.slug) }),
	"work.MergeRuns":             give(nothing, func(c c, s s, b w) ([]merge.Run, error) { return dbwork.On(s).MergeRuns(c, b.repo.ID, 10) }),
	"work.ForgetMergeRuns":       do(nothing, func(c c, s s, b w) error { return dbwork.On(s).ForgetMergeRuns(c, b.repo.ID, soon) }),
	"work.ForgetFailedMergeRuns": do(nothing, func(c c, s s, b w) error { return dbwork.On(s).ForgetFailedMergeRuns(c, b.repo.ID) }),

	"work.Branches":    give(nothing, func(c c, s s, b w) ([]string, error) { return dbwork.On(s).Branches(c, b.repo.ID) }),
	"work.Gaps":        give(nothing, func(c c, s s, b w) (repository.Gaps, error) { return dbwork.On(s).Gaps(c, b.running.ID) }),
	"work.AddLoopStop": do(refused, func(c c, s s, b w) error { return dbwork.On(s).AddLoopStop(c, b.running.ID, 1, loop.Evidence{}, soon) }),
	"work.LoopStops":   give(nothing, func(c c, s s, b w) ([]loop.Stop, error) { return dbwork.On(s).LoopStops(c, b.running.ID, 10) }),
	"work.ReplyLoopStop": do(nothing, func(c c, s s, b w) error {
		return dbwork.On(s).ReplyLoopStop(c, b.running.ID, loop.Ended, "planted", "planted", soon)
	}),
	"work.TeamLoopStops": give(own, func(c c, s s, _ w) ([]loop.Stop, error) { return dbwork.On(s).TeamLoopStops(c, time.Time{}, "", 100) }),

	"work.NextCheckpoint":       give(missing, func(c c, s s, b w) (int64, error) { return dbwork.On(s).NextCheckpoint(c, b.running.ID) }),
	"work.LastCheckpointNumber": give(missing, func(c c, s s, b w) (int64, error) { return dbwork.On(s).LastCheckpointNumber(c, b.running.ID) }),
	"work.AddCheckpoint": do(refused, func(c c, s s, b w) error {
		return dbwork.On(s).AddCheckpoint(c, b.running.ID, session.Checkpoint{N: 9, Cause: session.Manual, At: soon})
	}),
	"work.Checkpoints": give(nothing, func(c c, s s, b w) ([]session.Checkpoint, error) {
		return dbwork.On(s).Checkpoints(c, b.running.ID, 10)
	}),
	"work.CountCheckpoints": give(nothing, func(c c, s s, b w) (int64, error) { return dbwork.On(s).CountCheckpoints(c, b.running.ID) }),
	"work.Checkpoint":       give(missing, func(c c, s s, b w) (session.Checkpoint, error) { return dbwork.On(s).Checkpoint(c, b.running.ID, 1) }),
	"work.CheckpointAtMessage": {nothing, func(c c, s s, b w) (any, error) {
		return found(dbwork.On(s).CheckpointAtMessage(c, b.running.ID, "msg_"+b.slug))
	}},
	"work.LastGoodCheckpoint": {nothing, func(c c, s s, b w) (any, error) { return found(dbwork.On(s).LastGoodCheckpoint(c, b.running.ID)) }},
	"work.RotateCheckpoints":  {nothing, func(c c, s s, b w) (any, error) { return results(dbwork.On(s).RotateCheckpoints(c, b.running.ID, 0)) }},
	"work.ConversationEnd": give(nothing, func(c c, s s, b w) (string, error) {
		return dbwork.On(s).ConversationEnd(c, b.running.ID, "ses_"+b.slug)
	}),
	"work.LastReceived":      give(nothing, func(c c, s s, b w) (int64, error) { return dbwork.On(s).LastReceived(c, b.running.ID) }),
	"work.UndoMessages":      do(nothing, func(c c, s s, b w) error { return dbwork.On(s).UndoMessages(c, b.running.ID, 0) }),
	"work.AddRestore":        do(refused, func(c c, s s, b w) error { return dbwork.On(s).AddRestore(c, b.running.ID, dbwork.Restore{N: 1}, soon) }),
	"work.Restore":           {nothing, func(c c, s s, b w) (any, error) { return found(dbwork.On(s).Restore(c, b.running.ID)) }},
	"work.CheckNotRestoring": do(nothing, func(c c, s s, b w) error { return dbwork.On(s).CheckNotRestoring(c, b.running.ID) }),
	"work.SetRestoreBefore":  do(nothing, func(c c, s s, b w) error { return dbwork.On(s).SetRestoreBefore(c, b.running.ID, 9) }),
	"work.DropRestore":       do(nothing, func(c c, s s, b w) error { return dbwork.On(s).DropRestore(c, b.running.ID) }),
	"work.SetRewind": do(refused, func(c c, s s, b w) error {
		return dbwork.On(s).SetRewind(c, b.running.ID, session.Rewind{From: b.running.ID})
	}),
	"work.Rewind":     {nothing, func(c c, s s, b w) (any, error) { return found(dbwork.On(s).Rewind(c, b.running.ID)) }},
	"work.DropRewind": do(nothing, func(c c, s s, b w) error { return dbwork.On(s).DropRewind(c, b.running.ID) }),
	"work.Imports":    give(missing, func(c c, s s, b w) (int64, error) { return dbwork.On(s).Imports(c, b.running.ID) }),
	"work.IsLeased":   give(nothing, func(c c, s s, b w) (bool, error) { return dbwork.On(s).IsLeased(c, b.running.ID, time.Time{}) }),

	"work.AddCall": do(refused, func(c c, s s, b w) error { v := b.call; v.ID = id.New(); return dbwork.On(s).AddCall(c, v, nil) }),
	"work.Calls":   {nothing, func(c c, s s, b w) (any, error) { return results(dbwork.On(s).Calls(c, b.running.ID, "", 100)) }},
	"work.Call":    {missing, func(c c, s s, b w) (any, error) { return dbwork.On(s).Call(c, b.call.ID) }},
	"work.Blobs": give(nothing, func(c c, s s, b w) (map[string]string, error) {
		return dbwork.On(s).Blobs(c, []string{"blob-" + b.slug})
	}),
	"models.UsageDays": {own, func(c c, s s, _ w) (any, error) { return dbmodels.On(s).UsageDays(c, "0000-00-00", "9999-99-99") }},

	"models.CreateProvider": do(own, func(c c, s s, b w) error { return dbmodels.On(s).CreateProvider(c, b.provider, "planted", soon) }),
	"models.Provider":       {missing, func(c c, s s, b w) (any, error) { return dbmodels.On(s).Provider(c, b.provider.ID) }},
	"models.ProviderByName": {missing, func(c c, s s, b w) (any, error) { return dbmodels.On(s).ProviderByName(c, b.provider.Name) }},
	"models.Providers":      {own, func(c c, s s, _ w) (any, error) { return dbmodels.On(s).Providers(c) }},
	"models.ProviderKey":    {missing, func(c c, s s, b w) (any, error) { return dbmodels.On(s).ProviderKey(c, b.provider.ID) }},
	"models.MoveProvider":   do(missing, func(c c, s s, b w) error { return dbmodels.On(s).MoveProvider(c, b.provider.ID, "https://planted", "") }),
	"repos.MoveRepository":  do(missing, func(c c, s s, b w) error { return dbrepos.On(s).MoveRepository(c, b.repo.ID, "https://planted/x", "") }),
	"models.SetProviderKey": do(missing, func(c c, s s, b w) error { return dbmodels.On(s).SetProviderKey(c, b.provider.ID, "planted") }),
	"models.SetProviderModels": do(missing, func(c c, s s, b w) error {
		return dbmodels.On(s).SetProviderModels(c, b.provider.ID, b.provider.Models, soon)
	}),
	"models.DeleteProvider": do(missing, func(c c, s s, b w) error { return dbmodels.On(s).DeleteProvider(c, b.provider.ID, soon) }),

	"repos.AddHost": do(refused, func(c c, s s, b w) error {
		return dbrepos.On(s).AddHost(c, b.repo.ID, repository.Host{Name: "planted:1"}, "x")
	}),
	"repos.Hosts":      give(nothing, func(c c, s s, b w) ([]repository.Host, error) { return dbrepos.On(s).Hosts(c, b.repo.ID) }),
	"repos.RemoveHost": do(missing, func(c c, s s, b w) error { return dbrepos.On(s).RemoveHost(c, b.repo.ID, b.slug+".example:443") }),
	"repos.HostKey":    give(missing, func(c c, s s, b w) (repository.HostKey, error) { return dbrepos.On(s).HostKey(c, b.repo.ID) }),
	"repos.PinHostKey": do(refused, func(c c, s s, b w) error {
		return dbrepos.On(s).PinHostKey(c, b.repo.ID, "ssh-x planted", "", dbtest.Now)
	}),
	"repos.OfferHostKey": do(missing, func(c c, s s, b w) error {
		return dbrepos.On(s).OfferHostKey(c, b.repo.ID, "ssh-x planted", dbtest.Now)
	}),
	"repos.ForgetHostKey": do(nothing, func(c c, s s, b w) error { return dbrepos.On(s).ForgetHostKey(c, b.repo.ID) }),
	"work.AddPull": do(refused, func(c c, s s, b w) error {
		return dbwork.On(s).AddPull(c, session.Pull{Session: b.running.ID, PullRequest: forge.PullRequest{Number: 8, State: forge.Open}, OpenedAt: soon, ReadAt: soon, ChangedAt: soon}, soon)
	}),
	"work.SetPull": do(missing, func(c c, s s, b w) error {
		return dbwork.On(s).SetPull(c, session.Pull{Session: b.running.ID, PullRequest: forge.PullRequest{Number: 7, State: forge.Merged}, ReadAt: soon, ChangedAt: soon}, &soon)
	}),
	"work.Pulls": give(nothing, func(c c, s s, b w) ([]session.Pull, error) { return dbwork.On(s).Pulls(c, b.running.ID) }),
	"work.PullsOf": give(nothing, func(c c, s s, b w) (map[session.ID]session.Pull, error) {
		return dbwork.On(s).PullsOf(c, []session.ID{b.running.ID})
	}),
	"work.SetMergedWork":   do(nothing, func(c c, s s, b w) error { return dbwork.On(s).SetMergedWork(c, b.failed.ID, 1, "planted", soon) }),
	"work.SetRevertedWork": do(nothing, func(c c, s s, b w) error { return dbwork.On(s).SetRevertedWork(c, b.failed.ID, 1, soon) }),
	"work.LookAtPull":      do(nothing, func(c c, s s, b w) error { return dbwork.On(s).LookAtPull(c, b.running.ID) }),
	"work.WakePulls":       do(nothing, func(c c, s s, b w) error { return dbwork.On(s).WakePulls(c, b.repo.ID, 7, dbtest.Now) }),
	"work.AddDelivery": give(refused, func(c c, s s, b w) (bool, error) {
		return dbwork.On(s).AddDelivery(c, b.repo.ID, "planted", soon, dbtest.Now.Add(-24*time.Hour))
	}),

	"repos.Forge":      give(missing, func(c c, s s, b w) (forge.Stored, error) { return dbrepos.On(s).Forge(c, b.repo.ID) }),
	"repos.ForgeToken": give(missing, func(c c, s s, b w) (string, error) { return dbrepos.On(s).ForgeToken(c, b.repo.ID) }),
	"repos.SetForge": do(refused, func(c c, s s, b w) error {
		return dbrepos.On(s).SetForge(c, b.repo.ID, forge.Stored{Settings: forge.Settings{Kind: forge.Gitea, API: "https://planted", Project: "a/b"}}, "planted")
	}),
	"repos.DropForge":        do(nothing, func(c c, s s, b w) error { return dbrepos.On(s).DropForge(c, b.repo.ID) }),
	"repos.SetForgeHook":     do(missing, func(c c, s s, b w) error { return dbrepos.On(s).SetForgeHook(c, b.repo.ID, "planted", "planted") }),
	"repos.CreateRepository": do(own, func(c c, s s, b w) error { return dbrepos.On(s).CreateRepository(c, b.repo, "planted") }),
	"repos.Repository":       {missing, func(c c, s s, b w) (any, error) { return dbrepos.On(s).Repository(c, b.repo.ID) }},
	"repos.Repositories":     {own, func(c c, s s, _ w) (any, error) { return dbrepos.On(s).Repositories(c) }},
	"repos.SetRepositoryInspection": do(missing, func(c c, s s, b w) error {
		return dbrepos.On(s).SetRepositoryInspection(c, b.repo.ID, repository.Unusable, "planted", repository.Inspection{BranchCount: 1, Branches: []string{"planted"}})
	}),
	"repos.SetRepositoryStatus":  do(missing, func(c c, s s, b w) error { return dbrepos.On(s).SetRepositoryStatus(c, b.repo.ID, "failed", "planted") }),
	"repos.RepositoryCredential": {missing, func(c c, s s, b w) (any, error) { return dbrepos.On(s).RepositoryCredential(c, b.repo.ID) }},
	"repos.SetAgentConfig":       do(missing, func(c c, s s, b w) error { return dbrepos.On(s).SetAgentConfig(c, b.repo.ID, true) }),
	"repos.UpdateRepository":     do(missing, func(c c, s s, b w) error { return dbrepos.On(s).UpdateRepository(c, b.repo) }),
	"repos.DeleteRepository":     do(missing, func(c c, s s, b w) error { return dbrepos.On(s).DeleteRepository(c, b.repo.ID, soon) }),

	"people.CreateToken":    do(own, func(c c, s s, b w) error { return dbpeople.On(s).CreateToken(c, b.token, "hash-"+b.slug) }),
	"people.Tokens":         {nothing, func(c c, s s, b w) (any, error) { return dbpeople.On(s).Tokens(c, b.team.Member.ID) }},
	"people.RevokeToken":    do(missing, func(c c, s s, b w) error { return dbpeople.On(s).RevokeToken(c, b.token.ID, b.team.Member.ID, soon) }),
	"people.TeamTokens":     {own, func(c c, s s, _ w) (any, error) { return dbpeople.On(s).TeamTokens(c) }},
	"people.RevokeAnyToken": {missing, func(c c, s s, b w) (any, error) { return dbpeople.On(s).RevokeAnyToken(c, b.token.ID, soon) }},
	"people.RevokeTokens":   do(nothing, func(c c, s s, b w) error { return dbpeople.On(s).RevokeTokens(c, b.team.Member.ID, soon) }),

	"people.PersonCounts": give(own, func(c c, s s, _ w) (map[tenant.UserID]int64, error) { return dbpeople.On(s).PersonCounts(c) }),
	"people.PersonTokens": give(own, func(c c, s s, _ w) (map[tenant.UserID]usage.Counts, error) {
		return dbpeople.On(s).PersonTokens(c, "0000-00-00", "9999-99-99")
	}),

	"people.LockLeads":    {own, func(c c, s s, _ w) (any, error) { return dbpeople.On(s).LockLeads(c) }},
	"people.Role":         {missing, func(c c, s s, b w) (any, error) { return dbpeople.On(s).Role(c, b.team.Member.ID) }},
	"people.PutRole":      do(own, func(c c, s s, b w) error { return dbpeople.On(s).PutRole(c, b.team.Member.ID, tenant.Viewer, soon) }),
	"people.SetRole":      do(missing, func(c c, s s, b w) error { return dbpeople.On(s).SetRole(c, b.team.Member.ID, tenant.Lead) }),
	"people.RemoveMember": do(missing, func(c c, s s, b w) error { return dbpeople.On(s).RemoveMember(c, b.team.Member.ID) }),

	"people.AddEntrance": do(own, func(c c, s s, b w) error {
		return dbpeople.On(s).AddEntrance(c, tenant.Entrance{ID: id.New(), User: b.team.Lead.ID, EnteredAt: dbtest.Now, EndsAt: soon})
	}),
	"people.Entrances":   give(own, func(c c, s s, _ w) ([]tenant.Entrance, error) { return dbpeople.On(s).Entrances(c, dbtest.Now) }),
	"people.EndEntrance": give(nothing, func(c c, s s, b w) (int64, error) { return dbpeople.On(s).EndEntrance(c, b.team.Lead.ID, dbtest.Now) }),
	"people.AddLetter": do(own, func(c c, s s, b w) error {
		return dbpeople.On(s).AddLetter(c, letter.Letter{ID: "letter-" + b.slug, Kind: letter.BudgetNotice, CreatedAt: soon}, "sealed")
	}),
	"people.AddInvitation":       do(own, func(c c, s s, b w) error { return dbpeople.On(s).AddInvitation(c, b.invitation, "link-"+b.slug) }),
	"people.Invitations":         {own, func(c c, s s, _ w) (any, error) { return dbpeople.On(s).Invitations(c) }},
	"people.RevokeInvitation":    {missing, func(c c, s s, b w) (any, error) { return dbpeople.On(s).RevokeInvitation(c, b.invitation.ID, soon) }},
	"people.WithdrawInvitations": do(nothing, func(c c, s s, b w) error { return dbpeople.On(s).WithdrawInvitations(c, b.team.Lead.ID, soon) }),

	"work.Process": give(nothing, func(c c, s s, b w) (int, error) {
		p, _, err := dbwork.On(s).Process(c, b.running.ID, "node")
		return p.PID, err
	}),
	"work.SaveProcess": do(own, func(c c, s s, b w) error {
		return dbwork.On(s).SaveProcess(c, dbwork.Process{Session: b.running.ID, Node: "node", PID: 2, StartedAt: soon})
	}),
	"work.LoseProcess": do(own, func(c c, s s, b w) error { return dbwork.On(s).LoseProcess(c, b.running.ID, "node", soon) }),
	"work.AgentUsage": give(nothing, func(c c, s s, b w) (int64, error) {
		a, err := dbwork.On(s).AgentUsage(c, b.running.ID)
		return a.Steps + a.Cost, err
	}),
	"work.AgentUsageDays": give(own, func(c c, s s, _ w) (usage.Agent, error) {
		return dbwork.On(s).AgentUsageDays(c, "0000-00-00", "9999-99-99")
	}),
	"work.UnverifiedUsage": give(own, func(c c, s s, _ w) (usage.Truth, error) {
		return dbwork.On(s).UnverifiedUsage(c, "0000-00-00", "9999-99-99")
	}),
	"models.PriceVersions": give(own, func(c c, s s, _ w) ([]usage.Version, error) { return dbmodels.On(s).PriceVersions(c) }),
	"work.DeleteProcess":   do(own, func(c c, s s, b w) error { return dbwork.On(s).DeleteProcess(c, b.running.ID, "node") }),
	"work.TakeProcess": do(missing, func(c c, s s, b w) error {
		return dbwork.On(s).TakeProcess(c, b.spare, b.running.ID, "node", "planted")
	}),
	"work.Taker": {missing, func(c c, s s, b w) (any, error) { return dbwork.On(s).Taker(c, b.taken) }},
	"work.SaveGatewayKey": do(own, func(c c, s s, b w) error {
		return dbwork.On(s).SaveGatewayKey(c, b.running.ID, b.slug, "hash-"+b.slug, soon)
	}),
	"people.Limits":  {own, func(c c, s s, _ w) (any, error) { return dbpeople.On(s).Limits(c) }},
	"work.SetLimits": do(own, func(c c, s s, _ w) error { return dbwork.On(s).SetLimits(c, tenant.Limits{}) }),
	"kernel.WriteAudit": do(own, func(c c, s s, b w) error {
		return s.WriteAudit(c, dbkernel.Audit{ID: id.New(), At: soon, Object: string(b.running.ID)})
	}),
	"console.AuditVerbs":  give(own, func(c c, s s, _ w) ([]string, error) { return dbconsole.On(s).AuditVerbs(c) }),
	"console.AuditPeople": give(own, func(c c, s s, _ w) ([]tenant.UserID, error) { return dbconsole.On(s).AuditPeople(c) }),
	"console.Audit": give(nothing, func(c c, s s, b w) ([]dbkernel.Audit, error) {
		p, err := dbconsole.On(s).Audit(c, audit.Filter{Object: b.slug})
		return p.Items, err
	}),
}

// statements are the doors to statements themselves: they take a registered statement, which the first net reads.
var statements = []string{"Exec", "ExecOne", "Query", "Find", "Now"}

// withoutRow lists the methods of the areas' scopes, and of the kernel's, that have no row.
func withoutRow(scopes map[string]reflect.Type) (missing []string) {
	kernel := reflect.TypeFor[*dbkernel.Scope]()
	for area, typ := range scopes {
		for i := range typ.NumMethod() {
			name := typ.Method(i).Name
			if isPromoted(typ.Method(i)) {
				continue
			}
			if _, ok := isolation[area+"."+name]; !ok {
				missing = append(missing, area+"."+name)
			}
		}
	}
	for i := range kernel.NumMethod() {
		name := kernel.Method(i).Name
		if _, ok := isolation["kernel."+name]; !ok && !slices.Contains(statements, name) {
			missing = append(missing, "kernel."+name)
		}
	}
	return missing
}

// isPromoted reports whether a type has a method from the type it embeds: the compiler writes it then. A method that hides the
// kernel's is the area's own.
func isPromoted(m reflect.Method) bool {
	file, _ := runtime.FuncForPC(m.Func.Pointer()).FileLine(m.Func.Pointer())
	return file == "<autogenerated>"
}

func TestEveryMethodHasARow(t *testing.T) {
	t.Parallel()
	for _, name := range withoutRow(db.Scopes) {
		t.Errorf("%s has no row in the isolation table: say what it answers for another team's things", name)
	}
	for row := range isolation {
		area, name, _ := strings.Cut(row, ".")
		typ, ok := db.Scopes[area]
		if area == "kernel" {
			typ, ok = reflect.TypeFor[*dbkernel.Scope](), true
		}
		if !ok {
			t.Errorf("%s: there is no area %s", row, area)
		} else if _, ok := typ.MethodByName(name); !ok {
			t.Errorf("%s has a row but is no method", row)
		}
	}
}

func TestIsolation(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *dbkernel.DB) {
		alpha := furnish(t, d, "alpha")
		alone := map[string]string{} // what alpha's own things looked like before there was a beta
		for name, c := range isolation {
			if c.want == own {
				answer, _, _ := attempt(t, d, alpha, world{slug: "nobody"}, c, nil)
				alone[name] = answer
			}
		}
		beta := furnish(t, d, "beta")
		before := everything(t, d, beta)
		for _, name := range slices.Sorted(maps.Keys(isolation)) {
			c := isolation[name]
			answer, after, err := attempt(t, d, alpha, beta, c, before)
			if got := judged(c, answer, err); got != c.want {
				t.Errorf("%s answers %s for another tenant's things, not %s: %s, %v", name, got, c.want, answer, err)
			}
			if c.want == own && answer != "null" && answer != alone[name] {
				t.Errorf("%s answered %s alone and answers %s beside another tenant", name, alone[name], answer)
			}
			if strings.Contains(answer, "beta") || strings.Contains(answer, string(beta.team.ID)) || strings.Contains(answer, string(beta.running.ID)) {
				t.Errorf("%s shows another tenant's things: %s", name, answer)
			}
			if diff := cmp.Diff(before, after); diff != "" {
				t.Errorf("%s changed another tenant's rows:\n%s", name, diff)
			}
		}
		if diff := cmp.Diff(before, everything(t, d, beta)); diff != "" {
			t.Errorf("another tenant's rows are not as they were:\n%s", diff)
		}
	})
}

// attempt runs one row in alpha's scope, reads beta's rows in the same transaction, and leaves it without a commit.
// After an error the transaction holds nothing that could be read or committed.
func attempt(t *testing.T, d *dbkernel.DB, alpha, beta world, c call, before map[string][]string) (answer string, after map[string][]string, err error) {
	t.Helper()
	ctx := t.Context()
	after = before
	out := d.Batch(ctx, func(b *dbkernel.Batch) error {
		var got any
		if e := b.In(ctx, alpha.team.ID, func(s *dbkernel.Scope) (e error) { got, e = c.ask(ctx, s, beta); return e }); e != nil {
			err = e
			return e
		}
		text, e := json.Marshal(got)
		if answer = string(text); e != nil {
			return e
		}
		if before != nil {
			e = b.In(ctx, beta.team.ID, func(s *dbkernel.Scope) (e error) { after, e = dump(ctx, s, tenantTables(t)); return e })
		}
		return errors.Join(e, errLeave)
	})
	if err == nil && !errors.Is(out, errLeave) {
		t.Errorf("leaving: %v", out)
	}
	return answer, after, err
}

func judged(c call, answer string, err error) string {
	switch {
	case fault.Is(err, fault.NotFound):
		return missing
	case fault.Is(err, fault.Conflict):
		return conflict
	case err != nil:
		return refused
	case c.want == own:
		return own
	}
	// Zeros of every kind, in lists of any depth.
	rest := strings.NewReplacer("null", "", "false", "", `""`, "", "{}", "", `"0001-01-01T00:00:00Z"`, "", `"1970-01-01T00:00:00Z"`, "", "0", "", "[", "", "]", "", ",", "").Replace(answer)
	if zero, _ := json.Marshal([]any{session.Message{}, false}); rest == "" || answer == string(zero) {
		return nothing
	}
	return "something"
}
