package work

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	appwork "github.com/industrial-orchestrator/orchestrator/internal/app/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	apikit "github.com/industrial-orchestrator/orchestrator/web/api/kit"
	apirepos "github.com/industrial-orchestrator/orchestrator/web/api/repos"
)

// Ask is a permission or a question that waits for a person.
type Ask struct {
	ID         string          `json:"id" format:"uuid"`
	Kind       string          `json:"kind" enum:"approval,question"`
	Permission string          `json:"permission" doc:"What is asked for, such as bash or edit; empty for a question." example:"bash"`
	Patterns   []string        `json:"patterns" doc:"What exactly, such as the command."`
	Always     []string        `json:"always" doc:"What the answer always would allow in this session."`
	Metadata   json.RawMessage `json:"metadata" doc:"What else the agent said about it."`
	Questions  json.RawMessage `json:"questions" doc:"Of a question: a list of {question, header, options: [{label, description}], multiple}; else null."`
	Attempt    int             `json:"attempt"`
	AskedAt    apikit.Time     `json:"asked_at"`
}

// Reply is a person's answer to an ask.
type Reply struct {
	Reply   string     `json:"reply" enum:"once,always,reject,answered" doc:"once, always or reject for a permission; answered or reject for a question."`
	Message string     `json:"message,omitempty" doc:"Words for the agent; at most 10,000 characters."`
	Answers [][]string `json:"answers,omitempty" doc:"With answered: the chosen labels of each question, in their order."`
}

func (a *Operations) AskRoutes() {
	tags := []string{"Sessions"}
	apikit.Add(a.kit, tenant.ReadSessions, huma.Operation{OperationID: "list-permissions", Method: http.MethodGet, Path: "/sessions/{id}/permissions", Tags: tags,
		Summary: "List what waits for a person", Description: "The permissions and questions that are open, oldest first. Past ones are in the events."}, a.listAsks)
	apikit.Add(a.kit, tenant.AnswerPermission, huma.Operation{OperationID: "answer-permission", Method: http.MethodPost, Path: "/sessions/{id}/permissions/{pid}", Tags: tags, DefaultStatus: http.StatusNoContent,
		Summary: "Answer a permission or a question", Description: "Needs a member on own sessions, a lead on others'. An ask is answered once: who comes second gets a 409."}, a.answerAsk)
}

func (a *Operations) listAsks(ctx context.Context, by tenant.Actor, in *apikit.ByID) (*apikit.Answer[apikit.List[Ask]], error) {
	asks, err := a.work.Asks(ctx, by, session.ID(in.ID))
	if err != nil {
		return nil, err
	}
	open := []Ask{}
	for _, k := range asks {
		if k.Reply == "" && !k.Gone {
			open = append(open, askBody(k))
		}
	}
	return apikit.NewAnswer(apikit.NewList(open)), nil
}

func (a *Operations) answerAsk(ctx context.Context, by tenant.Actor, in *struct {
	apikit.ByID
	PID  string `path:"pid" doc:"The ask's id."`
	Body Reply
}) (*struct{}, error) {
	r := appwork.Answer{Reply: session.Reply(in.Body.Reply), Message: in.Body.Message}
	if in.Body.Answers != nil {
		r.Answers, _ = json.Marshal(in.Body.Answers) // lists of strings always encode
	}
	return nil, a.work.AnswerAsk(ctx, by, session.ID(in.ID), in.PID, r)
}

func askBody(k session.Ask) Ask {
	return Ask{k.ID, string(k.Kind), k.Permission, apikit.MapItems(k.Patterns, apirepos.Same), apikit.MapItems(k.Always, apirepos.Same), jsonOrNull(k.Metadata), jsonOrNull(k.Questions), k.Attempt, apikit.NewTime(k.AskedAt)}
}

// jsonOrNull keeps an empty text from breaking the answer it is put into.
func jsonOrNull(m json.RawMessage) json.RawMessage {
	if len(m) == 0 {
		return json.RawMessage("null")
	}
	return m
}
