// Package egress is the only way from agents, and from the server's own git, to the network: an HTTP proxy on loopback that
// identifies the caller, allows what this caller may reach, and checks the resolved address of every connection.
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
	"github.com/industrial-orchestrator/orchestrator/internal/listener"
)

// Visitor is the running attempt of a session that a credential belongs to. Hosts is its repository's network list; Providers are
// the addresses (host:port) of the team's model providers that serve without an API key.
type Visitor struct {
	Tenant     tenant.ID
	Session    session.ID
	Attempt    int
	Repository repository.ID
	Hosts      []repository.Host
	Providers  []string
}

// Backend is the interface of the proxy to the application.
type Backend interface {
	// Admit returns the current owner of a credential; Unauthenticated if it is invalid, Forbidden if its session is not running.
	Admit(ctx context.Context, user, password string) (Visitor, error)
	// Record stores allowed and refused connections in a session's log.
	Record(ctx context.Context, v Visitor, e event.Egress) error
}

// Options are the dependencies and limits of a proxy. A zero limit means the default.
type Options struct {
	Backend Backend
	// Dialer opens connections of sessions and refuses addresses; it comes from a netguard.Guard for agents.
	Dialer *net.Dialer
	// OwnDialer opens connections of the server's own programs, which have a Pass. The default is Dialer.
	OwnDialer *net.Dialer
	// Open lets sessions reach every host that the dialer can reach. Only the operator can turn this on.
	Open bool
	// MaxConnections is the maximum number of open connections of one session (default 64).
	MaxConnections int
	// Idle is the time after which a connection without traffic is closed (default 5 minutes).
	Idle time.Duration
	// HeaderWithin is how long a client can take to send the headers of a request (default 10 seconds).
	HeaderWithin time.Duration
	// Pool limits the connections to the proxy, and of each sandbox those whose requests have no valid credential. The default is no
	// limit.
	Pool  *listener.Pool
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
	// tunnels are the clients of open tunnels, which the HTTP server no longer tracks, with a function that reports whether the
	// tunnel is still allowed.
	tunnels map[net.Conn]func() bool
	closed  bool
	// work is read-locked by each request, so that Close can wait until all traffic is counted.
	work sync.RWMutex
}

// New returns a Proxy.
func New(o Options) *Proxy {
	if o.MaxConnections == 0 {
		o.MaxConnections = 64
	}
	if o.Idle == 0 {
		o.Idle = 5 * time.Minute
	}
	if o.HeaderWithin == 0 {
		o.HeaderWithin = 10 * time.Second
	}
	if o.OwnDialer == nil {
		o.OwnDialer = o.Dialer
	}
	if o.Clock == nil {
		o.Clock = clock.Real{}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	p := &Proxy{opt: o, passes: map[string]*Pass{}, open: map[session.ID]int{}, tunnels: map[net.Conn]func() bool{}}
	p.tally = tally{record: p.record, clock: o.Clock}
	return p
}

func (p *Proxy) record(v Visitor, e event.Egress) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second) // the request may have ended
	defer cancel()
	if err := p.opt.Backend.Record(ctx, v, e); err != nil {
		p.opt.Log.Error("cannot record a connection of an agent", "session", v.Session, "error", err)
	}
}

// ServeHTTP opens a tunnel for CONNECT and forwards plain requests. It refuses everything else with a message.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.work.RLock()
	defer p.work.RUnlock()
	to, err := targetOf(r)
	if err != nil {
		listener.End(w)
		refuse(w, http.StatusBadRequest, err.Error())
		return
	}
	by, err := p.admit(r)
	if err != nil {
		listener.End(w)
		p.refuseCaller(w, err)
		return
	}
	defer listener.Admit(r.Context())()
	done, err := by.authorize(to)
	if err != nil {
		refuse(w, statusOf(err), err.Error())
		return
	}
	defer done()
	if r.Method == http.MethodConnect {
		p.tunnel(w, r, by, to)
		return
	}
	p.forward(w, r, by, to)
}

func (p *Proxy) refuseCaller(w http.ResponseWriter, err error) {
	if fault.Is(err, fault.Unauthenticated) {
		w.Header().Set("Proxy-Authenticate", `Basic realm="orchestrator"`)
		refuse(w, http.StatusProxyAuthRequired, err.Error())
		return
	}
	if fault.KindOf(err) == fault.Internal {
		p.opt.Log.Error("cannot check a credential at the egress proxy", "error", err)
		err = fault.New(fault.Unavailable, "The proxy cannot check credentials right now. Try again.")
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

// refuse writes a message to the body and, for clients that do not show the body of a refused tunnel, to a header.
func refuse(w http.ResponseWriter, status int, message string) {
	plain := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || r == '"' || r == '\\' {
			return '?'
		}
		return r
	}, message)
	w.Header().Set("Proxy-Status", `orchestrator; error=http_request_denied; details="`+plain+`"`)
	http.Error(w, message, status)
}

// target is the requested host and port.
type target struct {
	host string
	port uint16
}

func (t target) String() string { return net.JoinHostPort(t.host, strconv.Itoa(int(t.port))) }

var errNoTarget = fault.New(fault.Invalid, "This is a proxy. It accepts CONNECT host:port and requests for http:// URLs.")

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
