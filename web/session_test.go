package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
)

// htmx is what the page's script sends when it asks for parts.
var htmx = []string{"HX-Request", "true", "HX-Request-Type", "partial"}

// said are the texts of the agent that a page shows, in its order.
func said(d *goquery.Document) []string {
	return d.Find("#conversation .txt.md").Map(func(_ int, s *goquery.Selection) string { return strings.TrimSpace(s.Text()) })
}

func TestAVerbAnswersThePartsOfThePage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := crew(t, w, "alpha")
	work := w.session(a, "Port the ledger", false)
	b := w.signedIn("lead-alpha")
	page := b.get("/t/alpha/sessions/" + string(work.ID)).doc(t)
	done := b.act("alpha", "/sessions/"+string(work.ID)+"/start", nil, htmx...).want(t, http.StatusOK)
	apply(page, message{data: done.body})
	if st := page.Find("#session-head").AttrOr("data-status", ""); st != "queued" {
		t.Errorf("after a start the head says %q", st)
	}
	refused := b.act("alpha", "/sessions/"+string(work.ID)+"/pause", nil, htmx...).want(t, http.StatusConflict)
	if !strings.Contains(refused.body, `hx-target="#notes"`) || !strings.Contains(refused.body, "cannot be paused") || strings.Contains(refused.body, "<html") {
		t.Errorf("a refused move is not told in a note: %s", refused.body)
	}
	plain := b.act("alpha", "/sessions/"+string(work.ID)+"/cancel", nil).want(t, http.StatusSeeOther)
	if to := plain.Header.Get("Location"); to != "/t/alpha/sessions/"+string(work.ID) {
		t.Errorf("without script a verb leads to %q", to)
	}
}

func TestARestoredPageIsWhole(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := crew(t, w, "alpha")
	work := w.session(a, "Port the ledger", false)
	b := w.signedIn("lead-alpha")
	for _, path := range []string{"/t/alpha", "/t/alpha/sessions", "/t/alpha/sessions/" + string(work.ID), "/t/alpha/sessions/" + string(work.ID) + "/nowhere"} {
		for _, h := range [][]string{append([]string{"HX-History-Restore-Request", "true"}, htmx...), {"HX-Request", "true", "HX-Request-Type", "full"}} {
			if d := b.get(path, h...); strings.Count(d.body, "<html") != 1 {
				t.Errorf("%s with %v answers a part of a page: %s", path, h, d.body)
			}
		}
	}
	missing := b.get("/t/alpha/sessions/"+string(work.ID)+"/nowhere", htmx...).want(t, http.StatusNotFound)
	if strings.Contains(missing.body, "<html") || !strings.Contains(strings.Join(missing.Header.Values("Vary"), ","), "HX-History-Restore-Request") {
		t.Errorf("a part that is missing answers %q, varying by %q", missing.body, missing.Header.Values("Vary"))
	}
}

func TestEarlierEventsComeWhenAskedFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := crew(t, w, "alpha")
	work := w.session(a, "Port the ledger", true)
	l := w.claim()
	var want []string
	w.calls(l, "long", "running", "")
	for i := range 450 {
		want = append(want, fmt.Sprintf("Line %d.", i))
		w.says(l, fmt.Sprint(i), want[i])
		if i == 200 {
			w.calls(l, "long", "completed", "ok")
		}
	}
	path := "/t/alpha/sessions/" + string(work.ID)
	b := w.signedIn("viewer-alpha")
	page := b.get(path).want(t, http.StatusOK).doc(t)
	for n := 0; page.Find("#older a").Length() > 0 && n < 5; n++ {
		apply(page, message{data: b.get(page.Find("#older a").AttrOr("hx-get", ""), htmx...).want(t, http.StatusOK).body})
	}
	if got := said(page); !slices.Equal(got, want) {
		t.Errorf("the conversation shows %d texts, want %d in order", len(got), len(want))
	}
	if n := page.Find("#conversation .tool").Length(); n != 1 {
		t.Errorf("a call that went on over two pages is shown %d times", n)
	}
	if n := page.Find("#session-aside .tl li").Length(); n != 2 {
		t.Errorf("the timeline tells %d moves, want 2: they are older than the page", n)
	}
	to := b.get(path+"/older?before=90").want(t, http.StatusSeeOther).Header.Get("Location")
	if d := b.get(to).want(t, http.StatusOK).doc(t); d.Find("#event-89").Length() != 1 || d.Find("#event-90").Length() != 0 {
		t.Error("without script the earlier events are not in the log")
	}
}

func TestTheLogIsNumberedAndPaged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := crew(t, w, "alpha")
	work := w.session(a, "Port the ledger", true)
	l := w.claim()
	for i := range 300 {
		w.says(l, fmt.Sprint(i), "line")
	}
	b := w.signedIn("viewer-alpha")
	page := b.get("/t/alpha/sessions/"+string(work.ID)+"/log").want(t, http.StatusOK).doc(t)
	seen := map[string]bool{}
	for n := 0; n < 5; n++ {
		for _, e := range page.Find("#log .ev").EachIter() {
			seen[e.AttrOr("id", "")] = true
		}
		if link(page, "Previous") == "" {
			break
		}
		page = b.get(link(page, "Previous")).want(t, http.StatusOK).doc(t)
	}
	for i := 1; i <= 300; i++ {
		if !seen[fmt.Sprintf("event-%d", i)] {
			t.Fatalf("event %d is on no page of the log", i)
		}
	}
	if link(page, "Next") == "" {
		t.Error("the first page of the log does not lead to later events")
	}
	whole := b.get("/t/alpha/sessions/"+string(work.ID)+"/log?at=7").want(t, http.StatusOK).doc(t)
	if _, open := whole.Find("#event-7").Attr("open"); !open {
		t.Error("the event that was asked for is not open")
	}
}

func TestModelCallsAreShownToTheirSessionsPeople(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := crew(t, w, "alpha")
	work := w.session(a, "Port the ledger", true)
	w.claim()
	c := usage.Call{ID: "0192f3a1-0000-7000-8000-00000000c0de", Session: string(work.ID), Attempt: 1, Provider: "scripted", Model: "small", ModelNamed: "small-2", Endpoint: "/v1/chat/completions",
		Status: 200, Counts: usage.Counts{Input: 1_234, Output: 56}, Cost: 7_800, Started: time.Now().UTC(), Response: []byte(`{"text":"Hello <b>"}`)}
	if err := w.app.Work.RecordCall(t.Context(), a.Tenant, c, [][]byte{[]byte(`{"role":"user","content":"Say <i>"}`)}); err != nil {
		t.Fatal(err)
	}
	path, b := "/t/alpha/sessions/"+string(work.ID), w.signedIn("lead-alpha")
	if text := b.get(path+"/calls").want(t, http.StatusOK).doc(t).Find("#calls").Text(); !strings.Contains(text, "scripted/small") || !strings.Contains(text, "1,234") {
		t.Errorf("the calls read %q", text)
	}
	if text := b.get(path+"/calls/"+c.ID).want(t, http.StatusOK).doc(t).Find("main").Text(); !strings.Contains(text, "Say <i>") || !strings.Contains(text, "Hello <b>") || !strings.Contains(text, "small-2") {
		t.Errorf("the call reads %q", text)
	}
	for _, other := range []string{"viewer-alpha", "member-alpha"} {
		w.signedIn(other).get(path+"/calls/"+c.ID).want(t, http.StatusForbidden)
	}
}

func TestARefusedFormKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	crew(t, w, "alpha")
	form := url.Values{"title": {"untitled"}, "initial_prompt": {"Port it <now>."}, "session_type": {"review"}, "priority": {"high"}, "model_identifier": {"scripted/small"},
		"base_ref": {"main"}, "tags": {"billing, urgent"}, "max_minutes": {"90"}, "max_tokens": {"250,000"}, "description": {"Asked for by finance."}, "opencode_agent": {"plan"}}
	d := w.signedIn("member-alpha").act("alpha", "/sessions", form).want(t, http.StatusUnprocessableEntity).doc(t)
	for name, want := range map[string]string{"title": "untitled", "base_ref": "main", "tags": "billing, urgent", "max_minutes": "90", "max_tokens": "250,000"} {
		if got := d.Find(`input[name=`+name+`]`).AttrOr("value", ""); strings.Join(strings.Fields(got), " ") != want {
			t.Errorf("%s was %q and is %q", name, want, got)
		}
	}
	for name, want := range map[string]string{"initial_prompt": "Port it <now>.", "description": "Asked for by finance."} {
		if got := d.Find(`textarea[name=` + name + `]`).Text(); got != want {
			t.Errorf("%s was %q and is %q", name, want, got)
		}
	}
	for name, want := range map[string]string{"session_type": "review", "priority": "high", "opencode_agent": "plan", "model_identifier": "scripted/small"} {
		if got := d.Find(`select[name=`+name+`] option[selected]`).AttrOr("value", ""); got != want {
			t.Errorf("%s was %q and is %q", name, want, got)
		}
	}
	if !strings.Contains(d.Find("#f-title-fault").Text(), "is hard to find later") {
		t.Error("the reason does not stand beside the title")
	}
}

// What agents, programs and people write is shown as text, on the page and in the stream.
func TestHostileTextIsInert(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := crew(t, w, "alpha")
	evil := "\x1b[31m<script>alert(1)</script><img src=x onerror=alert(1)></textarea></pre></hx-partial><hx-partial hx-target=\"body\">\xff\x00</hx-partial>"
	work := w.session(a, "Port "+text.Clean(evil), true)
	l := w.claim()
	path, b := "/t/alpha/sessions/"+string(work.ID), w.signedIn("lead-alpha")
	page := b.get(path).doc(t)
	s := b.stream(page.Find("[hx-sse\\:connect]").AttrOr("hx-sse:connect", ""))
	w.says(l, "1", text.Clean(evil))
	w.calls(l, "2", "completed", text.Clean(evil+strings.Repeat("x", 100_000)))
	w.asks(l, "3", text.Clean(evil))
	if _, err := w.app.Work.SendMessage(t.Context(), a, work.ID, evil); err != nil {
		t.Fatal(err)
	}
	streamed := s.until("the message", func(m message) bool { return strings.Contains(m.data, "note-") })
	apply(page, streamed...)
	for _, m := range streamed {
		if strings.Count(m.data, "<hx-partial") != strings.Count(m.data, "</hx-partial>") || strings.Contains(m.data, `hx-target="body"`) {
			t.Errorf("a message of the stream is broken open: %s", m.data)
		}
	}
	for where, d := range map[string]*goquery.Document{"stream": page, "page": b.get(path).doc(t), "log": b.get(path + "/log").doc(t), "list": b.get("/t/alpha/sessions").doc(t),
		"overview": b.get("/t/alpha").doc(t), "needs": b.get("/t/alpha/needs-you").doc(t)} {
		if n := d.Find("body script, img, hx-partial, [onerror]").Length(); n > 0 {
			t.Errorf("on the %s %d elements of the text are alive", where, n)
		}
		if !strings.Contains(d.Find("main").Text(), "alert(1)") {
			t.Errorf("the %s does not show the text", where)
		}
	}
}
