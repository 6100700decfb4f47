package git_test

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/egress"
	"github.com/industrial-orchestrator/orchestrator/internal/git"
	"github.com/industrial-orchestrator/orchestrator/internal/netguard"
)

// nobody is a proxy's backend without sessions.
type nobody struct{}

func (nobody) Admit(context.Context, string, string) (egress.Visitor, error) {
	return egress.Visitor{}, fault.New(fault.Unauthenticated, "Nobody.")
}

func (nobody) Record(context.Context, egress.Visitor, event.Egress) error { return nil }

// world resolves names as the test says, and counts the ways that were made.
type world struct {
	leads atomic.Pointer[netip.Addr]
	ways  atomic.Int64
}

// way makes git's ways through a real proxy that reaches what opened says; every name ending in .test leads where the world says.
func (w *world) way(t *testing.T, opened ...string) func(string, uint16) git.Way {
	t.Helper()
	var allows []netguard.Allow
	for _, o := range opened {
		at := netip.MustParseAddrPort(o)
		allows = append(allows, netguard.Allow{Prefix: netip.PrefixFrom(at.Addr(), at.Addr().BitLen()), Port: at.Port()})
	}
	d := netguard.New(allows).Dialer()
	d.Resolver = &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		go w.answer(theirs)
		return ours, nil
	}}
	s, err := egress.Listen("127.0.0.1:0", egress.New(egress.Options{Backend: nobody{}, Dialer: d}))
	must(t, err)
	t.Cleanup(func() { must(t, s.Close(context.Background())) })
	return func(host string, port uint16) git.Way {
		w.ways.Add(1)
		pass := s.Pass(host, port)
		return git.Way{Proxy: s.URL(pass.User()), Refused: pass.Refused, Close: pass.Close}
	}
}

func (w *world) lead(to string) { a := netip.MustParseAddr(to); w.leads.Store(&a) }

// answer is a DNS server for one question, framed as over TCP.
func (w *world) answer(c net.Conn) {
	defer c.Close()
	var size [2]byte
	if _, err := io.ReadFull(c, size[:]); err != nil {
		return
	}
	buf := make([]byte, binary.BigEndian.Uint16(size[:]))
	var m dnsmessage.Message
	if _, err := io.ReadFull(c, buf); err != nil || m.Unpack(buf) != nil {
		return
	}
	m.Response, m.Additionals = true, nil
	if q, to := m.Questions[0], w.leads.Load(); q.Type == dnsmessage.TypeA && to != nil {
		m.Answers = []dnsmessage.Resource{{Header: dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class}, Body: &dnsmessage.AResource{A: to.As4()}}}
	}
	out, err := m.Pack()
	if err == nil {
		_, _ = c.Write(binary.BigEndian.AppendUint16(nil, uint16(len(out))))
		_, _ = c.Write(out)
	}
}

// named is an address of the test certificate's name, with the port of another.
func named(t *testing.T, address string) (string, string) {
	t.Helper()
	u, err := url.Parse(address)
	must(t, err)
	at := u.Host
	u.Host = "example.com:" + u.Port()
	return u.String(), at
}

// T-27, T-28: git connects through the proxy, which looks at each address: a name that leads inside later gains nothing.
func TestT28GitGoesThroughTheGuardEachTime(t *testing.T) {
	t.Parallel()
	var w world
	var way func(string, uint16) git.Way
	y := newYard(t, git.Options{Way: func(host string, port uint16) git.Way { return way(host, port) }})
	address, at := named(t, hosting(t, y))
	way = w.way(t, at)
	src := git.Source{URL: address, Credential: token}
	w.lead("127.0.0.1")
	must(t, y.Clone(t.Context(), src, y.bare, nil))
	for _, inside := range []string{"127.0.0.2", "169.254.169.254", "10.0.0.1"} {
		w.lead(inside)
		err := y.Fetch(t.Context(), src, y.bare, nil)
		if !fault.Is(err, fault.Forbidden) || !strings.Contains(err.Error(), inside) {
			t.Errorf("led to %s: %v", inside, err)
		}
	}
	if w.ways.Load() != 4 {
		t.Errorf("%d ways for four commands", w.ways.Load())
	}
}

// T-27: a redirect of a git server is not followed, wherever it leads; the credential does not travel.
func TestT27GitFollowsNoRedirect(t *testing.T) {
	t.Parallel()
	var inside atomic.Int64
	target := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { inside.Add(1) }))
	defer target.Close()
	for _, code := range []int{301, 302, 303, 307, 308} {
		var w world
		w.lead("127.0.0.1")
		var way func(string, uint16) git.Way
		y := newYard(t, git.Options{Way: func(host string, port uint16) git.Way { return way(host, port) }})
		hosting(t, y) // for its certificate, which all test servers share
		srv := httptest.NewTLSServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			http.Redirect(rw, r, target.URL+r.URL.RequestURI(), code)
		}))
		address, at := named(t, srv.URL+"/origin/.git")
		way = w.way(t, at, strings.TrimPrefix(target.URL, "https://"))
		err := y.Clone(t.Context(), git.Source{URL: address, Credential: token}, y.bare, nil)
		srv.Close()
		if failed := (*git.Error)(nil); !errors.As(err, &failed) || !strings.Contains(failed.Text, "redirect") && !strings.Contains(failed.Text, "30") {
			t.Errorf("%d: %v", code, err)
		}
	}
	if n := inside.Load(); n > 0 {
		t.Errorf("the redirect was followed %d times", n)
	}
}
