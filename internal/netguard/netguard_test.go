package netguard

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
)

func mustAllow(t *testing.T, s string) Allow {
	t.Helper()
	a, err := ParseAllow(s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestCheck(t *testing.T) {
	t.Parallel()
	for to, want := range map[string]string{
		"8.8.8.8:443":                 "",
		"[2606:4700::1111]:443":       "",
		"127.0.0.1:4010":              "",
		"127.0.0.1:4011":              "loopback",
		"127.0.0.2:4010":              "loopback",
		"127.0.0.1:8080":              "belongs to this server",
		"8.8.4.4:8080":                "",
		"9.9.9.9:8080":                "belongs to this server",
		"9.9.9.9:22":                  "one of this host's addresses",
		"10.1.2.3:80":                 "",
		"10.1.2.3:81":                 "private",
		"172.16.0.1:80":               "private",
		"192.168.1.1:80":              "private",
		"169.254.1.1:80":              "link-local",
		"169.254.169.254:80":          "metadata",
		"168.63.129.16:80":            "metadata",
		"[fd00:ec2::254]:80":          "metadata",
		"100.64.1.1:80":               "carrier-grade NAT",
		"100.100.100.200:80":          "metadata",
		"0.0.0.0:80":                  "unspecified",
		"0.1.2.3:80":                  "in the range 0.0.0.0/8",
		"224.0.0.1:80":                "multicast",
		"255.255.255.255:80":          "reserved",
		"[::]:80":                     "unspecified",
		"[::1]:80":                    "loopback",
		"[fe80::1%eth0]:80":           "link-local",
		"[fc00::1]:80":                "private",
		"[ff02::1]:80":                "multicast",
		"[::ffff:127.0.0.1]:80":       "loopback",
		"[::ffff:10.0.0.1]:81":        "private",
		"[::ffff:127.0.0.1]:4010":     "",
		"[64:ff9b::7f00:1]:80":        "loopback",
		"[64:ff9b::808:808]:80":       "",
		"[2002:7f00:1::]:80":          "tunnel",
		"[::127.0.0.1]:80":            "reserved",
		"[2001:db8::1]:80":            "reserved",
		"[3fff:fff::1]:80":            "reserved",
		"[5f00::1]:80":                "reserved",
		"192.88.99.1:80":              "reserved",
		"[::ffff:0:7f00:1]:80":        "translation",
		"[::ffff:0:808:808]:80":       "translation",
		"[100::1]:80":                 "reserved",
		"[100:0:0:1::1]:80":           "reserved",
		"[200::1]:80":                 "reserved",
		"[4000::1]:80":                "reserved",
		"[fec0::1]:80":                "private",
		"[2001:2::1]:80":              "reserved",
		"[2001::1]:80":                "tunnel",
		"[2001:200::1]:443":           "",
		"[2a00:1450::1]:443":          "",
		"203.0.113.9:443":             "reserved",
		"[::ffff:169.254.169.254]:80": "metadata",
	} {
		g := New([]Allow{mustAllow(t, "127.0.0.1/32:4010"), mustAllow(t, "10.0.0.0/8:80"), mustAllow(t, "127.0.0.0/8:8080")}, 8080)
		g.local = func() []netip.Addr { return []netip.Addr{netip.MustParseAddr("9.9.9.9")} }
		err := g.Check(netip.MustParseAddrPort(to))
		if want == "" && err != nil || want != "" && (!fault.Is(err, fault.Forbidden) || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", to, err, want)
		}
	}
}

func TestRefusalNamesAddressAndFlag(t *testing.T) {
	t.Parallel()
	for to, flag := range map[string]string{"10.0.0.5:8000": "--allow-net 10.0.0.5/32:8000", "[::1]:8000": "--allow-net [::1]/128:8000"} {
		err := New(nil).Check(netip.MustParseAddrPort(to))
		if err == nil || !strings.Contains(err.Error(), to) || !strings.Contains(err.Error(), flag) {
			t.Errorf("%s: %v", to, err)
			continue
		}
		if a := mustAllow(t, strings.TrimPrefix(flag, "--allow-net ")); New([]Allow{a}).Check(netip.MustParseAddrPort(to)) != nil {
			t.Errorf("the flag that the refusal of %s names does not open it", to)
		}
	}
}

// The operator opens addresses to agents with a setting of its own: what is open to the server is closed to them, and the ports of
// this program are closed to both, also those that are added later.
func TestAgentsHaveTheirOwnList(t *testing.T) {
	t.Parallel()
	local := netip.MustParseAddrPort("127.0.0.1:4010")
	server := New([]Allow{mustAllow(t, "127.0.0.1/32:4010")})
	agents := server.ForAgents([]Allow{mustAllow(t, "10.0.0.0/8:443"), mustAllow(t, "127.0.0.0/8:9")})
	if err := server.Check(local); err != nil {
		t.Error(err)
	}
	err := agents.Check(local)
	if err == nil || !strings.Contains(err.Error(), "--allow-agent-net 127.0.0.1/32:4010") || strings.Contains(err.Error(), "--allow-net") {
		t.Errorf("agents reach what --allow-net opens: %v", err)
	}
	if err := agents.Check(netip.MustParseAddrPort("10.1.2.3:443")); err != nil {
		t.Error(err)
	}
	if server.Check(netip.MustParseAddrPort("10.1.2.3:443")) == nil {
		t.Error("the server reaches what only agents may")
	}
	server.Own(9)
	if err := agents.Check(netip.MustParseAddrPort("127.0.0.1:9")); err == nil || !strings.Contains(err.Error(), "belongs to this server") {
		t.Errorf("agents reach a port of this program: %v", err)
	}
	server.Disown(9)
	if err := agents.Check(netip.MustParseAddrPort("127.0.0.1:9")); err != nil {
		t.Error(err)
	}
}

func TestParseAllow(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"127.0.0.1/32:4010": "127.0.0.1/32:4010", "127.0.0.1:4010": "127.0.0.1/32:4010", "10.1.2.3/8:80": "10.0.0.0/8:80",
		"[::1]:1": "[::1]/128:1", "::1/128:1": "[::1]/128:1", "[fd00::]/8:443": "[fd00::]/8:443",
		"": "", "127.0.0.1": "", "127.0.0.1:0": "", "127.0.0.1:70000": "", "127.0.0.1:http": "", "example.org:80": "",
		"::1:80": "", "10.0.0.0/33:1": "", "::ffff:10.0.0.0/104:1": "",
	} {
		got, err := ParseAllow(in)
		if want == "" && !fault.Is(err, fault.Invalid) || want != "" && (err != nil || got.String() != want) {
			t.Errorf("%q: %v %v, want %q", in, got, err, want)
		}
	}
}

func TestClientAsksTheGuardAndFollowsNothing(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.RedirectHandler("http://169.254.169.254/latest", http.StatusFound))
	defer srv.Close()
	get := func(g *Guard) (*http.Response, error) {
		req, _ := http.NewRequestWithContext(context.Background(), http.MethodGet, srv.URL, nil)
		return g.Client().Do(req)
	}
	_, err := get(New(nil))
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind != fault.Forbidden || !strings.Contains(f.Message, "--allow-net") {
		t.Fatalf("dialling loopback: %v", err)
	}
	to := netip.MustParseAddrPort(srv.Listener.Addr().String())
	g := New([]Allow{{netip.PrefixFrom(to.Addr(), 32), to.Port()}})
	res, err := get(g)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, res.Body)
	res.Body.Close()
	if res.StatusCode != http.StatusFound {
		t.Errorf("status %d: the redirect was followed", res.StatusCode)
	}
	g.Own(to.Port())
	if err := g.Check(to); err == nil {
		t.Error("an own port is open")
	}
	g.Disown(to.Port())
	if err := g.Check(to); err != nil {
		t.Error(err)
	}
}
