package opencode

import (
	"cmp"
	"context"
	"slices"
)

// never is a sequence that no conversation reaches: who is named with it comes with nothing.
const never = 1<<53 - 1

// catchUp learns all that happened while the stream was not read. The status is asked first: what was idle before the
// history was read has nothing in it that is still to come.
func (t *turn) catchUp(ctx context.Context) error {
	t.hole()
	if err := t.recollect(ctx); err != nil {
		return err
	}
	statuses, err := t.srv.client.statuses(ctx, t.job.Dir)
	if err != nil {
		return err
	}
	if err := t.replay(ctx); err != nil {
		return err
	}
	now, busy := statuses[t.conversation]
	if !busy {
		now.Type = "idle"
	}
	t.status(t.conversation, now)
	t.broken = false
	return t.askAgain(ctx, statuses)
}

// recollect reads a conversation that began in an earlier turn: the cursor may lie behind its messages.
func (t *turn) recollect(ctx context.Context) error {
	if t.recollected || t.job.Conversation == "" {
		return nil
	}
	ms, err := t.srv.client.messages(ctx, t.conversation)
	if err != nil {
		return err
	}
	for _, m := range ms {
		t.messages[m.Info.ID] = m.Info
		t.newer(m.Info)
		for _, p := range m.Parts {
			t.remind(m.Info, p)
		}
	}
	t.recollected = true
	return nil
}

// remind notes of an old message what its own entries told.
func (t *turn) remind(m messageInfo, p part) {
	switch {
	case m.Role == "user":
		t.keepText(p)
	case p.Type == "tool" && p.State != nil:
		t.calls[p.MessageID+"/"+p.CallID] = p.State.Status
		t.noteRefusal(p)
	}
}

// replay applies what the durable log has after the cursor, of this conversation and its sub-agents' alone.
func (t *turn) replay(ctx context.Context) error {
	all, err := t.srv.client.allSessions(ctx)
	if err != nil {
		return err
	}
	for _, s := range all {
		t.srv.learn(s.ID, s.ParentID)
	}
	after := map[string]int64{}
	for id, last := range t.last {
		after[id] = last
	}
	for _, s := range all {
		if !t.srv.isOf(s.ID, t.conversation) {
			after[s.ID] = never
		}
	}
	entries, err := t.srv.client.history(ctx, after)
	if err != nil {
		return err
	}
	t.enterAll(entries)
	return nil
}

// enterAll applies entries in the order they happened; those of one conversation by their numbers.
func (t *turn) enterAll(entries []historyEvent) {
	slices.SortStableFunc(entries, func(x, y historyEvent) int {
		if x.Aggregate == y.Aggregate {
			return cmp.Compare(x.Seq, y.Seq)
		}
		return cmp.Compare(x.ID, y.ID)
	})
	for _, h := range entries {
		t.srv.learnFrom(h.Type, h.Data)
		if t.srv.isOf(h.Aggregate, t.conversation) {
			t.enter(entry{of: h.Aggregate, seq: h.Seq, kind: h.Type, data: h.Data})
		}
	}
}

// askAgain compares the open asks with what waits at OpenCode.
func (t *turn) askAgain(ctx context.Context, statuses map[string]statusInfo) error {
	permissions, err := t.srv.client.permissions(ctx, t.job.Dir)
	if err != nil {
		return err
	}
	questions, err := t.srv.client.questions(ctx, t.job.Dir)
	if err != nil {
		return err
	}
	waiting := map[string]bool{}
	for _, p := range permissions {
		if waiting[p.ID] = t.waits(p.SessionID, p.Tool, statuses); waiting[p.ID] {
			t.asked(p.ask())
		}
	}
	for _, q := range questions {
		if waiting[q.ID] = t.waits(q.SessionID, q.Tool, statuses); waiting[q.ID] {
			t.asked(q.ask())
		}
	}
	for id := range t.asks {
		if !waiting[id] {
			t.gone(id)
		}
	}
	t.tellWaiting()
	return nil
}

// tellWaiting says once which asks wait: those of a turn whose process has died do not, and nobody else can know.
func (t *turn) tellWaiting() {
	if t.asksTold {
		return
	}
	t.asksTold, t.pending.Waiting = true, []string{}
	for id := range t.asks {
		t.pending.Waiting = append(t.pending.Waiting, id)
	}
}

// waits says whether an ask is ours and somebody waits for its answer: OpenCode keeps the asks of aborted runs.
func (t *turn) waits(of string, call *askTool, statuses map[string]statusInfo) bool {
	if _, busy := statuses[of]; !busy || !t.srv.isOf(of, t.conversation) {
		return false
	}
	if call == nil {
		return true
	}
	s := t.calls[call.MessageID+"/"+call.CallID]
	return s == "" || s == "pending" || s == "running"
}
