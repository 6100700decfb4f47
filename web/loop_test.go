package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// A session that the breaker paused shows why, what it cost and three answers; a viewer sees the same without buttons.
func TestAStoppedSessionShowsTheEvidenceAndThreeAnswers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := crew(t, w, "alpha")
	work := w.session(a, "Find why the pool stalls", true)
	path := "/t/alpha/sessions/" + string(work.ID)
	n := 0
	again := func() {
		t.Helper()
		l := w.claim()
		for range 6 {
			n++
			w.calls(l, fmt.Sprint("again", n), "completed", "FAIL pool_test.go:88")
		}
	}
	b := w.signedIn("lead-alpha")
	live := b.stream(path + "/stream")
	live.until("the first paint", func(m message) bool { return m.id != "" })
	stopped := func(m message) bool { return strings.Contains(m.data, `id="loop-ask"`) }
	again()
	live.until("the three answers", stopped)
	page := b.get(path).want(t, http.StatusOK).doc(t)
	if got := strings.Join(strings.Fields(page.Find("#loop-ask button").Text()), " "); got != "Send and resumeyResume as it isaEnd the sessionn" {
		t.Errorf("answers %q", got)
	}
	if signs := page.Find("#loop-signs li").Length(); signs != 2 || !strings.Contains(page.Find("#session-aside").Text(), "6 of 6") {
		t.Errorf("%d signs: %s", signs, page.Find("#session-aside").Text())
	}
	if head := page.Find("#session-head"); !strings.Contains(head.Text(), "The same call was made 6 times with the same result: bash go test ./...") || head.Find(".badge.attn").Length() != 1 || head.Find(`form[action$="/resume"]`).Length() != 0 {
		t.Errorf("head: %s", head.Text())
	}
	if watched := w.signedIn("viewer-alpha").get(path).want(t, http.StatusOK).doc(t); watched.Find("#loop-ask button").Length() != 0 || watched.Find("#loop-signs li").Length() != 2 {
		t.Error("a viewer has buttons, or no evidence")
	}
	b.act("alpha", "/sessions/"+string(work.ID)+"/loop", url.Values{"reply": {"told"}, "text": {" "}}, htmx...).want(t, http.StatusUnprocessableEntity)
	b.act("alpha", "/sessions/"+string(work.ID)+"/loop", url.Values{"reply": {"else"}}, htmx...).want(t, http.StatusUnprocessableEntity)
	b.act("alpha", "/sessions/"+string(work.ID)+"/loop", url.Values{"reply": {"resumed"}}, htmx...).want(t, http.StatusOK)
	again()
	for _, m := range live.until("the answers of the second time", stopped) {
		if stopped(m) && strings.Contains(m.data, `value="resumed"`) {
			t.Error("an open page offers to resume it as it is a second time")
		}
	}
	page = b.get(path).doc(t)
	if page.Find(`#loop-ask button[value="resumed"]`).Length() != 0 || !strings.Contains(page.Find("#session-aside").Text(), "resumed as it was by") {
		t.Errorf("the second time: %s", page.Find("#loop-ask").Text())
	}
	b.act("alpha", "/sessions/"+string(work.ID)+"/loop", url.Values{"reply": {"told"}, "text": {"Look elsewhere."}}, htmx...).want(t, http.StatusOK)
	again()
	b.act("alpha", "/sessions/"+string(work.ID)+"/loop", url.Values{"reply": {"ended"}}, htmx...).want(t, http.StatusOK)
	if st := b.get(path).doc(t).Find("#session-head").AttrOr("data-status", ""); st != "stopped" {
		t.Errorf("ended, it is %q", st)
	}
}
