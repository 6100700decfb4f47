package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/app"
)

func TestALeadAsksForMoreBudget(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := crew(t, w, "alpha")
	lead := w.signedIn("lead-alpha")
	for _, name := range []string{"lead-alpha", "member-alpha", "viewer-alpha"} {
		d := w.signedIn(name).get("/t/alpha/budget").want(t, http.StatusOK).doc(t)
		if text := d.Find("#budget-now").Text(); !strings.Contains(text, "50,000,000") || !strings.Contains(text, "frees on") {
			t.Errorf("%s reads %q", name, text)
		}
		if forms := d.Find("main form").Length(); (forms == 1) != (name == "lead-alpha") {
			t.Errorf("%s sees %d forms", name, forms)
		}
	}
	d := lead.act("alpha", "/budget/requests", url.Values{"tokens": {"some"}, "reason": {"The release."}}).want(t, http.StatusUnprocessableEntity).doc(t)
	if !strings.Contains(d.Find("#f-tokens-fault").Text(), "whole number") || d.Find("#f-reason").Text() == "" {
		t.Errorf("the refused form says %q", d.Find("main form").Text())
	}
	lead.act("alpha", "/budget/requests", url.Values{"tokens": {"60,000,000"}, "reason": {"The release."}}).want(t, http.StatusSeeOther)
	if text := lead.get("/t/alpha/budget").doc(t).Find("main").Text(); !strings.Contains(text, "The release.") || !strings.Contains(text, "60,000,000 tokens") {
		t.Errorf("the request is not shown: %q", text)
	}
	open, err := w.app.OpenBudgetRequests(t.Context())
	if err != nil || len(open) != 1 {
		t.Fatalf("open requests: %+v, %v", open, err)
	}
	if _, err := w.app.GrantBudget(t.Context(), app.Operator(), a.Tenant, open[0].Request.ID, "Until spring."); err != nil {
		t.Fatal(err)
	}
	if text := lead.get("/t/alpha/budget").doc(t).Find("main").Text(); !strings.Contains(text, "Until spring.") || !strings.Contains(text, "granted") {
		t.Errorf("the answer is not shown: %q", text)
	}
}

func TestAStartOverBudgetIsRefusedInWords(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := crew(t, w, "alpha")
	v := w.session(a, "Port the ledger", false)
	none := new(int64)
	if err := w.app.SetQuota(t.Context(), app.Operator(), a.Tenant, app.Quota{Tokens: &none}); err != nil {
		t.Fatal(err)
	}
	r := w.signedIn("lead-alpha").act("alpha", "/sessions/"+string(v.ID)+"/start", url.Values{}).want(t, http.StatusTooManyRequests)
	if text := r.doc(t).Text(); !strings.Contains(text, "Not started: this team may use 0 tokens. That does not free with the month.") || !strings.Contains(text, "An admin can raise it.") {
		t.Errorf("the page says %q", text)
	}
}
