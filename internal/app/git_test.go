package app_test

import (
	"context"
	"io"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// heads is a git server in which every session has one commit.
type heads struct{}

func (heads) Advertise(context.Context, tenant.ID, repository.Repository, []string, string, io.Writer) error {
	return nil
}
func (heads) Upload(context.Context, tenant.ID, repository.ID, string, []byte, io.Writer) error {
	return nil
}
func (heads) Commit(context.Context, session.Session) (string, error) { return "abc", nil }
