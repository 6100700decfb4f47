package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/app"
	"github.com/industrial-orchestrator/orchestrator/internal/config"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

type serveCmd struct {
	AcceptLostKey   bool `help:"Start although the database's master key is lost. Stored API keys and credentials that no key decrypts are removed, and older audit entries can no longer be verified."`
	AcceptLostFiles bool `help:"Start although the files of the teams are missing from the data directory. Repositories are cloned again; working trees and conversations of earlier sessions are lost."`
}

// Run serves until it is stopped, then shuts down gracefully.
func (v serveCmd) Run(c call) (err error) {
	c.ctx = tenant.WithOrigin(c.ctx, tenant.Origin{Name: "system", Via: "system", Peer: "system"})
	s := c.settings
	log := newLog(s, c.io.err)
	var d *demo
	if s.Demo {
		if d, err = startDemo(&s); err != nil {
			return err
		}
		defer d.end()
	}
	l, err := listen(s.Listen)
	if err != nil {
		return err
	}
	if s.PublicURL == "http://"+s.Listen { // the default; with port 0 the real port is known only now
		s.PublicURL = "http://" + l.Addr().String()
	}
	srv, err := build(c.ctx, s, accepted{v.AcceptLostKey, v.AcceptLostFiles}, portOf(l), log)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	srv.demo = d
	return srv.serve(c.ctx, l, c.io.out)
}

// serve starts all parts, prints the server's address, and shuts down when ctx ends or the listener fails.
func (s *server) serve(ctx context.Context, l net.Listener, out io.Writer) error {
	// The loops must outlive ctx, because a drain pauses running sessions before it stops the loops.
	if err := s.engine.Start(context.WithoutCancel(ctx)); err != nil {
		return errors.Join(fmt.Errorf("start the engine: %w", err), l.Close(), s.drain(nil))
	}
	if err := s.recoverAgents(ctx); err != nil {
		s.log.Error("cannot find agents left by the previous server", "error", err)
	}
	s.background.run("try the identity provider", s.tryProvider)
	lost := make(chan error, 1)
	s.background.run("watch the lock of the database", func(ctx context.Context) { lost <- s.lock.Watch(ctx, lockEvery) })
	s.background.run("check the database", s.checkDatabase)
	pages := make(chan error, 1)
	go func() { pages <- s.web.Fiber.Listener(s.web.Limit(l, s.connections.people)) }()
	if err := s.greet(context.WithoutCancel(ctx), out); err != nil { // creates the set-up link even if ctx ends in the meantime
		return errors.Join(err, s.drain(pages))
	}
	select {
	case <-ctx.Done():
		s.log.Info("shutting down")
		return s.drain(pages)
	case err := <-lost:
		s.log.Error("another server has taken over the database: shutting down", "error", err)
		return errors.Join(err, s.drain(pages))
	case err := <-pages:
		pages <- nil
		return errors.Join(fmt.Errorf("serve pages: %w", err), s.drain(pages))
	}
}

// greet prints the server's address and, if there are no accounts yet, how to create the first one.
func (s *server) greet(ctx context.Context, out io.Writer) error {
	fmt.Fprintf(out, "Industrial Orchestrator %s is running at %s\n", buildVersion(), s.settings.PublicURL)
	if missing := s.settings.MissingOpencode(); missing != "" {
		fmt.Fprintln(out, missing)
	}
	if s.demo != nil {
		if err := s.demo.seed(ctx, s.app, out); err != nil {
			return err
		}
		s.background.run("take the work of the demo", func(ctx context.Context) { s.demo.takeWork(ctx, s.app, s.log) })
		return nil
	}
	return offerSetup(ctx, s.app, s.settings, out)
}

func offerSetup(ctx context.Context, a *app.App, s config.Settings, out io.Writer) error {
	needed, err := a.People.SetupNeeded(ctx)
	if err != nil || !needed {
		return err
	}
	if s.OIDCEnforced {
		_, err = fmt.Fprintf(out, "There are no accounts yet. Sign in with %s at %s. Members of --oidc-admin-group become admins; create teams with `orchestrator tenant create`.\n", s.OIDCLabel, s.PublicURL)
		return err
	}
	token, err := a.People.NewSetupLink(ctx)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "There are no accounts yet. Create the first one with this link, which can be used once and expires in 24 hours:\n  %s/setup/%s\n", s.PublicURL, token)
	return err
}

// drainWithin limits how long a drain takes, because process supervisors kill a server soon after they ask it to stop.
const drainWithin = 9 * time.Second

// drain stops all parts in an order in which no part waits for one that has already stopped: first streams, because open
// streams keep the listener open; then pages while turns are paused; then agents, their gateway and proxy, and the data.
func (s *server) drain(pages <-chan error) error {
	ctx, cancel := context.WithTimeout(context.Background(), drainWithin)
	defer cancel()
	s.hub.Close()
	s.background.cancel()
	paused := make(chan error, 1)
	go func() { paused <- s.engine.Stop(ctx) }()
	errs := []error{s.stopPages(ctx, pages), <-paused}
	errs = append(errs, s.runner.Close(ctx), s.gateway.Close(ctx), s.egress.Close(ctx), s.closeData(ctx))
	s.host.release()
	return errors.Join(errs...)
}

// closeData closes the database after everything that uses it has ended, or when ctx ends.
func (s *server) closeData(ctx context.Context) error {
	return errors.Join(s.background.end(ctx), s.app.Work.FinishRecords(ctx), s.app.Console.FinishAudit(ctx), s.lock.Release(), s.db.Close())
}

// stopPages closes the listeners and waits until they return, so that the process does not end before its last responses.
func (s *server) stopPages(ctx context.Context, pages <-chan error) error {
	if pages == nil {
		return nil
	}
	err := s.web.Fiber.ShutdownWithContext(ctx)
	if s.metrics != nil {
		err = errors.Join(err, s.metrics.ShutdownWithContext(ctx))
	}
	return errors.Join(err, <-pages)
}
