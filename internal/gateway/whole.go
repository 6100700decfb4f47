package gateway

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"
)

// passWhole holds back a response that is not a stream until it is recorded, because the client must not see its end before.
func (x *exchange) passWhole(w http.ResponseWriter, r *http.Request, res *http.Response, from io.Reader) {
	body, err := x.readUpTo(from, min(wholeLimit, x.g.answerBytes)+1)
	if b := x.overLimit(len(body), err); b != nil {
		x.failWith(w, r, b)
		return
	}
	readable := len(body) <= wholeLimit && json.Valid(body)
	if !readable {
		x.dropped(len(body))
	} else {
		x.q.whole(&x.answer, body)
	}
	if err == nil {
		if b := x.judgeWhole(body, readable); b != nil {
			b.raw = string(body[:min(len(body), rawBytes)])
			x.failWith(w, r, b)
			return
		}
	}
	x.answer.finished = err == nil
	x.ended(r, err)
	x.settle(r.Context())
	x.answerHeader(w, res)
	if readable {
		body = x.scrubBytes(x.withReason(body))
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	}
	w.WriteHeader(res.StatusCode)
	_, _ = w.Write(body) // the client may have disconnected
	if err == nil {
		err = x.passRest(w, from, int64(len(body)))
	}
	if err != nil {
		_ = http.NewResponseController(w).Flush() // forward what has arrived
		panic(http.ErrAbortHandler)               // as in passStream
	}
}

// passRest forwards the rest of a response that is too long to be read, up to the limit.
func (x *exchange) passRest(w http.ResponseWriter, from io.Reader, sent int64) error {
	n, err := io.Copy(w, io.LimitReader(from, max(1, x.g.answerBytes-sent+1)))
	if err == nil && sent+n > x.g.answerBytes {
		return errJudged
	}
	return err
}

// judgeWhole returns what is wrong with a whole response; nil if nothing is. JSON that only the meter cannot read is the client's to judge.
func (x *exchange) judgeWhole(body []byte, readable bool) *blame {
	switch {
	case !readable && (len(body) > wholeLimit || startsJSON(body)) && !x.q.ask.Stream:
		return nil
	case !readable:
		x.answer.generated, x.answer.truncated = 0, false
		return x.judgeEnd(body)
	case x.answer.failure == "" && x.answer.spoke && x.q.ask.Stream:
		return unfit(faultWhole)
	case x.answer.spoke:
		return x.judgeEvent()
	}
	return x.judgeEnd(body)
}

func startsJSON(body []byte) bool {
	i := skipSpace(body, 0)
	return i < len(body) && (body[i] == '{' || body[i] == '[')
}

// withReason returns a whole response with a finish reason that agents understand.
func (x *exchange) withReason(body []byte) []byte {
	f, calls := x.q.finish, len(x.answer.calls) > 0
	if x.answer.reason == "" {
		return f.complete(body, calls)
	}
	if f.isKnown(x.answer.reason) {
		return body
	}
	return f.rewrite(body, f.whole, calls)
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
