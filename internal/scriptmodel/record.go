package scriptmodel

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
)

// Request is one served call.
type Request struct {
	Method  string      `json:"method"`
	Path    string      `json:"path"`
	Header  http.Header `json:"header"`
	Session string      `json:"session"` // X-Session-Id
	Body    []byte      `json:"-"`
	Status  int         `json:"status"`
	// Sent is the reported usage; zero if the call failed, was cut off before the report, or reported none.
	Sent usage.Counts `json:"sent"`
}

// Requests returns all finished calls, in the order in which they ended.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// Await waits until n calls have ended. It fails if ctx ends first.
func (s *Server) Await(ctx context.Context, n int) error {
	for {
		s.mu.Lock()
		have, next := len(s.requests), s.recorded
		s.mu.Unlock()
		if have >= n {
			return nil
		}
		select {
		case <-next:
		case <-ctx.Done():
			return fmt.Errorf("await call %d, %d ended: %w", n, have, ctx.Err())
		}
	}
}

// Totals returns the reported usage of all calls.
func (s *Server) Totals() usage.Counts { return s.sum(func(Request) bool { return true }) }

// SessionTotals returns the reported usage of one X-Session-Id.
func (s *Server) SessionTotals(session string) usage.Counts {
	return s.sum(func(r Request) bool { return r.Session == session })
}

func (s *Server) sum(of func(Request) bool) (total usage.Counts) {
	for _, r := range s.Requests() {
		if of(r) {
			total = total.Add(r.Sent)
		}
	}
	return total
}

// logged is a request in the form of the log and of GET /requests.
type logged struct {
	Request
	Body json.RawMessage `json:"body"`
}

func (r Request) logged() logged {
	body := json.RawMessage(r.Body)
	if !json.Valid(body) {
		body, _ = json.Marshal(string(r.Body)) // a string always marshals
	}
	return logged{r, body}
}

// record stores r and writes it to the log, one JSON object per line.
func (s *Server) record(r Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, r)
	close(s.recorded)
	s.recorded = make(chan struct{})
	if s.log != nil {
		if err := json.NewEncoder(s.log).Encode(r.logged()); err != nil {
			s.log = nil // a full disk stops the log, not the server
		}
	}
}

// attempt counts the calls for one turn of one session, starting at 1.
func (s *Server) attempt(session, turn string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := session + "\x00" + turn
	s.attempts[key]++
	return s.attempts[key]
}

func (s *Server) serveRequests(w http.ResponseWriter, _ *http.Request) {
	all := []logged{}
	for _, r := range s.Requests() {
		all = append(all, r.logged())
	}
	writeJSON(w, http.StatusOK, all)
}

func (s *Server) serveTotals(w http.ResponseWriter, r *http.Request) {
	total := s.Totals()
	if session := r.URL.Query().Get("session"); session != "" {
		total = s.SessionTotals(session)
	}
	writeJSON(w, http.StatusOK, total)
}
