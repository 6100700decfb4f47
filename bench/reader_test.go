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

// reader follows one session and notes how old what an agent said is when it arrives.
type reader struct {
	stage  *stage
	mu     sync.Mutex
	delays times
	last   int64
}

// reader opens a stream, of the API or of the page people watch, and reads it until the benchmark ends.
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

// read takes the stream in pieces of a line at most: a page's line may be longer than the reader's memory.
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

// arrived notes the delay of what begins with its time. Pages show some texts twice; only the first time counts.
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
