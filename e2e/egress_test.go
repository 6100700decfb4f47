package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// outside is a server that represents the internet. It is the only address of this host that the operator allows.
func outside(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.2:0")
	if err != nil {
		t.Skip("this host has no second loopback address")
	}
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello-from-outside") }))
	srv.Listener.Close()
	srv.Listener = l
	srv.Start()
	t.Cleanup(srv.Close)
	return l.Addr().String()
}

// tries is the script of the agent's bash. Each line prints its name and its result.
const tries = `try() { name=$1; shift; echo "$name=$(curl -s -m 10 -w '%%{http_code}/%%{http_connect}' "$@" 2>/dev/null)/$?"; }
try plain http://%[1]s/
try tunnel -p http://%[1]s/
try unlisted http://127.0.0.3:%[2]s/
try name https://example.org/
try metadata http://169.254.169.254/
try gateway --noproxy '' http://%[3]s/
try itself --noproxy '' http://%[4]s/
try nobody --noproxy '' -x http://%[4]s http://%[1]s/
try direct --noproxy '*' http://%[1]s/
try direct-gateway --noproxy '*' http://%[3]s/
try direct-metadata --noproxy '*' http://169.254.169.254/
try local http://localhost:%[2]s/
try model --noproxy '' %[5]s/models
try model-tunnel --noproxy '' -p %[5]s/models
for i in 1 2 3 4 5; do curl -s -o /dev/null http://loop.example/; done`

func TestAgentsReachOnlyWhatALeadListed(t *testing.T) {
	t.Parallel()
	at := outside(t)
	w := newWorld(t, "--allow-agent-net", at)
	m := w.newTeam("acme", 10)
	m.post("/repositories/"+m.rep+"/hosts", map[string]string{"host": at}, nil)
	m.refusesHost(strings.TrimSuffix(strings.TrimPrefix(w.modelURL, "http://"), "/v1"), "--allow-agent-net")
	gateway, proxy := w.ports()
	_, port, _ := net.SplitHostPort(at)
	id := m.run("Reach out", turns("Reach out.", map[string]any{"tools": bash(fmt.Sprintf(tries, at, port, gateway, proxy, w.modelURL))}, map[string]any{"text": "done"}), nil)
	m.reply(id, m.asked(id), "once")
	m.becomes(id, 90*time.Second, "completed")
	said := m.printed(id)
	for name, want := range map[string]string{
		"plain": "hello-from-outside200/000/0", "tunnel": "hello-from-outside200/200/0", "unlisted": "403/000/0", "name": "000/403/56", "metadata": "403/000/0",
		"gateway": "403/000/0", "itself": "403/000/0", "nobody": "407/000/0",
		"direct": "000/000/7", "direct-gateway": "000/000/7", "direct-metadata": "000/000/7", "local": "000/000/7",
		"model": "403/000/0", "model-tunnel": "000/403/56",
	} {
		got := said[name]
		if strings.HasPrefix(want, "403/") || strings.HasPrefix(want, "407/") {
			got = got[max(0, strings.LastIndex(got, want)):] // the message precedes it
		}
		if got != want {
			t.Errorf("%s: %q, want %q", name, said[name], want)
		}
	}
	m.refusals(id, at)
}

// With --agent-egress=open the list is ignored, internal addresses stay blocked and everybody sees a banner.
func TestOpenEgressOpensTheOutsideOnly(t *testing.T) {
	t.Parallel()
	at := outside(t)
	w := newWorld(t, "--allow-agent-net", at, "--agent-egress", "open")
	m := w.newTeam("acme", 10)
	gateway, proxy := w.ports()
	_, port, _ := net.SplitHostPort(at)
	id := m.run("Reach out", turns("Reach out.", map[string]any{"tools": bash(fmt.Sprintf(tries, at, port, gateway, proxy, w.modelURL))}, map[string]any{"text": "done"}), nil)
	m.reply(id, m.asked(id), "once")
	m.becomes(id, 90*time.Second, "completed")
	said := m.printed(id)
	if said["plain"] != "hello-from-outside200/000/0" || said["tunnel"] != "hello-from-outside200/200/0" {
		t.Errorf("outside: %q, %q", said["plain"], said["tunnel"])
	}
	for _, inside := range []string{"unlisted", "metadata", "gateway", "itself", "model"} {
		if !strings.HasSuffix(said[inside], "403/000/0") {
			t.Errorf("%s: %q", inside, said[inside])
		}
	}
	for _, around := range []string{"direct", "direct-gateway", "direct-metadata"} {
		if said[around] != "000/000/7" {
			t.Errorf("%s: %q", around, said[around])
		}
	}
}

// refusesHost checks that the host cannot be put on the network list, and why.
func (m *team) refusesHost(host, says string) {
	m.w.t.Helper()
	if a := m.ask(http.MethodPost, "/repositories/"+m.rep+"/hosts", map[string]string{"host": host}); a.status != http.StatusUnprocessableEntity || !strings.Contains(string(a.body), says) {
		m.w.t.Errorf("%s is listed: %d, %s", host, a.status, a.body)
	}
}

// T-27: the address of a provider is checked for every connection, not only when the provider is saved.
func TestT27AProviderIsDialledThroughTheGuard(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := w.newTeam("acme", 1)
	var list struct{ Items []struct{ ID string } }
	m.get("/model-providers", &list)
	test := func() (said struct {
		OK      bool
		Message string
	}) {
		m.post("/model-providers/"+list.Items[0].ID+"/test", nil, &said)
		return said
	}
	if said := test(); !said.OK {
		t.Fatalf("while it is opened: %+v", said)
	}
	w.stop()
	for i, f := range w.flags {
		if f == "--allow-net" {
			w.flags = append(w.flags[:i:i], w.flags[i+2:]...)
			break
		}
	}
	before := len(w.model.Requests())
	w.start()
	if said := test(); said.OK || !strings.Contains(said.Message, "loopback") || len(w.model.Requests()) > before {
		t.Errorf("when it is opened no longer: %+v", said)
	}
}

// ports are the ports of the gateway and the egress proxy.
func (w *world) ports() (gateway, proxy string) {
	w.t.Helper()
	var host struct{ Gateway, Egress string }
	text, err := os.ReadFile(filepath.Join(w.dir, "data", "host.json"))
	if err == nil {
		err = json.Unmarshal(text, &host)
	}
	if err != nil || host.Egress == "" {
		w.t.Fatalf("host.json: %v, %s", err, text)
	}
	return host.Gateway, host.Egress
}

// printed returns the lines name=value from a session's commands.
func (m *team) printed(id string) map[string]string {
	lines := map[string]string{}
	for _, e := range m.events(id) {
		var tool struct{ Status, Output string }
		if e.Type != "agent.tool" || json.Unmarshal(e.Data, &tool) != nil || tool.Status != "completed" {
			continue
		}
		for name := ""; tool.Output != ""; {
			var line string
			line, tool.Output, _ = strings.Cut(tool.Output, "\n")
			if n, value, ok := strings.Cut(line, "="); ok && !strings.Contains(n, " ") {
				name = n
				lines[name] = value
			} else {
				lines[name] += line
			}
		}
	}
	return lines
}

// refusals compares the session's log with the attempts: each refused target once, allowed connections with their bytes.
func (m *team) refusals(id, at string) {
	m.w.t.Helper()
	counts := map[string]int{}
	for _, e := range m.events(id) {
		var c struct {
			Target, Refused string
			Received        int64 `json:"received_bytes"`
		}
		if e.Type != "agent.egress" || json.Unmarshal(e.Data, &c) != nil {
			continue
		}
		if counts[c.Target]++; (c.Refused == "") != (c.Target == at) || c.Refused == "" && c.Received == 0 {
			m.w.t.Errorf("event %d tells %s", e.Seq, e.Data)
		}
	}
	for _, target := range []string{at, "example.org:443", "169.254.169.254:80", "loop.example:80"} {
		if counts[target] != 1 {
			m.w.t.Errorf("%s is told %d times", target, counts[target])
		}
	}
}
