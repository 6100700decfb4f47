package work

import (
	"context"
	"io"
	"slices"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbrepos "github.com/industrial-orchestrator/orchestrator/db/repos"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// GitServer sends commits of bare clones to git clients. The real one runs git.
type GitServer interface {
	// Advertise answers the first request of a client: it sees the default branch and these branches of sessions.
	Advertise(ctx context.Context, t tenant.ID, r repository.Repository, branches []string, protocol string, to io.Writer) error
	// Commit returns the commit with a session's work, which it makes if there is none yet; "" if the session changed nothing.
	Commit(ctx context.Context, s session.Session) (string, error)
	// Upload answers a further request, with nothing but what Advertise has shown.
	Upload(ctx context.Context, t tenant.ID, r repository.ID, protocol string, request []byte, to io.Writer) error
}

// GitView is what an actor can fetch of a repository with git.
type GitView struct {
	Repository repository.Repository
	server     GitServer
	tenant     tenant.ID
	branches   []string
}

// Advertise writes the answer to the first request of a git client.
func (v GitView) Advertise(ctx context.Context, protocol string, to io.Writer) error {
	return v.server.Advertise(ctx, v.tenant, v.Repository, v.branches, protocol, to)
}

// Upload writes the answer to a further request.
func (v GitView) Upload(ctx context.Context, protocol string, request []byte, to io.Writer) error {
	return v.server.Upload(ctx, v.tenant, v.Repository.ID, protocol, request, to)
}

// OpenGit returns what the actor can fetch of the repository with an ID or a name: its default branch and the branches of its sessions.
func (a *Verbs) OpenGit(ctx context.Context, by tenant.Actor, name string) (v GitView, err error) {
	v.server, v.tenant = a.opts.Git, by.Tenant
	if err := by.May(tenant.ReadRepositories); err != nil {
		return v, err
	}
	err = a.k.Read(ctx, by, tenant.ReadSessions, func(sc *dbkernel.Scope) error {
		all, err := dbrepos.On(sc).Repositories(ctx)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(r repository.Repository) bool { return string(r.ID) == name || r.Name == name })
		if i < 0 {
			return fault.Missing("repository")
		}
		v.Repository = all[i]
		v.branches, err = dbwork.On(sc).Branches(ctx, v.Repository.ID)
		return err
	})
	if err == nil && (v.server == nil || v.Repository.Inspection.At.IsZero()) {
		return v, fault.New(fault.Unavailable, "Repository %s is not cloned yet.", v.Repository.Name)
	}
	return v, err
}
