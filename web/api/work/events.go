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
	Type    string          `json:"type" doc:"For example session.state, agent.message or agent.tool. Types may be added: ignore those that you do not recognize." example:"agent.message"`
	At      apikit.Time     `json:"at"`
	Attempt int             `json:"attempt"`
	Actor   Actor           `json:"actor"`
	V       int             `json:"v" doc:"The version of the format of data."`
	Data    json.RawMessage `json:"data" doc:"An object whose fields depend on type."`
}

// Actor is who caused an event.
type Actor struct {
	Kind string `json:"kind" enum:"user,agent,system"`
	ID   string `json:"id,omitempty"`
	Name string `json:"name,omitempty"`
}

// EventPage is a part of the log.
type EventPage struct {
	Items   []Event `json:"items"`
	LastSeq int64   `json:"last_seq" doc:"The number of the newest event. If it is greater than that of the last item, there are more events."`
}

// EventRange is the part of the log to read.
type EventRange struct {
	After int64 `query:"after" minimum:"0" doc:"Only events with a higher number."`
	Limit int   `query:"limit" minimum:"1" maximum:"200" default:"100"`
}

// eventRoutes registers the stream before the page. It passes requests that want no stream on to the page.
func (a *Operations) eventRoutes() {
	a.kit.Route(http.MethodGet, "/sessions/:id/events", tenant.ReadSessions, a.followEvents)
	apikit.Add(a.kit, tenant.ReadSessions, huma.Operation{OperationID: "list-events", Method: http.MethodGet, Path: "/sessions/{id}/events", Tags: []string{"Sessions"},
		Parameters: []*huma.Param{lastEventID}, Responses: map[string]*huma.Response{"200": {Description: "A page of the log, or a stream.", Content: map[string]*huma.MediaType{"application/json": {}, eventStream: {Schema: streamSchema}}}},
		Summary: "Read or follow the log", Description: aboutEvents}, a.listEvents)
}

const aboutEvents = `The events after an event number, in ascending order.

With ` + "`Accept: text/event-stream`" + ` the response is a stream. It first sends the events after Last-Event-ID (or after), and then every event as it happens, once and in order: ` +
	"`id`" + ` is the number of the event, ` + "`event`" + ` its type, ` + "`data`" + ` the same object as an item of a page. A comment is sent every 15 seconds. ` +
	`The stream ends when the token loses access or the server stops. It does not end with the session, which a message can continue. Unfinished text is not sent: each finished part is one event.`

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
