package main

import (
	"context"
	"io"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// gitServer serves the git address from the workspaces, which are created after the app.
type gitServer struct{ s *server }

// Advertise answers the first request of a git client.
func (g gitServer) Advertise(ctx context.Context, t tenant.ID, r repository.Repository, branches []string, protocol string, to io.Writer) error {
	return g.s.space.Advertise(ctx, t, r, branches, protocol, to)
}

// Commit returns the commit with a session's work.
func (g gitServer) Commit(ctx context.Context, s session.Session) (string, error) {
	return g.s.space.Commit(ctx, s)
}

// Upload answers a further request of a git client.
func (g gitServer) Upload(ctx context.Context, t tenant.ID, r repository.ID, protocol string, request []byte, to io.Writer) error {
	return g.s.space.Upload(ctx, t, r, protocol, request, to)
}
