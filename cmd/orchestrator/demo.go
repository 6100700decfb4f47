package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/app"
	apppeople "github.com/industrial-orchestrator/orchestrator/internal/app/people"
	"github.com/industrial-orchestrator/orchestrator/internal/config"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/agent"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/netguard"
	"github.com/industrial-orchestrator/orchestrator/internal/scriptmodel"
)

// demo is a scripted model and a temporary data directory, which is deleted at the end.
type demo struct {
	dir, model string
	stop       func()
	// work are the sessions of the demo's repository, queue is that repository.
	work  []session.ID
	queue repository.ID
}

// startDemo points the settings at a temporary directory, starts the scripted model and allows connections to its port only.
func startDemo(s *config.Settings) (*demo, error) {
	dir, err := os.MkdirTemp("", "orchestrator-demo-")
	if err != nil {
		return nil, fmt.Errorf("create the demo's data directory: %w", err)
	}
	url, stop, err := scriptmodel.New(scriptmodel.Options{Scripts: demoScripts()}).Listen("127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s.Data, s.KeyFile, s.AuditHeads, s.Database = filepath.Join(dir, "data"), filepath.Join(dir, "data.key"), filepath.Join(dir, "audit-heads.json"), ""
	at := netip.MustParseAddrPort(strings.TrimSuffix(strings.TrimPrefix(url, "http://"), "/v1"))
	allow := netguard.Allow{Prefix: netip.PrefixFrom(at.Addr(), at.Addr().BitLen()), Port: at.Port()}
	s.AllowNet = append(s.AllowNet, config.NetRule{Allow: allow})
	d := &demo{dir: dir, model: url, stop: stop}
	if err := d.makeRepository(); err != nil {
		d.end()
		return nil, err
	}
	s.RepoRoot = append(s.RepoRoot, config.RepoRoot{Slug: demoTeams[0].Slug, Dir: filepath.Dir(d.repository()), Writable: true})
	return d, nil
}

func (d *demo) end() {
	d.stop()
	_ = os.RemoveAll(d.dir)
}

// Teams and users of the demo. All users have the same password, which changes with every start.
var (
	demoTeams  = []tenant.Tenant{{Slug: "payments", Name: "Payments"}, {Slug: "search", Name: "Search"}}
	demoPeople = []struct {
		name, email string
		role        tenant.Role
		admin       bool
	}{{"Ada Lead", "ada@demo.example", tenant.Lead, true}, {"Ben Member", "ben@demo.example", tenant.Member, false}, {"Cleo Viewer", "cleo@demo.example", tenant.Viewer, false}}
)

// seed creates two teams with a user of each role, the scripted model and some sessions.
func (d *demo) seed(ctx context.Context, a *app.App, out io.Writer) error {
	password := rand.Text()
	for _, t := range demoTeams {
		if _, err := a.People.CreateTenant(ctx, apppeople.NewTenant(t.Slug, t.Name, time.Now().UTC().Truncate(time.Millisecond))); err != nil {
			return err
		}
	}
	for _, p := range demoPeople {
		if _, err := a.People.CreateUser(ctx, p.email, p.name, password, p.admin); err != nil {
			return err
		}
		for _, t := range demoTeams {
			if err := a.People.AddMember(ctx, t.Slug, p.email, p.role); err != nil {
				return err
			}
		}
		fmt.Fprintf(out, "  %-18s %s  (%s)\n", p.email, password, describeRole(p.role, p.admin))
	}
	for _, t := range demoTeams {
		if err := d.seedTeam(ctx, a, t.Slug); err != nil {
			return fmt.Errorf("seed demo team %s: %w", t.Slug, err)
		}
	}
	return d.seedWarehouse(ctx, a)
}

// describeRole says what a user of the demo may do.
func describeRole(r tenant.Role, admin bool) string {
	if admin {
		return string(r) + ", admin of this instance"
	}
	return string(r)
}

func (d *demo) seedTeam(ctx context.Context, a *app.App, slug string) error {
	by, err := a.People.ActorByEmail(ctx, slug, demoPeople[0].email)
	if err != nil {
		return err
	}
	p := provider.Provider{Name: "scripted", Kind: provider.OpenAICompatible, BaseURL: d.model,
		Models: []provider.Model{{ID: "scripted", Context: 128_000, Output: 8_192}}}
	p.Models[0].Price.Input, p.Models[0].Price.Output, p.Models[0].Price.CacheRead = 3_000_000, 15_000_000, 300_000
	if _, err := a.Models.CreateProvider(ctx, by, p, ""); err != nil {
		return err
	}
	if err := seedAgents(ctx, a, by); err != nil {
		return err
	}
	for _, w := range demoWork {
		s := session.Session{Title: w.title, Prompt: w.prompt, Model: "scripted/scripted", Priority: session.Medium}
		if len(w.needs) > 0 {
			s.Need = &agent.Need{Capabilities: w.needs}
		}
		if _, err := a.Work.CreateSession(ctx, by, s, !w.draft); err != nil {
			return err
		}
	}
	return nil
}
