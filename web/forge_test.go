package web_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/forge"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// scriptedForge is a forge with at most one pull request. Its token is "good-token".
type scriptedForge struct {
	forge.Port
	token string
	pull  *forge.PullRequest
}

func (w *world) connectForge(_ forge.Settings, token string) (forge.Port, error) {
	return scriptedForge{token: token, pull: &w.pull}, nil
}

// Save and Publish take the place of git.
func (w *world) Save(context.Context, session.Session, string) (session.Saved, error) {
	return session.Saved{Commit: strings.Repeat("1", 40), Commits: 1}, nil
}

func (w *world) Publish(ctx context.Context, _ session.Session, p session.Publication) (session.Published, error) {
	switch p.Branch {
	case "taken":
		return session.Published{}, fault.New(fault.Conflict, "The branch has other commits. Choose another name.")
	case "slow":
		if end, ok := ctx.Deadline(); !ok || time.Until(end) < 50*time.Minute {
			return session.Published{}, fault.New(fault.Conflict, "There is no time for a large push.")
		}
	case "endless":
		close(w.sending)
		<-ctx.Done()
		return session.Published{}, context.Cause(ctx)
	}
	return session.Published{Branch: p.Branch}, nil
}

func (f scriptedForge) Access(context.Context) (forge.Access, error) {
	if f.token != "good-token" {
		return forge.Access{}, &forge.Refusal{Reason: forge.BadToken, Text: "<b>nope</b>"}
	}
	return forge.Access{Account: "bot", CanRead: true, CanPush: true, TakesPulls: true}, nil
}

func (f scriptedForge) Protection(context.Context, string) (forge.Protection, error) {
	return forge.Protection{IsProtected: true, CanPush: true, CanMerge: true, Checks: []string{"build <x>"}}, nil
}

func (f scriptedForge) Open(_ context.Context, n forge.New) (forge.PullRequest, error) {
	if n.Title == "refused" {
		return forge.PullRequest{}, &forge.Refusal{Reason: forge.NotAllowed, Status: 422, Text: "<i>no</i>"}
	}
	*f.pull = forge.PullRequest{Number: 41, URL: "https://git.example.org/x/pulls/41", State: forge.Open, Title: n.Title, Base: n.Base, Branch: n.Branch, Draft: n.Draft, Head: strings.Repeat("1", 40)}
	return *f.pull, nil
}

func (f scriptedForge) Read(context.Context, int) (forge.PullRequest, error) { return *f.pull, nil }

func (f scriptedForge) Checks(context.Context, forge.PullRequest) (forge.Checks, error) {
	return forge.Checks{{Name: "build <x>", Status: forge.CheckFailed, Text: "1 test failed"}}, nil
}

func (f scriptedForge) Merge(context.Context, forge.MergeRequest) error {
	f.pull.State, f.pull.MergeCommit = forge.Merged, strings.Repeat("2", 40)
	return nil
}

func forgeForm(token string) url.Values {
	return url.Values{"kind": {"gitea"}, "api_url": {"https://git.example.org/api/v1"}, "project": {"acme/site"}, "token": {token}}
}

func TestALeadConnectsAForgeAndItsTokenIsNeverShown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := crew(t, w, "alpha")
	r := must(w.app.Repos.Repositories(t.Context(), a))(t)[0]
	path := "/repositories/" + string(r.ID)
	lead, member := w.signedIn("lead-alpha"), w.signedIn("member-alpha")
	refused := lead.act("alpha", path+"/forge", forgeForm("bad-token")).want(t, http.StatusUnprocessableEntity)
	d := refused.doc(t)
	if said := d.Find("#f-token-fault").Text(); !strings.Contains(said, "does not accept the token") || !strings.Contains(said, "<b>nope</b>") || strings.Contains(refused.body, "bad-token") {
		t.Errorf("a refused token is shown with %q", said)
	}
	if d.Find("#f-project").AttrOr("value", "") != "acme/site" || d.Find("#f-kind option[selected]").AttrOr("value", "") != "gitea" {
		t.Error("what was typed is lost")
	}
	lead.act("alpha", path+"/forge", forgeForm("good-token")).want(t, http.StatusSeeOther)
	page := member.get("/t/alpha"+path).want(t, http.StatusOK)
	main := page.doc(t).Find("main")
	if !strings.Contains(main.Text(), "acme/site") || !strings.Contains(main.Text(), "stored, of bot") || main.Find(`form[action*="forge"]`).Length() > 0 {
		t.Error("a member does not read where pull requests are, or sees forms for it")
	}
	for _, path := range []string{"/forge", "/forge/hook", "/forge/remove"} {
		member.act("alpha", "/repositories/"+string(r.ID)+path, forgeForm("good-token")).want(t, http.StatusForbidden)
	}
	if strings.Contains(page.body+lead.get("/t/alpha"+path).body, "good-token") {
		t.Error("the token is shown")
	}
	lead.act("alpha", path+"/forge/remove", nil).want(t, http.StatusSeeOther)
	if f := must(w.app.Repos.Forge(t.Context(), a, r.ID))(t); f.IsSet() {
		t.Errorf("left: %+v", f)
	}
}

// hooked connects a forge and returns the webhook's path and secret.
func (w *world) hooked(t *testing.T, lead *browser, path string) (hook, key string) {
	t.Helper()
	lead.act("alpha", path+"/forge", forgeForm("good-token")).want(t, http.StatusSeeOther)
	codes := lead.act("alpha", path+"/forge/hook", nil).want(t, http.StatusCreated).doc(t).Find("code.secret")
	at := must(url.Parse(codes.First().Text()))(t)
	return at.Path, codes.Last().Text()
}

func TestAWebhookIsAnsweredAtOnceIfItIsSigned(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := crew(t, w, "alpha")
	r := must(w.app.Repos.Repositories(t.Context(), a))(t)[0]
	lead := w.signedIn("lead-alpha")
	hook, key := w.hooked(t, lead, "/repositories/"+string(r.ID))
	if strings.Contains(lead.get("/t/alpha/repositories/"+string(r.ID)).body, key) {
		t.Error("the secret is shown again")
	}
	body := `{"action":"closed","number":41,"text":"` + strings.Repeat("x", 200<<10) + `"}`
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(body))
	signature := hex.EncodeToString(mac.Sum(nil))
	stranger := w.browser()
	send := func(path string, header ...string) int {
		req := stranger.request(http.MethodPost, path, strings.NewReader(body), append(header, "Content-Type", "application/json", "Sec-Fetch-Site", "", "Origin", "")...)
		return stranger.do(req).StatusCode
	}
	for name, c := range map[string]struct {
		path   string
		header []string
		status int
	}{
		"signed by Gitea":  {hook, []string{"X-Gitea-Signature", signature, "X-Gitea-Delivery", "1"}, http.StatusNoContent},
		"signed by GitHub": {hook, []string{"X-Hub-Signature-256", "sha256=" + signature, "X-GitHub-Delivery", "2"}, http.StatusNoContent},
		"unsigned":         {hook, nil, http.StatusUnauthorized},
		"signed otherwise": {hook, []string{"X-Gitea-Signature", strings.Repeat("0", 64)}, http.StatusUnauthorized},
		"unknown":          {"/hooks/forge/abcdefghijklmnop", []string{"X-Gitea-Signature", signature}, http.StatusUnauthorized},
	} {
		if got := send(c.path, c.header...); got != c.status {
			t.Errorf("%s: %d", name, got)
		}
	}
}

func TestAPullRequestIsOpenedFromItsSession(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := crew(t, w, "alpha")
	r := must(w.app.Repos.CreateRepository(t.Context(), a, repository.Repository{Name: "hosted", URL: "https://git.example.org/acme/site.git"}, ""))(t)
	lead := w.signedIn("lead-alpha")
	lead.act("alpha", "/repositories/"+string(r.ID)+"/forge", forgeForm("good-token")).want(t, http.StatusSeeOther)
	s := w.finished(t, a, r.ID, "Refuse a start", "It is <refused> now.")
	path := "/sessions/" + string(s)
	if lead.get("/t/alpha"+path).want(t, http.StatusOK).doc(t).Find(`#result a[href$="/pull-request"]`).Length() != 1 {
		t.Error("the page does not offer a pull request")
	}
	if w.signedIn("viewer-alpha").get("/t/alpha"+path).want(t, http.StatusOK).doc(t).Find(`a[href$="/pull-request"]`).Length() != 0 {
		t.Error("a viewer is offered a pull request")
	}
	w.signedIn("viewer-alpha").get("/t/alpha"+path+"/pull-request").want(t, http.StatusForbidden)
	form := lead.get("/t/alpha"+path+"/pull-request").want(t, http.StatusOK).doc(t)
	if form.Find("#f-title").AttrOr("value", "") != "Refuse a start" || !strings.Contains(form.Find("#f-body").Text(), "It is <refused> now.") || form.Find("#f-base").AttrOr("value", "") != "main" {
		t.Errorf("the proposal is %q, %q", form.Find("#f-title").AttrOr("value", ""), form.Find("#f-body").Text())
	}
	if hint := form.Find("#f-base-hint").Text(); hint != "git.example.org/acme/site, main is protected: requires build <x>" {
		t.Errorf("about the target branch it says %q", hint)
	}
	if part := lead.get("/t/alpha"+path+"/pull-request", "HX-Request", "true", "HX-Request-Type", "partial").want(t, http.StatusOK).body; !strings.Contains(part, "pull-place") || !strings.Contains(part, "popovertargetaction") || strings.Contains(part, "<html") {
		t.Errorf("the dialog's part is %s", part)
	}
	typed := url.Values{"base": {"main"}, "branch": {"fix/start"}, "title": {"refused"}, "body": {"My own\r\ntext"}}
	for _, c := range []struct{ field, value, said string }{{"title", "refused", "<i>no</i>"}, {"branch", "taken", "Choose another name"}} {
		change := url.Values{}
		for k, v := range typed {
			change[k] = v
		}
		if change.Set(c.field, c.value); c.field != "title" {
			change.Set("title", "Mine")
		}
		d := lead.act("alpha", path+"/pull-request", change).want(t, http.StatusUnprocessableEntity).doc(t)
		if !strings.Contains(d.Find("main").Text(), c.said) || strings.TrimSpace(d.Find("#f-body").Text()) != "My own\ntext" {
			t.Errorf("%s: the page says %q and keeps %q", c.value, d.Find("main .notice, main .err").Text(), d.Find("#f-body").Text())
		}
	}
	refused := lead.act("alpha", path+"/pull-request", typed).want(t, http.StatusUnprocessableEntity).doc(t)
	if folded := refused.Find("dialog[open] details"); strings.TrimSpace(folded.Find(".written").Text()) != "<i>no</i>" || strings.Contains(refused.Find("dialog .notice.bad").Text(), "<i>") {
		t.Errorf("the forge's text is not folded: %q", refused.Find("dialog[open]").Text())
	}
	typed.Set("title", "Mine")
	lead.act("alpha", path+"/pull-request", typed).want(t, http.StatusSeeOther)
	bar := lead.get("/t/alpha"+path).want(t, http.StatusOK).doc(t).Find("#result")
	if link := bar.Find("a.link"); link.First().Text() != "#41 on git.example.org" || link.AttrOr("href", "") != "https://git.example.org/x/pulls/41" || !strings.Contains(bar.Text(), "fix/start into main") {
		t.Errorf("the bar says %q", bar.Text())
	}
	lead.act("alpha", path+"/pull-request/merge", nil).want(t, http.StatusSeeOther)
	page := lead.get("/t/alpha"+path).want(t, http.StatusOK).doc(t)
	if !strings.Contains(page.Find("#result").Text(), "merged") || !strings.Contains(page.Find("#conversation").Text(), "Pull request #41 was merged into main as 22222222") {
		t.Errorf("after the merge: %q, %q", page.Find("#result").Text(), page.Find("#conversation").Text())
	}
	if row := lead.get("/t/alpha/sessions").want(t, http.StatusOK).doc(t).Find("#row-" + string(s)).Text(); !strings.Contains(row, "PR #41, merged") {
		t.Errorf("the list says %q", row)
	}
}

// finished makes a completed session on a repository, with one message of its agent and one changed file.
func (w *world) finished(t *testing.T, by tenant.Actor, repo repository.ID, title, said string) session.ID {
	t.Helper()
	if err := w.app.Repos.CloneStatus(t.Context(), by.Tenant, repo, repository.Ready, ""); err != nil {
		t.Fatal(err)
	}
	s := must(w.app.Work.CreateSession(t.Context(), by, session.Session{Title: title, Prompt: "Do it.", Model: "scripted/small", Priority: session.Medium, RepositoryID: repo}, true))(t)
	l := w.claim()
	w.says(l, "1", said)
	if err := w.app.Work.SetDiff(t.Context(), l, []session.FileChange{{Path: "a.go", Status: "modified", Additions: 1, Patch: "@@ -1 +1 @@\n+x\n"}}, []byte("x"), false); err != nil {
		t.Fatal(err)
	}
	ms := must(w.app.Work.Messages(t.Context(), by, s.ID))(t)
	if err := w.app.Work.Record(t.Context(), l, session.Batch{Sent: []string{ms[0].ID}}); err != nil {
		t.Fatal(err)
	}
	must(w.app.Work.Complete(t.Context(), l))(t)
	return s.ID
}
