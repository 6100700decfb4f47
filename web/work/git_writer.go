package work

import (
	"bufio"
	"net"
	"time"
)

// sendWithin disconnects a git client that receives nothing for so long.
const sendWithin = 30 * time.Second

// fetchWriter sends each write at once. After an error it accepts nothing more and calls gone, because git itself would only notice
// when it writes again.
type fetchWriter struct {
	w    *bufio.Writer
	conn net.Conn
	gone func()
	err  error
}

// Write sends p.
func (o *fetchWriter) Write(p []byte) (int, error) {
	if o.err != nil {
		return 0, o.err
	}
	if o.conn != nil {
		_ = o.conn.SetWriteDeadline(time.Now().Add(sendWithin))
	}
	n, err := o.w.Write(p)
	if err == nil {
		err = o.w.Flush()
	}
	if o.err = err; err != nil {
		o.gone()
	}
	return n, err
}
