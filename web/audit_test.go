package web_test

import (
	"encoding/csv"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/audit"
)

// logRows are the lines of the audit page: who, did, what to know, from, result.
func logRows(d *goquery.Document) string {
	return strings.Join(d.Find("main tbody tr").Map(func(_ int, r *goquery.Selection) string {
		return strings.Join(r.Find("td").Map(func(_ int, c *goquery.Selection) string { return strings.Join(strings.Fields(c.Text()), " ") }), "|")
	}), "\n")
}

func TestLeadsReadTheAuditLog(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := crew(t, w, "alpha")
	crew(t, w, "beta")
	w.session(a, "Port the ledger", false)
	lead := w.signedIn("lead-alpha")
	page := lead.get("/t/alpha/audit").want(t, http.StatusOK).doc(t)
	if got := logRows(page); !strings.Contains(got, "create session|") || !strings.Contains(got, "lead-alpha") || strings.Contains(got, "beta") {
		t.Errorf("the log reads:\n%s", got)
	}
	if page.Find(`nav a[href="/t/alpha/audit"][aria-current=page]`).Length() != 1 {
		t.Error("the sidebar does not show where one is")
	}
	for _, name := range []string{"member-alpha", "viewer-alpha"} {
		b := w.signedIn(name)
		for _, path := range []string{"/t/alpha/audit", "/t/alpha/audit/csv"} {
			b.get(path).want(t, http.StatusForbidden)
		}
		if b.get("/t/alpha").want(t, http.StatusOK).doc(t).Find(`a[href="/t/alpha/audit"]`).Length() != 0 {
			t.Errorf("%s is shown the way", name)
		}
	}
	got := logRows(lead.get("/t/alpha/audit?result=refused").want(t, http.StatusOK).doc(t))
	if !strings.Contains(got, "member-alpha|read audit") || !strings.Contains(got, "127.0.0.1|refused") || strings.Contains(got, "create session") {
		t.Errorf("the refusals read:\n%s", got)
	}
	w.signedIn("lead-beta").get("/t/alpha/audit").want(t, http.StatusNotFound)
}

func TestTheAuditLogIsFilteredAndPaged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := crew(t, w, "alpha")
	for range 60 {
		w.session(a, "Port the ledger", false)
	}
	b := w.signedIn("lead-alpha")
	first := b.get("/t/alpha/audit?verb=create_session").want(t, http.StatusOK).doc(t)
	older := first.Find(`.pager a[data-key="]"]`).AttrOr("href", "")
	second := b.get(older).want(t, http.StatusOK).doc(t)
	if n, m := first.Find("main tbody tr").Length(), second.Find("main tbody tr").Length(); n != 50 || m != 10 {
		t.Errorf("%d and %d lines, from %q", n, m, older)
	}
	back := b.get(second.Find(`.pager a[data-key="["]`).AttrOr("href", "")).want(t, http.StatusOK).doc(t)
	if logRows(back) != logRows(first) {
		t.Error("the way back leads elsewhere")
	}
	today, tomorrow := time.Now().UTC().Format(time.DateOnly), time.Now().UTC().AddDate(0, 0, 1).Format(time.DateOnly)
	for query, want := range map[string]int{"person=" + string(a.User) + "&verb=create_session": 50, "person=0192f3a1-0000-7000-8000-00000000c0de": 0,
		"from=" + today: 50, "from=" + tomorrow: 0, "to=2020-01-01": 0, "result=refused": 0} {
		if n := b.get("/t/alpha/audit?"+query).want(t, http.StatusOK).doc(t).Find("main tbody tr").Length(); n != want {
			t.Errorf("%s: %d lines, want %d", query, n, want)
		}
	}
	for _, query := range []string{"from=yesterday", "result=maybe", "before=x"} {
		if n := b.get("/t/alpha/audit?"+query).want(t, http.StatusUnprocessableEntity).doc(t).Find("main form select").Length(); n != 3 {
			t.Errorf("%s: the page has %d selects", query, n)
		}
	}
}

func TestTheAuditLogIsTakenOutAsCSVAndThatIsWrittenDown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := crew(t, w, "alpha")
	w.session(a, `=HYPERLINK("https://evil.example")`, false)
	b := w.signedIn("lead-alpha")
	got := b.get("/t/alpha/audit/csv?"+url.Values{"verb": {"create_session"}}.Encode()).want(t, http.StatusOK)
	if h := got.Header; !strings.HasPrefix(h.Get("Content-Type"), "text/csv") || !strings.Contains(h.Get("Content-Disposition"), "audit-alpha.csv") {
		t.Errorf("headers: %v", h)
	}
	rows, err := csv.NewReader(strings.NewReader(got.body)).ReadAll()
	if err != nil || len(rows) != 2 || rows[1][7] != `'=HYPERLINK("https://evil.example")` {
		t.Fatalf("rows: %q, %v", rows, err)
	}
	page, err := w.app.Console.AuditLog(t.Context(), a, audit.Filter{Verb: "export_audit"})
	if err != nil || len(page.Items) != 1 || page.Items[0].Detail != "verb create_session" || page.Items[0].Peer != "127.0.0.1" || page.Items[0].Request != got.Header.Get("X-Request-Id") {
		t.Errorf("written down: %+v, %v", page.Items, err)
	}
	b.get("/t/alpha/audit/csv?from=yesterday").want(t, http.StatusUnprocessableEntity)
}

// What a person does here is written down with their credential, address and request.
func TestEntriesSayFromWhereAndInWhichRequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := crew(t, w, "alpha")
	work := w.session(a, "Port the ledger", false)
	got := w.signedIn("lead-alpha").act("alpha", "/sessions/"+string(work.ID)+"/start", nil)
	page, err := w.app.Console.AuditLog(t.Context(), a, audit.Filter{Verb: "start_session"})
	if err != nil || len(page.Items) != 1 {
		t.Fatalf("%+v, %v", page.Items, err)
	}
	if e := page.Items[0]; e.By != a.User || e.Via != "login" || e.Peer != "127.0.0.1" || e.Request != got.Header.Get("X-Request-Id") || e.Object != string(work.ID) {
		t.Errorf("%+v", e)
	}
}
