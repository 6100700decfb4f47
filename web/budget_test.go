package web_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	appconsole "github.com/industrial-orchestrator/orchestrator/internal/app/console"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/apitoken"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
)

func TestALeadAsksForMoreBudget(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := crew(t, w, "alpha")
	lead := w.signedIn("lead-alpha")
	for _, name := range []string{"lead-alpha", "member-alpha", "viewer-alpha"} {
		d := w.signedIn(name).get("/t/alpha/budget").want(t, http.StatusOK).doc(t)
		if text := d.Find("#budget-now").Text(); !strings.Contains(text, "50,000,000") || !strings.Contains(text, "resets on") {
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
	open, err := w.app.Console.OpenBudgetRequests(t.Context())
	if err != nil || len(open) != 1 {
		t.Fatalf("open requests: %+v, %v", open, err)
	}
	if _, err := w.app.Console.GrantBudget(t.Context(), appkernel.Operator(), a.Tenant, open[0].Request.ID, "Until spring."); err != nil {
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
	if err := w.app.Console.SetQuota(t.Context(), appkernel.Operator(), a.Tenant, appconsole.Quota{Tokens: &none}); err != nil {
		t.Fatal(err)
	}
	r := w.signedIn("lead-alpha").act("alpha", "/sessions/"+string(v.ID)+"/start", url.Values{}).want(t, http.StatusTooManyRequests)
	if text := r.doc(t).Text(); !strings.Contains(text, "Not started: the team's limit is 0 tokens per month. It does not reset.") || !strings.Contains(text, "An admin can raise the limit.") {
		t.Errorf("the page says %q", text)
	}
}

func TestTheBudgetPageShowsDaysStorageAndLimits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := crew(t, w, "alpha")
	call := usage.Call{ID: id.New(), Provider: "local", Model: "small", Counts: usage.Counts{Input: 1_250}, Started: time.Now()}
	limit := int64(1_000)
	most, room, reject, often := &limit, new(int64), true, 50
	*room = 3 << 20
	if err := errors.Join(w.app.Work.RecordCall(t.Context(), a.Tenant, call, nil),
		w.app.Console.SetQuota(t.Context(), appkernel.Operator(), a.Tenant, appconsole.Quota{Tokens: &most, Storage: &room, RefuseWhenFull: &reject, Requests: &often}),
		w.app.Work.NoteStorage(t.Context(), a.Tenant, quota.Storage{Trees: 3 << 20, Clones: 1 << 20})); err != nil {
		t.Fatal(err)
	}
	d := w.signedIn("viewer-alpha").get("/t/alpha/budget").want(t, http.StatusOK).doc(t)
	if n := d.Find("#budget-days rect").Length(); n != 1 {
		t.Errorf("the chart has %d bars", n)
	}
	if text := d.Find("#budget-now").Text(); !strings.Contains(text, "250 tokens over the limit") {
		t.Errorf("the month says %q", text)
	}
	for _, want := range []string{"4 MiB of 3 MiB", "Storage is full:", "refused", "50"} {
		if text := d.Find("#budget-kept").Text(); !strings.Contains(text, want) {
			t.Errorf("storage and limits do not say %q: %q", want, text)
		}
	}
}

// TestPagesAndTheAPIRefuseInTheSameWords: what is short is said once, and shown alike.
func TestPagesAndTheAPIRefuseInTheSameWords(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withAPI)
	a := crew(t, w, "alpha")
	v := w.session(a, "Port the ledger", false)
	token, _, err := w.app.People.CreateToken(t.Context(), a, "api", apitoken.Manage, nil)
	if err != nil {
		t.Fatal(err)
	}
	none, zero := 0, new(int64)
	reject := true
	for name, q := range map[string]appconsole.Quota{
		"tokens":  {Tokens: &zero},
		"queue":   {Tokens: new(*int64), MaxQueuedSessions: &none},
		"place":   {Tokens: new(*int64), MaxConcurrentSessions: &none, RefuseWhenFull: &reject},
		"storage": {Tokens: new(*int64), Storage: &zero},
	} {
		if err := w.app.Console.SetQuota(t.Context(), appkernel.Operator(), a.Tenant, q); err != nil {
			t.Fatal(err)
		}
		p := w.asProgram(token, "/api/v1/sessions/"+string(v.ID)+"/start")
		page := w.signedIn("lead-alpha").act("alpha", "/sessions/"+string(v.ID)+"/start", url.Values{}).want(t, http.StatusTooManyRequests).doc(t).Text()
		if !strings.HasPrefix(p, "Not started: ") || !strings.Contains(page, p) {
			t.Errorf("%s: the API says %q, the page %q", name, p, page)
		}
		all := 1000
		if err := w.app.Console.SetQuota(t.Context(), appkernel.Operator(), a.Tenant, appconsole.Quota{Tokens: new(*int64), Storage: new(*int64), MaxQueuedSessions: &all, MaxConcurrentSessions: &all}); err != nil {
			t.Fatal(err)
		}
	}
}

// asProgram posts nothing to an address of the API and gives the sentence of its refusal.
func (w *world) asProgram(token, path string) string {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, w.base+path, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	var p struct{ Code, Detail string }
	if err := json.NewDecoder(res.Body).Decode(&p); err != nil || res.StatusCode != http.StatusTooManyRequests || p.Code != "quota_exceeded" {
		w.t.Fatalf("%s: %d %+v, %v", path, res.StatusCode, p, err)
	}
	return p.Detail
}
