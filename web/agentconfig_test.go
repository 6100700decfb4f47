package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestALeadLetsARepositoryConfigureItsAgents(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := crew(t, w, "alpha")
	r := must(w.app.Repos.Repositories(t.Context(), a))(t)[0]
	lead, member := w.signedIn("lead-alpha"), w.signedIn("member-alpha")
	path := "/repositories/" + string(r.ID)
	says := func(b *browser) string {
		return b.get("/t/alpha"+path).want(t, http.StatusOK).doc(t).Find("main").Text()
	}
	if !strings.Contains(says(member), "is ignored: opencode.json") {
		t.Error("a member does not read that it is ignored")
	}
	if member.get("/t/alpha"+path).doc(t).Find(`form[action*="agent-config"]`).Length() > 0 {
		t.Error("a member sees the form")
	}
	member.act("alpha", path+"/agent-config", url.Values{"allowed": {"yes"}}).want(t, http.StatusForbidden)
	lead.act("alpha", path+"/agent-config", url.Values{"allowed": {"yes"}}).want(t, http.StatusSeeOther)
	if !strings.Contains(says(member), "is allowed: it sets") {
		t.Error("the page does not say that it counts")
	}
	lead.act("alpha", path+"/agent-config", url.Values{"allowed": {"no"}}).want(t, http.StatusSeeOther)
	if !strings.Contains(says(lead), "is ignored: opencode.json") {
		t.Error("the page does not say that it is ignored again")
	}
}
