package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/apitoken"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	apikit "github.com/industrial-orchestrator/orchestrator/web/api/kit"
	apipeople "github.com/industrial-orchestrator/orchestrator/web/api/people"
)

func TestMembersAreListedChangedAndRemoved(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.crew("alpha")
	all := as[items[apipeople.Member]](t, c.viewer.get("/members").want(t, http.StatusOK)).Items
	if len(all) != 3 || all[0].Name != "lead-alpha" || all[0].Role != "lead" || all[1].Email != "member-alpha@example.org" || !all[1].IsActive || all[1].ID != string(c.member.by.User) {
		t.Fatalf("the members are %+v", all)
	}
	of := func(who *client) string { return "/members/" + string(who.by.User) }
	c.lead.post(of(c.member), map[string]string{"role": "king"}).want(t, http.StatusUnprocessableEntity)
	c.lead.post(of(c.member), map[string]string{"role": "viewer"}).want(t, http.StatusNoContent)
	if me := as[apipeople.Me](t, c.member.get("/me")); me.Role != "viewer" {
		t.Errorf("the member acts as %s", me.Role)
	}
	for name, r := range map[string]reply{"demote": c.lead.post(of(c.lead), map[string]string{"role": "member"}), "remove": c.lead.ask(http.MethodDelete, of(c.lead), nil)} {
		if p := as[apikit.Problem](t, r.want(t, http.StatusConflict)); !strings.Contains(p.Detail, "last lead") {
			t.Errorf("%s: %s", name, p.Detail)
		}
	}
	c.reader.ask(http.MethodDelete, of(c.viewer), nil).want(t, http.StatusForbidden)
	if r := c.lead.ask(http.MethodDelete, of(c.viewer), nil).want(t, http.StatusNoContent); r.body != "" {
		t.Errorf("204 has a body: %q", r.body)
	}
	c.viewer.get("/me").want(t, http.StatusUnauthorized)
	c.lead.ask(http.MethodDelete, of(c.viewer), nil).want(t, http.StatusNotFound)
	// Back in the team, the old token stays dead.
	if err := w.app.People.AddMember(t.Context(), "alpha", "viewer-alpha@example.org", tenant.Viewer); err != nil {
		t.Fatal(err)
	}
	c.viewer.get("/me").want(t, http.StatusUnauthorized)
}

func TestInvitationsAreMadeOnceAndRevoked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.crew("alpha")
	made := as[apipeople.MadeInvitation](t, c.lead.post("/invitations", map[string]string{"email": "New@Example.org", "role": "lead"}).want(t, http.StatusCreated))
	if len(made.Token) != 32 || made.Email != "New@Example.org" || made.Role != "lead" || made.ExpiresAt.Sub(made.CreatedAt.Time) != 7*24*time.Hour || made.InvitedBy != "lead-alpha" {
		t.Fatalf("the invitation is %+v", made)
	}
	if in, err := w.app.People.OpenInvitation(t.Context(), made.Token); err != nil || in.Team.Slug != "alpha" {
		t.Errorf("the link opens %+v, %v", in, err)
	}
	list := c.lead.get("/invitations").want(t, http.StatusOK)
	if all := as[items[apipeople.Invitation]](t, list).Items; len(all) != 1 || all[0] != made.Invitation || strings.Contains(list.body, made.Token) {
		t.Errorf("the list is %s", list.body)
	}
	c.lead.post("/invitations", map[string]string{"email": "MEMBER-alpha@example.org", "role": "lead"}).want(t, http.StatusConflict)
	w.client(c.lead.by, apitoken.Run).post("/invitations", map[string]string{"email": "a@example.org", "role": "viewer"}).want(t, http.StatusForbidden)
	c.lead.ask(http.MethodDelete, "/invitations/"+made.ID, nil).want(t, http.StatusNoContent)
	c.lead.ask(http.MethodDelete, "/invitations/"+made.ID, nil).want(t, http.StatusNotFound)
	if _, err := w.app.People.OpenInvitation(t.Context(), made.Token); err == nil {
		t.Error("a revoked link still opens")
	}
	if all := as[items[apipeople.Invitation]](t, c.lead.get("/invitations")).Items; len(all) != 0 {
		t.Errorf("a revoked invitation is listed: %+v", all)
	}
}
