package work

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	apikit "github.com/industrial-orchestrator/orchestrator/web/api/kit"
)

// verb is a move of a session that a program can request.
type verb func(context.Context, tenant.Actor, session.ID) (session.Session, error)

func (a *Operations) moveRoutes() {
	a.addMove("start", "Start", "Queues a draft.", a.work.StartSession)
	a.addMove("pause", "Pause", "Ends the running turn cleanly and keeps the conversation. Another session can start in the meantime.", a.work.PauseSession)
	apikit.Add(a.kit, tenant.WriteSessions, moveOperation("resume", "Resume", "Queues a paused session, which then continues its conversation, with a message if there is one. "+
		"A session that was paused with the reason loop_detected can be resumed without a message once; if it repeats itself again, it needs one."), a.resumeSession)
	a.addMove("stop", "Stop", "Ends a running, degraded or paused session. The conversation and the working tree are kept.", a.work.StopSession)
	a.addMove("cancel", "Cancel", "Cancels a session that is not running. This cannot be undone.", a.work.CancelSession)
	apikit.Add(a.kit, tenant.WriteSessions, moveOperation("retry", "Retry", "Starts the next attempt of a session that failed, timed out, was stopped or is orphaned, in the same working tree and conversation."), a.retrySession)
}

func (a *Operations) addMove(name, summary, what string, v verb) {
	apikit.Add(a.kit, tenant.WriteSessions, moveOperation(name, summary, what), func(ctx context.Context, by tenant.Actor, in *struct {
		apikit.ByID
		Body *apikit.NoFields
	}) (*apikit.Answer[Session], error) {
		s, err := v(ctx, by, session.ID(in.ID))
		if err != nil {
			return nil, err
		}
		return a.answerSession(ctx, by, s)
	})
}

func moveOperation(name, summary, what string) huma.Operation {
	return huma.Operation{OperationID: name + "-session", Method: http.MethodPost, Path: "/sessions/{id}/" + name, Tags: []string{"Sessions"},
		Summary:     summary + " a session",
		Description: what + " Members can do this for their own sessions and leads for all sessions. Returns 409 and changes nothing if the session's status does not allow it."}
}

// Retry is the input for a new attempt.
type Retry struct {
	Fresh bool `json:"fresh,omitempty" doc:"Start with a new working tree and a new conversation."`
}

func (a *Operations) retrySession(ctx context.Context, by tenant.Actor, in *struct {
	apikit.ByID
	Body *Retry
}) (*apikit.Answer[Session], error) {
	s, err := a.work.RetrySession(ctx, by, session.ID(in.ID), in.Body != nil && in.Body.Fresh)
	if err != nil {
		return nil, err
	}
	return a.answerSession(ctx, by, s)
}

// Resume is the input for a paused session.
type Resume struct {
	Message string `json:"message,omitempty" doc:"A message to the agent, sent before the session resumes."`
}

func (a *Operations) resumeSession(ctx context.Context, by tenant.Actor, in *struct {
	apikit.ByID
	Body *Resume
}) (*apikit.Answer[Session], error) {
	resume := a.work.ResumeSession
	if in.Body != nil && in.Body.Message != "" {
		resume = func(ctx context.Context, by tenant.Actor, id session.ID) (session.Session, error) {
			return a.work.SendAndResume(ctx, by, id, in.Body.Message)
		}
	}
	s, err := resume(ctx, by, session.ID(in.ID))
	if err != nil {
		return nil, err
	}
	return a.answerSession(ctx, by, s)
}
