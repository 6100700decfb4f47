// Package app wires the areas of verbs: everything that a person or an agent can do, one method per verb, such as
// a.Work.StartSession. A verb checks the actor's right, runs in one transaction, writes the event and the audit entry in it, and rings
// the bells after the commit. It contains no HTTP and no SQL; rules are in the domain packages, statements in db.
package app

import (
	"context"
	"log/slog"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	appagents "github.com/industrial-orchestrator/orchestrator/internal/app/agents"
	appconsole "github.com/industrial-orchestrator/orchestrator/internal/app/console"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	appmodels "github.com/industrial-orchestrator/orchestrator/internal/app/models"
	apppeople "github.com/industrial-orchestrator/orchestrator/internal/app/people"
	apprepos "github.com/industrial-orchestrator/orchestrator/internal/app/repos"
	appwork "github.com/industrial-orchestrator/orchestrator/internal/app/work"
	"github.com/industrial-orchestrator/orchestrator/internal/clock"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/forge"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/instance"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/hub"
	"github.com/industrial-orchestrator/orchestrator/internal/secret"
)

// App has the areas, each before those that use it. All are safe for concurrent use.
type App struct {
	Kernel  *appkernel.Kernel
	People  *apppeople.Verbs
	Models  *appmodels.Verbs
	Agents  *appagents.Verbs
	Repos   *apprepos.Verbs
	Work    *appwork.Verbs
	Console *appconsole.Verbs
}

// Options are the dependencies and the operator's settings of all areas. The Options of each area explain them.
type Options struct {
	// Of the kernel.
	DB              *dbkernel.DB
	Hub             *hub.Hub
	Clock           clock.Clock
	Keys            *secret.Keys
	Log             *slog.Logger
	Mail            bool
	CheckHost       func(ctx context.Context, baseURL string) error
	DispatcherAlive func() bool
	HostFull        func() string
	// Of people.
	PublicURL string
	OIDC      *apppeople.OIDC
	Wait      func(context.Context, time.Duration) error
	// Of models.
	TestProvider func(ctx context.Context, p provider.Provider, key string) provider.Test
	// Of repos.
	RepoRoots      map[string][]string
	WritableRoots  map[string][]string
	AllowedPath    func(roots []string, path string) (string, error)
	CheckAgentHost func(ctx context.Context, host string) error
	ConnectForge   func(s forge.Settings, token string) (forge.Port, error)
	// Of work.
	AnswerWithin time.Duration
	Instance     string
	// Publisher is appwork.Options.Publisher.
	Publisher appwork.Publisher
	// Reverted is appwork.Options.Reverted.
	Reverted func(ctx context.Context, t tenant.ID, id repository.ID, base, commit string) (bool, error)
	// Conflicts is appwork.Options.Conflicts.
	Conflicts func(ctx context.Context, t tenant.ID, id repository.ID, base, commit string) ([]string, error)
	// Trees is appwork.Options.Trees.
	Trees func() appwork.Trees
	// Unwatched is appwork.Options.Unwatched.
	Unwatched bool
	Git       appwork.GitServer
	// Of the console.
	AuditHeads string
	AuditNote  string
	DataFull   func() error
	Jobs       func() []instance.Job
	Measure    func([]instance.Process)
	EndAgent   func(context.Context, tenant.ID, session.ID) error
	Readings   func(context.Context) []instance.Check
}

// New returns the areas.
func New(o Options) *App {
	k := appkernel.New(appkernel.Options{DB: o.DB, Hub: o.Hub, Clock: o.Clock, Keys: o.Keys, Log: o.Log, Mail: o.Mail,
		CheckHost: o.CheckHost, DispatcherAlive: o.DispatcherAlive, HostFull: o.HostFull})
	people := apppeople.New(k, apppeople.Options{PublicURL: o.PublicURL, OIDC: o.OIDC, Wait: o.Wait})
	models := appmodels.New(k, people, appmodels.Options{TestProvider: o.TestProvider})
	agents := appagents.New(k, models)
	repos := apprepos.New(k, people, models, apprepos.Options{RepoRoots: o.RepoRoots, WritableRoots: o.WritableRoots, AllowedPath: o.AllowedPath, CheckAgentHost: o.CheckAgentHost, ConnectForge: o.ConnectForge})
	work := appwork.New(k, people, models, agents, repos, appwork.Options{AnswerWithin: o.AnswerWithin, Instance: o.Instance, Publisher: o.Publisher, Reverted: o.Reverted, Conflicts: o.Conflicts, Trees: o.Trees, Unwatched: o.Unwatched, Git: o.Git})
	console := appconsole.New(k, people, models, repos, work, appconsole.Options{AuditHeads: o.AuditHeads, AuditNote: o.AuditNote, DataFull: o.DataFull, Jobs: o.Jobs, Measure: o.Measure,
		EndAgent: o.EndAgent, Readings: o.Readings})
	return &App{Kernel: k, People: people, Models: models, Agents: agents, Repos: repos, Work: work, Console: console}
}
