package work

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	apikit "github.com/industrial-orchestrator/orchestrator/web/api/kit"
)

// Event is one entry of a session's log, numbered from 1 without gaps.
type Event struct {
	Seq     int64           `json:"seq"`
	Type    string          `json:"type" doc:"Such as session.state, agent.message or agent.tool. New types may come: ignore those you do not know." example:"agent.message"`
	At      apikit.Time     `json:"at"`
	Attempt int             `json:"attempt"`
	Actor   Actor           `json:"actor"`
	V       int             `json:"v" doc:"The version of data's shape."`
	Data    json.RawMessage `json:"data" doc:"An object whose fields depend on type."`
}

// Actor says who made an event happen.
type Actor struct {
	Kind string `json:"kind" enum:"user,agent,system"`
	ID   string `json:"id,omitempty"`
	Name string `json:"name,omitempty"`
}

// EventPage is a stretch of the log.
type EventPage struct {
	Items   []Event `json:"items"`
	LastSeq int64   `json:"last_seq" doc:"The number of the newest event: there is more while it is greater than the last item's."`
}

// EventRange is which part of the log is read.
type EventRange struct {
	After int64 `query:"after" minimum:"0" doc:"Only events with a greater number."`
	Limit int   `query:"limit" minimum:"1" maximum:"200" default:"100"`
}

// EventRoutes puts the stream before the page: it passes on who does not ask for one.
func (a *Operations) EventRoutes() {
	a.kit.Route(http.MethodGet, "/sessions/:id/events", tenant.ReadSessions, a.followEvents)
	apikit.Add(a.kit, tenant.ReadSessions, huma.Operation{OperationID: "list-events", Method: http.MethodGet, Path: "/sessions/{id}/events", Tags: []string{"Sessions"},
		Parameters: []*huma.Param{lastEventID}, Responses: map[string]*huma.Response{"200": {Description: "A page of the log, or the stream.", Content: map[string]*huma.MediaType{"application/json": {}, eventStream: {Schema: streamSchema}}}},
		Summary: "Read or follow the log", Description: aboutEvents}, a.listEvents)
}

const aboutEvents = `Events after a number, ascending.

With ` + "`Accept: text/event-stream`" + ` the answer is a stream that first sends what is after Last-Event-ID (or after), then every event as it happens, each once and in order: ` +
	"`id`" + ` is the event's number, ` + "`event`" + ` its type, ` + "`data`" + ` the same object as an item of the page. Comments come every 15 seconds. ` +
	`It ends when the token's rights end or the server stops; it does not end with the session, which a message can take up again. Text that still grows is not in it: a finished part is one event.`

func (a *Operations) listEvents(ctx context.Context, by tenant.Actor, in *struct {
	apikit.ByID
	EventRange
}) (*apikit.Answer[EventPage], error) {
	s, err := a.work.Session(ctx, by, session.ID(in.ID))
	if err != nil {
		return nil, err
	}
	es, err := a.work.Events(ctx, by, s.ID, in.After, in.Limit)
	if err != nil {
		return nil, err
	}
	page := EventPage{Items: apikit.MapItems(es, eventBody), LastSeq: s.LastSeq}
	if n := len(es); n > 0 {
		page.LastSeq = max(page.LastSeq, es[n-1].Seq)
	}
	return apikit.NewAnswer(page), nil
}

func eventBody(e event.Event) Event {
	return Event{e.Seq, string(e.Type), apikit.NewTime(e.At), e.Attempt, Actor(e.Actor), e.V, jsonOrNull(e.Data)}
}
