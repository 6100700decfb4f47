package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
)

// TestAPushHasTimeAndEndsWithTheServer, as its own and as a part of a pull request.
func TestAPushHasTimeAndEndsWithTheServer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := crew(t, w, "alpha")
	r := must(w.app.Repos.CreateRepository(t.Context(), a, repository.Repository{Name: "hosted", URL: "https://git.example.org/acme/site.git"}, ""))(t)
	lead := w.signedIn("lead-alpha")
	lead.act("alpha", "/repositories/"+string(r.ID)+"/forge", forgeForm("good-token")).want(t, http.StatusSeeOther)
	path := "/sessions/" + string(w.finished(t, a, r.ID, "Refuse a start", "It is refused now."))
	if config := lead.get("/t/alpha"+path).want(t, http.StatusOK).doc(t).Find("#push-form").AttrOr("hx-config", ""); config != `{"timeout":3600000}` {
		t.Errorf("the browser waits for the push with %q", config)
	}
	lead.act("alpha", path+"/push", url.Values{"branch": {"slow"}}).want(t, http.StatusSeeOther)
	lead.act("alpha", path+"/pull-request", url.Values{"base": {"main"}, "branch": {"slow"}, "title": {"Mine"}, "body": {"x"}}).want(t, http.StatusSeeOther)
	go func() {
		<-w.sending
		w.app.Kernel.Hub.Close()
	}()
	if said := lead.act("alpha", path+"/push", url.Values{"branch": {"endless"}}).want(t, http.StatusServiceUnavailable).body; !strings.Contains(said, "The push was stopped") {
		t.Errorf("a push that the end of the server has stopped: %s", said)
	}
}
