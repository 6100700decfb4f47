package views_test

import (
	"fmt"
	"time"

	"github.com/a-h/templ"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/apitoken"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
	"github.com/industrial-orchestrator/orchestrator/views/providers"
	"github.com/industrial-orchestrator/orchestrator/views/repositories"
	"github.com/industrial-orchestrator/orchestrator/views/shell"
	"github.com/industrial-orchestrator/orchestrator/views/team"
	"github.com/industrial-orchestrator/orchestrator/views/ui"
)

// under is the frame of a page below a list, as leads see it: the form's own button is the page's one.
func under(section, list, name string) shell.Page {
	p := frame(section, name)
	p.Crumbs, p.Primary = []shell.Crumb{{Label: list, Href: "/t/foundry/" + section}}, nil
	return p
}

func formFrame(section, name string) shell.Page {
	p := frame(section, name)
	p.Primary = nil
	return p
}

func repo(n int, name string, st repository.Status, said string) repository.Repository {
	return repository.Repository{ID: repository.ID(fmt.Sprintf("0192f3a1-0000-7000-8000-00000000002%d", n)), Name: name, URL: "https://git.foundry.tools/" + name + ".git",
		DefaultBranch: "main", CheckCommands: []string{"go test ./...", "go vet ./..."}, HasCredential: n%2 == 0, Status: st, Progress: said, CreatedAt: ago(30 * 24 * time.Hour)}
}

func repos() []repository.Repository {
	local := repo(4, "site", repository.Ready, "")
	local.URL, local.Path, local.CheckCommands = "", "/srv/repositories/foundry/site", nil
	return []repository.Repository{repo(1, "foundry/ledger", repository.Failed, "The repository foundry/ledger cannot be fetched: could not read Username for 'https://git.foundry.tools'."),
		repo(2, "foundry/orchestrator", repository.Ready, ""), repo(3, "foundry/very-long-name-that-somebody-gave-to-a-repository-in-a-hurry-and-kept", repository.Cloning, "Receiving objects: 41% (1230/3000), 12.10 MiB | 3.20 MiB/s"), local}
}

func repositoryPages() map[string]templ.Component {
	const base = "/t/foundry/repositories"
	all, form := repos(), repository.Repository{DefaultBranch: "main"}
	refused := repository.Repository{Name: "ledger", URL: "http://git.foundry.tools/ledger.git", DefaultBranch: "-main", CheckCommands: []string{`echo "half`}}
	page := func(r repository.Repository, lead bool, f ui.Faults) templ.Component {
		return repositories.Page(under("repositories", "Repositories", r.Name), repositories.Detail{Base: base, Repository: r, CanEdit: lead, Faults: f})
	}
	open := func(f ui.Faults, typed string, hosts ...string) templ.Component {
		d := repositories.Detail{Base: base, Repository: all[1], CanEdit: true, Faults: f, NewHost: typed}
		for _, h := range hosts {
			d.Hosts = append(d.Hosts, repository.Host{Name: h, By: "Mara Lindqvist", AddedAt: ago(26 * time.Hour)})
		}
		return repositories.Page(under("repositories", "Repositories", all[1].Name), d)
	}
	return map[string]templ.Component{
		"repository-network":  open(ui.Faults{"host": "\"pypi.org\" has no port. Enter a host and a port, such as registry.npmjs.org:443."}, "pypi.org", "*.example.org:443", "registry.npmjs.org:443"),
		"repository-key":      keyed(all[0]),
		"repositories":        repositories.ListPage(formFrame("repositories", "Repositories"), repositories.List{Base: base, Rows: all, CanEdit: true, Form: form}),
		"repositories-viewer": repositories.ListPage(formFrame("repositories", "Repositories"), repositories.List{Base: base, Rows: all}),
		"repositories-empty":  repositories.ListPage(formFrame("repositories", "Repositories"), repositories.List{Base: base, CanEdit: true, Form: form}),
		"repositories-none":   repositories.ListPage(formFrame("repositories", "Repositories"), repositories.List{Base: base}),
		"repositories-faults": repositories.ListPage(formFrame("repositories", "Repositories"), repositories.List{Base: base, Rows: all, CanEdit: true, Form: refused,
			Faults: ui.Faults{"url": "\"http://git.foundry.tools/ledger.git\" is not a valid clone URL. Use https://, ssh:// or git@host:path, without a password.", "default_branch": "\"-main\" is not a valid branch, tag or commit. Use a name such as main.", "check_commands": "\"echo \\\"half\" is not a command such as go test ./... with at most 1,000 characters and closed quotes."}}),
		"repository":         page(all[1], true, nil),
		"repository-failed":  page(all[0], true, nil),
		"repository-cloning": page(all[2], true, nil),
		"repository-viewer":  page(all[3], false, nil),
		"repository-faults":  page(refusedRepository(all[1]), true, ui.Faults{"default_branch": "\"\" is not a valid branch, tag or commit. Use a name such as main."}),
	}
}

func keyed(r repository.Repository) templ.Component {
	r.URL = "ssh://git@git.foundry.tools/ledger.git"
	return repositories.Page(under("repositories", "Repositories", r.Name), repositories.Detail{Base: "/t/foundry/repositories", Repository: r, CanEdit: true, HostKey: repository.HostKey{
		Key: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl", SeenAt: ago(72 * time.Hour),
		Offered: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJm", OfferedAt: ago(time.Hour)}})
}

func refusedRepository(r repository.Repository) repository.Repository {
	r.DefaultBranch = ""
	return r
}

func modelProvider() provider.Provider {
	return provider.Provider{ID: "0192f3a1-0000-7000-8000-000000000031", Name: "anthropic", Kind: provider.Anthropic, BaseURL: provider.Anthropic.DefaultBaseURL(), HasKey: true, CreatedAt: ago(90 * 24 * time.Hour),
		Models: []provider.Model{{ID: "claude-sonnet-4.5", Context: 200_000, Output: 64_000, Price: usage.Price{Input: 3_000_000, Output: 15_000_000, CacheRead: 300_000, CacheWrite: 3_750_000}},
			{ID: "claude-haiku-4.5", Context: 200_000, Output: 64_000, Price: usage.Price{Input: 1_000_000, Output: 5_000_000, CacheRead: 100_000, CacheWrite: 1_250_000}}}}
}

func localProvider() provider.Provider {
	return provider.Provider{ID: "0192f3a1-0000-7000-8000-000000000032", Name: "workshop", Kind: provider.OpenAICompatible, BaseURL: "http://10.4.0.12:8000/v1", CreatedAt: ago(time.Hour),
		Models: []provider.Model{{ID: "qwen3-coder-480b-a35b-instruct-awq", Context: 262_144, Output: 65_536}}}
}

func providerPages() map[string]templ.Component {
	const base = "/t/foundry/providers"
	rows, p := []provider.Provider{modelProvider(), localProvider()}, modelProvider()
	list := func(l providers.List) templ.Component {
		l.Base = base
		return providers.ListPage(formFrame("providers", "Model providers"), l)
	}
	page := func(d providers.Detail) templ.Component {
		d.Base = base
		return providers.Page(under("providers", "Model providers", d.Provider.Name), d)
	}
	form := provider.Provider{Kind: provider.OpenAICompatible}
	wrong := []providers.Model{{ID: "claude-sonnet-4.5", Context: "200 thousand", Output: "64,000", Input: "3.00", Answer: "15.00"}}
	fault := ui.Faults{"models": "\"200 thousand\" is not a whole number such as 200,000."}
	return map[string]templ.Component{
		"providers":        list(providers.List{Rows: rows, CanEdit: true, Form: form}),
		"providers-viewer": list(providers.List{Rows: rows}),
		"providers-empty":  list(providers.List{CanEdit: true, Form: form}),
		"providers-none":   list(providers.List{}),
		"providers-faults": list(providers.List{Rows: rows, CanEdit: true, Form: provider.Provider{Name: "My Models", Kind: provider.OpenAICompatible}, Models: wrong, Faults: ui.Faults{"models": fault["models"], "name": "\"My Models\" is not a valid provider name. Use 1 to 63 lower-case letters, digits and hyphens."}}),
		"provider":         page(providers.Detail{Provider: p, Models: providers.Written(p.Models), CanEdit: true}),
		"provider-ok":      page(providers.Detail{Provider: p, Models: providers.Written(p.Models), CanEdit: true, Test: &provider.Test{OK: true, Status: 200, LatencyMS: 412, Model: "claude-sonnet-4.5", Message: "Connected. The provider reports the model claude-sonnet-4-5-20260929."}}),
		"provider-bad":     page(providers.Detail{Provider: localProvider(), Models: providers.Written(localProvider().Models), CanEdit: true, Test: &provider.Test{Model: "qwen3-coder", Message: "Cannot connect to the provider: connect: connection refused."}}),
		"provider-viewer":  page(providers.Detail{Provider: p}),
		"provider-faults":  page(providers.Detail{Provider: p, Models: wrong, CanEdit: true, Faults: fault}),
	}
}

func crowd() []tenant.TeamMember {
	var ms []tenant.TeamMember
	for i, m := range []struct {
		name, email string
		role        tenant.Role
	}{{"Ines Aalto", "ines@foundry.tools", tenant.Lead}, {"Lena Okafor", "lena@foundry.tools", tenant.Lead}, {"Marek Dvořák", "marek@foundry.tools", tenant.Member},
		{"Sofia Marques-Albuquerque de Vasconcelos", "sofia.marques-albuquerque.de.vasconcelos@planning.foundry.tools", tenant.Viewer}, {"Niko Berg", "niko@foundry.tools", tenant.Member}} {
		ms = append(ms, tenant.TeamMember{User: tenant.UserID(fmt.Sprint("u", i+1)), Name: m.name, Email: m.email, Role: m.role, Active: i < 4, JoinedAt: ago(time.Duration(i*20+2) * 24 * time.Hour)})
	}
	return ms
}

func teamPages() map[string]templ.Component {
	lead := tenant.Actor{Tenant: "t1", Slug: "foundry", User: "u1", Role: tenant.Lead, TenantActive: true}
	t := team.Team{Base: "/t/foundry", By: lead, People: crowd(), Limits: tenant.Limits{MaxConcurrent: 10, MaxQueued: 500, Running: 10, Ready: 5}, Now: now}
	for d := 1; d <= 22; d++ {
		for i, m := range []string{"anthropic/claude-sonnet-4.5", "openai/gpt-5"} {
			n := int64(d%7+1) * int64(90_000*(2-i))
			t.Days = append(t.Days, usage.Day{Date: fmt.Sprintf("2026-11-%02d", d), Model: m, Calls: n / 9000, Cost: n * 7,
				Counts: usage.Counts{Input: n, Output: n / 3, Reasoning: n / 5, CacheRead: n * 4, CacheWriteShort: n / 4}})
		}
	}
	t.Invitations = []tenant.Invitation{
		{ID: "i1", Email: "sofia.marques-albuquerque.de.vasconcelos@planning.foundry.tools", Role: tenant.Viewer, ByName: "Ines Aalto", CreatedAt: ago(3 * time.Hour), ExpiresAt: now.Add(6 * 24 * time.Hour)},
		{ID: "i2", Email: "niko@foundry.tools", Role: tenant.Member, ByName: "Sofia Marques-Albuquerque de Vasconcelos", CreatedAt: ago(9 * 24 * time.Hour), ExpiresAt: ago(2 * 24 * time.Hour)}}
	used, end := ago(5*time.Minute), ago(24*time.Hour)
	t.Tokens = []apitoken.Token{{ID: "k1", User: "u2", Name: "nightly build", Scope: apitoken.Run, LastUsedAt: &used}, {ID: "k2", User: "u4", Name: "a report that somebody made for one afternoon and kept", Scope: apitoken.Read, ExpiresAt: &end}}
	made, refused := t, t
	made.Link = "https://orchestrator.foundry.tools/invitations/4cJ8n1yq0Zt7hVwXe2mKd5sLrBfPaGuQ"
	refused.Invite = team.InviteForm{Email: "ines@foundry.tools", Role: "viewer", Faults: ui.Faults{"email": "ines@foundry.tools is already a member of this team."}}
	viewer := t
	viewer.By.User, viewer.Invitations, viewer.Tokens = "u4", nil, nil
	viewer.By.Role, viewer.Days, viewer.Limits = tenant.Viewer, nil, tenant.Limits{MaxConcurrent: 10, MaxQueued: 500}
	return map[string]templ.Component{
		"people":        team.Page(frame("people", "People and limits"), t),
		"people-made":   team.Page(frame("people", "People and limits"), made),
		"people-faults": team.Page(frame("people", "People and limits"), refused),
		"people-viewer": team.Page(formFrame("people", "People and limits"), viewer),
	}
}
