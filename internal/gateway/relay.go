package gateway

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"
)

var buffers = sync.Pool{New: func() any { return new([32 << 10]byte) }}

// A response's first bytes are held back until they show that it is a completion, so that the client of one that is none gets an
// error status: at most this many, and no longer than this after the response began, because comments keep a client waiting.
const (
	heldBytes = 64 << 10
	heldFor   = 10 * time.Second
)

// errJudged ends a stream that turned out to be an error of the provider.
var errJudged = errors.New("the response is not a completion")

// passing is a stream on its way to the client.
type passing struct {
	x         *exchange
	w         http.ResponseWriter
	r         *http.Request
	res       *http.Response
	out       *http.ResponseController
	began     time.Time
	held      []byte
	head      []byte // the beginning of the response
	committed bool   // the client has the header
	over      bool   // the end mark has been sent
	dirty     bool   // something was written since the last flush
	err       error
}

// passStream forwards each event as soon as it is complete. Events stay as they are, except that a finish reason that agents do not
// understand is replaced.
func (x *exchange) passStream(w http.ResponseWriter, r *http.Request, res *http.Response, body io.Reader) {
	p := &passing{x: x, w: w, r: r, res: res, out: http.NewResponseController(w), began: x.g.clock.Now()}
	err := p.pump(body)
	if errors.Is(err, errJudged) {
		return
	}
	if err != nil && !p.committed && r.Context().Err() == nil {
		x.failWith(w, r, unfit(errBroken))
		return
	}
	x.ended(r, err)
	x.settle(r.Context())
	if err != nil {
		panic(http.ErrAbortHandler) // the documented way to abort a connection, so that the client sees an incomplete response
	}
	p.commit()
	p.flush()
}

// pump copies until the end of the response, of the client's patience, or of what is accepted as a completion.
func (p *passing) pump(from io.Reader) error {
	buf := buffers.Get().(*[32 << 10]byte)
	defer buffers.Put(buf)
	in := p.meter()
	for {
		n, err := from.Read(buf[:])
		if n > 0 {
			p.x.noteActivity()
			p.head = append(p.head, buf[:min(n, max(0, 512-len(p.head)))]...)
			_, _ = in.Write(buf[:n]) // never fails
			p.flush()
		}
		if p.err != nil {
			return p.err
		}
		if b := p.x.overLimit(n, err); b != nil {
			return p.fail(b)
		}
		if err == io.EOF {
			_ = in.Close() // never fails
			return p.end()
		}
		if err != nil {
			return err
		}
	}
}

// meter is what reads the response's events.
func (p *passing) meter() *events {
	return &events{limit: eventLimit, event: p.event, huge: func(b []byte) { p.x.dropped(len(b)); p.commit(); p.send(b) }}
}

// event reads an event and forwards it.
func (p *passing) event(raw, data []byte) {
	if p.err != nil || data == nil {
		p.send(raw)
		return
	}
	x := p.x
	if x.q.isEnd(data) {
		p.beforeEnd()
	}
	x.q.event(&x.answer, data)
	if b := x.judgeEvent(); b != nil && p.err == nil {
		b.raw = string(data)
		_ = p.fail(b)
		return
	}
	if !x.q.finish.isKnown(x.answer.reason) && json.Valid(data) {
		raw = withData(raw, x.q.finish.rewrite(data, x.q.finish.path, len(x.answer.calls) > 0))
	}
	if x.answer.spoke {
		p.commit()
	}
	p.send(raw)
}

// beforeEnd judges a response whose end mark has arrived but was not forwarded.
func (p *passing) beforeEnd() {
	x := p.x
	p.over = true
	if x.answer.reason == "" && x.q.callsEnd != "" && x.answer.hasWholeCalls() {
		x.answer.reason = x.q.finish.send[called]
		p.sendEvent(x.q.callsEnd)
		return
	}
	if b := x.judgeEnd(p.head); b != nil {
		_ = p.fail(b)
	}
}

// end judges a response that ended without an end mark.
func (p *passing) end() error {
	if p.err != nil || p.over {
		return p.err
	}
	if b := p.x.judgeEnd(p.head); b != nil {
		return p.fail(b)
	}
	return p.err
}

// send forwards bytes without the provider's API key, or holds them back as long as the client has no header.
func (p *passing) send(b []byte) {
	b = p.x.scrubBytes(b)
	switch {
	case p.err != nil:
	case p.committed:
		p.write(b)
	default:
		p.held = append(p.held, b...)
		if len(p.held) > heldBytes || p.x.g.clock.Now().Sub(p.began) > heldFor {
			p.commit()
		}
	}
}

// commit sends the header and what was held back.
func (p *passing) commit() {
	if p.committed || p.err != nil {
		return
	}
	p.committed = true
	p.x.answerHeader(p.w, p.res)
	p.w.Header().Del("Content-Length") // the client must not know the end before the call is recorded, and events may change
	p.w.WriteHeader(p.res.StatusCode)
	p.write(p.held)
	p.held, p.dirty = nil, true
}

func (p *passing) write(b []byte) {
	if p.err != nil || len(b) == 0 {
		return
	}
	if _, err := p.w.Write(b); err != nil {
		p.x.clientGone, p.err = true, err
	}
	p.dirty = true
}

func (p *passing) flush() {
	if !p.dirty {
		return
	}
	p.dirty = false
	if err := p.out.Flush(); err != nil && p.err == nil {
		p.x.clientGone, p.err = true, err
	}
}

// sendEvent sends an event of the gateway's own.
func (p *passing) sendEvent(data string) {
	if p.x.q.anthropic {
		var e struct{ Type string }
		_ = json.Unmarshal([]byte(data), &e) // our own
		p.write([]byte("event: " + e.Type + "\n"))
	}
	p.write([]byte("data: " + data + "\n\n"))
}

// fail ends a response that is an error of the provider: with an error status if the client has no header yet, otherwise with an
// error event. The client sees the end only after the call is recorded.
func (p *passing) fail(b *blame) error {
	x := p.x
	if p.err != nil {
		return p.err
	}
	if b.raw == "" {
		b.raw = string(p.head)
	}
	if !p.committed {
		x.failWith(p.w, p.r, b)
	} else {
		x.judged(b, 0)
		x.settle(p.r.Context())
		b.raw = x.scrub(b.raw)
		p.sendEvent(x.q.errorEvent(b))
		p.flush()
	}
	p.err = errJudged
	return p.err
}

// judged notes that a response is an error of the provider, and the status that the client gets instead of it, if any. A response
// without anything of a model in it costs nothing.
func (x *exchange) judged(b *blame, status int) {
	x.call.Error = b.sentence
	if status != 0 {
		x.call.Status = status
	}
	isForeign := x.answer.failure != "" || b.sentence == faultPage || b.sentence == faultForeign
	x.refused = x.refused || isForeign && x.answer.generated == 0
}

// failWith answers a call with an error of the provider, after it is recorded.
func (x *exchange) failWith(w http.ResponseWriter, r *http.Request, b *blame) {
	x.judged(b, b.status())
	x.settle(r.Context())
	x.answerBlame(w, b)
}

func (x *exchange) answerBlame(w http.ResponseWriter, b *blame) {
	b.raw = x.scrub(b.raw)
	b.setHeader(w.Header())
	x.q.fail(w, b.status(), string(b.failure), b.sentence)
}

// noteActivity records that the provider has sent something.
func (x *exchange) noteActivity() {
	x.lastByte = x.g.clock.Now()
	if x.call.First == nil {
		first := x.lastByte
		x.call.First = &first
	}
}

// ended records how a response ended: complete, cut off, or after the client disconnected. A response with an end mark and an
// exact report is complete, however the connection ended.
func (x *exchange) ended(r *http.Request, err error) {
	x.clientGone = err != nil && (x.clientGone || r.Context().Err() != nil)
	whole := x.answer.finished && (err == nil || x.answer.report.exact())
	switch {
	case x.answer.failure != "":
		x.call.Error = x.scrub(x.answer.failure)
	case whole:
	case x.clientGone:
		x.call.Error = errGone
	default:
		x.call.Error = errBroken
		if err != nil { // the agent sees that it has no answer, and asks a few more times
			x.call.Status = http.StatusBadGateway
		}
	}
}

// dropped counts data that was too long to be read as written by the model.
func (x *exchange) dropped(n int) {
	x.answer.generated += int64(n)
	x.answer.truncated = true
}

// sniff returns the body and whether it is a stream. Some providers mark their streams as another type, so the first byte decides if a
// stream was requested.
func (x *exchange) sniff(res *http.Response) (body io.Reader, stream bool) {
	if isStream(res) || !x.q.ask.Stream {
		return res.Body, isStream(res)
	}
	in := bufio.NewReader(res.Body)
	for n := 1; n <= 512; n++ {
		b, err := in.Peek(n)
		b = bytes.TrimLeft(bytes.TrimPrefix(b, []byte("\xef\xbb\xbf")), " \t\r\n\xef\xbb")
		if len(b) > 0 {
			return in, !bytes.ContainsAny(b[:1], "{[<")
		}
		if err != nil {
			break
		}
	}
	return in, true
}
