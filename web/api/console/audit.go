package console

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/audit"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	apikit "github.com/industrial-orchestrator/orchestrator/web/api/kit"
)

// AuditEntry is one entry of the team's audit log.
type AuditEntry struct {
	ID         string      `json:"id" format:"uuid"`
	At         apikit.Time `json:"at"`
	PersonID   *string     `json:"person_id" doc:"null if the system or the operator performed the action."`
	PersonName string      `json:"person_name"`
	Credential string      `json:"credential" doc:"login, token:<id>, command or system." example:"login"`
	Verb       string      `json:"verb" example:"start_session"`
	ObjectID   *string     `json:"object_id" doc:"The object of the action; null if there is none or more than one."`
	Detail     string      `json:"detail"`
	Before     *string     `json:"before" doc:"The value before the change, if it is short. Never a secret."`
	After      *string     `json:"after"`
	Address    string      `json:"address" doc:"The network address of the request." example:"203.0.113.7"`
	RequestID  *string     `json:"request_id" doc:"The ID of the request, as in X-Request-Id and in the server log."`
	Result     string      `json:"result" enum:"ok,refused"`
}

// AuditPage is one page of a team's audit log.
type AuditPage struct {
	Items      []AuditEntry `json:"items"`
	NextCursor *string      `json:"next_cursor" doc:"The cursor of the next page; null on the last page."`
	HasMore    bool         `json:"has_more"`
}

// AuditQuery is the filter of the audit log.
type AuditQuery struct {
	PersonID string `query:"person_id" doc:"Only actions of this person."`
	Verb     string `query:"verb" doc:"Only actions with this verb." example:"start_session"`
	ObjectID string `query:"object_id" doc:"Only actions on this object."`
	Result   string `query:"result" enum:"ok,refused" doc:"Only successful or only refused actions."`
	Since    string `query:"since" doc:"Only entries at or after this time (RFC 3339)." example:"2026-05-04T00:00:00Z"`
	Until    string `query:"until" doc:"Only entries before this time (RFC 3339)." example:"2026-05-05T00:00:00Z"`
	Limit    int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
	Cursor   string `query:"cursor" doc:"next_cursor of the previous page."`
}

func (a *Operations) auditRoutes() {
	apikit.Add(a.kit, tenant.ReadAudit, huma.Operation{OperationID: "list-audit", Method: http.MethodGet, Path: "/audit", Tags: []string{"Audit log"},
		Summary: "Read the audit log", Description: "Requires the lead role. Actions in the team, successful and refused, newest first, one page at a time."}, a.listAudit)
}

func (a *Operations) listAudit(ctx context.Context, by tenant.Actor, in *AuditQuery) (*apikit.Answer[AuditPage], error) {
	f, err := in.filter()
	if err != nil {
		return nil, err
	}
	p, err := a.console.AuditLog(ctx, by, f)
	if err != nil {
		return nil, err
	}
	page := AuditPage{Items: apikit.MapItems(p.Items, auditBody), HasMore: p.More}
	if p.More {
		page.NextCursor = apikit.TextOrNull(p.Items[len(p.Items)-1].ID)
	}
	return apikit.NewAnswer(page), nil
}

func (in AuditQuery) filter() (f audit.Filter, err error) {
	f = audit.Filter{By: tenant.UserID(in.PersonID), Verb: in.Verb, Object: in.ObjectID, Result: audit.Result(in.Result), Before: in.Cursor, Limit: in.Limit}
	if f.Since, err = parseTime("since", in.Since); err != nil {
		return f, err
	}
	f.Until, err = parseTime("until", in.Until)
	return f, err
}

func auditBody(e audit.Entry) AuditEntry {
	return AuditEntry{ID: e.ID, At: apikit.NewTime(e.At), PersonID: apikit.TextOrNull(e.By), PersonName: e.ByName, Credential: e.Via, Verb: e.Verb, ObjectID: apikit.TextOrNull(e.Object),
		Detail: e.Detail, Before: apikit.TextOrNull(e.Before), After: apikit.TextOrNull(e.After), Address: e.Peer, RequestID: apikit.TextOrNull(e.Request), Result: string(e.Result)}
}

// parseTime reads the time of a query parameter; empty is the zero time.
func parseTime(field, s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return t, fault.Field(field, "Enter a time such as 2026-05-04T09:30:00Z (you sent %q).", s)
	}
	return t, nil
}
