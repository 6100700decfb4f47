package scriptmodel

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// protocol writes one answer in the words of one endpoint.
type protocol interface {
	// whole is the answer as one JSON object.
	whole() any
	// begin, text, tools and finish are the parts of a stream, in this order.
	begin()
	text()
	tools()
	finish()
}

// errGone ends a turn whose client does not listen any more; errCut one the script cuts.
var errGone, errCut = errors.New("client gone"), errors.New("cut by the script")

// play serves an endpoint: it finds the turn and plays it in the endpoint's protocol.
func (s *Server) play(in func(*player) protocol) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		rec := Request{Method: r.Method, Path: r.URL.Path, Header: r.Header.Clone(), Session: r.Header.Get("X-Session-Id"), Status: http.StatusOK}
		defer func() { s.record(rec) }()
		p, err := s.prepare(w, r, &rec)
		if err != nil {
			rec.Status = http.StatusBadRequest
			refuse(w, rec.Status, err.Error())
			return
		}
		if p == nil {
			return
		}
		if errors.Is(p.run(in(p)), errCut) {
			panic(http.ErrAbortHandler) // the documented way to cut a connection
		}
	}
}

// prepare reads the request and answers those that get no turn; then the player is nil.
func (s *Server) prepare(w http.ResponseWriter, r *http.Request, rec *Request) (p *player, err error) {
	if rec.Body, err = io.ReadAll(r.Body); err != nil {
		return nil, fmt.Errorf("read body: %w", err)
	}
	if !s.authorized(r) {
		rec.Status = http.StatusUnauthorized
		refuse(w, rec.Status, "Incorrect API key provided.")
		return nil, nil
	}
	c, err := readConversation(rec.Body)
	if err != nil {
		return nil, err
	}
	turn, name, err := c.turn()
	if err != nil {
		return nil, err
	}
	p = &player{s: s, w: w, ctx: r.Context(), conversation: c, turn: turn, rec: rec}
	for k, v := range turn.Headers {
		w.Header().Set(k, v)
	}
	if turn.Status != 0 && (turn.FailTimes == 0 || s.attempt(rec.Session, name) <= turn.FailTimes) {
		return nil, p.fail()
	}
	return p, nil
}

// player plays one turn to one client.
type player struct {
	s   *Server
	w   http.ResponseWriter
	ctx context.Context
	conversation
	turn Turn
	rec  *Request
	gone bool
}

// fail answers with the turn's status.
func (p *player) fail() error {
	if p.sleep(p.turn.DelayMS) != nil {
		return nil
	}
	p.rec.Status = p.turn.Status
	if p.turn.Body == "" {
		refuse(p.w, p.turn.Status, fmt.Sprintf("Scripted failure %d.", p.turn.Status))
		return nil
	}
	p.w.Header().Set("Content-Type", "application/json")
	p.w.WriteHeader(p.turn.Status)
	_, _ = io.WriteString(p.w, p.turn.Body) // the client may be gone
	return nil
}

func (p *player) run(out protocol) error {
	if p.sleep(p.turn.DelayMS) != nil || p.pass("start") != nil {
		return errGone
	}
	if !p.stream {
		return p.runWhole(out)
	}
	p.w.Header().Set("Content-Type", "text/event-stream")
	p.w.Header().Set("Cache-Control", "no-cache")
	out.begin()
	out.text()
	if err := p.interrupt(); err != nil {
		return err
	}
	out.tools()
	out.finish()
	return nil
}

func (p *player) runWhole(out protocol) error {
	if p.turn.Cut {
		p.w.Header().Set("Content-Length", "100000")
		_, _ = io.WriteString(p.w, "{") // the client may be gone
		p.flush()
	}
	if err := p.interrupt(); err != nil {
		return err
	}
	writeJSON(p.w, http.StatusOK, out.whole())
	return nil
}

// interrupt plays what the turn has in store for the middle of the answer.
func (p *player) interrupt() error {
	if p.pass("text") != nil {
		return errGone
	}
	if p.turn.Hang {
		<-p.ctx.Done()
		return errGone
	}
	if p.turn.Cut {
		return errCut
	}
	return nil
}

// pass waits at the turn's gate when it stands at this place.
func (p *player) pass(at string) error {
	here := p.turn.GateAt
	if here == "" {
		here = "start"
	}
	if p.turn.Gate == "" || here != at {
		return nil
	}
	return p.s.gates.wait(p.ctx, p.turn.Gate)
}

func (p *player) sleep(ms int) error {
	if ms <= 0 {
		return p.ctx.Err()
	}
	t := time.NewTimer(time.Duration(ms) * time.Millisecond)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-p.ctx.Done():
		return p.ctx.Err()
	}
}

func (p *player) flush() { _ = http.NewResponseController(p.w).Flush() } // the client may be gone
