package kit

import (
	"bufio"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
)

// flushWithin disconnects a reader that receives nothing for so long. The server has no general write timeout.
const flushWithin = 10 * time.Second

// StreamWriter writes server-sent events to one reader. Its first error ends the stream.
type StreamWriter struct {
	writer *bufio.Writer
	conn   net.Conn
	err    error
}

// lineEnds turns carriage returns, which end a line of an event stream too, into line feeds.
var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// SendMarkup sends markup. After number > 0 a reader resumes with the next one.
func (o *StreamWriter) SendMarkup(number int64, markup []byte) {
	if number > 0 {
		o.write("id: " + strconv.FormatInt(number, 10) + "\n")
	}
	for line := range strings.SplitSeq(lineEnds.Replace(string(markup)), "\n") {
		o.write("data: " + line + "\n")
	}
	o.write("\n")
}

// SendNumber sets the number that the reader resumes after, and shows nothing.
func (o *StreamWriter) SendNumber(n int64) { o.write("id: " + strconv.FormatInt(n, 10) + "\n\n") }

// sendEvent sends an event that the script of the page handles.
func (o *StreamWriter) sendEvent(name string) { o.write("event: " + name + "\ndata: \n\n") }

// sendBeat tells the page that everything up to now was sent. Its failure reveals that the reader is gone.
func (o *StreamWriter) sendBeat() { o.sendEvent("beat") }

func (o *StreamWriter) write(s string) {
	if o.err == nil {
		_, o.err = o.writer.WriteString(s)
	}
}

// Flush sends what was written and reports whether the reader is still there.
func (o *StreamWriter) Flush() bool {
	if o.err == nil && o.conn != nil {
		_ = o.conn.SetWriteDeadline(time.Now().Add(flushWithin))
	}
	if o.err == nil {
		o.err = o.writer.Flush()
	}
	return o.err == nil
}

// ResumeAfter is the last number that a reader has seen: its Last-Event-ID after a break, else "after" of the page's address.
func ResumeAfter(c *fiber.Ctx) int64 {
	for _, s := range []string{c.Get("Last-Event-ID"), c.Query("after")} {
		if n, err := strconv.ParseInt(s, 10, 64); err == nil && n >= 0 {
			return n
		}
	}
	return 0
}
