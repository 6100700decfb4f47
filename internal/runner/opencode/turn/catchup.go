package turn

import (
	"cmp"
	"context"
	"slices"

	"github.com/industrial-orchestrator/orchestrator/internal/runner/opencode/wire"
)

// never is a sequence that no conversation reaches: the history has nothing after it.
const never = 1<<53 - 1

// catchUp applies everything that happened while the stream was not read. The status is requested first: what was idle before the
// history was read has nothing in it that is still to come.
func (t *Turn) catchUp(ctx context.Context) error {
	t.report.markHoles()
	if err := t.recollect(ctx); err != nil {
		return err
	}
	statuses, err := t.srv.Client.Statuses(ctx, t.job.Dir)
	if err != nil {
		return err
	}
	if err := t.replay(ctx); err != nil {
		return err
	}
	now, busy := statuses[t.transcript.conversationID()]
	if !busy {
		now.Type = "idle"
	}
	t.transcript.setOwnStatus(now)
	t.verdict.setBroken(false)
	return t.compareAsks(ctx, statuses)
}

func (t *Turn) compareAsks(ctx context.Context, statuses map[string]wire.Status) error {
	permissions, err := t.srv.Client.Permissions(ctx, t.job.Dir)
	if err != nil {
		return err
	}
	questions, err := t.srv.Client.Questions(ctx, t.job.Dir)
	if err != nil {
		return err
	}
	t.transcript.compareAsks(permissions, questions, statuses)
	return nil
}

// recollect reads a conversation that began in an earlier turn: the cursor may lie behind its messages.
func (t *Turn) recollect(ctx context.Context) error {
	if t.job.Conversation == "" || t.transcript.isRecollected() {
		return nil
	}
	ms, err := t.srv.Client.Messages(ctx, t.transcript.conversationID())
	if err != nil {
		return err
	}
	t.transcript.recollect(ms)
	return nil
}

func (t *transcript) isRecollected() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.recollected
}

// recollect stores what the entries of older messages contained.
func (t *transcript) recollect(ms []wire.MessageWithParts) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, m := range ms {
		t.keepMessage(t.conversation, m.Info)
		for _, p := range m.Parts {
			t.recollectPart(m.Info, p)
		}
	}
	t.recollected = true
}

func (t *transcript) recollectPart(m wire.Message, p wire.Part) {
	switch {
	case m.Role == "user":
		t.keepText(p)
	case p.Type == "tool" && p.State != nil:
		t.noteCall(p)
	}
}

// replay applies what the durable log has after the cursor, of this conversation and its sub-agents' alone.
func (t *Turn) replay(ctx context.Context) error {
	all, err := t.srv.Client.AllSessions(ctx)
	if err != nil {
		return err
	}
	for _, s := range all {
		t.srv.Family.SetParent(s.ID, s.ParentID)
	}
	conversation, after := t.transcript.conversationID(), t.transcript.cursors()
	for _, s := range all {
		if !t.srv.Family.Contains(conversation, s.ID) {
			after[s.ID] = never
		}
	}
	entries, err := t.srv.Client.History(ctx, after)
	if err != nil {
		return err
	}
	t.applyHistory(entries)
	return nil
}

// applyHistory applies entries in the order they happened; those of one conversation by their numbers.
func (t *Turn) applyHistory(entries []wire.HistoryEntry) {
	slices.SortStableFunc(entries, func(x, y wire.HistoryEntry) int {
		if x.Aggregate == y.Aggregate {
			return cmp.Compare(x.Seq, y.Seq)
		}
		return cmp.Compare(x.ID, y.ID)
	})
	conversation := t.transcript.conversationID()
	for _, h := range entries {
		t.srv.Family.ReadParent(h.Type, h.Data)
		if t.srv.Family.Contains(conversation, h.Aggregate) {
			t.transcript.apply(entry{of: h.Aggregate, seq: h.Seq, kind: h.Type, data: h.Data})
		}
	}
}
