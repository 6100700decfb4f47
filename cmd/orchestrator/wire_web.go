package main

import (
	"context"
	"net"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/factor"
	"github.com/industrial-orchestrator/orchestrator/internal/sandbox"
	"github.com/industrial-orchestrator/orchestrator/web"
	"github.com/industrial-orchestrator/orchestrator/web/api"
	apikit "github.com/industrial-orchestrator/orchestrator/web/api/kit"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// wireWeb creates the pages, the API and, if --metrics-listen is set, the listener for metrics.
func (s *server) wireWeb(context.Context) error {
	notice, err := s.signInNotice()
	if err != nil {
		return err
	}
	s.web = web.New(webkit.Options{
		App: s.app, PublicURL: s.settings.PublicURL, InsecureHTTP: s.settings.InsecureHTTP, Demo: s.settings.Demo,
		Banners: s.banners(), NetworkNote: s.networkNote(sandbox.Probe()), Version: buildVersion(), TrustedProxies: s.settings.TrustedProxy, AllowedHosts: s.settings.AllowedHost,
		SecondFactor: factor.Policy(s.settings.RequireSecondFactor), SignInNotice: notice,
		Settings: s.settingsTable(), MetricsToken: string(s.settings.MetricsToken), API: api.New(apikit.Options{App: s.app, Version: buildVersion(), Log: s.log}), Log: s.log,
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
		if err := s.metrics.Listener(s.web.Limit(l, s.connections.metrics)); err != nil {
			s.log.Error("cannot serve metrics", "error", err)
		}
	}()
}

// networkNote says why the network lists of repositories are not enforced on this host, or "" if they are.
func (s *server) networkNote(h sandbox.Host) string {
	switch {
	case !s.settings.SandboxOn():
		return "The sandbox is off, so agents can connect to any host."
	case !h.Holds():
		return "This host has no sandbox support, so the list is not enforced."
	case s.settings.EgressOpen():
		return "This server allows agents to connect to any public host (--agent-egress=open)."
	case !h.Network && h.LandlockABI < 4:
		return "This host supports neither Landlock for TCP nor separate networks, so the list applies only to programs that use the proxy."
	}
	return ""
}

// banners are the warnings about insecure settings that everybody sees.
func (s *server) banners() (all []string) {
	if !s.settings.SandboxOn() {
		all = append(all, "The sandbox is off. Agents have the same permissions as the server.")
	} else if !sandbox.Probe().Holds() {
		all = append(all, "Agents cannot start because this host has no sandbox support (Landlock). If you set --sandbox=off, agents have the same permissions as the server.")
	}
	if s.settings.EgressOpen() {
		all = append(all, "Agents can connect to any public host.")
	}
	return all
}
