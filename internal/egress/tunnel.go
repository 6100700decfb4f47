package egress

import (
	"bufio"
	"context"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
)

// dial connects through the guard. If the guard refuses the address, dial logs the refusal and returns a Forbidden fault.
func (p *Proxy) dial(ctx context.Context, by caller, to target) (*countedConn, error) {
	conn, err := by.dialer().DialContext(ctx, "tcp", to.String())
	var why *fault.Error
	switch {
	case errors.As(err, &why):
		by.logRefusal(to, why)
		return nil, why
	case err != nil:
		return nil, fault.New(fault.Internal, "Cannot connect to %s.", to).Because(err)
	}
	return &countedConn{Conn: conn, idle: p.opt.Idle}, nil
}

// tunnel connects the client with a host until both sides have finished or there is no more traffic.
func (p *Proxy) tunnel(w http.ResponseWriter, r *http.Request, by caller, to target) {
	up, err := p.dial(r.Context(), by, to)
	if err != nil {
		refuse(w, statusOf(err), err.Error())
		return
	}
	defer up.Close()
	client, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		p.opt.Log.Error("cannot open a tunnel", "error", err)
		return
	}
	defer p.track(client, func() bool { return by.isAllowed(to) })()
	if _, err := io.WriteString(client, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
		return
	}
	copyBothWays(client, buffered.Reader, up, p.opt.Idle)
	by.logTraffic(to, up.sent.Load(), up.received.Load())
}

// track registers the client of a tunnel, so that it is closed when the proxy closes or its credential becomes invalid. The
// caller must call release at the end of the tunnel.
func (p *Proxy) track(c net.Conn, isAllowed func() bool) (release func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tunnels[c] = isAllowed
	if p.closed {
		_ = c.Close()
	}
	return func() {
		_ = c.Close()
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.tunnels, c)
	}
}

// closeRevoked closes the tunnels that are no longer allowed.
func (p *Proxy) closeRevoked() {
	p.mu.Lock()
	open := maps.Clone(p.tunnels)
	p.mu.Unlock()
	for c, isAllowed := range open {
		if !isAllowed() {
			_ = c.Close()
		}
	}
}

// copyBothWays copies in both directions. It forwards the end of one direction, while the other may continue as long as there is
// traffic.
func copyBothWays(client net.Conn, from *bufio.Reader, up *countedConn, idle time.Duration) {
	down := make(chan struct{})
	go func() {
		defer close(down)
		_, _ = io.Copy(timeoutWriter{client, idle}, up) // the tunnel ends in any case
		_ = client.Close()
	}()
	if _, err := io.Copy(up, from); err == nil {
		up.closeWrite()
	} else {
		_ = up.Close()
	}
	<-down
}

// timeoutWriter is a writer to a client that must read within a time limit.
type timeoutWriter struct {
	net.Conn
	idle time.Duration
}

// Write sets the time limit and writes.
func (c timeoutWriter) Write(b []byte) (int, error) {
	_ = c.SetWriteDeadline(time.Now().Add(c.idle)) // if the connection is closed, Write fails
	return c.Conn.Write(b)
}

// countedConn is a connection to a host that counts bytes and closes after an idle time without traffic in either direction.
type countedConn struct {
	net.Conn
	idle           time.Duration
	sent, received atomic.Int64
}

func (l *countedConn) touch() { _ = l.SetDeadline(time.Now().Add(l.idle)) }

// Read reads and counts bytes.
func (l *countedConn) Read(b []byte) (int, error) {
	l.touch()
	n, err := l.Conn.Read(b)
	l.received.Add(int64(n))
	return n, err
}

// Write writes and counts bytes. It counts them before, since the answer can be there, and the traffic stored, before Write returns.
func (l *countedConn) Write(b []byte) (int, error) {
	l.touch()
	l.sent.Add(int64(len(b)))
	n, err := l.Conn.Write(b)
	l.sent.Add(int64(n - len(b)))
	return n, err
}

func (l *countedConn) closeWrite() {
	if c, ok := l.Conn.(interface{ CloseWrite() error }); ok {
		_ = c.CloseWrite()
	}
}
