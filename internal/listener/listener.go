// Package listener keeps the server's listeners working while somebody opens more connections than the system has room for. A connection
// that cannot be accepted is waited for instead of ending the listener, and the connections of all listeners and of each peer are bounded.
package listener

import (
	"cmp"
	"errors"
	"log/slog"
	"net"
	"sync"
	"syscall"
	"time"
)

// Options say what a listener accepts. All are optional.
type Options struct {
	// Pool counts the connections. Several listeners can share one.
	Pool *Pool
	// Peer names whom a connection belongs to, so that the pool's limits per peer apply to it; "" is nobody in particular.
	Peer func(net.Conn) string
	Log  *slog.Logger
}

// New returns l with retries and with the limits of o. Connections beyond a limit are closed immediately. Closing it closes l.
func New(l net.Listener, o Options) net.Listener {
	if o.Peer == nil {
		o.Peer = func(net.Conn) string { return "" }
	}
	o.Log = cmp.Or(o.Log, slog.New(slog.DiscardHandler))
	return &bounded{Listener: l, opt: o, closed: make(chan struct{})}
}

// bounded is a listener that New returned.
type bounded struct {
	net.Listener
	opt    Options
	once   sync.Once
	closed chan struct{}
	warned time.Time // used by Accept only
}

// Accept waits for the next connection within the limits. It returns an error only if the listener was closed or is broken for good.
func (l *bounded) Accept() (net.Conn, error) {
	for {
		c, err := l.retry()
		if err != nil {
			return nil, err
		}
		if bounded, ok := l.opt.Pool.enter(c, l.opt.Peer(c)); ok {
			return bounded, nil
		}
		l.warn("a connection was closed because there are too many", "peer", l.opt.Peer(c))
		_ = c.Close()
	}
}

// The wait after a connection that the system could not accept; it doubles from first to longest.
const first, longest = 5 * time.Millisecond, time.Second

func (l *bounded) retry() (net.Conn, error) {
	for wait := first; ; wait = min(2*wait, longest) {
		c, err := l.Listener.Accept()
		if !passes(err) {
			return c, err
		}
		l.warn("cannot accept connections: waiting", "address", l.Addr(), "error", err)
		select {
		case <-l.closed:
			return nil, net.ErrClosed
		case <-time.After(wait):
		}
	}
}

// warn logs at most once a minute, because an attacker decides how often there is a reason.
func (l *bounded) warn(message string, args ...any) {
	if now := time.Now(); now.Sub(l.warned) >= time.Minute {
		l.warned = now
		l.opt.Log.Warn(message, args...)
	}
}

// Close closes the listener and ends a wait in Accept.
func (l *bounded) Close() error {
	l.once.Do(func() { close(l.closed) })
	return l.Listener.Close()
}

// passing are errors of accept that say nothing about the listener: there is no descriptor or memory left, or the connection failed
// before it was accepted.
var passing = []syscall.Errno{syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM, syscall.ECONNABORTED, syscall.ECONNRESET, syscall.EINTR, syscall.EAGAIN,
	syscall.EPROTO, syscall.EPERM, syscall.ENETDOWN, syscall.ENETUNREACH, syscall.EHOSTDOWN, syscall.EHOSTUNREACH}

func passes(err error) bool {
	var errno syscall.Errno
	if !errors.As(err, &errno) {
		return false
	}
	for _, p := range passing {
		if errno == p {
			return true
		}
	}
	return false
}
