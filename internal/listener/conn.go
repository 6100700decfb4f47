package listener

import (
	"context"
	"net"
	"net/http"
	"time"
)

// conn is a connection that a pool counts. The pool's lock guards admitted and removed.
type conn struct {
	net.Conn
	pool              *Pool
	peer              string
	admitted, removed bool
}

// Close ends the connection. It leaves the count once, however often it is closed.
func (c *conn) Close() error {
	c.pool.mu.Lock()
	c.pool.remove(c)
	c.pool.mu.Unlock()
	return c.Conn.Close()
}

// CloseWrite ends the writing side, where the connection has two.
func (c *conn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return c.Close()
}

// admit moves the connection out of its peer's strangers, or back. The caller holds the pool's lock.
func (c *conn) admit(is bool) {
	has := c.pool.peers[c.peer]
	if has == nil || c.removed || c.admitted == is {
		return
	}
	c.admitted = is
	if is {
		has.strangers--
	} else {
		has.strangers++
	}
}

func (c *conn) setAdmitted(is bool) {
	c.pool.mu.Lock()
	defer c.pool.mu.Unlock()
	c.admit(is)
}

type connKey struct{}

// InContext is the ConnContext of an http.Server, which lets its handlers call Admit.
func InContext(ctx context.Context, c net.Conn) context.Context {
	if counted, ok := c.(*conn); ok {
		return context.WithValue(ctx, connKey{}, counted)
	}
	return ctx
}

// Admit says that a request's sender is known, so that its connection does not count among the peer's strangers until the end of the
// request, when the caller must call leave.
func Admit(request context.Context) (leave func()) {
	c, ok := request.Value(connKey{}).(*conn)
	if !ok {
		return func() {}
	}
	c.setAdmitted(true)
	return func() { c.setAdmitted(false) }
}

// restWithin is how long a refused request can take to end, so that its sender, who may read only after that, learns why.
const restWithin = time.Second

// End makes an http.Server close the connection after the response to a request whose sender is unknown. It hardly waits for the rest
// of the request. Call it before the response is written.
func End(w http.ResponseWriter) {
	w.Header().Set("Connection", "close")
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(restWithin)) // a test's recorder has no connection
}
