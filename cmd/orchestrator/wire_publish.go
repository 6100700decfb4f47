package main

import (
	"context"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

// publisher passes the application's requests to the workspaces, which are created after it.
type publisher struct{ s *server }

// Save stores a session's work in the server's clone.
func (p publisher) Save(ctx context.Context, s session.Session, onto string) (session.Saved, error) {
	return p.s.space.Save(ctx, s, onto)
}

// Publish sends a commit of the clone to a branch of the repository.
func (p publisher) Publish(ctx context.Context, s session.Session, want session.Publication) (session.Published, error) {
	return p.s.space.Publish(ctx, s, want)
}
