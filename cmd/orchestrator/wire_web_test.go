package main

import (
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/config"
	"github.com/industrial-orchestrator/orchestrator/internal/sandbox"
)

func TestThePageSaysWhereTheNetworkListDoesNotHold(t *testing.T) {
	t.Parallel()
	full := sandbox.Host{LandlockABI: 7, Network: true}
	for _, tt := range []struct {
		sandbox, egress string
		host            sandbox.Host
		say             string
	}{
		{"on", "closed", full, ""}, {"on", "closed", sandbox.Host{LandlockABI: 4}, ""}, {"on", "closed", sandbox.Host{LandlockABI: 3, Network: true}, ""},
		{"on", "closed", sandbox.Host{LandlockABI: 3}, "only to programs that use the proxy"}, {"on", "open", full, "--agent-egress=open"},
		{"off", "closed", full, "sandbox is off"}, {"on", "closed", sandbox.Host{}, "no sandbox support"},
	} {
		s := server{settings: config.Settings{Sandbox: tt.sandbox, AgentEgress: tt.egress}}
		if got := s.networkNote(tt.host); !strings.Contains(got, tt.say) || (got == "") != (tt.say == "") {
			t.Errorf("sandbox %s, egress %s, %+v: %q", tt.sandbox, tt.egress, tt.host, got)
		}
	}
}
