package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

func TestALeadKeepsTheNetworkListAndMembersReadIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := crew(t, w, "alpha")
	r := must(w.app.Repos.Repositories(t.Context(), a))(t)[0]
	path := "/repositories/" + string(r.ID)
	lead, member := w.signedIn("lead-alpha"), w.signedIn("member-alpha")
	if text := member.get("/t/alpha"+path).want(t, http.StatusOK).doc(t).Find("main").Text(); !strings.Contains(text, "have no network") {
		t.Error("an empty list is not said to be one")
	}
	lead.act("alpha", path+"/hosts", url.Values{"host": {"*.Example.org:443"}}).want(t, http.StatusSeeOther)
	refused := lead.act("alpha", path+"/hosts", url.Values{"host": {"https://pypi.org"}}).want(t, http.StatusUnprocessableEntity).doc(t)
	if in := refused.Find("#f-host"); in.AttrOr("value", "") != "https://pypi.org" || !strings.Contains(refused.Find("#f-host-fault").Text(), "registry.npmjs.org:443") {
		t.Errorf("a refused host is %q with %q", in.AttrOr("value", ""), refused.Find("#f-host-fault").Text())
	}
	d := member.get("/t/alpha"+path).want(t, http.StatusOK).doc(t)
	if !strings.Contains(d.Find("main").Text(), "*.example.org:443") || d.Find(`form[action*="hosts"]`).Length() > 0 {
		t.Error("a member does not read the list, or sees forms for it")
	}
	member.act("alpha", path+"/hosts", url.Values{"host": {"pypi.org:443"}}).want(t, http.StatusForbidden)
	member.act("alpha", path+"/hosts/remove", url.Values{"host": {"*.example.org:443"}}).want(t, http.StatusForbidden)
	lead.act("alpha", path+"/hosts/remove", url.Values{"host": {"*.example.org:443"}}).want(t, http.StatusSeeOther)
	if hosts := must(w.app.Repos.Network(t.Context(), a, r.ID))(t); len(hosts) != 0 {
		t.Errorf("left: %+v", hosts)
	}
}

func TestAListThatDoesNotHoldIsSaidNotTo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *webkit.Options) { o.NetworkNote = "Agents are in no sandbox here." })
	a := crew(t, w, "alpha")
	r := must(w.app.Repos.Repositories(t.Context(), a))(t)[0]
	text := w.signedIn("viewer-alpha").get("/t/alpha/repositories/"+string(r.ID)).want(t, http.StatusOK).doc(t).Find("main").Text()
	if !strings.Contains(text, "This list is not enforced. Agents are in no sandbox here.") || strings.Contains(text, "have no network") {
		t.Error("a list that nobody is held to promises something")
	}
}

func TestARefusedConnectionShowsInItsSession(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := crew(t, w, "alpha")
	s := w.session(a, "Fetch the news", true)
	tell := func(e event.Egress) {
		if err := w.app.Work.RecordEgress(t.Context(), s.Tenant, s.ID, 1, e); err != nil {
			t.Fatal(err)
		}
	}
	tell(event.Egress{Target: "evil.example:443", Refused: "evil.example:443 is not on the network list.", Count: 1})
	tell(event.Egress{Target: "evil.example:443", Refused: "evil.example:443 is not on the network list.", Count: 998})
	tell(event.Egress{Target: "good.example:443", Count: 2, Sent: 100, Received: 2048})
	b := w.signedIn("viewer-alpha")
	page := "/t/alpha/sessions/" + string(s.ID)
	talk, log := b.get(page).want(t, http.StatusOK).doc(t).Find("main").Text(), b.get(page+"/log").want(t, http.StatusOK).doc(t).Find("main").Text()
	for _, words := range []string{"Connection blocked: evil.example:443 is not on", "Connection blocked 998 times: evil.example:443"} {
		if !strings.Contains(talk, words) || !strings.Contains(log, words) {
			t.Errorf("%q is not in the conversation and the log", words)
		}
	}
	if words := "Connected 2 times to good.example:443"; strings.Contains(talk, words) || !strings.Contains(log, words) {
		t.Error("what was let through stands in the conversation, or not in the log")
	}
}

func TestALeadAcceptsTheHostKeyThatIsShown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := crew(t, w, "alpha")
	r := must(w.app.Repos.CreateRepository(t.Context(), a, repository.Repository{Name: "keyed", URL: "ssh://git@example.org/r"}, ""))(t)
	path := "/repositories/" + string(r.ID)
	keys := []string{"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJm"}
	lead, member := w.signedIn("lead-alpha"), w.signedIn("member-alpha")
	shows := func(b *browser, words ...string) {
		t.Helper()
		text := b.get("/t/alpha"+path).want(t, http.StatusOK).doc(t).Find("main").Text()
		for _, word := range words {
			if !strings.Contains(text, word) {
				t.Errorf("the page does not say %q", word)
			}
		}
	}
	shows(member, "No key yet")
	if err := w.app.Repos.CheckHostKey(t.Context(), a.Tenant, r.ID, keys[0]); err != nil {
		t.Fatal(err)
	}
	shows(member, repository.Fingerprint(keys[0]), "ssh-ed25519", "on the first connection")
	if err := w.app.Repos.CheckHostKey(t.Context(), a.Tenant, r.ID, keys[1]); err == nil {
		t.Error("another key is taken")
	}
	shows(member, repository.Fingerprint(keys[0]), repository.Fingerprint(keys[1]), "The host key has changed.")
	accept := url.Values{"fingerprint": {repository.Fingerprint(keys[1])}}
	member.act("alpha", path+"/host-key", accept).want(t, http.StatusForbidden)
	lead.act("alpha", path+"/host-key", url.Values{"fingerprint": {"SHA256:x"}}).want(t, http.StatusConflict)
	lead.act("alpha", path+"/host-key", accept).want(t, http.StatusSeeOther)
	shows(lead, repository.Fingerprint(keys[1]), "accepted by")
	if text := lead.get("/t/alpha" + path).body; strings.Contains(text, repository.Fingerprint(keys[0])) || strings.Contains(text, "accept-key") {
		t.Error("the old key, or the choice, is still there")
	}
}
