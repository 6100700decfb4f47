package gateway

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"sync"
)

var buffers = sync.Pool{New: func() any { return new([32 << 10]byte) }}

// passStream forwards each piece immediately and reads it afterwards, so that metering causes no delay.
func (x *exchange) passStream(w http.ResponseWriter, r *http.Request, res *http.Response) {
	x.answerHeader(w, res)
	w.Header().Del("Content-Length") // the client must not know the end before the call is recorded
	w.WriteHeader(res.StatusCode)
	var meter io.WriteCloser = &events{limit: eventLimit, emit: func(data []byte) { x.q.event(&x.answer, data) }, dropped: x.dropped}
	if encoded(res) {
		meter = unreadable(x.dropped)
	}
	err := x.pump(w, res.Body, meter)
	_ = meter.Close() // never fails
	x.answer.finished = x.answer.finished || encoded(res)
	x.ended(r, err)
	x.settle(r.Context())
	if err != nil {
		panic(http.ErrAbortHandler) // the documented way to abort a connection, so that the client sees an incomplete response
	}
}

// pump copies until the end, first to w, flushing each piece, and then to the meter.
func (x *exchange) pump(w http.ResponseWriter, from io.Reader, meter io.Writer) error {
	buf := buffers.Get().(*[32 << 10]byte)
	defer buffers.Put(buf)
	out := http.NewResponseController(w)
	_ = out.Flush() // the header; if the client has disconnected, the next write fails
	for {
		n, err := from.Read(buf[:])
		if n > 0 {
			x.noteActivity()
			_, writeErr := w.Write(buf[:n])
			writeErr = errors.Join(writeErr, out.Flush())
			_, _ = meter.Write(buf[:n]) // never fails
			if writeErr != nil {
				x.clientGone = true
				return writeErr
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// noteActivity records that the provider has sent something.
func (x *exchange) noteActivity() {
	x.lastByte = x.g.clock.Now()
	if x.call.First == nil {
		first := x.lastByte
		x.call.First = &first
	}
}

// passWhole holds back a response that is not a stream until it is recorded, because the client must not see its end before.
func (x *exchange) passWhole(w http.ResponseWriter, r *http.Request, res *http.Response) {
	body, err := x.readUpTo(res.Body, wholeLimit+1)
	if len(body) > wholeLimit || !json.Valid(body) {
		x.dropped(len(body))
	} else {
		x.q.whole(&x.answer, body)
	}
	x.answer.finished = err == nil
	x.ended(r, err)
	x.settle(r.Context())
	x.answerHeader(w, res)
	w.WriteHeader(res.StatusCode)
	_, _ = w.Write(body) // the client may have disconnected
	if err == nil {
		_, err = io.Copy(w, res.Body) // the rest of a response above the limit
	}
	if err != nil {
		_ = http.NewResponseController(w).Flush() // forward what has arrived
		panic(http.ErrAbortHandler)               // as in passStream
	}
}

func (x *exchange) readUpTo(from io.Reader, limit int64) ([]byte, error) {
	return io.ReadAll(readerFunc(func(p []byte) (int, error) {
		if limit <= 0 {
			return 0, io.EOF
		}
		n, err := from.Read(p[:min(int64(len(p)), limit)])
		limit -= int64(n)
		if n > 0 {
			x.noteActivity()
		}
		return n, err
	}))
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

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
	}
}

// dropped counts data that was too long to be read as written by the model.
func (x *exchange) dropped(n int) {
	x.answer.generated += int64(n)
	x.answer.truncated = true
}

// encoded reports whether a provider compressed its response although the request forbids it. Such a response is forwarded unread.
func encoded(res *http.Response) bool {
	e := res.Header.Get("Content-Encoding")
	return e != "" && e != "identity"
}

// unreadable counts the bytes of a response that cannot be read.
type unreadable func(n int)

func (u unreadable) Write(p []byte) (int, error) { u(len(p)); return len(p), nil }
func (u unreadable) Close() error                { return nil }
