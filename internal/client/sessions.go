package client

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
)

// SessionFilter selects sessions of a list. The zero value selects all, newest first.
type SessionFilter struct {
	// Status is one status, or several separated by commas.
	Status string
	// Query has words of the title or tags, or the start of an ID.
	Query  string
	Limit  int
	Cursor string
}

func (f SessionFilter) query() string {
	q := url.Values{}
	for name, v := range map[string]string{"status": f.Status, "q": f.Query, "cursor": f.Cursor} {
		if v != "" {
			q.Set(name, v)
		}
	}
	if f.Limit > 0 {
		q.Set("limit", strconv.Itoa(f.Limit))
	}
	if len(q) == 0 {
		return ""
	}
	return "?" + q.Encode()
}

// Sessions reads one page of the team's sessions.
func (c *Client) Sessions(ctx context.Context, f SessionFilter) (SessionPage, error) {
	return get[SessionPage](ctx, c, "/sessions"+f.query())
}

// Session reads one session.
func (c *Client) Session(ctx context.Context, id string) (Session, error) {
	return get[Session](ctx, c, "/sessions"+seg(id))
}

// CreateSession creates a session, and queues it if Start is set.
func (c *Client) CreateSession(ctx context.Context, s NewSession) (Session, error) {
	return create[Session](ctx, c, "/sessions", s)
}

// Move is a change of a session's status that needs no input.
type Move string

// The moves of a session.
const (
	Start  Move = "start"
	Pause  Move = "pause"
	Stop   Move = "stop"
	Cancel Move = "cancel"
)

// MoveSession moves a session. A *Problem with status 409 means that its status does not allow the move.
func (c *Client) MoveSession(ctx context.Context, id string, m Move) (Session, error) {
	return post[Session](ctx, c, "/sessions"+seg(id)+seg(string(m)), noFields{})
}

// ResumeSession queues a paused session, with a message to its agent if there is one.
func (c *Client) ResumeSession(ctx context.Context, id, message string) (Session, error) {
	return post[Session](ctx, c, "/sessions"+seg(id)+"/resume", struct {
		Message string `json:"message,omitempty"`
	}{message})
}

// RetrySession starts the next attempt of a session, in a new tree and conversation if fresh is set.
func (c *Client) RetrySession(ctx context.Context, id string, fresh bool) (Session, error) {
	return post[Session](ctx, c, "/sessions"+seg(id)+"/retry", struct {
		Fresh bool `json:"fresh,omitempty"`
	}{fresh})
}

// SetSessionLimits changes the limits of new sessions.
func (c *Client) SetSessionLimits(ctx context.Context, l SessionLimits) error {
	return c.Call(ctx, http.MethodPatch, "/session-limits", l, nil)
}

// Limit is a number, or null for none.
type Limit struct{ Value *int64 }

// LimitOf is a limit of n; NoLimit is none.
func LimitOf(n int64) *Limit { return &Limit{&n} }

// NoLimit sends null, which only a lead can choose. A nil *Limit sends nothing.
func NoLimit() *Limit { return &Limit{} }

// MarshalJSON writes the number or null.
func (l Limit) MarshalJSON() ([]byte, error) {
	if l.Value == nil {
		return []byte("null"), nil
	}
	return strconv.AppendInt(nil, *l.Value, 10), nil
}
