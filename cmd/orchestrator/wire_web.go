package main

import (
	"context"
	"net"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/factor"
	"github.com/industrial-orchestrator/orchestrator/internal/sandbox"
	"github.com/industrial-orchestrator/orchestrator/web"
	"github.com/industrial-orchestrator/orchestrator/web/api"
)

// wireWeb makes the pages, the API and, where it has an address of its own, the listener of the metrics.
func (s *server) wireWeb(context.Context) error {
	notice, err := s.signInNotice()
	if err != nil {
		return err
	}
	s.web = web.New(web.Options{
		App: s.app, PublicURL: s.settings.PublicURL, InsecureHTTP: s.settings.InsecureHTTP, Demo: s.settings.Demo,
		Banners: s.banners(), NetworkNote: s.networkNote(sandbox.Probe()), Version: buildVersion(), TrustedProxies: s.settings.TrustedProxy, AllowedHosts: s.settings.AllowedHost,
		SecondFactor: factor.Policy(s.settings.RequireSecondFactor), SignInNotice: notice,
		Settings: s.shown(), MetricsToken: string(s.settings.MetricsToken), API: api.New(api.Options{App: s.app, Version: buildVersion(), Log: s.log}), Log: s.log,
	})
	if s.settings.MetricsListen == "" {
		return nil
	}
	l, err := listen(s.settings.MetricsListen)
	if err != nil {
		return err
	}
	s.serveMetrics(l)
	return nil
}

func (s *server) serveMetrics(l net.Listener) {
	s.guard.Own(portOf(l))
	s.metrics = s.web.MetricsApp()
	go func() {
		if err := s.metrics.Listener(l); err != nil {
			s.log.Error("serve metrics", "error", err)
		}
	}()
}

// networkNote is why sessions are not held to a network list here; empty where they are.
func (s *server) networkNote(h sandbox.Host) string {
	switch {
	case !s.settings.SandboxOn(), !h.Holds():
		return "Agents are in no sandbox here: they connect as they like."
	case s.settings.EgressOpen():
		return "The operator lets agents reach every public host (--agent-egress open)."
	case !h.Network && h.LandlockABI < 4:
		return "This host has neither Landlock for TCP nor networks of their own for agents: only programs that use the proxy are held to it."
	}
	return ""
}

// banners are what everybody should see about how this server is run.
func (s *server) banners() (all []string) {
	if !s.settings.SandboxOn() {
		all = append(all, "The sandbox is off: agents have the rights of the server itself.")
	} else if !sandbox.Probe().Holds() {
		all = append(all, "This host cannot hold agents in a sandbox (no Landlock), so none starts. With --sandbox=off they would have the rights of the server itself.")
	}
	if s.settings.EgressOpen() {
		all = append(all, "Agents may reach the whole network.")
	}
	return all
}
