package work

import (
	"cmp"
	"context"
	"encoding/json"
	"hash/fnv"
	"slices"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/loop"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
)

// watchEvents shows a stored report to the breaker.
func (a *Verbs) watchEvents(ctx context.Context, l Lease, es []event.Event) {
	if !slices.ContainsFunc(es, isWatched) {
		return
	}
	now := a.k.Clock.Now()
	a.watchSession(ctx, sessionKey{l.Tenant, l.Session}, func(w *loop.Watch, _ *family) (found *loop.Evidence) {
		for _, e := range es {
			if e.At.IsZero() {
				e.At = now
			}
			if x := observeEvent(w, l.Session, e); found == nil {
				found = x
			}
		}
		return found
	})
}

// isWatched reports whether the breaker counts an event.
func isWatched(e event.Event) bool {
	return e.Type == event.AgentTool && e.EndsPart() != "" || e.Type == event.AgentCompaction || e.Type == event.AgentPatch
}

// observeEvent shows one event of an agent to the breaker.
func observeEvent(w *loop.Watch, id session.ID, e event.Event) *loop.Evidence {
	if !isWatched(e) {
		return nil
	}
	place := loop.Place{Session: string(id), At: e.At}
	switch e.Type {
	case event.AgentTool:
		t := event.Decode[event.Tool](e)
		place.Conversation = t.Child
		c := loop.Call{Place: place, ID: t.PartID, Seq: e.Seq, Tool: t.Tool, Args: string(t.Input), Result: t.Output, Moved: t.Diff != "",
			Failed: t.Status == "error" || t.Exit != nil && *t.Exit != 0, Duration: time.Duration(t.DurationMS) * time.Millisecond}
		if t.Error != "" {
			c.Result = t.Error
		}
		return w.Call(c)
	case event.AgentCompaction:
		t := event.Decode[event.Text](e)
		place.Conversation = t.Child
		return w.Compaction(loop.Compaction{Place: place, ID: t.PartID, Seq: e.Seq})
	case event.AgentPatch:
		if len(event.Decode[event.Patch](e).Files) > 0 {
			w.Moved(string(id), e.At)
		}
	}
	return nil
}

// watchCall shows a recorded model call to the breaker. The response is the one that came, whether it is kept or not.
func (a *Verbs) watchCall(ctx context.Context, t tenant.ID, c usage.Call, response json.RawMessage) {
	if c.Session == "" {
		return
	}
	id := session.ID(c.Session)
	a.watchSession(ctx, sessionKey{t, id}, func(w *loop.Watch, f *family) *loop.Evidence {
		return w.Answer(answerOf(c, response, f.conversations[id]))
	})
}

// answerOf is a model call as the breaker counts it. own is the conversation of the session's own agent.
func answerOf(c usage.Call, response json.RawMessage, own string) loop.Answer {
	var r struct {
		Text  string `json:"text"`
		Tools []struct {
			Name      string `json:"name"`
			Arguments string `json:"arguments"`
		} `json:"tools"`
	}
	_ = json.Unmarshal(response, &r) // a response without these is an empty one
	x := loop.Answer{Place: loop.Place{Session: c.Session, Conversation: c.AgentSession, At: c.Started}, ID: c.ID, Text: r.Text, Title: c.Title, Status: c.Status,
		Tokens: c.Counts.Weighted(), Cost: c.Cost}
	if c.AgentSession == own {
		x.Conversation = ""
	}
	if c.Last != nil {
		x.At = *c.Last
	}
	for _, t := range r.Tools {
		x.Tools = append(x.Tools, t.Name+" "+t.Arguments)
	}
	return x
}

// How much of a session's past is read when it is watched for the first time, after a start of the server.
const (
	pastEvents = 120
	pastCalls  = 40
)

// readPast reads what a session did since a person acted last, so that a restart of the server ends no row of repeats.
func readPast(ctx context.Context, sc *dbkernel.Scope, s session.Session) (func(*loop.Watch) *loop.Evidence, error) {
	es, err := dbwork.On(sc).EventsBefore(ctx, s.ID, 0, pastEvents)
	if err != nil {
		return nil, err
	}
	var since time.Time
	for i := len(es) - 1; i >= 0; i-- {
		if es[i].Actor.Kind == "user" || es[i].Attempt != s.Attempt {
			since, es = es[i].At, es[i+1:]
			break
		}
	}
	if !slices.ContainsFunc(es, isWatched) {
		return func(*loop.Watch) *loop.Evidence { return nil }, nil
	}
	cs, _, err := dbwork.On(sc).Calls(ctx, s.ID, "", pastCalls)
	if err != nil {
		return nil, err
	}
	return func(w *loop.Watch) *loop.Evidence { return replay(w, s, es, cs, since) }, nil
}

// replay shows past events and calls to a breaker, in the order in which they happened. It returns evidence that was not acted on.
func replay(w *loop.Watch, s session.Session, es []event.Event, cs []usage.Call, since time.Time) (found *loop.Evidence) {
	type step struct {
		at   time.Time
		show func() *loop.Evidence
	}
	var steps []step
	for _, e := range es {
		steps = append(steps, step{e.At, func() *loop.Evidence { return observeEvent(w, s.ID, e) }})
	}
	for _, c := range cs {
		if c.Started.After(since) && string(c.Response) != "{}" { // without calls kept, nothing is known of the answer
			x := answerOf(c, c.Response, s.Conversation)
			steps = append(steps, step{x.At, func() *loop.Evidence { return w.Answer(x) }})
		}
	}
	slices.SortStableFunc(steps, func(a, b step) int { return cmp.Compare(a.at.UnixMilli(), b.at.UnixMilli()) })
	for _, st := range steps {
		if e := st.show(); e != nil {
			found = e
		}
	}
	return found
}

func hashOf(b []byte) uint64 {
	h := fnv.New64a()
	_, _ = h.Write(b)
	return h.Sum64()
}
