package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"time"

	"github.com/gofiber/fiber/v2"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/app"
	apppeople "github.com/industrial-orchestrator/orchestrator/internal/app/people"
	"github.com/industrial-orchestrator/orchestrator/internal/config"
	"github.com/industrial-orchestrator/orchestrator/internal/egress"
	"github.com/industrial-orchestrator/orchestrator/internal/engine"
	"github.com/industrial-orchestrator/orchestrator/internal/engine/workspace"
	"github.com/industrial-orchestrator/orchestrator/internal/gateway"
	"github.com/industrial-orchestrator/orchestrator/internal/hub"
	"github.com/industrial-orchestrator/orchestrator/internal/listener"
	"github.com/industrial-orchestrator/orchestrator/internal/netguard"
	"github.com/industrial-orchestrator/orchestrator/internal/post"
	"github.com/industrial-orchestrator/orchestrator/internal/runner/opencode"
	"github.com/industrial-orchestrator/orchestrator/internal/texts"
	"github.com/industrial-orchestrator/orchestrator/web"
)

// server holds every part of a running server.
type server struct {
	settings config.Settings
	loss     accepted
	log      *slog.Logger
	db       *dbkernel.DB
	lock     *dbkernel.ServerLock
	host     *host
	hub      *hub.Hub
	app      *app.App
	// guard checks the server's own connections, agentGuard those of agents.
	guard      *netguard.Guard
	agentGuard *netguard.Guard
	// connections bound what the listeners accept.
	connections connections
	gateway     *gateway.Server
	egress      *egress.Server
	cacheRuns   *cacheRuns
	runner      *opencode.Runner
	rooms       workspace.Rooms
	space       *workspace.Space
	engine      *engine.Engine
	trees       *workspace.Space
	web         *web.Server
	metrics     *fiber.App
	demo        *demo
	texts       *texts.Texts
	post        *post.Sender // nil if no mail server is configured
	opencode    versionCache
	oidc        *apppeople.OIDC
	// background is what runs besides the listeners and the loops.
	background *background
}

// build opens the data and connects the parts without starting them. If a step fails, it closes what the earlier steps opened.
func build(ctx context.Context, s config.Settings, loss accepted, port uint16, log *slog.Logger) (_ *server, err error) {
	srv := &server{settings: s, loss: loss, log: log, hub: hub.New(), cacheRuns: &cacheRuns{}, connections: newConnections(listener.OpenFiles()), background: newBackground(ctx, log)}
	defer func() {
		if err != nil {
			err = errors.Join(err, srv.abandon(ctx))
		}
	}()
	for _, step := range []func(context.Context) error{srv.wirePost, srv.openAll, srv.wireGateway, srv.wireEgress, srv.wireEngine, srv.wireWeb} {
		if err := step(ctx); err != nil {
			return srv, err
		}
	}
	srv.guard.Own(port)
	return srv, nil
}

// lockWithin is how long a start waits for the lock of a database whose server was killed or lost its host.
const lockWithin = 10 * time.Second

// lockEvery is how often a server looks whether it still has the lock of its database.
const lockEvery = 2 * time.Second

// openAll locks the data directory before it opens (and possibly migrates) the data in it.
func (s *server) openAll(ctx context.Context) (err error) {
	if err := makeDirs(s.settings.Data); err != nil {
		return err
	}
	if s.host, err = lockHost(s.settings.Data, hostWithin); err != nil {
		return explainStart(s.settings, err)
	}
	d, keys, err := openDataAccepting(ctx, s.settings, s.loss.key)
	if err != nil {
		return err
	}
	s.db = d
	if s.guard, err = newGuard(s.settings); err != nil {
		return err
	}
	if s.lock, err = d.LockServer(ctx, lockWithin); err != nil {
		return err
	}
	s.agentGuard = s.guard.ForAgents(s.settings.AllowAgentNet.Allows())
	if s.oidc, err = wireOIDC(s.settings, s.guard); err != nil {
		return err
	}
	s.app = s.newApp(keys)
	if err := s.app.Kernel.FreeKeys(ctx); err != nil {
		return err
	}
	if err := s.acceptLoss(ctx); err != nil {
		return err
	}
	if err := s.checkFiles(ctx); err != nil {
		return err
	}
	return s.checkIdentity(ctx)
}

// abandon closes what a failed build opened.
func (s *server) abandon(ctx context.Context) error {
	errs := []error{s.background.end(ctx)}
	if s.gateway != nil {
		errs = append(errs, s.gateway.Close(ctx))
	}
	if s.egress != nil {
		errs = append(errs, s.egress.Close(ctx))
	}
	if s.lock != nil {
		errs = append(errs, s.lock.Release())
	}
	if s.db != nil {
		errs = append(errs, s.db.Close())
	}
	if s.host != nil {
		s.host.release()
	}
	return errors.Join(errs...)
}

// newLog returns a logger with the level and format of the settings.
func newLog(s config.Settings, w io.Writer) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(s.LogLevel)) // Check accepts only the four level names
	o := &slog.HandlerOptions{Level: level}
	if s.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}
