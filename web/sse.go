package web

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

// wire writes server-sent events to one reader. The first error stays and ends the stream.
type wire struct {
	w    *bufio.Writer
	conn net.Conn
	err  error
}

// region is a part of a page that is replaced or grows: where it is and how its new form goes in.
type region struct {
	target, swap string
	view         templ.Component
}

// newRegion swaps view into the element that target, a selector, names; swap is one of the ways below.
func newRegion(target, swap string, view templ.Component) region { return region{target, swap, view} }

// How a region's new form goes in.
const (
	atStart  = "afterbegin"
	ahead    = "beforebegin"
	atEnd    = "beforeend"
	inside   = "innerMorph"
	replaced = "innerHTML"
	whole    = "outerMorph"
	removed  = "delete"
)

// render makes the markup of regions; targets that are not on the reader's page are ignored there.
func render(ctx context.Context, rs ...region) ([]byte, error) {
	var b bytes.Buffer
	for _, r := range rs {
		b.WriteString(`<hx-partial hx-target="` + templ.EscapeString(r.target) + `" hx-swap="` + r.swap + `">`)
		if err := r.view.Render(ctx, &b); err != nil {
			return nil, err
		}
		b.WriteString("</hx-partial>")
	}
	return b.Bytes(), nil
}

// carriage returns end a line of an event stream as line feeds do.
var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// data sends markup; number > 0 is where a reader resumes after it.
func (o *wire) data(number int64, markup []byte) {
	if number > 0 {
		o.text("id: " + strconv.FormatInt(number, 10) + "\n")
	}
	for line := range strings.SplitSeq(lineEnds.Replace(string(markup)), "\n") {
		o.text("data: " + line + "\n")
	}
	o.text("\n")
}

// number moves where the reader resumes without showing anything.
func (o *wire) number(n int64) { o.text("id: " + strconv.FormatInt(n, 10) + "\n\n") }

// named sends an event the page's script acts on.
func (o *wire) named(name string) { o.text("event: " + name + "\ndata: \n\n") }

// beat is a comment: only a failed write tells that a reader is gone.
func (o *wire) beat() { o.text(": beat\n\n") }

func (o *wire) text(s string) {
	if o.err == nil {
		_, o.err = o.w.WriteString(s)
	}
}

// flush sends what was written and says whether the reader is still there.
func (o *wire) flush() bool {
	if o.err == nil && o.conn != nil {
		_ = o.conn.SetWriteDeadline(time.Now().Add(flushWithin))
	}
	if o.err == nil {
		o.err = o.w.Flush()
	}
	return o.err == nil
}

// resumeAfter is the number a reader has seen last: its own Last-Event-ID after a break, else the page's "after".
func resumeAfter(c *fiber.Ctx) int64 {
	for _, s := range []string{c.Get("Last-Event-ID"), c.Query("after")} {
		if n, err := strconv.ParseInt(s, 10, 64); err == nil && n >= 0 {
			return n
		}
	}
	return 0
}
