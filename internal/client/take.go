package client

import "context"

// PushSession pushes the work of a session that has ended to a branch of its repository; an empty branch is the session's own.
func (c *Client) PushSession(ctx context.Context, id, branch string) (Pushed, error) {
	return post[Pushed](ctx, c, "/sessions"+seg(id)+"/push", struct {
		Branch string `json:"branch,omitempty"`
	}{branch})
}

// MergeSession puts a session's work at the end of its repository's merge queue. It is merged later, when the checks have passed.
func (c *Client) MergeSession(ctx context.Context, id string) (MergeEntry, error) {
	return post[MergeEntry](ctx, c, "/sessions"+seg(id)+"/merge", noFields{})
}

// Outcomes lists what came of each attempt of a session, newest first. An attempt that has not ended has none.
func (c *Client) Outcomes(ctx context.Context, id string) ([]Outcome, error) {
	return list[Outcome](ctx, c, "/sessions"+seg(id)+"/outcomes")
}

// PullRequest reads a session's newest pull request. A *Problem with status 404 means that it has none.
func (c *Client) PullRequest(ctx context.Context, id string) (PullRequest, error) {
	return get[PullRequest](ctx, c, "/sessions"+seg(id)+"/pull-request")
}

// OpenPullRequest pushes a session's work and opens a pull request, or returns the one that is open.
func (c *Client) OpenPullRequest(ctx context.Context, id string, n NewPullRequest) (PullRequest, error) {
	return post[PullRequest](ctx, c, "/sessions"+seg(id)+"/pull-request", n)
}

// ReadyPullRequest ends the draft state of a session's open pull request.
func (c *Client) ReadyPullRequest(ctx context.Context, id string) (PullRequest, error) {
	return c.changePullRequest(ctx, id, "ready")
}

// MergePullRequest merges a session's open pull request on its forge.
func (c *Client) MergePullRequest(ctx context.Context, id string) (PullRequest, error) {
	return c.changePullRequest(ctx, id, "merge")
}

// ClosePullRequest closes a session's open pull request without merging it.
func (c *Client) ClosePullRequest(ctx context.Context, id string) (PullRequest, error) {
	return c.changePullRequest(ctx, id, "close")
}

func (c *Client) changePullRequest(ctx context.Context, id, verb string) (PullRequest, error) {
	return post[PullRequest](ctx, c, "/sessions"+seg(id)+"/pull-request"+seg(verb), noFields{})
}
