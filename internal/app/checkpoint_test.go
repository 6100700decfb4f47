package app_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	appwork "github.com/industrial-orchestrator/orchestrator/internal/app/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

// trees stand in for the workspace: they note what is asked of them. content is what the next checkpoint finds.
type trees struct {
	mu       sync.Mutex
	content  string
	restored []string
	forked   []session.ID
	kept     []int64
	fail     error
}

func (f *trees) door() appwork.Trees { return f }

func (f *trees) Checkpoint(_ context.Context, _ session.Session, _ string, n int64) (session.Snapshot, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return session.Snapshot{Commit: fmt.Sprint("commit-", n), Tree: "tree-" + f.content, Since: session.Sums{Files: 1}}, f.fail
}

func (f *trees) CompareTrees(_ context.Context, _ session.Session, from, to string) ([]session.FileChange, []byte, bool, error) {
	return []session.FileChange{{Path: from + ".." + to}}, nil, false, nil
}

func (f *trees) DropCheckpoints(_ context.Context, _ session.Session, keep []int64, _ int64) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.kept = keep
	return nil
}

func (f *trees) RestoreCheckpoint(_ context.Context, _ session.Session, to session.Snapshot) (bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.restored = append(f.restored, to.Tree)
	return false, f.fail
}

func (f *trees) Fork(_ context.Context, _, to session.Session, _ session.Snapshot) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.forked = append(f.forked, to.ID)
	return f.fail
}

func (f *trees) Diff(context.Context, session.Session) ([]session.FileChange, []byte, bool, error) {
	return []session.FileChange{{Path: "restored", Status: "added", Additions: 2}}, []byte("patch"), false, nil
}

// withTree gives a session a base commit and a conversation whose agent has received its prompt and finished a message.
func (h *house) withTree(v session.Session) session.Session {
	h.t.Helper()
	base, conversation := "base", "ses_1"
	ok(h.t, h.d.Update(h.t.Context(), h.alpha.ID, func(sc *dbkernel.Scope) error {
		if err := dbwork.On(sc).SetSessionRun(h.t.Context(), v.ID, dbwork.RunInfo{BaseCommit: &base, Conversation: &conversation}); err != nil {
			return err
		}
		ms, err := dbwork.On(sc).Messages(h.t.Context(), v.ID)
		if err != nil {
			return err
		}
		return dbwork.On(sc).MarkSent(h.t.Context(), v.ID, []string{ms[0].ID}, h.clock.Now())
	}))
	h.finishes(v, "msg_one")
	return h.read(v)
}

// finishes records that the agent finished a message.
func (h *house) finishes(v session.Session, message string) {
	h.t.Helper()
	e := event.New(event.AgentUsage, event.Actor{Kind: "agent"}, event.Usage{MessageID: message})
	e.SourceKey = "ses_1:" + message
	ok(h.t, h.d.Update(h.t.Context(), h.alpha.ID, func(sc *dbkernel.Scope) error {
		_, err := dbwork.On(sc).AppendEvents(h.t.Context(), v.ID, v.Attempt, []event.Event{e})
		return err
	}))
}

func (h *house) checkpoint(v session.Session, note string) session.Checkpoint {
	h.t.Helper()
	c, err := h.app.Work.AddCheckpoint(h.t.Context(), h.member, v.ID, note)
	ok(h.t, err)
	return c
}

// onCheckpoint is an act on a paused session with a checkpoint.
func onCheckpoint(want string, do func(*house, context.Context, session.ID) error) act {
	return func(h *house) (func(context.Context) error, []string) {
		s := h.withTree(h.at(session.Paused))
		h.checkpoint(s, "before")
		return func(ctx context.Context) error { return do(h, ctx, s.ID) }, []string{want}
	}
}

func TestCheckpointsRotateAndKeepTheirNumbers(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		v, l := h.claimed()
		v = h.withTree(v)
		h.checkpoint(v, "tests green")
		for n := range session.KeptCheckpoints + 3 {
			h.files.content = fmt.Sprint(n)
			ok(t, h.app.Work.TakeCheckpoint(t.Context(), l, session.AfterTurn, ""))
		}
		ok(t, h.app.Work.TakeCheckpoint(t.Context(), l, session.Periodic, "")) // nothing has changed
		cs, err := h.app.Work.Checkpoints(t.Context(), h.viewer, v.ID)
		ok(t, err)
		if n := len(cs); n != session.KeptCheckpoints+1 || cs[0].N != 104 || cs[n-1].N != 1 || cs[n-1].Note != "tests green" || cs[n-2].N != 5 {
			t.Errorf("%d checkpoints, the newest %d, the oldest %+v", n, cs[0].N, cs[n-1])
		}
		if c := cs[0]; c.MessageID != "msg_one" || c.Conversation != "ses_1" || c.LastMessage != 1 || c.Cause != session.AfterTurn || c.Since.Files != 1 {
			t.Errorf("the newest is %+v", c)
		}
		if !slices.Equal(h.files.kept[:2], []int64{1, 5}) {
			t.Errorf("kept: %v", h.files.kept)
		}
		ok(t, h.app.Work.TakeCheckpoint(t.Context(), l, session.AfterTurn, session.TurnFailed))
		if g, err := h.app.Work.SessionDetail(t.Context(), h.viewer, v.ID, 1); err != nil || g.LastGood != 104 {
			t.Errorf("the last good checkpoint is %d, %v", g.LastGood, err)
		}
		if n := h.checkpoint(v, "").N; n != 107 { // the periodic one used a number up
			t.Errorf("the next has number %d", n)
		}
	})
}

func TestRestoreTakesFilesAndConversationBack(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		v, l := h.claimed()
		v = h.withTree(v)
		h.files.content = "good"
		h.checkpoint(v, "tests green")
		m, err := h.app.Work.SendMessage(t.Context(), h.member, v.ID, "break it")
		ok(t, err)
		ok(t, h.app.Work.Record(t.Context(), l, session.Batch{Sent: []string{m.ID}, Cursor: map[string]int64{"ses_1": 7}}))
		h.finishes(v, "msg_two")
		h.files.content = "bad"
		released := make(chan error, 1)
		bell, leave := h.app.Kernel.Hub.Hang(appwork.Orders(h.alpha.ID, v.ID))
		defer leave()
		go func() { // the engine leaves a session that was paused
			<-bell.Ring
			released <- h.app.Work.Release(context.Background(), l)
		}()
		r, err := h.app.Work.RestoreSession(t.Context(), h.member, v.ID, 1, "")
		ok(t, err)
		ok(t, <-released)
		if r.Session.Status != session.Paused || r.Before != 2 || !slices.Equal(h.files.restored, []string{"tree-good"}) || r.Session.FilesChanged != 1 {
			t.Errorf("restored: %+v, files %v", r, h.files.restored)
		}
		cs, err := h.app.Work.Checkpoints(t.Context(), h.member, v.ID)
		ok(t, err)
		if c := cs[0]; c.Cause != session.BeforeRestore || c.MessageID != "msg_two" || c.LastMessage != 2 || c.Tree != "tree-bad" {
			t.Errorf("the checkpoint before is %+v", c)
		}
		st, err := h.app.Work.Standing(t.Context(), l)
		ok(t, err)
		if st.Rewind == nil || *st.Rewind != (session.Rewind{From: v.ID, Conversation: "ses_1", MessageID: "msg_one"}) || st.Last == nil || st.Last.Text == "break it" {
			t.Errorf("before the next turn: %+v, last message %+v", st.Rewind, st.Last)
		}
		if c := h.checkpoint(v, ""); c.MessageID != "msg_one" || c.LastMessage != 1 {
			t.Errorf("a checkpoint after the restore is %+v", c)
		}
		// Forward again, with a message that continues.
		r, err = h.app.Work.RestoreSession(t.Context(), h.member, v.ID, 2, "go on")
		ok(t, err)
		if r.Session.Status != session.Queued {
			t.Errorf("the session is %s", r.Session.Status)
		}
		_, l = h.claim(v)
		st, err = h.app.Work.Standing(t.Context(), l)
		ok(t, err)
		if st.Rewind.MessageID != "msg_two" || st.Last.Text != "break it" || len(st.Messages) != 1 || st.Messages[0].Text != "go on" {
			t.Errorf("forward: %+v, last %+v, messages %+v", st.Rewind, st.Last, st.Messages)
		}
		ok(t, h.app.Work.Rewound(t.Context(), l, true))
		st, err = h.app.Work.Standing(t.Context(), l)
		ok(t, err)
		if st.Rewind != nil || len(st.Cursor) > 0 || st.Imports != 1 || st.Session.Conversation != "ses_1" {
			t.Errorf("after the import: %+v", st)
		}
	})
}

// TestALostConversationStartsAgainWithAWord: the agent gets the prompt, the new message and a message that says what happened.
func TestALostConversationStartsAgainWithAWord(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		v := h.withTree(h.at(session.Orphaned))
		h.checkpoint(v, "")
		_, err := h.app.Work.RestoreSession(t.Context(), h.member, v.ID, 1, "go on")
		ok(t, err)
		_, l := h.claim(v)
		ok(t, h.app.Work.Rewound(t.Context(), l, false))
		st, err := h.app.Work.Standing(t.Context(), l)
		ok(t, err)
		if st.Session.Conversation != "" || st.Rewind != nil || st.Last != nil || len(st.Messages) != 3 || st.Messages[0].Text != v.Prompt {
			t.Errorf("it stands at %+v", st)
		}
	})
}

// TestAKilledServersRestoreIsFinished: until then the session cannot start.
func TestAKilledServersRestoreIsFinished(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		v := h.withTree(h.at(session.Paused))
		h.checkpoint(v, "")
		ok(t, h.d.Update(t.Context(), h.alpha.ID, func(sc *dbkernel.Scope) error {
			return dbwork.On(sc).AddRestore(t.Context(), v.ID, dbwork.Restore{From: v.ID, N: 1, By: h.member.User, ByName: h.member.Name}, h.clock.Now())
		}))
		if _, err := h.app.Work.ResumeSession(t.Context(), h.member, v.ID); !fault.Is(err, fault.Conflict) {
			t.Errorf("a session that is being restored resumes: %v", err)
		}
		if _, err := h.app.Work.RestoreSession(t.Context(), h.member, v.ID, 1, ""); !fault.Is(err, fault.Conflict) {
			t.Errorf("two restores at once: %v", err)
		}
		ok(t, h.app.Work.FinishRestores(t.Context()))
		if _, err := h.app.Work.ResumeSession(t.Context(), h.member, v.ID); err != nil || len(h.files.restored) != 1 {
			t.Errorf("after it was finished: %v, restored %v", err, h.files.restored)
		}
	})
}

func TestForkStartsWhereACheckpointIs(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		v := h.withTree(h.at(session.Completed))
		h.checkpoint(v, "")
		f, err := h.app.Work.ForkSession(t.Context(), h.member, v.ID, appwork.Fork{Checkpoint: 1, Title: "Other way", Message: "without a migration", Start: true})
		ok(t, err)
		if f.Status != session.Queued || f.Title != "Other way" || f.BaseCommit != "base" || f.Branch == v.Branch || !slices.Equal(h.files.forked, []session.ID{f.ID}) {
			t.Errorf("the fork is %+v", f)
		}
		_, l := h.claim(f)
		st, err := h.app.Work.Standing(t.Context(), l)
		ok(t, err)
		if st.Rewind == nil || *st.Rewind != (session.Rewind{From: v.ID, Conversation: "ses_1", MessageID: "msg_one"}) || len(st.Messages) != 1 || st.Messages[0].Text != "without a migration" {
			t.Errorf("it stands at %+v, %+v", st.Rewind, st.Messages)
		}
		only, err := h.app.Work.ForkSession(t.Context(), h.member, v.ID, appwork.Fork{Checkpoint: 1, FilesOnly: true})
		ok(t, err)
		if only.Status != session.Pending || only.Conversation != "" || only.Prompt != v.Prompt {
			t.Errorf("with files only: %+v", only)
		}
		if _, err := h.app.Work.ForkSession(t.Context(), h.second, v.ID, appwork.Fork{Checkpoint: 1}); !fault.Is(err, fault.Forbidden) {
			t.Errorf("another member forks: %v", err)
		}
		at, err := h.app.Work.ForkSession(t.Context(), h.lead, v.ID, appwork.Fork{MessageID: "msg_one"})
		ok(t, err)
		if at.CreatedBy != h.lead.User || at.Conversation != "ses_1" {
			t.Errorf("from a message: %+v", at)
		}
		h.files.fail = fault.New(fault.Conflict, "The files are gone.")
		before := len(h.sessions())
		if _, err := h.app.Work.ForkSession(t.Context(), h.member, v.ID, appwork.Fork{Checkpoint: 1}); !fault.Is(err, fault.Conflict) || len(h.sessions()) != before {
			t.Errorf("a fork without files: %v", err)
		}
	})
}

// sessions lists the team's sessions.
func (h *house) sessions() []session.Session {
	h.t.Helper()
	p, err := h.app.Work.Sessions(h.t.Context(), h.lead, session.Filter{Limit: 100})
	ok(h.t, err)
	return p.Items
}
