package main

import (
	"context"
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/app"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
	"github.com/industrial-orchestrator/orchestrator/internal/gateway"
	"github.com/industrial-orchestrator/orchestrator/internal/netguard"
)

// wireGateway serves the model gateway where it was before the restart, or on a free port that is remembered.
func (s *server) wireGateway(context.Context) (err error) {
	handler := gateway.New(gateway.Options{Backend: calls{s.app}, Transport: s.guard.Transport(), Log: s.log})
	addr, before := s.settings.GatewayListen, s.host.Gateway
	if freePort(addr) && before != "" {
		if s.gateway, err = gateway.Listen(before, handler); err != nil {
			s.log.Warn("the model gateway's port was taken meanwhile: agents that outlived the last server start anew", "address", before)
		}
	}
	if s.gateway == nil {
		if s.gateway, err = gateway.Listen(addr, handler); err != nil {
			return err
		}
	}
	s.guard.Own(s.gateway.Port)
	s.host.Gateway = strings.TrimPrefix(s.gateway.URL, "http://")
	return s.host.save()
}

// calls is what the gateway asks of the verbs.
type calls struct{ app *app.App }

// Admit places a call, reserves what it may use and lowers its output limit to what is left.
func (c calls) Admit(ctx context.Context, a gateway.Ask) (gateway.Grant, error) {
	adm, err := c.app.AdmitCall(ctx, app.CallAsk{Key: a.Key, Provider: a.Provider, Model: a.Model, Conversation: a.AgentSession, Parent: a.ParentAgentSession,
		Endpoint: a.Endpoint, PromptBytes: a.PromptBytes, MaxTokens: a.MaxTokens, Title: a.Title, Stream: a.Stream})
	if err != nil {
		return gateway.Grant{}, err
	}
	return gateway.Grant{Tenant: adm.Tenant, Session: string(adm.Session), Attempt: adm.Attempt, CallID: adm.CallID, Title: a.Title,
		BaseURL: adm.Provider.BaseURL, APIKey: adm.Key, Kind: adm.Provider.Kind, Price: adm.Model.Price, MaxTokens: adm.MaxTokens}, nil
}

// Record keeps a call that ended.
func (c calls) Record(ctx context.Context, call gateway.Call) error {
	return c.app.RecordCall(ctx, call.Tenant, call.Call, call.Messages)
}

// testProvider really asks a provider's first model through the guard.
func testProvider(guard *netguard.Guard) func(context.Context, provider.Provider, string) provider.Test {
	return func(ctx context.Context, p provider.Provider, key string) provider.Test {
		return gateway.TestConnection(ctx, guard.Client(), p.Kind, p.BaseURL, key, p.Models[0].ID)
	}
}
