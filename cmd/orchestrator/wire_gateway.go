package main

import (
	"context"
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/app"
	appwork "github.com/industrial-orchestrator/orchestrator/internal/app/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
	"github.com/industrial-orchestrator/orchestrator/internal/gateway"
	"github.com/industrial-orchestrator/orchestrator/internal/netguard"
)

// wireGateway starts the model gateway at the address it had before the restart, or on a free port, which is saved.
func (s *server) wireGateway(context.Context) (err error) {
	handler := gateway.New(gateway.Options{Backend: calls{s.app}, Transport: s.guard.Transport(), Log: s.log,
		AnswerBytes: int64(s.settings.MaxResponseSize), AnswerTime: s.settings.MaxResponseTime})
	addr, before := s.settings.GatewayListen, s.host.Gateway
	if freePort(addr) && before != "" {
		if s.gateway, err = gateway.Listen(before, handler, s.connections.agents); err != nil {
			s.log.Warn("the model gateway's port is now in use by another program: agents left by the previous server will be restarted", "address", before)
		}
	}
	if s.gateway == nil {
		if s.gateway, err = gateway.Listen(addr, handler, s.connections.agents); err != nil {
			return err
		}
	}
	s.guard.Own(s.gateway.Port)
	s.host.Gateway = strings.TrimPrefix(s.gateway.URL, "http://")
	return s.host.save()
}

// calls implements the gateway's backend with the application.
type calls struct{ app *app.App }

// Admit assigns a call to its session, reserves its budget and lowers its output limit to the remaining budget.
func (c calls) Admit(ctx context.Context, a gateway.Ask) (gateway.Grant, error) {
	adm, err := c.app.Work.AdmitCall(ctx, appwork.CallRequest{Key: a.Key, Provider: a.Provider, Model: a.Model, Conversation: a.AgentSession, Parent: a.ParentAgentSession,
		Endpoint: a.Endpoint, PromptBytes: a.PromptBytes, MaxTokens: a.MaxTokens, Title: a.Title, Stream: a.Stream})
	if err != nil || adm.Spare {
		return gateway.Grant{Spare: adm.Spare}, err
	}
	return gateway.Grant{Tenant: adm.Tenant, Session: string(adm.Session), Attempt: adm.Attempt, CallID: adm.CallID, Title: a.Title,
		BaseURL: adm.Provider.BaseURL, APIKey: adm.Key, Kind: adm.Provider.Kind, Price: adm.Model.Price, MaxTokens: adm.MaxTokens}, nil
}

// Record stores a finished call.
func (c calls) Record(ctx context.Context, call gateway.Call) error {
	return c.app.Work.RecordCall(ctx, call.Tenant, call.Call, call.Messages)
}

// testProvider sends a real request to a provider's first model through the guard.
func testProvider(guard *netguard.Guard) func(context.Context, provider.Provider, string) provider.Test {
	return func(ctx context.Context, p provider.Provider, key string) provider.Test {
		return gateway.TestConnection(ctx, guard.Client(), p.Kind, p.BaseURL, key, p.Models[0].ID)
	}
}
