package work

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/loop"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	apikit "github.com/industrial-orchestrator/orchestrator/web/api/kit"
)

// LoopStop is one time that a session was paused because its agent repeated itself or called models too fast.
type LoopStop struct {
	Number            int          `json:"number" doc:"Counts the stops of the session from 1."`
	At                apikit.Time  `json:"at"`
	Attempt           int          `json:"attempt"`
	Sign              string       `json:"sign" enum:"same_call,like_call,same_error,no_answer,same_answer,unasked_answers,compactions,calls_per_minute,cost_per_minute"`
	Message           string       `json:"message" doc:"The reason in one sentence."`
	Count             int64        `json:"count" doc:"How many there were; micro-dollars for cost_per_minute."`
	Limit             int64        `json:"limit" doc:"How many stop a session."`
	What              string       `json:"what" doc:"The repeated tool call; empty if there is none."`
	Text              string       `json:"text" doc:"The repeated answer or error; empty if there is none."`
	Signs             []LoopSign   `json:"signs"`
	Turns             []LoopTurn   `json:"turns" doc:"The turns that count, at most 10."`
	Since             apikit.Time  `json:"since"`
	Tokens            int64        `json:"tokens" doc:"Weighted tokens of the repeats."`
	TotalTokens       int64        `json:"total_tokens" doc:"Weighted tokens of the whole session."`
	CostMicroUSD      int64        `json:"cost_microusd"`
	TotalCostMicroUSD int64        `json:"total_cost_microusd"`
	SessionIDs        []string     `json:"session_ids" doc:"The sessions that were paused together: several if a parent was counted with its children."`
	LastSessionID     string       `json:"last_session_id" doc:"The session of the last repeat."`
	Reply             string       `json:"reply" enum:",told,resumed,ended" doc:"What a person did about it; empty if nobody has yet."`
	RepliedBy         string       `json:"replied_by"`
	RepliedAt         *apikit.Time `json:"replied_at" nullable:"true"`
}

// LoopSign is a sign that was there. An unmoved diff never stops a session alone; it has a time instead of a count.
type LoopSign struct {
	Sign    string `json:"sign"`
	Count   int64  `json:"count"`
	Limit   int64  `json:"limit"`
	Seconds int64  `json:"seconds"`
}

// LoopTurn is an event or a model call of the session.
type LoopTurn struct {
	Seq    int64       `json:"seq" doc:"The number of the event; 0 for a model call."`
	CallID string      `json:"call_id" doc:"The model call; empty for an event."`
	At     apikit.Time `json:"at"`
}

// LoopStops is a list of stops.
type LoopStops struct {
	Items []LoopStop `json:"items"`
}

func (a *Operations) loopRoutes() {
	apikit.Add(a.kit, tenant.ReadSessions, huma.Operation{OperationID: "list-loop-stops", Method: http.MethodGet, Path: "/sessions/{id}/loop-stops", Tags: []string{"Sessions"},
		Summary: "List loop stops", Description: "When and why a session was paused with the reason loop_detected, newest first, with the evidence."}, a.listLoopStops)
}

func (a *Operations) listLoopStops(ctx context.Context, by tenant.Actor, in *apikit.ByID) (*apikit.Answer[LoopStops], error) {
	l, err := a.work.LoopStops(ctx, by, session.ID(in.ID))
	return apikit.NewAnswer(LoopStops{apikit.MapItems(l.Own, loopStop)}), err
}

func loopStop(s loop.Stop) LoopStop {
	e := s.Evidence
	return LoopStop{Number: s.N, At: apikit.NewTime(s.At), Attempt: s.Attempt, Sign: string(e.Sign), Message: e.Sentence(), Count: e.Count, Limit: e.Limit, What: e.What, Text: e.Text,
		Signs: apikit.MapItems(e.Signs, func(x loop.Seen) LoopSign { return LoopSign{string(x.Sign), x.Count, x.Limit, int64(x.For.Seconds())} }),
		Turns: apikit.MapItems(e.Turns, func(r loop.Ref) LoopTurn { return LoopTurn{r.Seq, r.Call, apikit.NewTime(r.At)} }),
		Since: apikit.NewTime(e.Since), Tokens: e.Tokens, TotalTokens: e.TotalTokens, CostMicroUSD: e.Cost, TotalCostMicroUSD: e.TotalCost,
		SessionIDs: apikit.Texts(e.Sessions), LastSessionID: e.Session, Reply: string(s.Reply), RepliedBy: s.Replier, RepliedAt: apikit.OptionalTime(s.RepliedAt)}
}
