package api_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/apitoken"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
	apiagents "github.com/industrial-orchestrator/orchestrator/web/api/agents"
	apikit "github.com/industrial-orchestrator/orchestrator/web/api/kit"
	apipeople "github.com/industrial-orchestrator/orchestrator/web/api/people"
	apiwork "github.com/industrial-orchestrator/orchestrator/web/api/work"
)

// Each operation, asked on the lead's own session (a draft), by a lead, a member, a viewer, and the lead's token that may only read.
// A member may not act on the lead's session. The acts that would answer 200 do not fit a draft, so that each asks anew: 409.
var roleTable = []struct {
	method, path string
	body         any
	want         [4]int
}{
	{"GET", "/me", nil, [4]int{200, 200, 200, 200}},
	{"GET", "/audit", nil, [4]int{200, 403, 403, 403}},
	{"GET", "/budget", nil, [4]int{200, 200, 200, 200}},
	{"GET", "/budget/requests", nil, [4]int{200, 200, 200, 200}},
	{"POST", "/budget/requests", map[string]any{"tokens": 1, "reason": "Too little."}, [4]int{422, 403, 403, 403}},
	{"GET", "/members", nil, [4]int{200, 200, 200, 200}},
	{"POST", "/members/{member}", map[string]string{"role": "member"}, [4]int{204, 403, 403, 403}},
	{"DELETE", "/members/{nobody}", nil, [4]int{404, 403, 403, 403}},
	{"GET", "/invitations", nil, [4]int{200, 403, 403, 403}},
	{"POST", "/invitations", map[string]string{"email": "nobody", "role": "lead"}, [4]int{422, 403, 403, 403}},
	{"DELETE", "/invitations/{invitation}", nil, [4]int{204, 403, 403, 403}},
	{"GET", "/model-providers", nil, [4]int{200, 200, 200, 200}},
	{"POST", "/model-providers", map[string]any{"name": "scripted", "kind": "openai_compatible", "models": []any{}}, [4]int{422, 403, 403, 403}},
	{"POST", "/model-providers/{provider}/test", nil, [4]int{200, 403, 403, 403}},
	{"GET", "/agents", nil, [4]int{200, 200, 200, 200}},
	{"POST", "/agents", map[string]any{"name": "x", "agent_type": "reviewer"}, [4]int{422, 403, 403, 403}},
	{"GET", "/agents/{agent}", nil, [4]int{200, 200, 200, 200}},
	{"PATCH", "/agents/{agent}", map[string]any{"system_prompt": "Review."}, [4]int{200, 403, 403, 403}},
	{"GET", "/agents/{agent}/versions", nil, [4]int{200, 200, 200, 200}},
	{"GET", "/agents/{agent}/figures", nil, [4]int{200, 200, 200, 200}},
	{"POST", "/agents/{agent}/no-default", nil, [4]int{409, 403, 403, 403}},
	{"POST", "/agents/{agent}/default", nil, [4]int{200, 403, 403, 403}},
	{"POST", "/agents/{agent}/deactivate", nil, [4]int{200, 403, 403, 403}},
	{"POST", "/agents/{agent}/activate", nil, [4]int{200, 403, 403, 403}},
	{"POST", "/agents/{agent}/maintenance", map[string]any{"reason": "x", "until": "2020-01-01T00:00:00Z"}, [4]int{422, 403, 403, 403}},
	{"PUT", "/agents/{agent}/tier", map[string]any{"tier": "premium"}, [4]int{200, 403, 403, 403}},
	{"POST", "/agents/route", map[string]any{"required_capabilities": []string{"code_review"}}, [4]int{200, 200, 200, 200}},
	{"DELETE", "/agents/{agent}", nil, [4]int{204, 403, 403, 403}},
	{"POST", "/sessions/{session}/feedback", map[string]any{"value": 1}, [4]int{409, 409, 403, 403}},
	{"GET", "/repositories", nil, [4]int{200, 200, 200, 200}},
	{"GET", "/model-providers/{provider}", nil, [4]int{200, 200, 200, 200}},
	{"GET", "/repositories/{repository}", nil, [4]int{200, 200, 200, 200}},
	{"GET", "/repositories/{repository}/branches", nil, [4]int{200, 200, 200, 200}},
	{"POST", "/model-providers/{provider}/base-url", map[string]any{"base_url": "nonsense"}, [4]int{422, 403, 403, 403}},
	{"POST", "/repositories/{repository}/url", map[string]any{"url": "https://git.example.org/x"}, [4]int{422, 403, 403, 403}},
	{"PUT", "/repositories/{repository}/agent-config", map[string]any{"allowed": true}, [4]int{204, 403, 403, 403}},
	{"GET", "/repositories/{repository}/hosts", nil, [4]int{200, 200, 200, 200}},
	{"POST", "/repositories/{repository}/hosts", map[string]any{"host": "registry.npmjs.org:443"}, [4]int{204, 403, 403, 403}},
	{"DELETE", "/repositories/{repository}/hosts/none.example:1", nil, [4]int{404, 403, 403, 403}},
	{"GET", "/repositories/{repository}/forge", nil, [4]int{404, 404, 404, 404}},
	{"PUT", "/repositories/{repository}/forge", map[string]any{"kind": "gitea", "api_url": "nonsense", "project": "a/b"}, [4]int{422, 403, 403, 403}},
	{"POST", "/repositories/{repository}/forge/webhook", nil, [4]int{404, 403, 403, 403}},
	{"DELETE", "/repositories/{repository}/forge", nil, [4]int{204, 403, 403, 403}},
	{"POST", "/repositories", map[string]any{"name": "none"}, [4]int{422, 403, 403, 403}},
	{"GET", "/sessions", nil, [4]int{200, 200, 200, 200}},
	{"POST", "/sessions", job(nil), [4]int{201, 201, 403, 403}},
	{"GET", "/sessions/{session}", nil, [4]int{200, 200, 200, 200}},
	{"POST", "/sessions/{session}/pause", nil, [4]int{409, 403, 403, 403}},
	{"POST", "/sessions/{session}/resume", nil, [4]int{409, 403, 403, 403}},
	{"POST", "/sessions/{session}/stop", nil, [4]int{409, 403, 403, 403}},
	{"POST", "/sessions/{session}/retry", nil, [4]int{409, 403, 403, 403}},
	{"POST", "/sessions/{session}/merge", nil, [4]int{409, 403, 403, 403}},
	{"GET", "/repositories/{repository}/merge-queue", nil, [4]int{200, 200, 200, 200}},
	{"POST", "/repositories/{repository}/merge-queue/hold", map[string]any{"reason": "release in progress"}, [4]int{200, 403, 403, 403}},
	{"POST", "/merge-queue/{nobody}/hold", map[string]any{"reason": "after the release"}, [4]int{404, 404, 403, 403}},
	{"POST", "/merge-queue/{nobody}/release", nil, [4]int{404, 404, 403, 403}},
	{"POST", "/merge-queue/{nobody}/remove", nil, [4]int{404, 404, 403, 403}},
	{"POST", "/merge-queue/{nobody}/retry", nil, [4]int{404, 404, 403, 403}},
	{"POST", "/merge-queue/{nobody}/send", nil, [4]int{404, 404, 403, 403}},
	{"POST", "/merge-queue/{nobody}/move", map[string]any{"to": "up"}, [4]int{404, 403, 403, 403}},
	{"GET", "/sessions/{session}/messages", nil, [4]int{200, 200, 200, 200}},
	{"POST", "/sessions/{session}/messages", map[string]string{"text": "hello"}, [4]int{201, 403, 403, 403}},
	{"GET", "/sessions/{session}/events", nil, [4]int{200, 200, 200, 200}},
	{"GET", "/sessions/{session}/permissions", nil, [4]int{200, 200, 200, 200}},
	{"POST", "/sessions/{running}/permissions/{ask}", map[string]string{"reply": "answered"}, [4]int{422, 403, 403, 403}},
	{"GET", "/sessions/{session}/diff", nil, [4]int{200, 200, 200, 200}},
	{"GET", "/sessions/{session}/patch", nil, [4]int{409, 409, 409, 409}},
	{"GET", "/sessions/{session}/checks", nil, [4]int{200, 200, 200, 200}},
	{"GET", "/sessions/{session}/outcomes", nil, [4]int{200, 200, 200, 200}},
	{"POST", "/sessions/{session}/push", map[string]string{"branch": "fix"}, [4]int{409, 403, 403, 403}},
	{"GET", "/sessions/{session}/pull-request", nil, [4]int{404, 404, 404, 404}},
	{"POST", "/sessions/{session}/pull-request", map[string]any{"title": "x"}, [4]int{409, 403, 403, 403}},
	{"POST", "/sessions/{session}/pull-request/merge", nil, [4]int{409, 403, 403, 403}},
	{"POST", "/sessions/{session}/pull-request/ready", nil, [4]int{409, 403, 403, 403}},
	{"POST", "/sessions/{session}/pull-request/close", nil, [4]int{409, 403, 403, 403}},
	{"GET", "/sessions/{session}/checkpoints", nil, [4]int{200, 200, 200, 200}},
	{"POST", "/sessions/{session}/checkpoints", map[string]string{"note": "tests green"}, [4]int{409, 403, 403, 403}},
	{"GET", "/sessions/{session}/checkpoints/compare", nil, [4]int{404, 404, 404, 404}},
	{"POST", "/sessions/{session}/restore", map[string]any{"checkpoint": 1}, [4]int{404, 403, 403, 403}},
	{"POST", "/sessions/{session}/fork", map[string]any{"checkpoint": 1, "title": "Other way"}, [4]int{404, 403, 403, 403}},
	{"GET", "/sessions/{session}/loop-stops", nil, [4]int{200, 200, 200, 200}},
	{"PATCH", "/session-limits", map[string]any{"max_repeats": 6}, [4]int{204, 403, 403, 403}},
	{"POST", "/sessions/{session}/cancel", nil, [4]int{200, 403, 403, 403}},
	{"POST", "/sessions/{session}/start", nil, [4]int{409, 403, 403, 403}},
}

func TestEveryOperationAsEveryRole(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.crew("alpha")
	ids := c.lead.furnish(t)
	seen := map[string]bool{}
	for _, r := range roleTable {
		for i, who := range []*client{c.reader, c.viewer, c.member, c.lead} {
			want := r.want[3-i]
			got := who.ask(r.method, ids.Replace(r.path), r.body)
			if got.StatusCode != want {
				t.Errorf("%s %s as %s: status %d, want %d\n%s", r.method, r.path, []string{"reader", "viewer", "member", "lead"}[i], got.StatusCode, want, got.body)
			}
			if got.StatusCode == http.StatusForbidden && !strings.Contains(as[apikit.Problem](t, got).Detail, "can do this.") {
				t.Errorf("%s %s: the refusal does not name the role: %s", r.method, r.path, got.body)
			}
		}
		seen[r.method+" "+strings.NewReplacer("{session}", "{id}", "{member}", "{id}", "{nobody}", "{id}", "{invitation}", "{id}", "{running}", "{id}", "{provider}", "{id}", "{repository}", "{id}", "{agent}", "{id}", "{ask}", "{pid}", "none.example:1", "{host}").Replace(r.path)] = true
	}
	for name := range promised {
		if !seen[name] {
			t.Errorf("%s is asked by nobody", name)
		}
	}
}

// furnish fills the client's team: an open {invitation}, a {member}, the id of {nobody}, {provider}, {repository}, a draft {session}, and a {running} one with an open {ask}.
func (c *client) furnish(t *testing.T) *strings.Replacer {
	t.Helper()
	p, r := c.equip(t)
	running := c.create(t, map[string]any{"start": true})
	c.w.asks(t, c.w.claim(t), "1", "make migrate")
	draft := c.create(t, nil)
	list := as[items[apiwork.Ask]](t, c.get("/sessions/"+running.ID+"/permissions").want(t, http.StatusOK))
	if len(list.Items) != 1 {
		t.Fatalf("%d asks are open", len(list.Items))
	}
	_, v, err := c.w.app.People.Invite(context.Background(), c.by, "new@example.org", tenant.Member)
	if err != nil {
		t.Fatal(err)
	}
	member, err := c.w.app.People.PersonByEmail(context.Background(), "member-"+c.by.Slug+"@example.org")
	if err != nil {
		t.Fatal(err)
	}
	agent := as[apiagents.Agent](t, c.post("/agents", map[string]any{"name": "Reviewer", "agent_type": "reviewer"}).want(t, http.StatusCreated))
	return strings.NewReplacer("{agent}", agent.ID, "{invitation}", v.ID, "{member}", string(member.ID), "{nobody}", id.New(), "{provider}", p.ID, "{repository}", r.ID, "{session}", draft.ID, "{running}", running.ID, "{ask}", list.Items[0].ID)
}

func TestMembersActOnTheirOwnSessions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.crew("alpha")
	c.lead.equip(t)
	own := c.member.create(t, nil)
	c.viewer.post("/sessions/"+own.ID+"/start", nil).want(t, http.StatusForbidden)
	c.member.post("/sessions/"+own.ID+"/start", nil).want(t, http.StatusOK)
	c.lead.post("/sessions/"+own.ID+"/cancel", nil).want(t, http.StatusOK)
	w.client(c.member.by, apitoken.Read).post("/sessions", job(nil)).want(t, http.StatusForbidden)
	w.client(c.member.by, apitoken.Run).post("/sessions", job(nil)).want(t, http.StatusCreated)
}

func TestMeSaysWhatTheTokenMay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.crew("alpha")
	for who, want := range map[*client]tenant.Role{c.lead: tenant.Lead, c.member: tenant.Member, c.viewer: tenant.Viewer, c.reader: tenant.Viewer} {
		me := as[apipeople.Me](t, who.get("/me").want(t, http.StatusOK))
		if me.Role != string(want) || me.Tenant.Slug != "alpha" || me.Tenant.ID != string(who.by.Tenant) || me.User.ID != string(who.by.User) || !me.Tenant.IsActive || me.Limits.MaxConcurrentSessions != 10 {
			t.Errorf("%s is told %+v", who.by.Name, me)
		}
	}
}
