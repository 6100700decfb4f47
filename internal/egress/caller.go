package egress

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

// caller is a client of the proxy: a program in a session or the server's own git.
type caller interface {
	// authorize permits a connection or returns why it is refused. If it succeeds, the caller must call done once.
	authorize(to target) (done func(), err error)
	// dialer connects to what the caller may reach.
	dialer() *net.Dialer
	// isAllowed reports whether an open tunnel is still allowed.
	isAllowed(to target) bool
	// logRefusal and logTraffic record how an authorized connection ended.
	logRefusal(to target, why error)
	logTraffic(to target, sent, received int64)
}

var errUnknown = fault.New(fault.Unauthenticated, "The proxy requires a running session's credential. It is in the HTTPS_PROXY variable in the session's shell.")

func (p *Proxy) admit(r *http.Request) (_ caller, err error) {
	user, password, ok := credential(r.Header.Get("Proxy-Authorization"))
	if !ok {
		return nil, errUnknown
	}
	if user == passUser {
		return p.findPass(password)
	}
	v := visit{p: p, readmit: func(ctx context.Context) (Visitor, error) { return p.opt.Backend.Admit(ctx, user, password) }}
	v.Visitor, err = v.readmit(r.Context())
	return v, err
}

func credential(header string) (user, password string, ok bool) {
	scheme, text, _ := strings.Cut(header, " ")
	raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
	if err != nil || !strings.EqualFold(scheme, "basic") {
		return "", "", false
	}
	return strings.Cut(string(raw), ":")
}

// visit is a caller that is a program in a session.
type visit struct {
	p       *Proxy
	readmit func(context.Context) (Visitor, error)
	Visitor
}

func (v visit) dialer() *net.Dialer { return v.p.opt.Dialer }

func (v visit) mayReach(to target) bool {
	return !v.isProvider(to) && (v.p.opt.Open || repository.Allows(v.Hosts, to.host, to.port))
}

func (v visit) isProvider(to target) bool { return slices.Contains(v.Providers, to.String()) }

// refusal says why the session may not connect.
func (v visit) refusal(to target) error {
	switch {
	case v.isProvider(to):
		return fault.New(fault.Forbidden, "%s is a model provider of this team. Agents can use it only through the gateway, which counts their calls.", to)
	case v.Repository == "":
		return fault.New(fault.Forbidden, "This session cannot connect to %s, because it has no repository and therefore no network list.", to)
	}
	return fault.New(fault.Forbidden, "%s is not on the network list of this session's repository. A lead can add it on the repository's page.", to)
}

func (v visit) authorize(to target) (func(), error) {
	if !v.mayReach(to) {
		why := v.refusal(to)
		v.logRefusal(to, why)
		return nil, why
	}
	if !v.p.reserveSlot(v.Session) {
		why := fault.New(fault.Unavailable, "This session already has %d open connections, which is the limit. Close one first.", v.p.opt.MaxConnections)
		v.logRefusal(to, why)
		return nil, why
	}
	return func() { v.p.releaseSlot(v.Session) }, nil
}

// isAllowed is false once the session no longer runs or the host is no longer on the list. Internal errors close no tunnels.
func (v visit) isAllowed(to target) bool {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	now, err := v.readmit(ctx)
	if err != nil {
		return fault.KindOf(err) == fault.Internal
	}
	v.Visitor = now
	return v.mayReach(to)
}

func (v visit) logRefusal(to target, why error) {
	v.p.tally.add(v.Visitor, event.Egress{Target: to.String(), Refused: why.Error(), Count: 1})
}

func (v visit) logTraffic(to target, sent, received int64) {
	v.p.tally.add(v.Visitor, event.Egress{Target: to.String(), Count: 1, Sent: sent, Received: received})
}

func (p *Proxy) reserveSlot(s session.ID) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.open[s] >= p.opt.MaxConnections {
		return false
	}
	p.open[s]++
	return true
}

func (p *Proxy) releaseSlot(s session.ID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.open[s]--; p.open[s] == 0 {
		delete(p.open, s)
	}
}

// passUser is the user name in the credential of a Pass. No session has this name.
const passUser = "server"

// Pass lets one of the server's own programs reach one host and port, until Close.
type Pass struct {
	p      *Proxy
	to     target
	secret string
	mu     sync.Mutex
	why    error
}

// Pass creates a pass for one host and port.
func (p *Proxy) Pass(host string, port uint16) *Pass {
	pass := &Pass{p: p, to: target{strings.TrimSuffix(strings.ToLower(host), "."), port}, secret: rand.Text()}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.passes[pass.secret] = pass
	return pass
}

func (p *Proxy) findPass(secret string) (caller, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if pass := p.passes[secret]; pass != nil {
		return pass, nil
	}
	return nil, errUnknown
}

// User returns the credential for the proxy's URL.
func (s *Pass) User() *url.Userinfo { return url.UserPassword(passUser, s.secret) }

// Refused returns why the proxy last refused a connection of this pass, or nil if it did not.
func (s *Pass) Refused() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.why
}

// Close revokes the pass: it permits no new connections.
func (s *Pass) Close() {
	s.p.mu.Lock()
	defer s.p.mu.Unlock()
	delete(s.p.passes, s.secret)
}

func (s *Pass) authorize(to target) (func(), error) {
	if to != s.to {
		why := fault.New(fault.Forbidden, "The clone URL redirects to %s, which is not allowed. Only %s is allowed.", to, s.to)
		s.logRefusal(to, why)
		return nil, why
	}
	return func() {}, nil
}

func (s *Pass) dialer() *net.Dialer { return s.p.opt.OwnDialer }

func (s *Pass) isAllowed(target) bool { return true }

func (s *Pass) logRefusal(_ target, why error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.why = why
}

func (s *Pass) logTraffic(target, int64, int64) {}
