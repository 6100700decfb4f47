package kit

import (
	"bufio"
	"bytes"
	"context"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"
)

// flushWithin drops a reader that does not take what is sent to it; the server has no general write timeout.
const flushWithin = 10 * time.Second

// Wire writes server-sent events to one reader. The first error stays and ends the stream.
type Wire struct {
	W    *bufio.Writer
	conn net.Conn
	Err  error
}

// Region is a part of a page that is replaced or grows: where it is and how its new form goes in.
type Region struct {
	Target, Swap string
	View         templ.Component
}

// NewRegion swaps view into the element that target, a selector, names; swap is one of the ways below.
func NewRegion(target, swap string, view templ.Component) Region { return Region{target, swap, view} }

// How a region's new form goes in.
const (
	AtStart  = "afterbegin"
	Ahead    = "beforebegin"
	AtEnd    = "beforeend"
	Inside   = "innerMorph"
	replaced = "innerHTML"
	Whole    = "outerMorph"
	Removed  = "delete"
)

// Render makes the markup of regions; targets that are not on the reader's page are ignored there.
func Render(ctx context.Context, rs ...Region) ([]byte, error) {
	var b bytes.Buffer
	for _, r := range rs {
		b.WriteString(`<hx-partial hx-target="` + templ.EscapeString(r.Target) + `" hx-swap="` + r.Swap + `">`)
		if err := r.View.Render(ctx, &b); err != nil {
			return nil, err
		}
		b.WriteString("</hx-partial>")
	}
	return b.Bytes(), nil
}

// carriage returns end a line of an event stream as line feeds do.
var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// Data sends markup; number > 0 is where a reader resumes after it.
func (o *Wire) Data(number int64, markup []byte) {
	if number > 0 {
		o.text("id: " + strconv.FormatInt(number, 10) + "\n")
	}
	for line := range strings.SplitSeq(lineEnds.Replace(string(markup)), "\n") {
		o.text("data: " + line + "\n")
	}
	o.text("\n")
}

// Number moves where the reader resumes without showing anything.
func (o *Wire) Number(n int64) { o.text("id: " + strconv.FormatInt(n, 10) + "\n\n") }

// named sends an event the page's script acts on.
func (o *Wire) named(name string) { o.text("event: " + name + "\ndata: \n\n") }

// beat is a comment: only a failed write tells that a reader is gone.
func (o *Wire) beat() { o.text(": beat\n\n") }

func (o *Wire) text(s string) {
	if o.Err == nil {
		_, o.Err = o.W.WriteString(s)
	}
}

// Flush sends what was written and says whether the reader is still there.
func (o *Wire) Flush() bool {
	if o.Err == nil && o.conn != nil {
		_ = o.conn.SetWriteDeadline(time.Now().Add(flushWithin))
	}
	if o.Err == nil {
		o.Err = o.W.Flush()
	}
	return o.Err == nil
}

// ResumeAfter is the number a reader has seen last: its own Last-Event-ID after a break, else the page's "after".
func ResumeAfter(c *fiber.Ctx) int64 {
	for _, s := range []string{c.Get("Last-Event-ID"), c.Query("after")} {
		if n, err := strconv.ParseInt(s, 10, 64); err == nil && n >= 0 {
			return n
		}
	}
	return 0
}
