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

type serveCmd struct{}

// Run serves until it is told to stop, and drains.
func (serveCmd) Run(c call) (err error) {
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
	if s.PublicURL == "http://"+s.Listen { // nobody named one, and the port may be known only now
		s.PublicURL = "http://" + l.Addr().String()
	}
	srv, err := build(c.ctx, s, portOf(l), log)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	srv.demo = d
	return srv.serve(c.ctx, l, c.io.out)
}

// serve starts everything, says where it is, and drains when ctx ends or the listener fails.
func (s *server) serve(ctx context.Context, l net.Listener, out io.Writer) error {
	// Loops outlive ctx: a drain pauses what runs before it ends them.
	if err := s.engine.Start(context.WithoutCancel(ctx)); err != nil {
		return errors.Join(fmt.Errorf("start the engine: %w", err), l.Close(), s.drain(nil))
	}
	if err := s.recoverAgents(ctx); err != nil {
		s.log.Error("look for agents that outlived the last server", "error", err)
	}
	s.background.run("try the identity provider", s.tryProvider)
	pages := make(chan error, 1)
	go func() { pages <- s.web.Fiber.Listener(s.web.Limit(l)) }()
	if err := s.greet(context.WithoutCancel(ctx), out); err != nil { // the link is made even if we are told to stop meanwhile
		return errors.Join(err, s.drain(pages))
	}
	select {
	case <-ctx.Done():
		s.log.Info("draining")
		return s.drain(pages)
	case err := <-pages:
		pages <- nil
		return errors.Join(fmt.Errorf("serve pages: %w", err), s.drain(pages))
	}
}

// greet says where the server is, and how to make the first person where there is none.
func (s *server) greet(ctx context.Context, out io.Writer) error {
	fmt.Fprintf(out, "Industrial Orchestrator %s serves %s\n", buildVersion(), s.settings.PublicURL)
	if s.settings.OpencodeBin == "" {
		fmt.Fprintln(out, "OpenCode was not found, so sessions cannot run: install Node.js with npm and call make run, or name it with --opencode-bin.")
	}
	if s.demo != nil {
		return s.demo.seed(ctx, s.app, out)
	}
	return offerSetup(ctx, s.app, s.settings, out)
}

func offerSetup(ctx context.Context, a *app.App, s config.Settings, out io.Writer) error {
	needed, err := a.SetupNeeded(ctx)
	if err != nil || !needed {
		return err
	}
	if s.OIDCEnforced {
		_, err = fmt.Fprintf(out, "Nobody has an account yet. Sign in with %s at %s: who is in --oidc-admin-group becomes admin, and `orchestrator tenant create` makes teams.\n", s.OIDCLabel, s.PublicURL)
		return err
	}
	token, err := a.NewSetupLink(ctx)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "Nobody has an account yet. Make the first one within 24 hours, with this link that works once:\n  %s/setup/%s\n", s.PublicURL, token)
	return err
}

// drainWithin bounds a drain: what supervises servers kills them soon after.
const drainWithin = 9 * time.Second

// drain ends what was started, in an order in which nobody waits for somebody who is gone already: streams first, because
// open ones would hold the listener up; then pages while turns are paused; then agents, their gateway and proxy, the data.
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

// closeData closes the database after everything that still uses it has ended or ctx has.
func (s *server) closeData(ctx context.Context) error {
	return errors.Join(s.background.end(ctx), s.app.FinishRecords(ctx), s.app.FinishAudit(ctx), s.db.Close())
}

// stopPages closes the listeners and waits for their return: the process would otherwise end before its answers.
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
