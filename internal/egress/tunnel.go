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

// dial connects through the guard. What it refuses is a Forbidden fault that who hears of.
func (p *Proxy) dial(ctx context.Context, w who, to target) (*line, error) {
	conn, err := p.opt.Dialer.DialContext(ctx, "tcp", to.String())
	var why *fault.Error
	switch {
	case errors.As(err, &why):
		w.refused(to, why)
		return nil, why
	case err != nil:
		return nil, fault.New(fault.Internal, "%s cannot be reached.", to).Because(err)
	}
	return &line{Conn: conn, idle: p.opt.Idle}, nil
}

// tunnel connects the client with a host until both have said all, or nothing moves any more.
func (p *Proxy) tunnel(w http.ResponseWriter, r *http.Request, who who, to target) {
	up, err := p.dial(r.Context(), who, to)
	if err != nil {
		refuse(w, statusOf(err), err.Error())
		return
	}
	defer up.Close()
	client, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		p.opt.Log.Error("open a tunnel", "error", err)
		return
	}
	defer p.hold(client, func() bool { return who.stays(to) })()
	if _, err := io.WriteString(client, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
		return
	}
	join(client, buffered.Reader, up, p.opt.Idle)
	who.passed(to, up.sent.Load(), up.received.Load())
}

// hold closes a tunnel's client at the end, when the proxy closes, or when its credential is worth nothing any more.
func (p *Proxy) hold(c net.Conn, stays func() bool) (release func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tunnels[c] = stays
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

// cut closes the tunnels that may not stay open.
func (p *Proxy) cut() {
	p.mu.Lock()
	open := maps.Clone(p.tunnels)
	p.mu.Unlock()
	for c, stays := range open {
		if !stays() {
			_ = c.Close()
		}
	}
}

// join copies both ways. The end of one direction is passed on; the other may go on as long as it moves.
func join(client net.Conn, said *bufio.Reader, up *line, idle time.Duration) {
	down := make(chan struct{})
	go func() {
		defer close(down)
		_, _ = io.Copy(patient{client, idle}, up) // however it ends, the tunnel does
		_ = client.Close()
	}()
	if _, err := io.Copy(up, said); err == nil {
		up.closeWrite()
	} else {
		_ = up.Close()
	}
	<-down
}

// patient is a writer to a client that has to take what it asked for.
type patient struct {
	net.Conn
	idle time.Duration
}

// Write gives the client a while.
func (c patient) Write(b []byte) (int, error) {
	_ = c.SetWriteDeadline(time.Now().Add(c.idle)) // a closed connection says so itself
	return c.Conn.Write(b)
}

// line is a connection to a host: it counts, and ends when nothing moves on it in either direction.
type line struct {
	net.Conn
	idle           time.Duration
	sent, received atomic.Int64
}

func (l *line) touch() { _ = l.SetDeadline(time.Now().Add(l.idle)) }

// Read reads and counts.
func (l *line) Read(b []byte) (int, error) {
	l.touch()
	n, err := l.Conn.Read(b)
	l.received.Add(int64(n))
	return n, err
}

// Write writes and counts.
func (l *line) Write(b []byte) (int, error) {
	l.touch()
	n, err := l.Conn.Write(b)
	l.sent.Add(int64(n))
	return n, err
}

func (l *line) closeWrite() {
	if c, ok := l.Conn.(interface{ CloseWrite() error }); ok {
		_ = c.CloseWrite()
	}
}
