package main

import (
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/netguard"
)

func allowed(t *testing.T, rules ...string) (all []netguard.Allow) {
	t.Helper()
	for _, r := range rules {
		a, err := netguard.ParseAllow(r)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, a)
	}
	return all
}

// A lead lists no host that the proxy would refuse: not what is open to the server only, and no port of this program.
func TestANetworkListTakesOnlyWhatAgentsCanReach(t *testing.T) {
	t.Parallel()
	server := netguard.New(allowed(t, "127.0.0.1:4010"))
	check := checkAgentHost(server.ForAgents(allowed(t, "10.0.0.0/8:443", "127.0.0.1:9")))
	server.Own(9)
	for entry, says := range map[string]string{
		"127.0.0.1:4010": "--allow-agent-net 127.0.0.1/32:4010", "localhost:80": "loopback", "a.localhost:80": "loopback", "*.localhost:80": "loopback",
		"[::1]:80": "loopback", "169.254.169.254:80": "metadata", "10.0.0.1:80": "private", "[::ffff:0:7f00:1]:80": "translation", "127.0.0.1:9": "belongs to this server",
		"10.0.0.1:443": "", "8.8.8.8:443": "", "*.example.org:443": "", "no-such-name.invalid:443": "",
	} {
		err := check(t.Context(), entry)
		if (err == nil) != (says == "") || err != nil && !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want %q", entry, err, says)
		}
	}
}
