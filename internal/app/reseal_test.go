package app_test

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sync"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	"github.com/industrial-orchestrator/orchestrator/internal/app"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/hub"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
	"github.com/industrial-orchestrator/orchestrator/internal/secret"
)

// Every place that seals is one that a rotation goes over: a forgotten one would be lost with its key.
func TestEverySealedColumnIsRotated(t *testing.T) {
	t.Parallel()
	place := regexp.MustCompile(`secret\.Place\{[^}]*Table: "([a-z_]+)"[^}]*Column: "([a-z_]+)"`)
	files, _ := filepath.Glob("*/*.go")
	found := 0
	for _, f := range files {
		text, err := os.ReadFile(f)
		ok(t, err)
		for _, m := range place.FindAllStringSubmatch(string(text), -1) {
			found++
			if name := m[1] + "." + m[2]; !slices.Contains(dbkernel.SealedColumns(), name) {
				t.Errorf("%s seals %s, which db.SealedColumns does not list", f, name)
			}
		}
	}
	if found < 3 || found < len(dbkernel.SealedColumns()) {
		t.Errorf("found %d places for %d columns", found, len(dbkernel.SealedColumns()))
	}
}

// vault is a house whose key file the test may change, as another program does while the server runs.
type vault struct {
	*house
	path string
}

func newVault(t *testing.T, h *house) *vault {
	t.Helper()
	v := &vault{h, filepath.Join(t.TempDir(), "key")}
	v.app = v.open()
	return v
}

func (v *vault) open() *app.App {
	v.t.Helper()
	keys, err := secret.LoadOrCreate(v.path)
	ok(v.t, err)
	return app.New(app.Options{DB: v.d, Hub: hub.New(), Keys: keys, Clock: v.clock})
}

func (v *vault) fill() (p provider.Provider, r repository.Repository) {
	v.t.Helper()
	ctx := context.Background()
	p, err := v.app.Models.CreateProvider(ctx, v.lead, provider.Provider{Name: "vault", Kind: provider.OpenAI, Models: []provider.Model{{ID: "m", Context: 90_000, Output: 9}}}, "sk-vault")
	ok(v.t, err)
	r, err = v.app.Repos.CreateRepository(ctx, v.lead, repository.Repository{Name: "vault", URL: "https://git.example.org/x"}, "cred-vault")
	ok(v.t, err)
	ok(v.t, v.app.Work.SaveProcess(ctx, v.lead.Tenant, dbwork.Process{Session: "vault", PID: 1, StartTime: "1", Port: 1, Password: "pw-vault", Generation: id.New(), StartedAt: dbtest.Now}))
	return p, r
}

func (v *vault) check(a *app.App, r repository.Repository) {
	v.t.Helper()
	ctx := context.Background()
	_, cred, err := a.Repos.CloneSource(ctx, v.lead.Tenant, r.ID)
	if err != nil || cred != "cred-vault" {
		v.t.Errorf("the credential: %q, %v", cred, err)
	}
	if p, found, err := a.Work.Process(ctx, v.lead.Tenant, "vault"); err != nil || !found || p.Password != "pw-vault" {
		v.t.Errorf("the password: %+v, %v, %v", p, found, err)
	}
}

func TestARotationSealsEverythingAnewWhileTheServerRuns(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		v := newVault(t, h)
		_, r := v.fill()
		old := secretID(t, v.path)
		added, err := secret.Add(v.path)
		ok(t, err)
		other := v.open()
		done, err := other.Console.Reseal(context.Background())
		if err != nil || done.Done != 3 || done.Closed[old] != 0 {
			t.Errorf("resealed %+v, %v", done, err)
		}
		with, err := other.Console.SealedWith(context.Background())
		if err != nil || with[old] != 0 || with[added] != 3 {
			t.Errorf("sealed with %v, %v", with, err)
		}
		v.check(v.app, r)
		ok(t, secret.Drop(v.path, old))
		v.check(v.app, r)
		v.check(v.open(), r)
	})
}

func secretID(t *testing.T, path string) string {
	t.Helper()
	k, err := secret.Load(path)
	ok(t, err)
	return k.Current()
}

// More values than a batch, written by others while the rotation goes over them: none is lost or left behind.
func TestARotationLosesNothingToOthers(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		v := newVault(t, h)
		ctx := context.Background()
		p, r := v.fill()
		for i := range 120 {
			_, err := v.app.Repos.CreateRepository(ctx, v.lead, repository.Repository{Name: "r" + string(rune('a'+i%26)) + id.New(), URL: "https://git.example.org/x"}, "cred")
			ok(t, err)
		}
		old := secretID(t, v.path)
		_, err := secret.Add(v.path)
		ok(t, err)
		var writer sync.WaitGroup
		writer.Go(func() {
			for range 20 {
				if err := v.app.Models.SetProviderKey(ctx, v.lead, p.ID, "sk-changed"); err != nil {
					t.Error(err)
				}
			}
		})
		other := v.open()
		done, err := other.Console.Reseal(ctx)
		writer.Wait()
		if err != nil || done.Done < 122 {
			t.Errorf("resealed %+v, %v", done, err)
		}
		if with, err := other.Console.SealedWith(ctx); err != nil || with[old] != 0 {
			t.Errorf("sealed with %v, %v", with, err)
		}
		v.check(v.app, r)
	})
}

func TestWhatNoKeyOpensIsCountedAndLeftAlone(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		v := newVault(t, h)
		v.fill()
		old := secretID(t, v.path)
		ok(t, os.Remove(v.path))
		a := v.open()
		done, err := a.Console.Reseal(context.Background())
		if err != nil || done.Done != 0 || done.Closed[old] != 3 {
			t.Errorf("resealed %+v, %v", done, err)
		}
	})
}
