package client

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Me reads the token's owner and team.
func (c *Client) Me(ctx context.Context) (Me, error) { return get[Me](ctx, c, "/me") }

// Members lists the people of the team.
func (c *Client) Members(ctx context.Context) ([]Member, error) {
	return list[Member](ctx, c, "/members")
}

// SetRole changes a member's role.
func (c *Client) SetRole(ctx context.Context, user, role string) error {
	return c.Call(ctx, http.MethodPost, "/members"+seg(user), map[string]string{"role": role}, nil)
}

// RemoveMember removes a member from the team.
func (c *Client) RemoveMember(ctx context.Context, user string) error {
	return c.Call(ctx, http.MethodDelete, "/members"+seg(user), nil, nil)
}

// Invitations lists the open invitations.
func (c *Client) Invitations(ctx context.Context) ([]Invitation, error) {
	return list[Invitation](ctx, c, "/invitations")
}

// Invite creates an invitation and returns its link, once.
func (c *Client) Invite(ctx context.Context, v NewInvitation) (MadeInvitation, error) {
	return create[MadeInvitation](ctx, c, "/invitations", v)
}

// RevokeInvitation makes an invitation's link useless.
func (c *Client) RevokeInvitation(ctx context.Context, id string) error {
	return c.Call(ctx, http.MethodDelete, "/invitations"+seg(id), nil, nil)
}

// Budget reads the team's current month.
func (c *Client) Budget(ctx context.Context) (Budget, error) { return get[Budget](ctx, c, "/budget") }

// BudgetRequests lists the requests for more budget.
func (c *Client) BudgetRequests(ctx context.Context) ([]BudgetRequest, error) {
	return list[BudgetRequest](ctx, c, "/budget/requests")
}

// RequestBudget requests more budget from an admin.
func (c *Client) RequestBudget(ctx context.Context, r NewBudgetRequest) (BudgetRequest, error) {
	return create[BudgetRequest](ctx, c, "/budget/requests", r)
}

// AuditFilter selects entries of the audit log. The zero value selects all, newest first.
type AuditFilter struct {
	PersonID, Verb, ObjectID, Result string
	Since, Until                     time.Time
	Limit                            int
	Cursor                           string
}

func (f AuditFilter) query() string {
	q := url.Values{}
	for name, v := range map[string]string{"person_id": f.PersonID, "verb": f.Verb, "object_id": f.ObjectID, "result": f.Result, "cursor": f.Cursor,
		"since": timeText(f.Since), "until": timeText(f.Until)} {
		if v != "" {
			q.Set(name, v)
		}
	}
	if f.Limit > 0 {
		q.Set("limit", strconv.Itoa(f.Limit))
	}
	return "?" + q.Encode()
}

func timeText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// Audit reads one page of the audit log.
func (c *Client) Audit(ctx context.Context, f AuditFilter) (AuditPage, error) {
	return get[AuditPage](ctx, c, "/audit"+f.query())
}
