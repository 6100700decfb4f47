package web_test

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

// The parts of a session's page that a stream keeps.
var livingParts = []string{"#conversation", "#session-live", "#session-head", "#session-aside", "#tab-events"}

func TestReloadSecondViewerAndReconnectShowTheSame(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := crew(t, w, "alpha")
	work := w.session(a, "Port the ledger", true)
	l := w.claim()
	w.says(l, "0", "I will look first.\r\nThen act.")
	path := "/t/alpha/sessions/" + string(work.ID)
	one, two := w.signedIn("lead-alpha"), w.signedIn("lead-alpha")
	early := one.get(path).want(t, http.StatusOK).doc(t)
	address, ok := early.Find("[hx-sse\\:connect]").Attr("hx-sse:connect")
	if !ok {
		t.Fatal("the page opens no stream")
	}
	first := one.stream(address)
	for i := 1; i < 6; i++ {
		w.calls(l, fmt.Sprint("t", i), "running", "")
		w.calls(l, fmt.Sprint("t", i), "completed", "ok\n<script>alert(1)</script>")
		w.says(l, fmt.Sprint(i), "Step "+strconv.Itoa(i)+" is done.")
	}
	middle := first.until("step 3", func(m message) bool { return strings.Contains(m.data, "Step 3 is done.") })
	apply(early, middle...)
	resume := lastID(middle)
	first.stop()
	w.says(l, "bye", "All is done.")
	if err := w.app.Work.Move(context.Background(), l, session.Completed, session.Reason{}); err != nil {
		t.Fatal(err)
	}
	again := one.stream(address, "Last-Event-ID", resume)
	apply(early, again.until("the head of the end", func(m message) bool {
		return strings.Contains(m.data, "session-aside") && strings.Contains(m.data, "completed")
	})...)
	reload, second := one.get(path).doc(t), two.get(path).doc(t)
	for _, part := range livingParts {
		if diff := cmp.Diff(shown(t, reload, part), shown(t, early, part)); diff != "" {
			t.Errorf("%s after a broken stream differs from a reload (-reload +stream):\n%s", part, diff)
		}
		if diff := cmp.Diff(shown(t, reload, part), shown(t, second, part)); diff != "" {
			t.Errorf("%s of a second viewer differs:\n%s", part, diff)
		}
	}
}

func lastID(ms []message) string {
	id := ""
	for _, m := range ms {
		if m.id != "" {
			id = m.id
		}
	}
	return id
}

func TestAStreamSendsEveryEventOnceAndInOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := crew(t, w, "alpha")
	work := w.session(a, "Port the ledger", true)
	l := w.claim()
	for i := range 450 {
		w.says(l, fmt.Sprint(i), "line "+strconv.Itoa(i)+".")
	}
	b := w.signedIn("viewer-alpha")
	s := b.stream("/t/alpha/sessions/" + string(work.ID) + "/stream?after=3")
	next := int64(4)
	s.until("event 450", func(m message) bool {
		if m.id == "" {
			return false
		}
		if m.id != strconv.FormatInt(next, 10) {
			t.Fatalf("event %s came where %d was due", m.id, next)
		}
		next++
		return next > 450
	})
}

func TestGrowingTextIsShownAndThenReplacedByItsEvent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := crew(t, w, "alpha")
	work := w.session(a, "Port the ledger", true)
	l := w.claim()
	path := "/t/alpha/sessions/" + string(work.ID)
	b := w.signedIn("lead-alpha")
	page := b.get(path).doc(t)
	address, _ := page.Find("[hx-sse\\:connect]").Attr("hx-sse:connect")
	s := b.stream(address)
	apply(page, s.until("first paint", func(m message) bool { return strings.Contains(m.data, "session-aside") })...)
	w.app.Work.SendLive(l, session.Part{ID: "prt_g", MessageID: "msg_g", Kind: "text", Text: "Half a sen"})
	apply(page, s.until("the growing text", func(m message) bool { return strings.Contains(m.data, "Half a sen") })...)
	if !strings.Contains(page.Find("#session-live").Text(), "Half a sen") {
		t.Error("the growing text is not in its place")
	}
	w.says(l, "g", "Half a sentence.")
	w.app.Work.SendLive(l, session.Part{ID: "prt_g", MessageID: "msg_g", Kind: "text", Text: "Half a sent"})
	apply(page, s.until("the event", func(m message) bool { return strings.Contains(m.data, "Half a sentence.") })...)
	w.says(l, "h", "The end.")
	apply(page, s.until("the next event", func(m message) bool { return strings.Contains(m.data, "The end.") })...)
	if text := page.Find("#session-live").Text(); strings.Contains(text, "Half") {
		t.Errorf("the growing text stayed after its event: %q", text)
	}
	if n := strings.Count(page.Find("#conversation").Text(), "Half a sentence."); n != 1 {
		t.Errorf("the finished text is shown %d times", n)
	}
}

func TestStreamsEndWithTheServer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := crew(t, w, "alpha")
	work := w.session(a, "Port the ledger", false)
	b := w.signedIn("lead-alpha")
	var open []*stream
	for range 20 {
		open = append(open, b.stream("/t/alpha/sessions/"+string(work.ID)+"/stream"), b.stream("/t/alpha/stream?view=overview"))
	}
	begin := time.Now()
	w.app.Kernel.Hub.Close()
	for _, s := range open {
		s.end(5 * time.Second)
	}
	if err := w.web.Fiber.ShutdownWithTimeout(5 * time.Second); err != nil {
		t.Errorf("shut down after %s: %v", time.Since(begin), err)
	}
}

func TestAStrangersStreamIsRefusedWithoutARedirect(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	crew(t, w, "alpha")
	w.browser().get("/t/alpha/stream", "HX-Request", "true").want(t, http.StatusUnauthorized)
}
