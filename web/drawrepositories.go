package web

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/views/repositories"
	"github.com/industrial-orchestrator/orchestrator/views/shell"
)

// drawRepositories shows the list; form and faults are a refused form's, to be put right.
func (s *Server) drawRepositories(c *fiber.Ctx, status int, form repository.Repository, faults map[string]string) error {
	p, err := s.frame(c, "repositories", "Repositories")
	if err != nil {
		return err
	}
	rs, err := s.app.Repos.Repositories(c.UserContext(), actor(c))
	if err != nil {
		return err
	}
	l := repositories.List{Base: p.Team.Path("repositories"), Rows: rs, CanEdit: actor(c).Can(tenant.EditRepositories), Form: form, Faults: faults}
	if l.CanEdit {
		p.Primary = nil // the form's own button is the page's one
	}
	return s.show(c, status, repositories.ListPage(p, l), nil)
}

// drawRepository shows one repository as it stands, or with what a refused form changed.
func (s *Server) drawRepository(c *fiber.Ctx, status int, r repository.Repository, faults map[string]string) error {
	p, err := s.frame(c, "repositories", r.Name)
	if err != nil {
		return err
	}
	d := repositoryDetail(actor(c), r)
	d.Faults, d.NewHost, d.NetworkNote = faults, c.FormValue("host"), s.opts.NetworkNote
	if d.Hosts, err = s.app.Repos.Network(c.UserContext(), actor(c), r.ID); err != nil {
		return err
	}
	if d.HostKey, err = s.hostKey(c.UserContext(), actor(c), r); err != nil {
		return err
	}
	p.Crumbs = []shell.Crumb{{Label: "Repositories", Href: d.Base}}
	if d.CanEdit {
		p.Primary = nil
	}
	return s.show(c, status, repositories.Page(p, d), nil)
}

// hostKey is what a repository's host is known by, where it is one of ssh.
func (s *Server) hostKey(ctx context.Context, by tenant.Actor, r repository.Repository) (repository.HostKey, error) {
	if !r.OverSSH() {
		return repository.HostKey{}, nil
	}
	return s.app.Repos.HostKey(ctx, by, r.ID)
}

func repositoryDetail(by tenant.Actor, r repository.Repository) repositories.Detail {
	return repositories.Detail{Base: "/t/" + by.Slug + "/repositories", Repository: r, CanEdit: by.Can(tenant.EditRepositories)}
}

// repositoryRegions are the rows of the list and the state on each repository's own page: a reader's page has one or the other.
func (s *Server) repositoryRegions(ctx context.Context, f *teamFeed) ([]region, error) {
	rs, err := s.app.Repos.Repositories(ctx, f.by)
	if err != nil {
		return nil, err
	}
	var regions []region
	for _, r := range rs {
		d := repositoryDetail(f.by, r)
		if d.HostKey, err = s.hostKey(ctx, f.by, r); err != nil {
			return regions, err
		}
		regions = append(regions, newRegion("#"+repositories.RowID(r.ID), whole, repositories.Row(d.Base+"/"+string(r.ID), r)),
			newRegion("#"+repositories.StatusID(r.ID), whole, repositories.Clone(d)),
			newRegion("#"+repositories.HostKeyID(r.ID), whole, repositories.HostKey(d)))
	}
	return regions, nil
}
