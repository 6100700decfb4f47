package app_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	"github.com/industrial-orchestrator/orchestrator/internal/app"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/apitoken"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

func TestCreateSession(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		repo := dbtest.Repository(t, h.d, h.alpha, "shop")
		s := wanted()
		s.RepositoryID, s.ParentID, s.Tags = repo.ID, h.draft().ID, []string{"urgent"}
		v, err := h.app.Work.CreateSession(ctx, h.member, s, true)
		if ok(t, err); v.Status != session.Queued || v.Attempt != 1 || v.BaseRef != "main" || v.CreatedBy != h.member.User || v.CreatedByName != h.member.Name ||
			!strings.HasPrefix(v.Branch, "orchestrator/"+session.Short(v.ID)+"-refuse") || v.RepositoryName != "shop" {
			t.Errorf("made %+v", v)
		}
		var types []event.Type
		for _, e := range h.log(v) {
			types = append(types, e.Type)
		}
		if diff := cmp.Diff([]event.Type{event.SessionCreated, event.SessionNote, event.SessionState}, types); diff != "" {
			t.Error(diff)
		}
		if ms, err := h.app.Work.Messages(ctx, h.viewer, v.ID); err != nil || len(ms) != 1 || ms[0].Text != "Do it." || ms[0].CreatedBy != h.member.User {
			t.Errorf("messages %+v, %v", ms, err)
		}
	})
}

func TestWhatASessionNamesIsTheTeamsOwn(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		foreign := dbtest.Repository(t, h.d, h.beta, "shop")
		dbtest.Provider(t, h.d, h.beta, "theirs")
		theirs := dbtest.Session(t, h.d, h.beta)
		leads, err := h.app.Work.CreateSession(ctx, h.lead, wanted(), false)
		ok(t, err)
		before := h.counts()
		for field, change := range map[string]func(*session.Session){
			"model_identifier": func(s *session.Session) { s.Model = "theirs/small" },
			"repository_id":    func(s *session.Session) { s.RepositoryID = foreign.ID },
			"parent_id":        func(s *session.Session) { s.ParentID = theirs.ID },
			"title":            func(s *session.Session) { s.Title = " Untitled " },
		} {
			s := wanted()
			change(&s)
			_, err := h.app.Work.CreateSession(ctx, h.member, s, true)
			var f *fault.Error
			if !errors.As(err, &f) || f.Kind != fault.Invalid || f.Field != field {
				t.Errorf("%s: %v", field, err)
			}
		}
		of := wanted()
		of.ParentID = leads.ID
		_, err = h.app.Work.CreateSession(ctx, h.member, of, false)
		refused(t, "a member's child of a lead's session", err, fault.Forbidden)
		s := wanted()
		s.Model = "local/large"
		_, err = h.app.Work.CreateSession(ctx, h.member, s, false)
		refused(t, "a model the provider lacks", err, fault.Invalid)
		for name, by := range map[string]tenant.Actor{"viewer": h.viewer, "admin": h.admin, "nobody": h.nobody} {
			_, err := h.app.Work.CreateSession(ctx, by, session.Session{}, false)
			refused(t, name, err, fault.Forbidden)
		}
		if diff := cmp.Diff(before, h.counts()); diff != "" {
			t.Errorf("a refusal left something:\n%s", diff)
		}
	})
}

func TestADeactivatedTeamReadsOnly(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		v := h.at(session.Pending)
		dbtest.Exec(t, h.d, `UPDATE tenants SET is_active = 0 WHERE slug = 'alpha'`)
		by := h.as("alpha", h.alpha.Lead)
		for _, c := range verbs {
			refused(t, c.name, c.do(h.app, ctx, by, v.ID), fault.Forbidden)
		}
		_, err := h.app.Work.CreateSession(ctx, by, wanted(), false)
		refused(t, "create", err, fault.Forbidden)
		_, err = h.app.Work.Session(ctx, by, v.ID)
		ok(t, err)
	})
}

// edits are the verbs of leads.
func edits(a *app.App, repo repository.ID, p provider.ID) map[string]func(context.Context, tenant.Actor) error {
	models := []provider.Model{{ID: "large", Context: 100_000, Output: 10}}
	return map[string]func(context.Context, tenant.Actor) error{
		"create repository": func(c context.Context, by tenant.Actor) error {
			_, err := a.Repos.CreateRepository(c, by, repository.Repository{Name: "new", URL: "https://example.org/x.git"}, "")
			return err
		},
		"update repository": func(c context.Context, by tenant.Actor) error {
			return a.Repos.UpdateRepository(c, by, repository.Repository{ID: repo, DefaultBranch: "dev", CheckCommands: []string{"go vet"}})
		},
		"clone again":       func(c context.Context, by tenant.Actor) error { return a.Repos.RetryClone(c, by, repo) },
		"delete repository": func(c context.Context, by tenant.Actor) error { return a.Repos.DeleteRepository(c, by, repo) },
		"create provider": func(c context.Context, by tenant.Actor) error {
			_, err := a.Models.CreateProvider(c, by, provider.Provider{Name: "new", Kind: provider.OpenAI, Models: models}, "")
			return err
		},
		"set key":         func(c context.Context, by tenant.Actor) error { return a.Models.SetProviderKey(c, by, p, "x") },
		"set models":      func(c context.Context, by tenant.Actor) error { return a.Models.SetProviderModels(c, by, p, models) },
		"delete provider": func(c context.Context, by tenant.Actor) error { return a.Models.DeleteProvider(c, by, p) },
	}
}

func TestOnlyLeadsEdit(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		repo, p := dbtest.Repository(t, h.d, h.alpha, "shop"), dbtest.Provider(t, h.d, h.alpha, "p")
		n := len(h.audits())
		for name, do := range edits(h.app, repo.ID, p.ID) {
			for who, by := range map[string]tenant.Actor{"member": h.member, "viewer": h.viewer, "admin": h.admin, "nobody": h.nobody} {
				refused(t, name+" as "+who, do(ctx, by), fault.Forbidden)
			}
			if !strings.HasPrefix(name, "create") {
				refused(t, name+" as a stranger", do(ctx, h.stranger), fault.NotFound)
			}
		}
		if got := len(h.audits()); got != n {
			t.Errorf("refused, but with %d new entries", got-n)
		}
		for _, name := range []string{"create repository", "update repository", "clone again", "delete repository", "create provider", "set key", "set models", "delete provider"} {
			n := len(h.audits())
			if err := edits(h.app, repo.ID, p.ID)[name](ctx, h.lead); err != nil || len(h.audits()) != n+1 {
				t.Errorf("%s as lead: %v, %d new entries", name, err, len(h.audits())-n)
			}
		}
		_, err := h.app.Models.CreateProvider(ctx, h.lead, provider.Provider{Name: "new", Kind: provider.OpenAI, Models: []provider.Model{{ID: "x", Context: 10_000, Output: 1}}}, "")
		refused(t, "a name twice", err, fault.Conflict)
	})
}

func TestPricesAreNeverChangedBackwards(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		p := dbtest.Provider(t, h.d, h.alpha, "p")
		for i := range 3 {
			m := p.Models[0]
			m.Price.Input = int64(i)
			ok(t, h.app.Models.SetProviderModels(ctx, h.lead, p.ID, []provider.Model{m})) // the clock stands: each is later all the same
		}
		got, err := h.app.Models.Provider(ctx, h.viewer, p.ID)
		if ok(t, err); len(got.Models) != 1 || got.Models[0].Price.Input != 2 {
			t.Errorf("now: %+v", got.Models)
		}
		rows := dbtest.Rows(t, h.d, `SELECT price_input FROM provider_models WHERE provider_id = '`+string(p.ID)+`' ORDER BY valid_from`)
		if diff := cmp.Diff([]string{"1000000", "0", "1", "2"}, rows); diff != "" {
			t.Error(diff)
		}
	})
}

// stored is every text of every column of some tables, as it lies in the database.
func (h *house) stored() string {
	var all []string
	for _, text := range []string{`SELECT api_key FROM providers`, `SELECT credential FROM repositories`, `SELECT hash || name FROM api_tokens`,
		`SELECT password FROM agent_processes`, `SELECT hash || generation FROM gateway_keys`, `SELECT password_hash FROM users`, `SELECT token_hash FROM cookies`,
		`SELECT detail || verb || object_id FROM audit`, `SELECT data FROM events`, `SELECT body FROM model_blobs`, `SELECT response || error FROM model_calls`} {
		all = append(all, dbtest.Rows(h.t, h.d, text)...)
	}
	return strings.Join(all, "\n")
}

func TestSecretsAreNeverStoredInClear(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		p, err := h.app.Models.CreateProvider(ctx, h.lead, provider.Provider{Name: "p", Kind: provider.OpenAI, Models: []provider.Model{{ID: "x", Context: 10_000, Output: 1}}}, " sk-first-secret\n")
		ok(t, err)
		ok(t, h.app.Models.SetProviderKey(ctx, h.lead, p.ID, "sk-second-secret"))
		r, err := h.app.Repos.CreateRepository(ctx, h.lead, repository.Repository{Name: "shop", URL: "https://example.org/x.git"}, "git-credential")
		ok(t, err)
		ok(t, h.app.Work.SaveProcess(ctx, h.alpha.ID, process("opencode-password")))
		key, _, err := h.app.Work.NewGatewayKey(ctx, h.alpha.ID, process("").Session)
		ok(t, err)
		token, _, err := h.app.People.CreateToken(ctx, h.lead, "ci", apitoken.Run, nil)
		ok(t, err)
		rows := h.stored()
		for _, secret := range []string{"sk-first-secret", "sk-second-secret", "git-credential", "opencode-password", key, token, strings.TrimPrefix(token, apitoken.Prefix)} {
			if strings.Contains(rows, secret) {
				t.Errorf("%q lies in the database in clear", secret)
			}
		}
		if _, credential, err := h.app.Repos.CloneSource(ctx, h.alpha.ID, r.ID); err != nil || credential != "git-credential" {
			t.Errorf("credential %q, %v", credential, err)
		}
		if got, found, err := h.app.Work.Process(ctx, h.alpha.ID, process("").Session); err != nil || !found || got.Password != "opencode-password" {
			t.Errorf("process %+v, %v, %v", got, found, err)
		}
		// A sealed value is worth nothing in another row.
		dbtest.Exec(t, h.d, `UPDATE repositories SET credential = (SELECT api_key FROM providers WHERE name = 'p')`)
		if _, credential, err := h.app.Repos.CloneSource(ctx, h.alpha.ID, r.ID); err == nil {
			t.Errorf("a value moved to another row opens: %q", credential)
		}
	})
}
