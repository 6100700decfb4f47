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

// Patch reads what a session changed as text for git apply. isComplete is false if the patch lacks changes.
func (c *Client) Patch(ctx context.Context, id string) (patch []byte, isComplete bool, err error) {
	res, err := c.Do(ctx, http.MethodGet, "/sessions"+seg(id)+"/patch", nil)
	if err == nil {
		err = res.decode(&patch)
	}
	return patch, res.Header.Get("X-Truncated") != "true", err
}

// Checks lists the results of the check commands.
func (c *Client) Checks(ctx context.Context, id string) ([]Check, error) {
	return list[Check](ctx, c, "/sessions"+seg(id)+"/checks")
}

// LoopStops lists when and why a session was paused because its agent repeated itself, newest first.
func (c *Client) LoopStops(ctx context.Context, id string) ([]LoopStop, error) {
	return list[LoopStop](ctx, c, "/sessions"+seg(id)+"/loop-stops")
}

// Events reads at most 200 events after a number. Follow waits for more.
func (c *Client) Events(ctx context.Context, id string, after int64) (EventPage, error) {
	return get[EventPage](ctx, c, fmt.Sprintf("/sessions%s/events?after=%d&limit=200", seg(id), after))
}
