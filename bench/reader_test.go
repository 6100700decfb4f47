package bench

import (
	"bufio"
	"bytes"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

// reader follows one session and measures how long an agent's text takes to arrive.
type reader struct {
	stage  *stage
	mu     sync.Mutex
	delays times
	last   int64
}

// reader opens a stream of the API or of a session's page, and reads it until the benchmark ends.
func (s *stage) reader(kind string, id session.ID) *reader {
	s.b.Helper()
	path := "/t/" + slug + "/sessions/" + string(id) + "/stream"
	if kind == "API" {
		path = "/api/v1/sessions/" + string(id) + "/events"
	}
	req, err := http.NewRequestWithContext(s.b.Context(), http.MethodGet, s.base+path, nil)
	check(s.b, err)
	req.Header.Set("Accept", "text/event-stream")
	if kind == "API" {
		req.Header.Set("Authorization", "Bearer "+s.token)
	}
	res, err := s.browser.http.Do(req)
	check(s.b, err)
	if res.StatusCode != http.StatusOK {
		s.b.Fatalf("GET %s: status %d", path, res.StatusCode)
	}
	r := &reader{stage: s}
	go func() {
		defer func() { _ = res.Body.Close() }()
		r.read(bufio.NewReaderSize(res.Body, 32<<10))
	}()
	return r
}

// read reads the stream in pieces of at most one line, because a line of a page can be longer than the buffer.
func (r *reader) read(from *bufio.Reader) {
	for {
		line, err := from.ReadSlice('\n')
		for rest := line; ; {
			_, after, found := bytes.Cut(rest, []byte(stamp))
			if !found {
				break
			}
			rest = after
			r.arrived(after)
		}
		if err != nil && err != bufio.ErrBufferFull {
			return
		}
	}
}

// arrived records the delay of texts that start with their time. Pages show some texts twice; only the first one counts.
func (r *reader) arrived(text []byte) {
	digits, _, _ := bytes.Cut(text[:min(len(text), 24)], []byte(";"))
	at, err := strconv.ParseInt(string(digits), 10, 64)
	if err != nil || at <= r.last {
		return
	}
	r.last = at
	if r.stage.measuring.Load() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.delays = append(r.delays, time.Since(time.Unix(0, at)))
	}
}
