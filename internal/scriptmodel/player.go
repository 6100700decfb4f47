package scriptmodel

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"
)

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

// fail responds with the turn's status.
func (p *player) fail() error {
	if p.sleep(p.turn.DelayMS) != nil {
		return nil
	}
	p.rec.Status = p.turn.Status
	if p.turn.Body == "" {
		refuse(p.w, p.turn.Status, fmt.Sprintf("Scripted failure %d.", p.turn.Status))
		return nil
	}
	if p.w.Header().Get("Content-Type") == "" {
		p.w.Header().Set("Content-Type", "application/json")
	}
	p.w.WriteHeader(p.turn.Status)
	_, _ = io.WriteString(p.w, p.turn.Body) // the client may have disconnected
	return nil
}

func (p *player) run(out protocol) error {
	if p.sleep(p.turn.DelayMS) != nil || p.pass("start") != nil {
		return errGone
	}
	if p.turn.Misbehave == "html" {
		p.page()
		return nil
	}
	if !p.stream || p.turn.Misbehave == "json" {
		return p.runWhole(out)
	}
	p.w.Header().Set("Content-Type", "text/event-stream")
	p.w.Header().Set("Cache-Control", "no-cache")
	if p.turn.Misbehave == "done_only" {
		p.end("data: [DONE]\n\n")
		return nil
	}
	out.begin()
	out.text()
	if err := p.interrupt(); err != nil {
		return err
	}
	out.tools()
	if p.turn.Misbehave == "no_finish" {
		p.end("data: [DONE]\n\n")
		return nil
	}
	out.finish()
	return nil
}

// page responds with what a proxy's sign-in page looks like: HTML with status 200.
func (p *player) page() {
	p.w.Header().Set("Content-Type", "text/html")
	_, _ = io.WriteString(p.w, "<html><body>Sign in to continue</body></html>") // the client may have disconnected
}

func (p *player) runWhole(out protocol) error {
	if p.turn.Cut {
		p.w.Header().Set("Content-Length", "100000")
		_, _ = io.WriteString(p.w, "{") // the client may have disconnected
		p.flush()
	}
	if err := p.interrupt(); err != nil {
		return err
	}
	writeJSON(p.w, http.StatusOK, out.whole())
	return nil
}

// interrupt plays what the turn does in the middle of the response.
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

// pass waits at the turn's gate if the gate is at this position.
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

func (p *player) flush() { _ = http.NewResponseController(p.w).Flush() } // the client may have disconnected
