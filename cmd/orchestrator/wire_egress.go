package main

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/url"
	"path/filepath"
	"sync"

	dbrepos "github.com/industrial-orchestrator/orchestrator/db/repos"
	"github.com/industrial-orchestrator/orchestrator/internal/app"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/egress"
	"github.com/industrial-orchestrator/orchestrator/internal/engine/workspace"
	"github.com/industrial-orchestrator/orchestrator/internal/git"
	"github.com/industrial-orchestrator/orchestrator/internal/sandbox"
)

// wireEgress starts the agents' proxy at the address it had before the restart, because agents that kept running may connect
// to no other port. If it had none, or it is in use, the proxy gets a free port, which is saved.
func (s *server) wireEgress(context.Context) (err error) {
	proxy := egress.New(egress.Options{Backend: visitors{s.app, s.cacheRuns, s.log}, Dialer: s.agentGuard.Dialer(), OwnDialer: s.guard.Dialer(), Open: s.settings.EgressOpen(), Pool: s.connections.agents, Log: s.log})
	if s.host.Egress != "" {
		if s.egress, err = egress.Listen(s.host.Egress, proxy); err != nil {
			s.log.Warn("the egress proxy's port is now in use by another program: agents left by the previous server have no network access", "address", s.host.Egress)
		}
	}
	if s.egress == nil {
		if s.egress, err = egress.Listen("127.0.0.1:0", proxy); err != nil {
			return err
		}
	}
	s.guard.Own(s.egress.Port)
	s.host.Egress = s.egress.Addr
	return s.host.save()
}

// proxyOf returns the egress proxy's URL with a session's credential.
func (s *server) proxyOf(t tenant.ID, id session.ID) string {
	return s.egress.URL(url.UserPassword(s.app.Work.EgressKey(t, id)))
}

// wayOf returns the proxy access that lets the server's own git reach one host.
func (s *server) wayOf(host string, port uint16) git.Way {
	pass := s.egress.Pass(host, port)
	return git.Way{Proxy: s.egress.URL(pass.User()), Refused: pass.Refused, Close: pass.Close}
}

// visitors implements the egress proxy's backend with the application, and with the runs that fill tool caches.
type visitors struct {
	app  *app.App
	runs *cacheRuns
	log  *slog.Logger
}

// Admit finds the running session, or the run, that a credential belongs to.
func (v visitors) Admit(ctx context.Context, user, password string) (egress.Visitor, error) {
	if user == cacheUser {
		return v.admitRun(ctx, password)
	}
	s, n, err := v.app.Work.AdmitEgress(ctx, user, password)
	return egress.Visitor{Tenant: s.Tenant, Session: s.ID, Attempt: s.Attempt, Repository: s.RepositoryID, Hosts: n.Hosts, Providers: n.Providers}, err
}

// Record stores a connection, or its refusal, in the session's log. A run has no session, so its refusals are in the server's log.
func (v visitors) Record(ctx context.Context, of egress.Visitor, e event.Egress) error {
	if of.Session != "" {
		return v.app.Work.RecordEgress(ctx, of.Tenant, of.Session, of.Attempt, e)
	}
	if e.Refused != "" {
		v.log.Info("a check command that fills tool caches could not connect", "tenant", of.Tenant, "repository", of.Repository, "host", e.Target, "reason", e.Refused)
	}
	return nil
}

// cacheUser is the user name of runs that fill tool caches; those of sessions have a dot.
const cacheUser = "caches"

// cacheRuns are the credentials of the runs in progress for the egress proxy.
type cacheRuns struct{ open sync.Map }

// cacheNet gives a run the network of its repository until it is closed.
func (s *server) cacheNet(t tenant.ID, r repository.ID) workspace.CacheNet {
	password := rand.Text()
	s.cacheRuns.open.Store(password, dbrepos.RepositoryRef{Tenant: t, ID: r})
	return workspace.CacheNet{
		Proxy: s.egress.URL(url.UserPassword(cacheUser, password)),
		Out:   []sandbox.Bridge{{Port: s.egress.Port, Socket: filepath.Join(s.settings.Data, "run", "egress")}},
		Close: func() { s.cacheRuns.open.Delete(password) },
	}
}

func (v visitors) admitRun(ctx context.Context, password string) (egress.Visitor, error) {
	found, ok := v.runs.open.Load(password)
	if !ok {
		return egress.Visitor{}, fault.New(fault.Unauthenticated, "This proxy credential belonged to check commands that have ended.")
	}
	r := found.(dbrepos.RepositoryRef)
	n, err := v.app.Work.RepositoryNetwork(ctx, r.Tenant, r.ID)
	return egress.Visitor{Tenant: r.Tenant, Repository: r.ID, Hosts: n.Hosts, Providers: n.Providers}, err
}
