package repos

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/views/repositories"
	"github.com/industrial-orchestrator/orchestrator/views/shell"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// drawRepositories draws the list, with the values and faults of a form.
func (s *Pages) drawRepositories(c *fiber.Ctx, status int, form repository.Repository, faults map[string]string) error {
	p, err := s.kit.NewPage(c, "repositories", "Repositories")
	if err != nil {
		return err
	}
	rs, err := s.repos.Repositories(c.UserContext(), webkit.Actor(c))
	if err != nil {
		return err
	}
	l := repositories.List{Base: p.Team.Path("repositories"), Rows: rs, CanEdit: webkit.Actor(c).Can(tenant.EditRepositories), Form: form, Faults: faults}
	if l.CanEdit {
		p.Primary = nil // the form has the primary button
	}
	return s.kit.DrawPageOrPart(c, status, repositories.ListPage(p, l), nil)
}

// drawRepository draws one repository, with the faults of a form.
func (s *Pages) drawRepository(c *fiber.Ctx, status int, r repository.Repository, faults map[string]string) error {
	p, err := s.kit.NewPage(c, "repositories", r.Name)
	if err != nil {
		return err
	}
	d := s.repositoryDetail(webkit.Actor(c), r)
	d.Faults, d.NewHost, d.NetworkNote = faults, c.FormValue("host"), s.kit.Opts.NetworkNote
	if d.Hosts, err = s.repos.Network(c.UserContext(), webkit.Actor(c), r.ID); err != nil {
		return err
	}
	if d.HostKey, err = s.readHostKey(c.UserContext(), webkit.Actor(c), r); err != nil {
		return err
	}
	if err := s.fillForge(c, &d); err != nil {
		return err
	}
	p.Crumbs = []shell.Crumb{{Label: "Repositories", Href: d.Base}}
	if d.CanEdit {
		p.Primary = nil
	}
	return s.kit.DrawPageOrPart(c, status, repositories.Page(p, d), nil)
}

// readHostKey reads the host key of a repository that is cloned over ssh; of any other it is empty.
func (s *Pages) readHostKey(ctx context.Context, by tenant.Actor, r repository.Repository) (repository.HostKey, error) {
	if !r.OverSSH() {
		return repository.HostKey{}, nil
	}
	return s.repos.HostKey(ctx, by, r.ID)
}

// repositoryDetail is what a page shows of a repository without its lists.
func (s *Pages) repositoryDetail(by tenant.Actor, r repository.Repository) repositories.Detail {
	return repositories.Detail{Base: "/t/" + by.Slug + "/repositories", Repository: r, CanEdit: by.Can(tenant.EditRepositories), HasQueue: s.repos.CheckWritable(by.Slug, r) == nil}
}

// repositoryRegions are the rows of the list and the state on each repository's page. A page shows one or the other.
func (s *Pages) repositoryRegions(ctx context.Context, f *webkit.TeamFeed) ([]webkit.Region, error) {
	rs, err := s.repos.Repositories(ctx, f.By)
	if err != nil {
		return nil, err
	}
	var regions []webkit.Region
	for _, r := range rs {
		d := s.repositoryDetail(f.By, r)
		if d.HostKey, err = s.readHostKey(ctx, f.By, r); err != nil {
			return regions, err
		}
		regions = append(regions, webkit.NewRegion("#"+repositories.RowID(r.ID), webkit.OuterMorph, repositories.Row(d.Base+"/"+string(r.ID), r)),
			webkit.NewRegion("#"+repositories.StatusID(r.ID), webkit.OuterMorph, repositories.Clone(d)),
			webkit.NewRegion("#"+repositories.HostKeyID(r.ID), webkit.OuterMorph, repositories.HostKey(d)))
	}
	return regions, nil
}
