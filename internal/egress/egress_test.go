package egress

import (
	"bufio"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/clock"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/netguard"
)

// house is a proxy with one session "s" of password "pw", a server that stands for the internet, and what was told.
type house struct {
	t     *testing.T
	proxy *Server
	clock *clock.Fake
	guard *netguard.Guard
	mu    sync.Mutex
	hosts []repository.Host
	// providers are addresses of model providers without a key.
	providers []string
	gone      bool
	told      []event.Egress
	bell      chan struct{}
}

// Admit knows the one session.
func (h *house) Admit(_ context.Context, user, password string) (Visitor, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case user != "s" || password != "pw":
		return Visitor{}, fault.New(fault.Unauthenticated, "Who are you?")
	case h.gone:
		return Visitor{}, fault.New(fault.Forbidden, "This session does not run.")
	}
	return Visitor{Tenant: "t", Session: "s", Attempt: 1, Repository: "r", Hosts: h.hosts, Providers: h.providers}, nil
}

// Record stores the event.
func (h *house) Record(_ context.Context, _ Visitor, e event.Egress) error {
	h.mu.Lock()
	h.told = append(h.told, e)
	h.mu.Unlock()
	h.bell <- struct{}{}
	return nil
}

// all is what was told until now.
func (h *house) all() []event.Egress {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]event.Egress(nil), h.told...)
}

func build(t *testing.T, opened []netguard.Allow, change func(*Options), hosts ...string) *house {
	t.Helper()
	h := &house{t: t, clock: clock.NewFake(time.Unix(1_700_000_000, 0)), guard: netguard.New(opened), bell: make(chan struct{}, 10_000)}
	for _, name := range hosts {
		h.hosts = append(h.hosts, repository.Host{Name: name})
	}
	o := Options{Backend: h, Dialer: h.guard.Dialer(), Clock: h.clock}
	if change != nil {
		change(&o)
	}
	s, err := Listen("127.0.0.1:0", New(o))
	must(t, err)
	h.proxy = s
	h.guard.Own(s.Port)
	t.Cleanup(func() { must(t, s.Close(context.Background())) })
	return h
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// internet is a server and the operator's leave to reach it.
func internet(t *testing.T, handler http.HandlerFunc) (string, []netguard.Allow) {
	t.Helper()
	srv := httptest.NewServer(handler)
	t.Cleanup(srv.Close)
	at := netip.MustParseAddrPort(srv.Listener.Addr().String())
	return at.String(), []netguard.Allow{{Prefix: netip.PrefixFrom(at.Addr(), at.Addr().BitLen()), Port: at.Port()}}
}

// A session and the server's own git are checked by different lists, whichever host is on the repository's.
func TestSessionsAndTheServersOwnProgramsHaveDialersOfTheirOwn(t *testing.T) {
	t.Parallel()
	at, opened := internet(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "model") })
	h := build(t, nil, func(o *Options) { o.OwnDialer = netguard.New(opened).Dialer() }, at)
	if status, why, _, _ := h.connect(at, "s", "pw"); status != http.StatusForbidden || !strings.Contains(why, "loopback") {
		t.Errorf("a session reaches what is open to the server: %d, %s", status, why)
	}
	to := netip.MustParseAddrPort(at)
	pass := h.proxy.Pass(to.Addr().String(), to.Port())
	defer pass.Close()
	password, _ := pass.User().Password()
	if status, why, _, _ := h.connect(at, pass.User().Username(), password); status != http.StatusOK {
		t.Errorf("the server's own program: %d, %s", status, why)
	}
}

// A model provider without a key serves whoever reaches it. Agents reach it through the gateway only, whatever is listed or open.
func TestAModelProviderWithoutAKeyIsClosedToSessions(t *testing.T) {
	t.Parallel()
	at, opened := internet(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "model") })
	for _, open := range []bool{false, true} {
		h := build(t, opened, func(o *Options) { o.Open = open }, at)
		h.providers = []string{at}
		if status, why, _, _ := h.connect(at, "s", "pw"); status != http.StatusForbidden || !strings.Contains(why, "model provider") {
			t.Errorf("open %v: %d, %s", open, status, why)
		}
		if all := h.all(); len(all) != 1 || !strings.Contains(all[0].Refused, "gateway") {
			t.Errorf("open %v: recorded %+v", open, all)
		}
	}
}

// connect asks for a tunnel and gives the status, the body of a refusal and the open connection.
func (h *house) connect(to, user, password string) (int, string, net.Conn, *bufio.Reader) {
	h.t.Helper()
	conn, err := net.Dial("tcp", h.proxy.Addr)
	must(h.t, err)
	h.t.Cleanup(func() { conn.Close() })
	basic := base64.StdEncoding.EncodeToString([]byte(user + ":" + password))
	_, err = fmt.Fprintf(conn, "CONNECT %s HTTP/1.1\r\nHost: %s\r\nProxy-Authorization: Basic %s\r\n\r\n", to, to, basic)
	must(h.t, err)
	read := bufio.NewReader(conn)
	res, err := http.ReadResponse(read, &http.Request{Method: http.MethodConnect})
	must(h.t, err)
	if res.StatusCode == http.StatusOK {
		return res.StatusCode, "", conn, read
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, max(res.ContentLength, 0)))
	must(h.t, err)
	return res.StatusCode, string(body), conn, read
}

// get is a plain request through the proxy.
func (h *house) get(address, user, password string) (int, string) {
	h.t.Helper()
	proxy := &url.URL{Scheme: "http", User: url.UserPassword(user, password), Host: h.proxy.Addr}
	client := &http.Client{Transport: &http.Transport{Proxy: http.ProxyURL(proxy), DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Get(address)
	must(h.t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	must(h.t, err)
	return res.StatusCode, string(body)
}

// T-27: whatever a session's program names, only what a lead put on the list and the guard lets through is connected to.
func TestT27OnlyListedPublicTargetsAreReached(t *testing.T) {
	t.Parallel()
	reached := false
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
	defer inside.Close()
	at, opened := internet(t, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "hello") })
	_, port, _ := net.SplitHostPort(inside.Listener.Addr().String())
	h := build(t, opened, nil, at, "localhost:"+port, "127.0.0.1:"+port, "169.254.169.254:80", "*.localhost:"+port, "10.0.0.1:80", "[::1]:"+port)
	own := h.proxy.Addr
	h.hosts = append(h.hosts, repository.Host{Name: own})
	for _, tt := range []struct {
		to     string
		status int
		say    string
	}{
		{at, 200, ""},
		{"example.org:443", 403, "not on the network list"}, {at + "0", 400, "proxy"}, {"2130706433:" + port, 403, "not on the network list"},
		{"127.1:" + port, 403, "not on the network list"}, {"0x7f.1:" + port, 403, "not on the network list"}, {"[::ffff:127.0.0.1]:80", 403, "not on the network list"},
		{"localhost:" + port, 403, "loopback"}, {"LOCALHOST.:" + port, 403, "loopback"}, {"127.0.0.1:" + port, 403, "loopback"}, {"[::1]:" + port, 403, "loopback"},
		{"169.254.169.254:80", 403, "metadata"}, {"10.0.0.1:80", 403, "private"}, {own, 403, "belongs to this server"},
		{"example.org", 400, "proxy"}, {"example.org:0", 400, "proxy"}, {"example.org:99999", 400, "proxy"}, {":443", 400, "proxy"},
	} {
		status, body, _, _ := h.connect(tt.to, "s", "pw")
		if status != tt.status || !strings.Contains(body, tt.say) {
			t.Errorf("CONNECT %s: %d %q, want %d with %q", tt.to, status, body, tt.status, tt.say)
		}
		if tt.status != 400 && !strings.HasSuffix(tt.to, at) {
			if status, body := h.get("http://"+tt.to+"/", "s", "pw"); status != tt.status || !strings.Contains(body, tt.say) {
				t.Errorf("GET %s: %d %q, want %d with %q", tt.to, status, body, tt.status, tt.say)
			}
		}
	}
	if reached {
		t.Error("a server inside was reached")
	}
}

func TestATunnelCarriesBothWaysAndIsCounted(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		text, _ := io.ReadAll(c) // until the client has said all
		_, _ = c.Write([]byte("heard " + string(text)))
		c.Close()
	}()
	at := netip.MustParseAddrPort(l.Addr().String())
	h := build(t, []netguard.Allow{{Prefix: netip.PrefixFrom(at.Addr(), 32), Port: at.Port()}}, nil, at.String())
	status, _, conn, read := h.connect(at.String(), "s", "pw")
	if status != 200 {
		t.Fatal(status)
	}
	_, err = io.WriteString(conn, "hello")
	must(t, err)
	must(t, conn.(*net.TCPConn).CloseWrite())
	answer, err := io.ReadAll(read)
	must(t, err)
	if string(answer) != "heard hello" {
		t.Errorf("answered %q", answer)
	}
	<-h.bell
	if got := h.all(); len(got) != 1 || got[0] != (event.Egress{Target: at.String(), Count: 1, Sent: 5, Received: 11}) {
		t.Errorf("told %+v", got)
	}
}

func TestAPlainRequestIsForwardedAsItIs(t *testing.T) {
	t.Parallel()
	var seen http.Header
	at, opened := internet(t, func(w http.ResponseWriter, r *http.Request) {
		seen = r.Header
		http.Redirect(w, r, "http://169.254.169.254/latest", http.StatusFound)
	})
	h := build(t, opened, nil, at)
	if status, _ := h.get("http://"+at+"/x?y=1", "s", "pw"); status != http.StatusFound {
		t.Errorf("a redirect is answered with %d, not handed on", status)
	}
	for _, name := range []string{"Proxy-Authorization", "X-Forwarded-For", "Via"} {
		if seen.Get(name) != "" {
			t.Errorf("the server sees %s: %q", name, seen.Get(name))
		}
	}
	<-h.bell
	if got := h.all(); len(got) != 1 || got[0].Refused != "" || got[0].Sent == 0 || got[0].Received == 0 {
		t.Errorf("told %+v", got)
	}
}

func TestWhoHasNoCredentialGetsNowhere(t *testing.T) {
	t.Parallel()
	at, opened := internet(t, func(http.ResponseWriter, *http.Request) { t.Error("reached") })
	h := build(t, opened, nil, at)
	for _, c := range [][2]string{{"s", "wrong"}, {"", ""}, {"server", ""}, {"server", "pw"}, {"other", "pw"}} {
		if status, body, _, _ := h.connect(at, c[0], c[1]); status != http.StatusProxyAuthRequired || body == "" {
			t.Errorf("%v: %d %q", c, status, body)
		}
	}
	h.gone = true
	if status, body, _, _ := h.connect(at, "s", "pw"); status != http.StatusForbidden || !strings.Contains(body, "does not run") {
		t.Errorf("a session that ended: %d %q", status, body)
	}
	if got := h.all(); len(got) > 0 {
		t.Errorf("told %+v", got)
	}
}

func TestAThousandTriesMakeOneEventAMinute(t *testing.T) {
	t.Parallel()
	h := build(t, nil, nil)
	try := func(n int, host string) {
		for range n {
			h.connect(host, "s", "pw")
		}
	}
	try(1000, "a.example:443")
	h.proxy.tally.flush(false)
	if got := h.all(); len(got) != 1 || got[0].Count != 1 || got[0].Refused == "" {
		t.Fatalf("in the first minute: %+v", got)
	}
	h.clock.Advance(time.Minute)
	h.proxy.tally.flush(false)
	if got := h.all(); len(got) != 2 || got[1].Count != 999 || got[1].Target != "a.example:443" {
		t.Fatalf("after a minute: %+v", got)
	}
	h.clock.Advance(time.Minute)
	h.proxy.tally.flush(false)
	for i := range 100 {
		try(1, "h"+strconv.Itoa(i)+".example:443")
	}
	h.clock.Advance(time.Minute)
	h.proxy.tally.flush(false)
	got := h.all()[2:]
	if last := got[len(got)-1]; len(got) != maxTargets+1 || last.Target != others || last.Count != 100-maxTargets {
		t.Errorf("of a hundred hosts: %d events, the last %+v", len(got), got[len(got)-1])
	}
}

func TestASessionHasSoManyConnections(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	at := netip.MustParseAddrPort(l.Addr().String())
	h := build(t, []netguard.Allow{{Prefix: netip.PrefixFrom(at.Addr(), 32), Port: at.Port()}}, func(o *Options) { o.MaxConnections = 2 }, at.String())
	_, _, first, _ := h.connect(at.String(), "s", "pw")
	h.connect(at.String(), "s", "pw")
	if status, body, _, _ := h.connect(at.String(), "s", "pw"); status != http.StatusServiceUnavailable || !strings.Contains(body, "2 open connections") {
		t.Errorf("a third: %d %q", status, body)
	}
	<-h.bell
	inner, err := l.Accept()
	must(t, err)
	must(t, first.Close())
	_, _ = io.Copy(io.Discard, inner) // the tunnel's end has come through
	inner.Close()
	<-h.bell // it was counted, and its place freed right after
	for status := 0; status != 200; {
		status, _, _, _ = h.connect(at.String(), "s", "pw")
	}
}

func TestATunnelEndsWhenNothingMoves(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	at := netip.MustParseAddrPort(l.Addr().String())
	h := build(t, []netguard.Allow{{Prefix: netip.PrefixFrom(at.Addr(), 32), Port: at.Port()}}, func(o *Options) { o.Idle = 20 * time.Millisecond }, at.String())
	_, _, conn, read := h.connect(at.String(), "s", "pw")
	must(t, conn.SetReadDeadline(time.Now().Add(60*time.Second)))
	if _, err := read.ReadByte(); err == nil || strings.Contains(err.Error(), "timeout") {
		t.Errorf("still open: %v", err)
	}
}

func TestATunnelEndsWithItsRight(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*house){
		"the session ends":       func(h *house) { h.gone = true },
		"the host is taken away": func(h *house) { h.hosts = nil },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, err := net.Listen("tcp", "127.0.0.1:0")
			must(t, err)
			defer l.Close()
			at := netip.MustParseAddrPort(l.Addr().String())
			h := build(t, []netguard.Allow{{Prefix: netip.PrefixFrom(at.Addr(), 32), Port: at.Port()}}, nil, at.String())
			_, _, conn, read := h.connect(at.String(), "s", "pw")
			h.proxy.closeRevoked()
			inner, err := l.Accept()
			must(t, err)
			_, err = inner.Write([]byte("x"))
			must(t, err)
			if _, err := read.ReadByte(); err != nil {
				t.Fatalf("cut although nothing changed: %v", err)
			}
			h.mu.Lock()
			end(h)
			h.mu.Unlock()
			h.proxy.closeRevoked()
			must(t, conn.SetReadDeadline(time.Now().Add(60*time.Second)))
			if _, err := read.ReadByte(); err == nil || strings.Contains(err.Error(), "timeout") {
				t.Errorf("still open: %v", err)
			}
		})
	}
}

// T-27, T-28: git's way leads to the one host it was made for; where that leads on, it is refused and said why.
func TestT28APassLeadsToOneHost(t *testing.T) {
	t.Parallel()
	at, opened := internet(t, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "hello") })
	other, further := internet(t, func(http.ResponseWriter, *http.Request) { t.Error("another host was reached") })
	h := build(t, append(opened, further...), nil)
	n := netip.MustParseAddrPort(at)
	pass := h.proxy.Pass(n.Addr().String(), n.Port())
	secret, _ := pass.User().Password()
	if status, _, _, _ := h.connect(at, "server", secret); status != 200 || pass.Refused() != nil {
		t.Errorf("its own host: %d, %v", status, pass.Refused())
	}
	if status, _, _, _ := h.connect(other, "server", secret); status != 403 || !fault.Is(pass.Refused(), fault.Forbidden) {
		t.Errorf("another host: %d, %v", status, pass.Refused())
	}
	inside := h.proxy.Pass("localhost", 22)
	secret2, _ := inside.User().Password()
	if status, _, _, _ := h.connect("localhost:22", "server", secret2); status != 403 || !strings.Contains(inside.Refused().Error(), "loopback") {
		t.Errorf("an address inside: %d, %v", status, inside.Refused())
	}
	pass.Close()
	if status, _, _, _ := h.connect(at, "server", secret); status != http.StatusProxyAuthRequired {
		t.Errorf("after its end: %d", status)
	}
}

func TestOpenEgressStillKeepsTheInsideClosed(t *testing.T) {
	t.Parallel()
	at, opened := internet(t, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "hello") })
	h := build(t, opened, func(o *Options) { o.Open = true })
	if status, _ := h.get("http://"+at+"/", "s", "pw"); status != 200 {
		t.Errorf("a host on no list: %d", status)
	}
	for _, to := range []string{"127.0.0.1:1", "169.254.169.254:80", h.proxy.Addr} {
		if status, _, _, _ := h.connect(to, "s", "pw"); status != 403 {
			t.Errorf("%s: %d", to, status)
		}
	}
}
