package web_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
)

// repositoryForm is the form as a person fills it in.
func repositoryForm(name, cloneURL, credential string) url.Values {
	return url.Values{"name": {name}, "url": {cloneURL}, "path": {""}, "credential": {credential}, "default_branch": {"main"}, "check_commands": {"go test ./...\r\n\r\n  go vet ./...  "}}
}

func TestARepositoryIsRegisteredAndItsCredentialIsNeverShown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	crew(t, w, "alpha")
	const token = "ghp-7f3a-never-shown"
	b := w.signedIn("lead-alpha")
	page := b.act("alpha", "/repositories", repositoryForm("house/ledger", "https://git.example.org/ledger.git", token)).want(t, http.StatusSeeOther).Header.Get("Location")
	for _, name := range []string{"lead-alpha", "member-alpha", "viewer-alpha"} {
		reader := w.signedIn(name)
		main := reader.get(page).want(t, http.StatusOK).doc(t).Find("main")
		for _, words := range []string{"house/ledger", "cloning", "https://git.example.org/ledger.git", "stored", "go vet ./..."} {
			if !strings.Contains(main.Text(), words) {
				t.Errorf("%s does not read %q", name, words)
			}
		}
		if forms := main.Find("form").Length(); (forms > 0) != (name == "lead-alpha") {
			t.Errorf("%s sees %d forms", name, forms)
		}
		for _, path := range append(teamPages("alpha"), page) {
			if strings.Contains(reader.get(path).body, token) {
				t.Errorf("%s shows the credential to %s", path, name)
			}
		}
	}
}

func TestARefusedRepositoryKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := crew(t, w, "alpha")
	form := repositoryForm("ledger", "https://name:secret@git.example.org/x", "ghp-refused")
	form.Set("default_branch", "-main")
	form.Set("check_commands", `echo "half`)
	r := w.signedIn("lead-alpha").act("alpha", "/repositories", form).want(t, http.StatusUnprocessableEntity)
	d := r.doc(t)
	for _, field := range []string{"url", "default_branch", "check_commands"} {
		in := d.Find("#f-" + field)
		if in.AttrOr("aria-describedby", "") != "f-"+field+"-fault" || d.Find("#f-"+field+"-fault").Text() == "" {
			t.Errorf("the fault of %s does not stand beside it", field)
		}
		if got := in.AttrOr("value", strings.TrimSpace(in.Text())); got != form.Get(field) {
			t.Errorf("%s holds %q", field, got)
		}
	}
	if strings.Contains(r.body, "ghp-refused") {
		t.Error("a refused form sends the credential back")
	}
	if rs := must(w.app.Repos.Repositories(t.Context(), a))(t); len(rs) != 1 {
		t.Errorf("there are %d repositories", len(rs))
	}
}

func TestBranchAndChecksAreChanged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := crew(t, w, "alpha")
	r := must(w.app.Repos.Repositories(t.Context(), a))(t)[0]
	b, path := w.signedIn("lead-alpha"), "/repositories/"+string(r.ID)
	form := url.Values{"default_branch": {"release/2"}, "check_commands": {"make check\nmake \"e2e quick\""}}
	to := b.act("alpha", path, form).want(t, http.StatusSeeOther).Header.Get("Location")
	d := b.get(to).want(t, http.StatusOK).doc(t)
	if got := d.Find("#f-default_branch").AttrOr("value", ""); got != "release/2" || strings.TrimSpace(d.Find("#f-check_commands").Text()) != form.Get("check_commands") {
		t.Errorf("the form holds %q and %q", got, d.Find("#f-check_commands").Text())
	}
	if !strings.Contains(d.Find("#toasts").Text(), "Branch and checks saved.") {
		t.Error("the page does not say what was done")
	}
	form.Set("default_branch", "a..b")
	d = b.act("alpha", path, form).want(t, http.StatusUnprocessableEntity).doc(t)
	if d.Find("#f-default_branch").AttrOr("value", "") != "a..b" || d.Find("#f-default_branch-fault").Length() == 0 {
		t.Error("a refused branch is not kept with its fault")
	}
	// A command that only a shell understands is refused with the form that works, or runs in a shell if the lead wants that.
	form = url.Values{"default_branch": {"release/2"}, "check_commands": {"cd sub && go test ./..."}}
	d = b.act("alpha", path, form).want(t, http.StatusUnprocessableEntity).doc(t)
	if text := d.Find("#f-check_commands-fault").Text(); !strings.Contains(text, "sh -c 'cd sub && go test ./...'") || strings.TrimSpace(d.Find("#f-check_commands").Text()) != form.Get("check_commands") {
		t.Errorf("refused with %q", text)
	}
	form.Set("checks_in_shell", "yes")
	to = b.act("alpha", path, form).want(t, http.StatusSeeOther).Header.Get("Location")
	if d := b.get(to).doc(t); d.Find(`input[name="checks_in_shell"][checked]`).Length() != 1 {
		t.Error("the form does not show that checks run in a shell")
	}
	b.act("alpha", path, url.Values{"default_branch": {"release/2"}, "check_commands": {"make check\nmake \"e2e quick\""}}).want(t, http.StatusSeeOther)
	stored := must(w.app.Repos.Repository(t.Context(), a, r.ID))(t)
	if stored.DefaultBranch != "release/2" || !slices.Equal(stored.CheckCommands, []string{"make check", `make "e2e quick"`}) {
		t.Errorf("stored are %q and %q", stored.DefaultBranch, stored.CheckCommands)
	}
}

func TestAFailedCloneSaysWhyAndIsTriedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := crew(t, w, "alpha")
	r := must(w.app.Repos.Repositories(t.Context(), a))(t)[0]
	b, path := w.signedIn("lead-alpha"), "/repositories/"+string(r.ID)
	if err := w.app.Repos.CloneStatus(t.Context(), a.Tenant, r.ID, repository.Failed, "The directory <b> is gone."); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"lead-alpha", "viewer-alpha"} {
		d := w.signedIn(name).get("/t/alpha" + path).doc(t)
		if text := d.Find("main .notice.bad").Text(); !strings.Contains(text, "The directory <b> is gone.") || !strings.Contains(text, "clone again") {
			t.Errorf("%s reads %q", name, text)
		}
		if n := d.Find(`form[action$="/clone"]`).Length(); (n == 1) != (name == "lead-alpha") {
			t.Errorf("%s has %d ways to clone again", name, n)
		}
	}
	b.act("alpha", path+"/clone", nil).want(t, http.StatusSeeOther)
	if got := must(w.app.Repos.Repository(t.Context(), a, r.ID))(t); got.Status != repository.Cloning {
		t.Errorf("the clone is %s", got.Status)
	}
	if text := b.get("/t/alpha" + path).doc(t).Find("#delete-repository").Text(); !strings.Contains(text, "site") || !strings.Contains(text, "Kept:") {
		t.Errorf("the dialog names neither what is lost nor what is kept: %q", text)
	}
	b.act("alpha", path+"/delete", nil).want(t, http.StatusSeeOther)
	b.get("/t/alpha"+path).want(t, http.StatusNotFound)
}

// What git says while it clones is on both pages without a reload.
func TestACloneIsWatchedLive(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := crew(t, w, "alpha")
	r := must(w.app.Repos.Repositories(t.Context(), a))(t)[0]
	b := w.signedIn("viewer-alpha")
	list, one := b.get("/t/alpha/repositories").doc(t), b.get("/t/alpha/repositories/"+string(r.ID)).doc(t)
	lists := b.stream(list.Find("[hx-sse\\:connect]").AttrOr("hx-sse:connect", ""))
	ones := b.stream(one.Find("[hx-sse\\:connect]").AttrOr("hx-sse:connect", ""))
	if err := w.app.Repos.CloneStatus(t.Context(), a.Tenant, r.ID, repository.Cloning, "Receiving objects: 41%"); err != nil {
		t.Fatal(err)
	}
	says := func(id, words string) func(message) bool {
		return func(m message) bool { return strings.Contains(m.data, id) && strings.Contains(m.data, words) }
	}
	apply(list, lists.until("the row", says(`"#repository-`, "41%"))...)
	apply(one, ones.until("the state", says(`"#clone-`, "41%"))...)
	if err := w.app.Repos.CloneStatus(t.Context(), a.Tenant, r.ID, repository.Ready, ""); err != nil {
		t.Fatal(err)
	}
	apply(list, lists.until("the row", says(`"#repository-`, "ready"))...)
	apply(one, ones.until("the state", says(`"#clone-`, "Ready."))...)
	if text := list.Find("#repository-" + string(r.ID)).Text(); !strings.Contains(text, "ready") || !strings.Contains(text, "/srv/site") {
		t.Errorf("the row reads %q", text)
	}
	if text := one.Find("#clone-" + string(r.ID)).Text(); !strings.Contains(text, "Ready.") {
		t.Errorf("the state reads %q", text)
	}
}
