package api_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	apimodels "github.com/industrial-orchestrator/orchestrator/web/api/models"
	apirepos "github.com/industrial-orchestrator/orchestrator/web/api/repos"
	apiwork "github.com/industrial-orchestrator/orchestrator/web/api/work"
)

func TestDiffPatchAndChecksAreAnswered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.crew("alpha").lead
	c.equip(t)
	s := c.create(t, map[string]any{"start": true})
	l := w.claim(t)
	at, ctx := "/sessions/"+s.ID, context.Background()
	if d := as[apiwork.Diff](t, c.get(at+"/diff").want(t, http.StatusOK)); d.Files == nil || len(d.Files) != 0 {
		t.Errorf("before a turn the diff is %+v", d)
	}
	c.get(at+"/patch").want(t, http.StatusConflict)
	patch := "--- a/greeting.txt\n+++ b/greeting.txt\n@@ -1 +1 @@\n-goodbye\n+hello <&>\n"
	file := session.FileChange{Path: "greeting.txt", Status: "modified", Additions: 1, Deletions: 1, Patch: patch}
	if err := w.app.Work.SetDiff(ctx, l, []session.FileChange{file}, []byte(patch), false); err != nil {
		t.Fatal(err)
	}
	results := []repository.CheckResult{
		{Command: "sh test.sh", Verdict: repository.Passed, Output: "ok\n", Duration: 1500 * time.Millisecond, FinishedAt: time.Now(), Attempt: 1},
		{Command: "false", Verdict: repository.Broken, ExitCode: 1, FinishedAt: time.Now(), Attempt: 1},
		{Command: "sleep 9", Verdict: repository.TimedOut, ExitCode: -1, FinishedAt: time.Now(), Attempt: 1},
	}
	if err := w.app.Work.SetChecks(ctx, l, results); err != nil {
		t.Fatal(err)
	}
	d := as[apiwork.Diff](t, c.get(at+"/diff").want(t, http.StatusOK))
	if len(d.Files) != 1 || d.Files[0] != (apiwork.File{Path: "greeting.txt", Status: "modified", Additions: 1, Deletions: 1, Patch: patch}) {
		t.Errorf("the diff is %+v", d)
	}
	if r := c.get(at+"/patch").want(t, http.StatusOK); r.body != patch || !strings.HasPrefix(r.Header.Get("Content-Type"), "text/x-diff") || r.Header.Get("X-Truncated") != "false" {
		t.Errorf("the patch is %q, %s", r.body, r.Header)
	}
	checks := as[items[apiwork.Check]](t, c.get(at+"/checks").want(t, http.StatusOK)).Items
	if len(checks) != 3 || !checks[0].Passed || *checks[0].Exit != 0 || checks[0].DurationMS != 1500 || checks[1].Passed || *checks[1].Exit != 1 || checks[2].Exit != nil || checks[2].Verdict != "timed_out" {
		t.Errorf("the checks are %+v", checks)
	}
}

func TestAsksAreListedWhileOpenAndAnsweredOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.crew("alpha")
	c.lead.equip(t)
	s := c.member.create(t, map[string]any{"start": true})
	l := w.claim(t)
	w.asks(t, l, "1", "make migrate")
	w.questions(t, l, "2")
	at := "/sessions/" + s.ID + "/permissions"
	asks := as[items[apiwork.Ask]](t, c.viewer.get(at).want(t, http.StatusOK)).Items
	if len(asks) != 2 || asks[0].Permission != "bash" || asks[0].Kind != "approval" || asks[0].Patterns[0] != "make migrate" || asks[1].Kind != "question" || !strings.Contains(string(asks[1].Questions), "SQLite") {
		t.Fatalf("the asks are %+v", asks)
	}
	if got := c.viewer.get("/sessions/" + s.ID).body; !strings.Contains(got, `"waiting_for":"`) || strings.Contains(got, `"waiting_for":""`) {
		t.Errorf("the session does not say what it waits for: %s", got)
	}
	c.viewer.post(at+"/"+asks[0].ID, map[string]string{"reply": "once"}).want(t, http.StatusForbidden)
	if r := c.member.post(at+"/"+asks[0].ID, map[string]string{"reply": "reject", "message": "Not on Fridays."}).want(t, http.StatusNoContent); r.body != "" {
		t.Errorf("204 has a body: %q", r.body)
	}
	c.lead.post(at+"/"+asks[0].ID, map[string]string{"reply": "once"}).want(t, http.StatusConflict)
	c.lead.post(at+"/"+asks[1].ID, map[string]any{"reply": "answered"}).want(t, http.StatusUnprocessableEntity)
	c.lead.post(at+"/"+asks[1].ID, map[string]any{"reply": "answered", "answers": [][]string{{"SQLite"}}}).want(t, http.StatusNoContent)
	if left := as[items[apiwork.Ask]](t, c.viewer.get(at)).Items; len(left) != 0 {
		t.Errorf("answered asks are still listed: %+v", left)
	}
}

func TestProvidersAndRepositoriesKeepTheirSecrets(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.crew("alpha")
	made := c.lead.post("/model-providers", newProvider).want(t, http.StatusCreated)
	p := as[apimodels.Provider](t, made)
	want := apimodels.Model{ID: "family/small:1.5", Context: 100_000, Output: 8_000, PriceInput: 3_000_000, PriceOutput: 15_000_000, PriceCacheRead: 300_000, PriceCacheWrite: 3_750_000}
	if !p.HasKey || p.Name != "scripted" || len(p.Models) != 1 || p.Models[0] != want {
		t.Errorf("the provider is %+v", p)
	}
	c.lead.post("/model-providers", newProvider).want(t, http.StatusConflict)
	if test := as[apimodels.ProviderTest](t, c.lead.post("/model-providers/"+p.ID+"/test", map[string]any{}).want(t, http.StatusOK)); !test.OK || test.Model != "family/small:1.5" || test.LatencyMS != 3 {
		t.Errorf("the test says %+v", test)
	}
	withCredential := map[string]any{"name": "far", "url": "https://git.example.org/far.git", "credential": "ghp-secret"}
	far := c.lead.post("/repositories", withCredential).want(t, http.StatusCreated)
	if r := as[apirepos.Repository](t, far); r.Status != "cloning" || r.DefaultBranch != "main" || !r.HasCredential || r.CheckCommands == nil {
		t.Errorf("the repository is %+v", r)
	}
	near := as[apirepos.Repository](t, c.lead.post("/repositories", newRepository).want(t, http.StatusCreated))
	if near.Path != "/srv/site" || near.URL != "" || len(near.CheckCommands) != 1 {
		t.Errorf("the repository is %+v", near)
	}
	all := made.body + far.body + c.viewer.get("/model-providers").body + c.viewer.get("/repositories").body
	if strings.Contains(all, "secret") || strings.Contains(all, "ghp-") || strings.Contains(all, "api_key") {
		t.Errorf("a secret is shown: %s", all)
	}
}
