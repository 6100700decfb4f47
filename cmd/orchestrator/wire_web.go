package main

import (
	"context"
	"net"

	"github.com/industrial-orchestrator/orchestrator/internal/factor"
	"github.com/industrial-orchestrator/orchestrator/internal/sandbox"
	"github.com/industrial-orchestrator/orchestrator/web"
	"github.com/industrial-orchestrator/orchestrator/web/api"
)

// wireWeb makes the pages, the API and, where it has an address of its own, the listener of the metrics.
func (s *server) wireWeb(context.Context) error {
	s.web = web.New(web.Options{
		App: s.app, PublicURL: s.settings.PublicURL, InsecureHTTP: s.settings.InsecureHTTP, Demo: s.settings.Demo,
		Banners: s.banners(), Version: buildVersion(), TrustedProxies: s.settings.TrustedProxy, AllowedHosts: s.settings.AllowedHost,
		SecondFactor: factor.Policy(s.settings.RequireSecondFactor),
		MetricsToken: string(s.settings.MetricsToken), API: api.New(api.Options{App: s.app, Version: buildVersion(), Log: s.log}), Log: s.log,
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

// banners are what everybody should see about how this server is run.
func (s *server) banners() (all []string) {
	if !s.settings.SandboxOn() {
		all = append(all, "The sandbox is off: agents have the rights of the server itself.")
	} else if !sandbox.Probe().Holds() {
		all = append(all, "This host cannot hold agents in a sandbox (no Landlock): they have the rights of the server itself.")
	}
	if s.settings.EgressOpen() {
		all = append(all, "Agents may reach the whole network.")
	}
	return all
}
