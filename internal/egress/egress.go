// Package egress is the one door from agents, and from the server's own git, to the network: an HTTP proxy on loopback that
// knows who asks, lets through what that one may reach, and looks at the resolved address of every connection.
package egress

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/clock"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// Visitor is the running attempt of a session that a credential stands for. Hosts is its repository's network list.
type Visitor struct {
	Tenant     tenant.ID
	Session    session.ID
	Attempt    int
	Repository repository.ID
	Hosts      []repository.Host
}

// Backend is what the proxy asks of the verbs.
type Backend interface {
	// Admit finds whom a credential stands for now; Unauthenticated when it is none, Forbidden when its session does not run.
	Admit(ctx context.Context, user, password string) (Visitor, error)
	// Tell writes what was connected to, or refused, into a session's log.
	Tell(ctx context.Context, v Visitor, e event.Egress) error
}

// Options are what a proxy needs. Zero limits take the product's defaults.
type Options struct {
	Backend Backend
	// Dialer makes the connections and refuses addresses; it is a netguard.Guard's.
	Dialer *net.Dialer
	// Open lets sessions reach every host the dialer reaches; the operator has to have said so.
	Open bool
	// MaxConnections bounds the open connections of one session (64).
	MaxConnections int
	// Idle ends a connection on which nothing moved (5 min).
	Idle  time.Duration
	Clock clock.Clock
	Log   *slog.Logger
}

// Proxy is the proxy's handler. It is safe for concurrent use.
type Proxy struct {
	opt   Options
	tally tally

	mu     sync.Mutex
	passes map[string]*Pass
	open   map[session.ID]int
	// tunnels are the open ones' clients, which the HTTP server no longer knows, and whether each may stay open.
	tunnels map[net.Conn]func() bool
	closed  bool
	// work is read-locked by each request, so that Close can wait for their ends to be counted.
	work sync.RWMutex
}

// New makes a Proxy.
func New(o Options) *Proxy {
	if o.MaxConnections == 0 {
		o.MaxConnections = 64
	}
	if o.Idle == 0 {
		o.Idle = 5 * time.Minute
	}
	if o.Clock == nil {
		o.Clock = clock.Real{}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	p := &Proxy{opt: o, passes: map[string]*Pass{}, open: map[session.ID]int{}, tunnels: map[net.Conn]func() bool{}}
	p.tally = tally{tell: p.tell, clock: o.Clock}
	return p
}

func (p *Proxy) tell(v Visitor, e event.Egress) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second) // the request may be over by now
	defer cancel()
	if err := p.opt.Backend.Tell(ctx, v, e); err != nil {
		p.opt.Log.Error("write down a connection of an agent", "session", v.Session, "error", err)
	}
}

// ServeHTTP opens a tunnel for CONNECT and forwards a plain request; everything else is refused with a sentence.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.work.RLock()
	defer p.work.RUnlock()
	to, err := targetOf(r)
	if err != nil {
		refuse(w, http.StatusBadRequest, err.Error())
		return
	}
	who, err := p.admit(r)
	if err != nil {
		p.unknown(w, err)
		return
	}
	done, err := who.enter(to)
	if err != nil {
		refuse(w, statusOf(err), err.Error())
		return
	}
	defer done()
	if r.Method == http.MethodConnect {
		p.tunnel(w, r, who, to)
		return
	}
	p.forward(w, r, who, to)
}

func (p *Proxy) unknown(w http.ResponseWriter, err error) {
	if fault.Is(err, fault.Unauthenticated) {
		w.Header().Set("Proxy-Authenticate", `Basic realm="orchestrator"`)
		refuse(w, http.StatusProxyAuthRequired, err.Error())
		return
	}
	if fault.KindOf(err) == fault.Internal {
		p.opt.Log.Error("admit to the egress proxy", "error", err)
		err = fault.New(fault.Unavailable, "The proxy cannot tell who asks just now; try again.")
	}
	refuse(w, statusOf(err), err.Error())
}

func statusOf(err error) int {
	switch fault.KindOf(err) {
	case fault.Forbidden:
		return http.StatusForbidden
	case fault.Exhausted, fault.Unavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusBadGateway
}

// refuse answers in words, in the body and, for clients that show no body of a refused tunnel, in a header.
func refuse(w http.ResponseWriter, status int, sentence string) {
	plain := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || r == '"' || r == '\\' {
			return '?'
		}
		return r
	}, sentence)
	w.Header().Set("Proxy-Status", `orchestrator; error=http_request_denied; details="`+plain+`"`)
	http.Error(w, sentence, status)
}

// target is the host and port somebody wants to reach.
type target struct {
	host string
	port uint16
}

func (t target) String() string { return net.JoinHostPort(t.host, strconv.Itoa(int(t.port))) }

var errNoTarget = fault.New(fault.Invalid, "This is a proxy: it takes CONNECT host:port and requests for http:// addresses.")

func targetOf(r *http.Request) (target, error) {
	if r.Method != http.MethodConnect && (r.URL.Scheme != "http" || r.URL.Host == "") {
		return target{}, errNoTarget
	}
	host, port := r.URL.Hostname(), r.URL.Port()
	if port == "" && r.Method != http.MethodConnect {
		port = "80"
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 || host == "" || len(host) > 253 {
		return target{}, errNoTarget
	}
	return target{strings.TrimSuffix(strings.ToLower(host), "."), uint16(n)}, nil
}
