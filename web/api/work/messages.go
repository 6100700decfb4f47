package work

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	apikit "github.com/industrial-orchestrator/orchestrator/web/api/kit"
)

// Message is a message of a person to the agent; the first is the prompt.
type Message struct {
	ID        string       `json:"id" doc:"The ID that the agent uses for the message."`
	Text      string       `json:"text"`
	Attempt   int          `json:"attempt"`
	CreatedBy string       `json:"created_by" format:"uuid"`
	CreatedAt apikit.Time  `json:"created_at"`
	SentAt    *apikit.Time `json:"sent_at" nullable:"true" doc:"When the agent received it; null while it is waiting."`
}

// NewMessage is the input for a message.
type NewMessage struct {
	Text string `json:"text" doc:"1 to 100,000 characters."`
}

func (a *Operations) messageRoutes() {
	tags := []string{"Sessions"}
	apikit.Add(a.kit, tenant.WriteSessions, huma.Operation{OperationID: "send-message", Method: http.MethodPost, Path: "/sessions/{id}/messages", Tags: tags, DefaultStatus: http.StatusCreated,
		Summary:     "Send a message to the agent",
		Description: "While the agent is working, messages are delivered in order. After the session has ended, a message continues its conversation if the quota allows. If the session is paused, the message is delivered when it resumes."}, a.sendMessage)
	apikit.Add(a.kit, tenant.ReadSessions, huma.Operation{OperationID: "list-messages", Method: http.MethodGet, Path: "/sessions/{id}/messages", Tags: tags,
		Summary: "List messages", Description: "Messages from people to the agent, oldest first. The agent's own messages are in the events."}, a.listMessages)
}

func (a *Operations) sendMessage(ctx context.Context, by tenant.Actor, in *struct {
	apikit.ByID
	Body NewMessage
}) (*apikit.Answer[Message], error) {
	m, err := a.work.SendMessage(ctx, by, session.ID(in.ID), in.Body.Text)
	return apikit.NewAnswer(messageBody(m)), err
}

func (a *Operations) listMessages(ctx context.Context, by tenant.Actor, in *apikit.ByID) (*apikit.Answer[apikit.List[Message]], error) {
	ms, err := a.work.Messages(ctx, by, session.ID(in.ID))
	return apikit.NewAnswer(apikit.NewList(apikit.MapItems(ms, messageBody))), err
}

func messageBody(m session.Message) Message {
	return Message{m.ID, m.Text, m.Attempt, string(m.CreatedBy), apikit.NewTime(m.CreatedAt), apikit.OptionalTime(m.SentAt)}
}
