package app_test

import (
	"context"
	"flag"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbpeople "github.com/industrial-orchestrator/orchestrator/db/people"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	"github.com/industrial-orchestrator/orchestrator/internal/app"
	appwork "github.com/industrial-orchestrator/orchestrator/internal/app/work"
	"github.com/industrial-orchestrator/orchestrator/internal/clock"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/forge"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
	"github.com/industrial-orchestrator/orchestrator/internal/hub"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
	"github.com/industrial-orchestrator/orchestrator/internal/secret"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares got with testdata/name, or writes it there with -update.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := "testdata/" + name
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs; if that is meant, run go test -update:\n%s", path, diff)
	}
}

// house is an instance with the teams alpha and beta. Everything but its clock is real.
type house struct {
	t           *testing.T
	d           *dbkernel.DB
	app         *app.App
	clock       *clock.Fake
	publisher   *publisher
	keys        *secret.Keys
	alpha, beta dbtest.Team
	// files stand in for the workspace.
	files trees
	// waits are the delays of sign-ins, which do not pass here.
	waits atomic.Int64
	// forge is the forge of all repositories.
	forge *fakeForge
	// revertedCommit is a merge that was undone, and conflicting are the paths in which every pull request conflicts.
	revertedCommit string
	conflicting    []string
	// The people of alpha; second is another member, stranger beta's lead, admin is in no team, nobody is no one at all.
	lead, member, second, viewer, stranger, admin, nobody tenant.Actor
}

// copied is another server's view of the house; its app is the caller's to replace.
func (h *house) copied() *house {
	return &house{t: h.t, d: h.d, app: h.app, clock: h.clock, keys: h.keys, forge: h.forge, alpha: h.alpha, beta: h.beta, lead: h.lead, member: h.member, second: h.second, viewer: h.viewer,
		stranger: h.stranger, admin: h.admin, nobody: h.nobody}
}

// each runs fn in a fresh house on each engine at hand.
func each(t *testing.T, fn func(t *testing.T, h *house)) {
	t.Helper()
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		c := clock.NewFake(dbtest.Now)
		fn(t, build(t, dbtest.Open(t, c), c))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		c := clock.NewFake(dbtest.Now)
		fn(t, build(t, dbtest.Postgres(t, c), c))
	})
}

func build(t *testing.T, d *dbkernel.DB, c *clock.Fake) *house {
	t.Helper()
	keys, err := secret.LoadOrCreate(filepath.Join(t.TempDir(), "key"))
	ok(t, err)
	h := &house{t: t, d: d, clock: c, publisher: &publisher{}, keys: keys, alpha: dbtest.NewTeam(t, d, "alpha"), beta: dbtest.NewTeam(t, d, "beta"),
		forge: &fakeForge{access: forge.Access{Account: "bot", CanRead: true, CanPush: true, TakesPulls: true}}}
	h.app = app.New(app.Options{DB: d, Hub: hub.New(), Clock: c, Keys: keys, Git: heads{}, PublicURL: site, Wait: h.wait, Publisher: h.publisher, ConnectForge: h.forge.connect, Reverted: h.reverted, Conflicts: h.conflicts, AllowedPath: belowRoot, WritableRoots: map[string][]string{"alpha": {"/srv/own"}}, Trees: h.files.door, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	local, theirs := dbtest.Provider(t, d, h.alpha, "local"), dbtest.Provider(t, d, h.beta, "local")
	h.lead, h.member, h.viewer = h.as("alpha", h.alpha.Lead), h.as("alpha", h.alpha.Member), h.as("alpha", h.alpha.Viewer)
	h.stranger = h.as("beta", h.beta.Lead)
	h.second = h.as("alpha", h.person("second", tenant.Member))
	ok(t, h.app.Models.SetProviderKey(t.Context(), h.lead, local.ID, "sk-alpha"))
	ok(t, h.app.Models.SetProviderKey(t.Context(), h.stranger, theirs.ID, "sk-beta"))
	boss := h.person("boss", "")
	h.admin = tenant.Actor{User: boss.ID, Name: boss.Name, Admin: true, Via: "login"}
	return h
}

func (h *house) wait(_ context.Context, d time.Duration) error {
	h.waits.Add(int64(d))
	return nil
}

// person makes a person, in alpha with a role unless that is empty.
func (h *house) person(name string, role tenant.Role) user.User {
	h.t.Helper()
	ctx := context.Background()
	u := user.User{ID: tenant.UserID(id.New()), Email: name + "@example.org", Name: name, Active: true, Theme: "system", CreatedAt: dbtest.Now}
	ok(h.t, h.d.System(ctx, func(s *dbkernel.System) error {
		if err := dbpeople.Across(s).CreateUser(ctx, u); err != nil || role == "" {
			return err
		}
		return dbpeople.Across(s).PutMember(ctx, h.alpha.ID, u.ID, role, dbtest.Now)
	}))
	return u
}

func (h *house) as(slug string, u user.User) tenant.Actor {
	h.t.Helper()
	by, err := h.app.People.ActorFor(context.Background(), u, slug)
	ok(h.t, err)
	return by
}

// draft makes a pending session of the member.
func (h *house) draft() session.Session {
	h.t.Helper()
	v, err := h.app.Work.CreateSession(h.t.Context(), h.member, wanted(), false)
	ok(h.t, err)
	return v
}

func wanted() session.Session {
	return session.Session{Title: "Refuse a start over budget", Prompt: "Do it.", Model: "local/small", Priority: session.Medium}
}

// ways lead to each status from pending.
var ways = map[session.Status][]session.Status{
	session.Pending: {}, session.Queued: {session.Queued}, session.Cancelled: {session.Cancelled},
	session.Running: {session.Queued, session.Running}, session.Degraded: {session.Queued, session.Running, session.Degraded},
	session.Paused: {session.Queued, session.Running, session.Paused}, session.Completed: {session.Queued, session.Running, session.Completed},
	session.PartiallyCompleted: {session.Queued, session.Running, session.PartiallyCompleted}, session.Failed: {session.Queued, session.Running, session.Failed},
	session.Timeout: {session.Queued, session.Running, session.Timeout}, session.Stopped: {session.Queued, session.Running, session.Stopped},
	session.Orphaned: {session.Queued, session.Running, session.Orphaned},
}

// at returns a session of the member in a status.
func (h *house) at(st session.Status) session.Session {
	h.t.Helper()
	return dbtest.Move(h.t, h.d, h.draft(), h.clock.Now(), ways[st]...)
}

// claimed makes a running session of the member and the lease of who drives it.
func (h *house) claimed() (session.Session, appwork.Lease) {
	h.t.Helper()
	v, err := h.app.Work.StartSession(h.t.Context(), h.member, h.draft().ID)
	ok(h.t, err)
	return h.claim(v)
}

// claim claims whatever is queued and gives v's lease.
func (h *house) claim(v session.Session) (session.Session, appwork.Lease) {
	h.t.Helper()
	for _, c := range h.claims(100) {
		if c.Session.ID == v.ID {
			return c.Session, appwork.Lease{Tenant: v.Tenant, Session: v.ID, Attempt: c.Session.Attempt, Token: c.Lease}
		}
	}
	h.t.Fatalf("session %s was not claimed: it is %s", v.ID, dbtest.Read(h.t, h.d, v).Status)
	return v, appwork.Lease{}
}

func (h *house) claims(n int) (cs []dbwork.Claimed) {
	h.t.Helper()
	ctx := h.t.Context()
	ok(h.t, h.d.System(ctx, func(s *dbkernel.System) (err error) {
		cs, err = dbwork.Across(s).Claim(ctx, dbwork.ClaimSpec{Owner: "here", Now: h.clock.Now(), Until: h.clock.Now().Add(time.Minute), HostRoom: n, Limit: n})
		return err
	}))
	return cs
}

func (h *house) read(v session.Session) session.Session { return dbtest.Read(h.t, h.d, v) }

// log reads a session's events.
func (h *house) log(v session.Session) []event.Event {
	h.t.Helper()
	es, err := h.app.Work.Events(h.t.Context(), h.lead, v.ID, 0, 1000)
	ok(h.t, err)
	return es
}

// states are the statuses a session's log says it came to.
func (h *house) states(v session.Session) (out []string) {
	for _, e := range h.log(v) {
		if e.Type == event.SessionState {
			out = append(out, event.Decode[event.State](e).To)
		}
	}
	return out
}

// audits are the verbs of the audit log.
func (h *house) audits() []string {
	return dbtest.Rows(h.t, h.d, `SELECT verb FROM audit ORDER BY id`)
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// refused fails the test unless err is a fault of a kind.
func refused(t testing.TB, what string, err error, k fault.Kind) {
	t.Helper()
	if !fault.Is(err, k) {
		t.Errorf("%s: %v, want %s", what, err, k)
	}
}
