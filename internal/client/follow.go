package client

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	// silence is how long a stream can be silent before it counts as broken. The server sends a comment every 15 seconds.
	silence = 45 * time.Second
	// maxEvent is the size of the largest event that is read.
	maxEvent = 16 << 20
	// A broken stream is opened again after firstPause, then after twice as long each time, up to longestPause.
	firstPause, longestPause = 500 * time.Millisecond, 10 * time.Second
)

// ErrStopFollowing ends Follow without an error when a handler returns it.
var ErrStopFollowing = errors.New("stop following")

// Follow passes the events of a session after a number to handle, once each and in order, and waits for new ones until ctx ends, handle
// returns an error, or the server refuses. When the stream breaks, broken (which may be nil) is called before each attempt to open it
// again. An error before the first event stream is returned at once.
func (c *Client) Follow(ctx context.Context, id string, after int64, handle func(Event) error, broken func(error)) error {
	pause, opened := firstPause, false
	for {
		before := after
		wasOpen, err := c.followOnce(ctx, id, &after, handle)
		opened = opened || wasOpen
		switch {
		case errors.Is(err, ErrStopFollowing):
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case !isBreak(err) || !opened:
			return err
		}
		if broken != nil {
			broken(err)
		}
		if pause = min(2*pause, longestPause); after > before {
			pause = firstPause
		}
		if err := c.wait(ctx, pause); err != nil {
			return err
		}
	}
}

// breakError is the end of a stream that can be opened again.
type breakError struct{ error }

// Unwrap returns the cause.
func (b breakError) Unwrap() error { return b.error }

func isBreak(err error) bool {
	var b breakError
	var p *Problem
	if errors.As(err, &p) {
		return p.Status >= http.StatusInternalServerError || p.Status == http.StatusTooManyRequests
	}
	return errors.As(err, &b) || errors.Is(err, ErrUnreachable)
}

// followOnce reads one stream to its end, and moves after along.
func (c *Client) followOnce(ctx context.Context, id string, after *int64, handle func(Event) error) (opened bool, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watchdog := time.AfterFunc(silence, func() { cancel(fmt.Errorf("nothing arrived for %d seconds", int(silence.Seconds()))) })
	defer watchdog.Stop()
	req, err := c.request(ctx, http.MethodGet, "/sessions"+seg(id)+"/events", nil)
	if err != nil {
		return false, err
	}
	req.Header.Set("Accept", "text/event-stream")
	req.Header.Set("Last-Event-ID", strconv.FormatInt(*after, 10))
	res, err := c.http.Do(req)
	if err != nil {
		return false, unreachable(c.base, err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		text, _ := readBounded(res.Body)
		return false, problemOf(Response{res.StatusCode, res.Header, text})
	}
	return true, readStream(res.Body, func() { watchdog.Reset(silence) }, func(e Event) error {
		if e.Seq <= *after {
			return nil
		}
		*after = e.Seq
		watchdog.Stop() // a person may think about an answer
		defer watchdog.Reset(silence)
		return handle(e)
	})
}

// readStream passes the events of a stream on. alive is called for each line. The end of the stream is a breakError.
func readStream(r io.Reader, alive func(), handle func(Event) error) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, 64<<10), maxEvent)
	var data strings.Builder
	for lines.Scan() {
		alive()
		line := lines.Text()
		if text, ok := strings.CutPrefix(line, "data:"); ok {
			data.WriteString(strings.TrimPrefix(text, " "))
			continue
		}
		if line != "" || data.Len() == 0 {
			continue
		}
		var e Event
		if err := json.Unmarshal([]byte(data.String()), &e); err != nil {
			return fmt.Errorf("the server sent an event that this version cannot read: %w", err)
		}
		data.Reset()
		if err := handle(e); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return breakError{err}
	}
	return breakError{io.ErrUnexpectedEOF}
}
