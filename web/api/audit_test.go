package api_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/audit"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	apiconsole "github.com/industrial-orchestrator/orchestrator/web/api/console"
)

type auditPage struct {
	Items      []apiconsole.AuditEntry
	NextCursor *string `json:"next_cursor"`
	HasMore    bool    `json:"has_more"`
}

func TestLeadsListTheAuditLog(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b := w.crew("alpha"), w.crew("beta")
	a.lead.equip(t)
	b.lead.equip(t)
	made := a.lead.create(t, nil)
	a.viewer.post("/sessions", job(nil)).want(t, http.StatusForbidden)
	a.member.get("/audit").want(t, http.StatusForbidden)
	a.reader.get("/audit").want(t, http.StatusForbidden)
	all := as[auditPage](t, a.lead.get("/audit").want(t, http.StatusOK))
	found := map[string]apiconsole.AuditEntry{}
	for _, e := range all.Items {
		found[e.Verb+" "+e.Result] = e
		if strings.Contains(e.PersonName, "beta") {
			t.Errorf("another team's entry: %+v", e)
		}
	}
	e := found["create_session ok"]
	if e.ObjectID == nil || *e.ObjectID != made.ID || e.Credential != "token:"+a.lead.tokenID || e.Address != "127.0.0.1" || e.RequestID == nil {
		t.Errorf("create_session: %+v", e)
	}
	if e := found["write_sessions refused"]; e.PersonID == nil || *e.PersonID != string(a.viewer.by.User) || !strings.Contains(e.Detail, "POST /api/v1/sessions") {
		t.Errorf("a viewer's refusal: %+v", e)
	}
	if found["read_audit refused"].ID == "" {
		t.Errorf("a member's refusal is not written down: %v", found)
	}
}

func TestTheAuditLogIsFilteredAndPaged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.crew("alpha")
	a.lead.equip(t)
	for range 5 {
		a.lead.create(t, nil)
	}
	tomorrow := time.Now().UTC().Add(24 * time.Hour).Format(time.RFC3339)
	for query, want := range map[string]int{"verb=create_session": 5, "verb=nothing": 0, "person_id=" + string(a.lead.by.User) + "&verb=create_session": 5,
		"person_id=" + string(a.member.by.User) + "&verb=create_session": 0, "result=refused": 0, "since=" + url.QueryEscape(tomorrow): 0,
		"until=" + url.QueryEscape(tomorrow) + "&verb=create_session": 5} {
		if got := as[auditPage](t, a.lead.get("/audit?"+query).want(t, http.StatusOK)); len(got.Items) != want {
			t.Errorf("%s: %d entries, want %d", query, len(got.Items), want)
		}
	}
	first := as[auditPage](t, a.lead.get("/audit?verb=create_session&limit=3").want(t, http.StatusOK))
	if len(first.Items) != 3 || !first.HasMore || first.NextCursor == nil {
		t.Fatalf("%+v", first)
	}
	rest := as[auditPage](t, a.lead.get("/audit?verb=create_session&limit=3&cursor="+*first.NextCursor).want(t, http.StatusOK))
	if len(rest.Items) != 2 || rest.HasMore || rest.NextCursor != nil || rest.Items[0].ID >= first.Items[2].ID {
		t.Errorf("%+v", rest)
	}
	for _, query := range []string{"since=yesterday", "result=maybe", "cursor=x", "limit=0", "nothing=1"} {
		a.lead.get("/audit?"+query).want(t, http.StatusUnprocessableEntity)
	}
}

// A token that was revoked and is used all the same stands in its team's log, one that never was in the instance's.
func TestDeadTokensAreWrittenDown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.crew("alpha")
	if err := w.app.People.RevokeToken(t.Context(), a.member.by, a.member.tokenID); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		a.member.get("/me").want(t, http.StatusUnauthorized)
		(&client{w: w, token: "orc_nobody"}).get("/me").want(t, http.StatusUnauthorized)
	}
	page, err := w.app.Console.AuditLog(t.Context(), a.lead.by, audit.Filter{Verb: "use_token"})
	if err != nil || len(page.Items) != 1 || page.Items[0].Object != a.member.tokenID || page.Items[0].Result != audit.Refused || page.Items[0].Peer != "127.0.0.1" {
		t.Errorf("%+v, %v", page.Items, err)
	}
	text, err := w.app.Console.InstanceAudit(t.Context(), tenant.Actor{Admin: true}, audit.Filter{Verb: "use_token"})
	if err != nil || len(text.Items) != 1 || strings.Contains(text.Items[0].Detail, "orc_nobody") {
		t.Errorf("%+v, %v", text.Items, err)
	}
}
