package web_test

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
)

// operator is a browser of somebody who runs the instance, with a team that has used something and has a process.
func operator(t *testing.T) (*world, *browser, tenant.Actor) {
	t.Helper()
	w := newWorld(t)
	lead := crew(t, w, "alpha")
	if _, err := w.app.People.CreateUser(t.Context(), "boss@example.org", "Boss", password, true); err != nil {
		t.Fatal(err)
	}
	work := w.session(lead, "Port the ledger", true)
	call := usage.Call{ID: "call-1", Session: string(work.ID), Provider: "models", Model: "small", Started: time.Now(), Cost: 1_250_000, Response: []byte(`{}`),
		Counts: usage.Counts{Input: 12_345, Output: 678, CacheRead: 90}}
	if err := w.app.Work.RecordCall(t.Context(), lead.Tenant, call, nil); err != nil {
		t.Fatal(err)
	}
	if err := w.app.Work.SaveProcess(t.Context(), lead.Tenant, dbwork.Process{Session: work.ID, PID: 4_000_111, StartTime: "boot/1", Generation: "g", Version: "1.18.33", StartedAt: time.Now()}); err != nil {
		t.Fatal(err)
	}
	return w, w.signedIn("boss"), lead
}

// Each page shows what is true: figures of the rollups, queues, processes, settings; nobody but an admin sees one of them.
func TestTheInstancesPages(t *testing.T) {
	t.Parallel()
	w, b, _ := operator(t)
	for path, want := range map[string][]string{
		"/admin/usage":              {"Team alpha", "12,345", "$1.25"},
		"/admin/usage?by=person":    {"lead-alpha", "678"},
		"/admin/usage?by=model":     {"models/small"},
		"/admin/usage?by=day":       {usage.Date(time.Now())},
		"/admin/usage?team=alpha":   {"$1.25"},
		"/admin/queue":              {"Team alpha", "Starts in a moment."},
		"/admin/processes":          {"Team alpha", "1.18.33", "not running on this host"},
		"/admin/jobs":               {"No background jobs run in this process."},
		"/admin/prices":             {"This instance has no prices yet."},
		"/admin/settings":           {"365", "Sign-up"},
		"/admin/health":             {"Database", "answered in", "Event streams"},
		"/admin/audit":              {"create user", "Download CSV"},
		"/admin/audit?verb=sign_in": {"sign in"},
	} {
		r := b.get(path)
		for _, text := range want {
			if r.StatusCode != http.StatusOK || !strings.Contains(r.body, text) {
				t.Errorf("%s: status %d, without %q", path, r.StatusCode, text)
			}
		}
		if strings.Contains(r.body, "Port the ledger") {
			t.Errorf("%s tells what a session is about", path)
		}
		if r := w.signedIn("lead-alpha").get(path); r.StatusCode != http.StatusForbidden {
			t.Errorf("%s for a lead: status %d", path, r.StatusCode)
		}
	}
	for path, says := range map[string]string{"/admin/usage?team=nobody": "No team has the slug", "/admin/usage?from=2026-02-01&to=2026-01-01": "is before the first", "/admin/usage?from=soon": "Enter a date such as"} {
		if r := b.get(path); r.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(r.body, says) {
			t.Errorf("%s: status %d, without %q", path, r.StatusCode, says)
		}
	}
}

// Downloads are CSV, name the columns, and hold no content.
func TestTheInstancesDownloads(t *testing.T) {
	t.Parallel()
	_, b, _ := operator(t)
	for path, want := range map[string]string{"/admin/usage/csv": ",alpha,lead-alpha,", "/admin/audit/csv": ",create_user,"} {
		r := b.get(path)
		if r.StatusCode != http.StatusOK || !strings.HasPrefix(r.Header.Get("Content-Type"), "text/csv") || !strings.Contains(r.body, want) {
			t.Errorf("%s: status %d, %s: %s", path, r.StatusCode, r.Header.Get("Content-Type"), r.body)
		}
	}
}

// What an admin sets holds at once; what cannot be taken is said beside its field and changes nothing.
func TestTheInstancesForms(t *testing.T) {
	t.Parallel()
	w, b, lead := operator(t)
	send := func(path string, form url.Values) answer {
		sent := url.Values{"csrf": {b.csrf()}}
		for name := range form {
			sent.Set(name, form.Get(name))
		}
		return b.post(path, sent)
	}
	if r := send("/admin/settings/keep", url.Values{"keep_transcripts_days": {"soon"}, "keep_model_calls_days": {"7"}}); r.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(r.body, "is not a valid number of days") {
		t.Errorf("bad days: status %d", r.StatusCode)
	}
	if r := send("/admin/settings/keep", url.Values{"keep_transcripts_days": {"0"}, "keep_model_calls_days": {"7"}}); r.StatusCode != http.StatusSeeOther {
		t.Errorf("days: status %d", r.StatusCode)
	}
	if k, err := w.app.Kernel.Keep(context.Background()); err != nil || k.Transcripts != 0 || k.Calls != 7 {
		t.Errorf("kept for %+v, %v", k, err)
	}
	price := url.Values{"provider": {"models"}, "model": {"small"}, "from": {"2020-01-01"}, "input": {"3"}, "output": {"15"}, "cache_read": {"0.3"}, "cache_write": {"3.75"}}
	if r := send("/admin/prices", price); r.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(r.body, "take effect in the past") {
		t.Errorf("a price in the past: status %d", r.StatusCode)
	}
	price.Set("from", "")
	if r := send("/admin/prices", price); r.StatusCode != http.StatusSeeOther {
		t.Errorf("a price: status %d: %s", r.StatusCode, r.body)
	}
	if r := b.get("/admin/prices"); !strings.Contains(r.body, "models/small") || !strings.Contains(r.body, "$3.75") {
		t.Error("the price is not in the table")
	}
	limits := url.Values{"max_concurrent_sessions": {"many"}, "max_queued_sessions": {"7,001"}, "tokens": {"7,002"}, "cost": {"7003"}, "storage": {"7004"}, "requests": {"7,005"},
		"session_tokens": {"7,006"}, "session_cost": {"7007"}, "repeats": {"8"}}
	r := send("/admin/tenants/alpha/quota", limits)
	for name := range limits {
		if field := regexp.MustCompile(`<input[^>]*name="` + name + `"[^>]*>`).FindString(r.body); r.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(field, `value="`+limits.Get(name)+`"`) {
			t.Errorf("after a fault in another field, status %d: %s is not kept: %s", r.StatusCode, name, field)
		}
	}
	end := regexp.MustCompile(`/admin/processes/` + string(lead.Tenant) + `/[^/"]+/end`).FindString(b.get("/admin/processes").body)
	if r := send(end, nil); r.StatusCode != http.StatusSeeOther {
		t.Errorf("ending a process: status %d", r.StatusCode)
	}
	if r := b.get("/admin/audit?verb=end_process"); !strings.Contains(r.body, "OpenCode 1.18.33") {
		t.Error("ending a process is not in the log")
	}
}

// What was charged stands beside what agents say and what the price table makes of it, with the reason of each difference.
func TestTheTruthOfCost(t *testing.T) {
	t.Parallel()
	w, _, _ := operator(t)
	r := w.signedIn("lead-alpha").get("/t/alpha/budget/costs")
	for _, text := range []string{"$1.25", "12,345", "1 calls, 0 steps", "1 call without a price", "models/small"} {
		if r.StatusCode != http.StatusOK || !strings.Contains(r.body, text) {
			t.Errorf("status %d, without %q", r.StatusCode, text)
		}
	}
}
