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
)

// Ask is an approval or a question that waits for a person.
type Ask struct {
	ID         string          `json:"id" format:"uuid"`
	Kind       string          `json:"kind" enum:"approval,question"`
	Permission string          `json:"permission" doc:"The permission that the agent requests, such as bash or edit; empty for a question." example:"bash"`
	Patterns   []string        `json:"patterns" doc:"What the permission is for, such as the command."`
	Always     []string        `json:"always" doc:"What a reply of always allows for the rest of this session."`
	Metadata   json.RawMessage `json:"metadata" doc:"Further details from the agent."`
	Questions  json.RawMessage `json:"questions" doc:"For a question, a list of {question, header, options: [{label, description}], multiple}; otherwise null."`
	Attempt    int             `json:"attempt"`
	AskedAt    apikit.Time     `json:"asked_at"`
}

// Reply is a person's answer to an ask.
type Reply struct {
	Reply   string     `json:"reply" enum:"once,always,reject,answered" doc:"once, always or reject for an approval; answered or reject for a question."`
	Message string     `json:"message,omitempty" doc:"A message to the agent, up to 10,000 characters."`
	Answers [][]string `json:"answers,omitempty" doc:"With answered: the chosen labels of each question, in the order of the questions."`
}

func (a *Operations) askRoutes() {
	tags := []string{"Sessions"}
	apikit.Add(a.kit, tenant.ReadSessions, huma.Operation{OperationID: "list-permissions", Method: http.MethodGet, Path: "/sessions/{id}/permissions", Tags: tags,
		Summary: "List open approvals and questions", Description: "The open approvals and questions of a session, oldest first. Those that are no longer open are in the session's events."}, a.listAsks)
	apikit.Add(a.kit, tenant.AnswerPermission, huma.Operation{OperationID: "answer-permission", Method: http.MethodPost, Path: "/sessions/{id}/permissions/{pid}", Tags: tags, DefaultStatus: http.StatusNoContent,
		Summary: "Answer an approval or a question", Description: "Members can answer in their own sessions and leads in all sessions. Each approval or question can be answered once; a second answer returns 409."}, a.answerAsk)
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
	PID  string `path:"pid" doc:"The ID of the approval or question."`
	Body Reply
}) (*struct{}, error) {
	r := appwork.Answer{Reply: session.Reply(in.Body.Reply), Message: in.Body.Message}
	if in.Body.Answers != nil {
		r.Answers, _ = json.Marshal(in.Body.Answers) // lists of strings always encode
	}
	return nil, a.work.AnswerAsk(ctx, by, session.ID(in.ID), in.PID, r)
}

func askBody(k session.Ask) Ask {
	return Ask{k.ID, string(k.Kind), k.Permission, apikit.Texts(k.Patterns), apikit.Texts(k.Always), jsonOrNull(k.Metadata), jsonOrNull(k.Questions), k.Attempt, apikit.NewTime(k.AskedAt)}
}

// jsonOrNull is null for an empty text, which would make the answer invalid JSON.
func jsonOrNull(m json.RawMessage) json.RawMessage {
	if len(m) == 0 {
		return json.RawMessage("null")
	}
	return m
}
