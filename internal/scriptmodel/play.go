package scriptmodel

import (
	"errors"
	"fmt"
	"io"
	"net/http"
)

// protocol writes one response in the format of an endpoint.
type protocol interface {
	// whole returns the response as one JSON object.
	whole() any
	// begin, text, tools and finish write the parts of a stream, in this order.
	begin()
	text()
	tools()
	finish()
}

// errGone ends a turn whose client has disconnected; errCut ends a turn that the script cuts off.
var errGone, errCut = errors.New("client gone"), errors.New("cut by the script")

// play serves an endpoint: it selects the turn and plays it in the endpoint's protocol.
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
			panic(http.ErrAbortHandler) // the documented way to abort a connection
		}
	}
}

// prepare reads the request. If the request gets no turn, prepare responds and returns a nil player.
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
	c.known = s.scripts
	turn, name, err := c.turn()
	if err != nil {
		return nil, err
	}
	turn.Usage = promptOf(c.model, turn.Usage)
	p = &player{s: s, w: w, ctx: r.Context(), conversation: c, turn: turn, rec: rec}
	for k, v := range turn.Headers {
		w.Header().Set(k, v)
	}
	if turn.Status != 0 && (turn.FailTimes == 0 || s.attempt(rec.Session, name) <= turn.FailTimes) {
		return nil, p.fail()
	}
	return p, nil
}
