package egress

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

// who is a client of the proxy: a session's program or a git of the server's own.
type who interface {
	// enter says whether to may be connected to at all, and is followed by one done.
	enter(to target) (done func(), err error)
	// stays says whether a tunnel to it may stay open.
	stays(to target) bool
	// refused and passed hear how a connection ended that was let in.
	refused(to target, why error)
	passed(to target, sent, received int64)
}

var errUnknown = fault.New(fault.Unauthenticated, "The proxy needs the credential of a running session, which its shell has in HTTPS_PROXY.")

func (p *Proxy) admit(r *http.Request) (_ who, err error) {
	user, password, ok := credential(r.Header.Get("Proxy-Authorization"))
	if !ok {
		return nil, errUnknown
	}
	if user == passUser {
		return p.pass(password)
	}
	v := visit{p: p, again: func(ctx context.Context) (Visitor, error) { return p.opt.Backend.Admit(ctx, user, password) }}
	v.Visitor, err = v.again(r.Context())
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

// visit is a session's program at the proxy.
type visit struct {
	p     *Proxy
	again func(context.Context) (Visitor, error)
	Visitor
}

func (v visit) may(to target) bool {
	return v.p.opt.Open || repository.Allows(v.Hosts, to.host, to.port)
}

func (v visit) enter(to target) (func(), error) {
	if !v.may(to) {
		why := fault.New(fault.Forbidden, "%s is not on the network list of this session's repository; a lead of the team can add it on the repository's page.", to)
		if v.Repository == "" {
			why = fault.New(fault.Forbidden, "This session has no repository, so no network list opens %s to it.", to)
		}
		v.refused(to, why)
		return nil, why
	}
	if !v.p.take(v.Session) {
		why := fault.New(fault.Unavailable, "This session has %d connections open, as many as it may; close one first.", v.p.opt.MaxConnections)
		v.refused(to, why)
		return nil, why
	}
	return func() { v.p.free(v.Session) }, nil
}

// stays is false once the session no longer runs or the host is off the list; a fault of ours cuts nothing.
func (v visit) stays(to target) bool {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	now, err := v.again(ctx)
	if err != nil {
		return fault.KindOf(err) == fault.Internal
	}
	v.Visitor = now
	return v.may(to)
}

func (v visit) refused(to target, why error) {
	v.p.tally.add(v.Visitor, event.Egress{Target: to.String(), Refused: why.Error(), Count: 1})
}

func (v visit) passed(to target, sent, received int64) {
	v.p.tally.add(v.Visitor, event.Egress{Target: to.String(), Count: 1, Sent: sent, Received: received})
}

func (p *Proxy) take(s session.ID) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.open[s] >= p.opt.MaxConnections {
		return false
	}
	p.open[s]++
	return true
}

func (p *Proxy) free(s session.ID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.open[s]--; p.open[s] == 0 {
		delete(p.open, s)
	}
}

// passUser is the name of who comes with a Pass; no session is called so.
const passUser = "server"

// Pass lets a program of the server's own reach one host and port, until Close.
type Pass struct {
	p      *Proxy
	to     target
	secret string
	mu     sync.Mutex
	why    error
}

// Pass makes a way to one host and port.
func (p *Proxy) Pass(host string, port uint16) *Pass {
	pass := &Pass{p: p, to: target{strings.TrimSuffix(strings.ToLower(host), "."), port}, secret: rand.Text()}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.passes[pass.secret] = pass
	return pass
}

func (p *Proxy) pass(secret string) (who, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if pass := p.passes[secret]; pass != nil {
		return pass, nil
	}
	return nil, errUnknown
}

// User is the credential to put in the proxy's URL.
func (s *Pass) User() *url.Userinfo { return url.UserPassword(passUser, s.secret) }

// Refused is why the proxy last refused a connection of this pass; nil when it did not.
func (s *Pass) Refused() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.why
}

// Close ends the pass: no new connection is made with it.
func (s *Pass) Close() {
	s.p.mu.Lock()
	defer s.p.mu.Unlock()
	delete(s.p.passes, s.secret)
}

func (s *Pass) enter(to target) (func(), error) {
	if to != s.to {
		why := fault.New(fault.Forbidden, "The clone URL leads on to %s, which is refused: only %s was asked for.", to, s.to)
		s.refused(to, why)
		return nil, why
	}
	return func() {}, nil
}

func (s *Pass) stays(target) bool { return true }

func (s *Pass) refused(_ target, why error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.why = why
}

func (s *Pass) passed(target, int64, int64) {}
