package work

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	apikit "github.com/industrial-orchestrator/orchestrator/web/api/kit"
)

// Feedback is the input for what a person thinks of a session's work.
type Feedback struct {
	Value int64  `json:"value" doc:"1, 0 or -1." example:"1"`
	Note  string `json:"note,omitempty" doc:"Up to 1,000 characters."`
}

func (a *Operations) feedbackRoutes() {
	apikit.Add(a.kit, tenant.WriteSessions, huma.Operation{OperationID: "give-feedback", Method: http.MethodPost, Path: "/sessions/{id}/feedback", Tags: []string{"Sessions"}, DefaultStatus: http.StatusNoContent,
		Summary: "Give feedback on a session", Description: "Requires the member role. Replaces what you said about the session before. It counts for the figures of the session's agent."}, a.giveFeedback)
}

func (a *Operations) giveFeedback(ctx context.Context, by tenant.Actor, in *struct {
	apikit.ByID
	Body Feedback
}) (*struct{}, error) {
	return nil, a.work.GiveFeedback(ctx, by, session.ID(in.ID), in.Body.Value, in.Body.Note)
}
