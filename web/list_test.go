package web_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

// rows are the titles a list shows, in its order.
func rows(d *goquery.Document) []string {
	return d.Find("#rows .rowlink").Map(func(_ int, a *goquery.Selection) string { return a.Text() })
}

// link is the address of the link with these words; empty where there is none.
func link(d *goquery.Document, words string) string {
	for _, a := range d.Find(".pager a").EachIter() {
		if strings.Contains(a.Text(), words) {
			return a.AttrOr("href", "")
		}
	}
	return ""
}

func TestTheListIsPagedThroughAndBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := crew(t, w, "alpha")
	var want []string
	for i := range 120 {
		want = append(want, fmt.Sprintf("Port part %d of the ledger", i))
		w.session(a, want[i], false)
	}
	slices.Reverse(want)
	b := w.signedIn("viewer-alpha")
	var got []string
	page := b.get("/t/alpha/sessions").want(t, http.StatusOK).doc(t)
	if link(page, "Previous") != "" {
		t.Error("the first page leads to newer ones")
	}
	for {
		got = append(got, rows(page)...)
		older := link(page, "Next")
		if older == "" {
			break
		}
		page = b.get(older).want(t, http.StatusOK).doc(t)
	}
	if !slices.Equal(got, want) {
		t.Errorf("paging shows %d rows in another order than the %d there are", len(got), len(want))
	}
	for link(page, "Previous") != "" {
		page = b.get(link(page, "Previous")).want(t, http.StatusOK).doc(t)
	}
	if first := rows(page); !slices.Equal(first, want[:50]) {
		t.Errorf("paging back ends at %d rows that begin with %q", len(first), first[0])
	}
}

func TestChipsCountAndFilter(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := crew(t, w, "alpha")
	for i := range 3 {
		w.session(a, fmt.Sprintf("Draft number %d", i), false)
	}
	w.session(a, "Queue the export", true)
	b := w.signedIn("viewer-alpha")
	d := b.get("/t/alpha/sessions").want(t, http.StatusOK).doc(t)
	lamps := d.Find("#lamps a")
	if lamps.Length() != 13 {
		t.Errorf("the board has %d places, want 13", lamps.Length())
	}
	for words, want := range map[string]string{"all states": "4", "pending": "3", "queued": "1", "failed": "0"} {
		if text := strings.Join(strings.Fields(lamps.FilterFunction(func(_ int, s *goquery.Selection) bool { return strings.Contains(s.Text(), words) }).Text()), " "); text != want+" "+words {
			t.Errorf("the chip %s reads %q, want %s", words, text, want)
		}
	}
	chip := d.Find(`#lamps a[title=queued]`).AttrOr("href", "")
	one := b.get(chip).want(t, http.StatusOK).doc(t)
	if got := rows(one); !slices.Equal(got, []string{"Queue the export"}) {
		t.Errorf("the chip leads to %q", got)
	}
	if one.Find(`#lamps a[aria-current=true]`).AttrOr("title", "") != "queued" {
		t.Error("the chosen chip is not marked")
	}
	b.get("/t/alpha/sessions?status=sleeping").want(t, http.StatusUnprocessableEntity)
	b.get("/t/alpha/sessions?before=x").want(t, http.StatusUnprocessableEntity)
}

func TestTheListIsSearched(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := crew(t, w, "alpha")
	port, err := w.app.Work.CreateSession(context.Background(), a, session.Session{Title: "Port the ledger", Prompt: "x", Model: "scripted/small", Tags: []string{"billing"}}, false)
	if err != nil {
		t.Fatal(err)
	}
	w.session(a, "Draw the chart", false)
	b := w.signedIn("viewer-alpha")
	for q, want := range map[string][]string{"ledger": {"Port the ledger"}, "LEDG port": {"Port the ledger"}, "bill": {"Port the ledger"},
		session.Short(port.ID): {"Port the ledger"}, string(port.ID): {"Port the ledger"}, "chart": {"Draw the chart"}, "": {"Draw the chart", "Port the ledger"}, "nothing-like-it": nil} {
		d := b.get("/t/alpha/sessions?q="+url.QueryEscape(q)).want(t, http.StatusOK).doc(t)
		if got := rows(d); !slices.Equal(got, want) {
			t.Errorf("searching %q shows %q, want %q", q, got, want)
		}
		if kept := d.Find("input[name=q]").AttrOr("value", ""); kept != q {
			t.Errorf("the search for %q reads %q", q, kept)
		}
		if want == nil && !strings.Contains(d.Find("#rows").Text(), "No sessions match") {
			t.Errorf("an empty search says %q", d.Find("#rows").Text())
		}
	}
}

func TestRowsChangeInPlaceAndNewerOnesAreAnnounced(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := crew(t, w, "alpha")
	first := w.session(a, "Port the ledger", true)
	second := w.session(a, "Draw the chart", true)
	b := w.signedIn("viewer-alpha")
	page := b.get("/t/alpha/sessions?status=queued").want(t, http.StatusOK).doc(t)
	if n := page.Find("[hx-sse\\:connect]").Length(); n != 1 {
		t.Fatalf("the page opens %d streams", n)
	}
	s := b.stream(page.Find("[hx-sse\\:connect]").AttrOr("hx-sse:connect", ""))
	l := w.claim()
	if l.Session != first.ID {
		t.Fatalf("claimed %s", l.Session)
	}
	apply(page, s.until("the row that left the filter", func(m message) bool {
		return strings.Contains(m.data, "row-"+string(first.ID)) && strings.Contains(m.data, "running")
	})...)
	apply(page, s.until("its number", func(m message) bool { return m.id != "" })...)
	if got := rows(page); !slices.Equal(got, []string{"Draw the chart", "Port the ledger"}) {
		t.Errorf("after a change the rows are %q", got)
	}
	if text := page.Find(`#row-` + string(second.ID)).Text(); !strings.Contains(text, "Place 1") {
		t.Errorf("the row that waits does not say its new place: %q", text)
	}
	if text := page.Find("#lamps a[title=running]").Text(); !strings.Contains(text, "1") {
		t.Errorf("the chip reads %q", text)
	}
	w.session(a, "Queue the export", true)
	apply(page, s.until("the announcement", func(m message) bool { return strings.Contains(m.data, "1 newer session.") })...)
	if got := rows(page); len(got) != 2 {
		t.Errorf("a newer session slid in: %q", got)
	}
	show := page.Find("#newer a").AttrOr("href", "")
	if got := rows(b.get(show).want(t, http.StatusOK).doc(t)); !slices.Equal(got, []string{"Queue the export", "Draw the chart"}) {
		t.Errorf("the announcement leads to %q", got)
	}
}

func TestAListStreamGoesOnAfterABreak(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := crew(t, w, "alpha")
	work := w.session(a, "Port the ledger", true)
	b := w.signedIn("viewer-alpha")
	page := b.get("/t/alpha/sessions").want(t, http.StatusOK).doc(t)
	address := page.Find("[hx-sse\\:connect]").AttrOr("hx-sse:connect", "")
	s := b.stream(address)
	resume := lastID(s.until("a number", func(m message) bool { return m.id != "" }))
	s.stop()
	w.claim()
	apply(page, b.stream(address, "Last-Event-ID", resume).until("the row", func(m message) bool { return strings.Contains(m.data, "row-"+string(work.ID)) })...)
	if text := page.Find("#rows").Text(); !strings.Contains(text, "running") {
		t.Errorf("what changed during the break is not shown: %q", text)
	}
}
