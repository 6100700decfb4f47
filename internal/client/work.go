package client

import (
	"context"
	"fmt"
	"net/http"
)

// SendMessage sends a message to a session's agent. A session that has ended continues.
func (c *Client) SendMessage(ctx context.Context, id, text string) (Message, error) {
	return create[Message](ctx, c, "/sessions"+seg(id)+"/messages", struct {
		Text string `json:"text"`
	}{text})
}

// Messages lists people's messages to the agent, oldest first.
func (c *Client) Messages(ctx context.Context, id string) ([]Message, error) {
	return list[Message](ctx, c, "/sessions"+seg(id)+"/messages")
}

// Asks lists the approvals and questions of a session that wait for a person, oldest first.
func (c *Client) Asks(ctx context.Context, id string) ([]Ask, error) {
	return list[Ask](ctx, c, "/sessions"+seg(id)+"/permissions")
}

// AnswerAsk answers an approval or a question. A *Problem with status 409 means that someone else was first.
func (c *Client) AnswerAsk(ctx context.Context, id, ask string, r Reply) error {
	return c.Call(ctx, http.MethodPost, "/sessions"+seg(id)+"/permissions"+seg(ask), r, nil)
}

// Diff reads what a session changed.
func (c *Client) Diff(ctx context.Context, id string) (Diff, error) {
	return get[Diff](ctx, c, "/sessions"+seg(id)+"/diff")
}

// Patch reads what an attempt changed as text for git apply; attempt 0 is the last one. isComplete is false if the patch lacks changes.
func (c *Client) Patch(ctx context.Context, id string, attempt int64) (patch []byte, isComplete bool, err error) {
	res, err := c.Do(ctx, http.MethodGet, "/sessions"+seg(id)+"/patch"+ofAttempt(attempt), nil)
	if err == nil {
		err = res.decode(&patch)
	}
	return patch, res.Header.Get("X-Truncated") != "true", err
}

// Checks lists the results of the check commands of an attempt; attempt 0 is the last one that has results.
func (c *Client) Checks(ctx context.Context, id string, attempt int64) ([]Check, error) {
	return list[Check](ctx, c, "/sessions"+seg(id)+"/checks"+ofAttempt(attempt))
}

// ofAttempt is the query that selects an attempt; 0 selects none.
func ofAttempt(n int64) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("?attempt=%d", n)
}

// LoopStops lists when and why a session was paused because its agent repeated itself, newest first.
func (c *Client) LoopStops(ctx context.Context, id string) ([]LoopStop, error) {
	return list[LoopStop](ctx, c, "/sessions"+seg(id)+"/loop-stops")
}

// Events reads at most 200 events after a number. Follow waits for more.
func (c *Client) Events(ctx context.Context, id string, after int64) (EventPage, error) {
	return get[EventPage](ctx, c, fmt.Sprintf("/sessions%s/events?after=%d&limit=200", seg(id), after))
}
