package web_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
)

func TestPeopleLimitsAndUseAreShownToEverybody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := crew(t, w, "alpha")
	work := w.session(a, "Port the ledger", true)
	w.claim()
	w.session(a, "Draw the chart", true)
	c := usage.Call{ID: "0192f3a1-0000-7000-8000-00000000c0de", Session: string(work.ID), Attempt: 1, Provider: "scripted", Model: "small", Endpoint: "/v1/chat/completions",
		Status: 200, Counts: usage.Counts{Input: 41_872, Output: 1_003, CacheRead: 90}, Cost: 1_420_000, Started: time.Now().UTC()}
	if err := w.app.Work.RecordCall(t.Context(), a.Tenant, c, nil); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"lead-alpha", "member-alpha", "viewer-alpha"} {
		d := w.signedIn(name).get("/t/alpha/people").want(t, http.StatusOK).doc(t)
		rows := d.Find("main tbody tr").Map(func(_ int, r *goquery.Selection) string {
			return strings.Join(r.Find("td").Map(func(_ int, cell *goquery.Selection) string { return strings.Join(strings.Fields(cell.Text()), " ") }), "|")
		})
		text := strings.Join(rows, "\n")
		// Two sessions, 41,872 + 1,003 + a tenth of 90 tokens, and here just now; who signed in never is told so.
		if lead := regexp.MustCompile(`lead-alpha@example\.org\|lead\|2\|42 k\|\S`); !lead.MatchString(text) || name == "lead-alpha" && !strings.Contains(text, "viewer-alpha@example.org|viewer|0|0|never") {
			t.Errorf("%s reads of the people:\n%s", name, text)
		}
		for _, words := range []string{"lead-alpha@example.org|lead", "member-alpha@example.org|member", "viewer-alpha@example.org|viewer", name + " you",
			"Active sessions|1|10", "Queued sessions|1|500", "|42,884|50,000,000", "|$1.42|no limit", "scripted/small|1"} {
			if !strings.Contains(text, words) {
				t.Errorf("%s does not read %q in:\n%s", name, words, text)
			}
		}
		acts := strings.Join(controls(d), " ")
		if lead := name == "lead-alpha"; strings.Contains(acts, "/role") != lead || strings.Contains(acts, "/invitations") != lead || !strings.Contains(acts, "/people/leave") {
			t.Errorf("%s sees forms to %s", name, acts)
		}
	}
}
