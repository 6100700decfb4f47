package wire

import (
	"context"
	"encoding/json"
	"net/http"
)

// Health asks whether the server is up, and which version it is.
func (c *Client) Health(ctx context.Context) (h Health, err error) {
	return h, c.call(ctx, http.MethodGet, "/global/health", "", nil, &h)
}

// Boot makes the directory's instance, which reads the config; a bad config is refused with 400.
func (c *Client) Boot(ctx context.Context, dir string) error {
	return c.call(ctx, http.MethodGet, "/config", dir, nil, nil)
}

// Agents are the agents of a directory.
func (c *Client) Agents(ctx context.Context, dir string) (as []Agent, err error) {
	return as, c.call(ctx, http.MethodGet, "/agent", dir, nil, &as)
}

// Providers are the model providers of a directory.
func (c *Client) Providers(ctx context.Context, dir string) (ps Providers, err error) {
	return ps, c.call(ctx, http.MethodGet, "/config/providers", dir, nil, &ps)
}

// CreateSession makes a conversation in a directory.
func (c *Client) CreateSession(ctx context.Context, dir, title string) (s Session, err error) {
	return s, c.call(ctx, http.MethodPost, "/session", dir, SessionInput{Title: title}, &s)
}

// Session is a conversation; Refusal with 404 when it no longer exists.
func (c *Client) Session(ctx context.Context, id string) (s Session, err error) {
	return s, c.call(ctx, http.MethodGet, "/session/"+id, "", nil, &s)
}

// DeleteSession deletes a conversation.
func (c *Client) DeleteSession(ctx context.Context, id string) error {
	return c.call(ctx, http.MethodDelete, "/session/"+id, "", nil, nil)
}

// Messages are the newest of a conversation, oldest first.
func (c *Client) Messages(ctx context.Context, id string) (ms []MessageWithParts, err error) {
	return ms, c.call(ctx, http.MethodGet, "/session/"+id+"/message?limit=50", "", nil, &ms)
}

// Prompt sends a person's message and does not wait for the answer.
func (c *Client) Prompt(ctx context.Context, id string, p PromptInput) error {
	return c.call(ctx, http.MethodPost, "/session/"+id+"/prompt_async", "", p, nil)
}

// Abort stops what a conversation runs; it may stand idle already.
func (c *Client) Abort(ctx context.Context, id string) error {
	return c.call(ctx, http.MethodPost, "/session/"+id+"/abort", "", nil, nil)
}

// Statuses are the sessions of a directory that are not idle.
func (c *Client) Statuses(ctx context.Context, dir string) (s map[string]Status, err error) {
	return s, c.call(ctx, http.MethodGet, "/session/status", dir, nil, &s)
}

// Permissions are those that wait in a directory, of whatever conversation.
func (c *Client) Permissions(ctx context.Context, dir string) (ps []PermissionAsk, err error) {
	return ps, c.call(ctx, http.MethodGet, "/permission", dir, nil, &ps)
}

// Questions are those that wait in a directory, of whatever conversation.
func (c *Client) Questions(ctx context.Context, dir string) (qs []QuestionAsk, err error) {
	return qs, c.call(ctx, http.MethodGet, "/question", dir, nil, &qs)
}

// ReplyPermission answers a permission; Refusal with 404 when nobody waits for it.
func (c *Client) ReplyPermission(ctx context.Context, dir, id string, r PermissionReply) error {
	return c.call(ctx, http.MethodPost, "/permission/"+id+"/reply", dir, r, nil)
}

// AnswerQuestion answers a question; Refusal with 404 when nobody waits for it.
func (c *Client) AnswerQuestion(ctx context.Context, dir, id string, answers json.RawMessage) error {
	return c.call(ctx, http.MethodPost, "/question/"+id+"/reply", dir, QuestionReply{answers}, nil)
}

// RejectQuestion leaves a question unanswered.
func (c *Client) RejectQuestion(ctx context.Context, dir, id string) error {
	return c.call(ctx, http.MethodPost, "/question/"+id+"/reject", dir, nil, nil)
}

// History is the durable log after the sequences named. A session that is not named comes whole.
func (c *Client) History(ctx context.Context, after map[string]int64) (es []HistoryEntry, err error) {
	return es, c.call(ctx, http.MethodPost, "/sync/history", "", after, &es)
}

// AllSessions lists every session of the process's data, whatever its directory.
func (c *Client) AllSessions(ctx context.Context) (all []Session, err error) {
	return all, c.call(ctx, http.MethodGet, "/experimental/session?limit=1000000&archived=true", "", nil, &all)
}

// DisposeInstance ends a directory's instance; the next request makes another.
func (c *Client) DisposeInstance(ctx context.Context, dir string) error {
	return c.call(ctx, http.MethodPost, "/instance/dispose", dir, nil, nil)
}

// DisposeAll ends every instance with what it runs.
func (c *Client) DisposeAll(ctx context.Context) error {
	return c.call(ctx, http.MethodPost, "/global/dispose", "", nil, nil)
}
