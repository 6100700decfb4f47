package netguard

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
)

// insides are ways to write an address inside, which a check of the text could miss.
var insides = []string{"127.0.0.1", "127.1", "127.0.0.1.", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "017700000001", "0.0.0.0", "0", "[::1]", "[::]",
	"[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b:1::7f00:1]", "[2002:7f00:1::]",
	"169.254.169.254", "[::ffff:169.254.169.254]", "[fd00:ec2::254]", "10.0.0.1", "172.31.255.255", "192.168.0.1", "100.64.0.1", "[fc00::1]", "[fd12::1]",
	"[fe80::1]", "[fe80::1%25lo]", "224.0.0.1", "[ff02::1]", "255.255.255.255", "localhost", "user:pass@127.0.0.1"}

// T-27, T-28: no spelling of an address inside is connected to; what is refused is said to be, and never reaches a server.
func TestT27NoSpellingReachesInside(t *testing.T) {
	t.Parallel()
	reached := false
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
	defer srv.Close()
	_, port, _ := net.SplitHostPort(srv.Listener.Addr().String())
	client := New(nil).Client()
	client.Timeout = 5 * time.Second
	for _, host := range insides {
		res, err := client.Get("http://" + host + ":" + port + "/")
		if err == nil {
			res.Body.Close()
			t.Errorf("%s is answered with %d", host, res.StatusCode)
		}
	}
	for _, address := range []string{"unix:///var/run/docker.sock", "file:///etc/passwd", "gopher://127.0.0.1:" + port, "ftp://127.0.0.1:" + port, "http+unix://%2Frun%2Fx"} {
		if res, err := client.Get(address); err == nil {
			res.Body.Close()
			t.Errorf("%s is answered", address)
		}
	}
	if reached {
		t.Error("the server inside was reached")
	}
}

// T-27, T-28: names that lead inside are refused at the address they resolve to, also when they led outside before.
func TestT28NamesAreCheckedWhereTheyLead(t *testing.T) {
	t.Parallel()
	inside := map[string]string{"loop.test.": "127.0.0.1", "meta.test.": "169.254.169.254", "private.test.": "10.1.2.3", "mapped.test.": "::ffff:127.0.0.1",
		"six.test.": "::1", "ula.test.": "fd00::1", "any.test.": "0.0.0.0", "nat.test.": "64:ff9b::7f00:1"}
	stub := newStub(t)
	for name, address := range inside {
		stub.set(name, address)
	}
	g := New(nil)
	d := g.Dialer()
	d.Resolver, d.Timeout = stub.resolver(), 5*time.Second
	for name := range inside {
		conn, err := d.DialContext(t.Context(), "tcp", strings.TrimSuffix(name, ".")+":80")
		if err == nil {
			conn.Close()
		}
		if !fault.Is(err, fault.Forbidden) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// T-27: a name whose second answer leads inside gains nothing: each connection is checked anew.
func TestT27ARebindingNameGainsNothing(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.NotFoundHandler())
	defer srv.Close()
	at := netip.MustParseAddrPort(srv.Listener.Addr().String())
	stub := newStub(t)
	// What stands for outside is opened; the second answer is another address of this host, which is not.
	g := New([]Allow{{netip.PrefixFrom(at.Addr(), 32), at.Port()}})
	d := g.Dialer()
	d.Resolver, d.Timeout = stub.resolver(), 5*time.Second
	client := g.Client()
	client.Transport.(*http.Transport).DialContext = d.DialContext
	client.Transport.(*http.Transport).DisableKeepAlives = true
	ask := func() error {
		res, err := client.Get(fmt.Sprintf("http://rebind.test:%d/", at.Port()))
		if err == nil {
			res.Body.Close()
		}
		return err
	}
	stub.set("rebind.test.", "127.0.0.1")
	if err := ask(); err != nil {
		t.Fatalf("outside: %v", err)
	}
	for _, now := range []string{"127.0.0.2", "169.254.169.254", "::1"} {
		stub.set("rebind.test.", now)
		if err := ask(); !fault.Is(err, fault.Forbidden) {
			t.Errorf("rebound to %s: %v", now, err)
		}
	}
}

// T-27: a redirect is an answer, never a second request, so that no key travels and nothing inside is asked.
func TestT27RedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	for _, code := range []int{301, 302, 303, 307, 308} {
		asked := 0
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked++
			http.Redirect(w, r, "http://"+r.Host+"/inside", code)
		}))
		at := netip.MustParseAddrPort(srv.Listener.Addr().String())
		res, err := New([]Allow{{netip.PrefixFrom(at.Addr(), 32), at.Port()}}).Client().Post(srv.URL, "application/json", strings.NewReader("{}"))
		srv.Close()
		if err != nil || res.StatusCode != code || asked != 1 {
			t.Errorf("%d: %v, %v, asked %d times", code, res, err, asked)
			continue
		}
		res.Body.Close()
	}
}

// stub is a DNS server whose answers the test decides.
type stub struct {
	conn net.PacketConn
	mu   sync.Mutex
	to   map[string]netip.Addr
}

func newStub(t *testing.T) *stub {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &stub{conn: conn, to: map[string]netip.Addr{}}
	t.Cleanup(func() { conn.Close() })
	go s.serve()
	return s
}

func (s *stub) set(name, address string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.to[name] = netip.MustParseAddr(address)
}

func (s *stub) resolver() *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "udp", s.conn.LocalAddr().String())
	}}
}

func (s *stub) serve() {
	buf := make([]byte, 1500)
	for {
		n, from, err := s.conn.ReadFrom(buf)
		if err != nil {
			return
		}
		var m dnsmessage.Message
		if m.Unpack(buf[:n]) != nil || len(m.Questions) != 1 {
			continue
		}
		s.answer(&m)
		if out, err := m.Pack(); err == nil {
			_, _ = s.conn.WriteTo(out, from)
		}
	}
}

func (s *stub) answer(m *dnsmessage.Message) {
	q := m.Questions[0]
	m.Response, m.Authoritative = true, true
	m.Additionals = nil
	s.mu.Lock()
	to, ok := s.to[q.Name.String()]
	s.mu.Unlock()
	if !ok {
		m.RCode = dnsmessage.RCodeNameError
		return
	}
	head := dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class}
	switch {
	case q.Type == dnsmessage.TypeA && to.Is4():
		m.Answers = []dnsmessage.Resource{{Header: head, Body: &dnsmessage.AResource{A: to.As4()}}}
	case q.Type == dnsmessage.TypeAAAA && to.Is6():
		m.Answers = []dnsmessage.Resource{{Header: head, Body: &dnsmessage.AAAAResource{AAAA: to.As16()}}}
	}
}
