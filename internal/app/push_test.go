package app_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbrepos "github.com/industrial-orchestrator/orchestrator/db/repos"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
)

// publisher takes the place of git: it remembers what it was asked to do.
type publisher struct {
	onto      []string
	published []session.Publication
	nothing   bool
	answer    session.Published
	err       error
}

func (p *publisher) Save(_ context.Context, s session.Session, onto string) (session.Saved, error) {
	p.onto = append(p.onto, onto)
	if p.nothing {
		return session.Saved{Commit: s.BaseCommit}, nil
	}
	return session.Saved{Commit: "commit-" + string(rune('0'+len(p.onto))), Commits: 2}, nil
}

func (p *publisher) Publish(_ context.Context, _ session.Session, want session.Publication) (session.Published, error) {
	p.published = append(p.published, want)
	if got := p.answer; got.Branch != "" || p.err != nil {
		return got, p.err
	}
	return session.Published{Branch: want.Branch}, nil
}

func belowRoot(roots []string, path string) (string, error) {
	for _, r := range roots {
		if strings.HasPrefix(path, r+"/") {
			return path, nil
		}
	}
	return "", errors.New("not below a root")
}

// ended makes a session of the member that has a repository and is in a status. name is the repository's: with a slash it is a local path.
func (h *house) ended(name string, st session.Status) session.Session {
	h.t.Helper()
	r := repository.Repository{ID: repository.ID(id.New()), Name: id.New()[30:], DefaultBranch: "main", Status: repository.Ready, CreatedAt: h.clock.Now()}
	if strings.Contains(name, "/") {
		r.Path = name
	} else {
		r.URL = "https://git.example/" + name
	}
	ok(h.t, h.d.Update(h.t.Context(), h.alpha.ID, func(s *dbkernel.Scope) error { return dbrepos.On(s).CreateRepository(h.t.Context(), r, "") }))
	want := wanted()
	want.RepositoryID = r.ID
	v, err := h.app.Work.CreateSession(h.t.Context(), h.member, want, false)
	ok(h.t, err)
	return dbtest.Move(h.t, h.d, v, h.clock.Now(), ways[st]...)
}

func TestAPushIsStoredWithItsEventAndMovesOnlyItsOwnBranch(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		s := h.ended("yard", session.Completed)
		p, err := h.app.Work.PushSession(t.Context(), h.member, s.ID, " fix ")
		ok(t, err)
		if p.Branch != "fix" || p.Commit != "commit-1" || p.Commits != 2 {
			t.Errorf("pushed %+v", p)
		}
		_, err = h.app.Work.PushSession(t.Context(), h.lead, s.ID, "fix")
		ok(t, err)
		_, err = h.app.Work.PushSession(t.Context(), h.lead, s.ID, "")
		ok(t, err)
		want := []session.Publication{{Commit: "commit-1", Branch: "fix"}, {Commit: "commit-2", Branch: "fix", Expect: "commit-1"}, {Commit: "commit-3", Branch: s.Branch}}
		if diff := cmp.Diff(want, h.publisher.published); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]string{"", "commit-1", ""}, h.publisher.onto); diff != "" {
			t.Error(diff)
		}
		all, err := h.app.Work.Outcomes(t.Context(), h.viewer, s.ID)
		ok(t, err)
		if len(all) != 1 || all[0].Pushed == nil || all[0].Pushed.Commit != "commit-3" || all[0].Pushed.ByName != h.lead.Name || all[0].SavedCommits != 2 {
			t.Errorf("outcomes %+v", all)
		}
		es, err := h.app.Work.Events(t.Context(), h.viewer, s.ID, 0, 100)
		ok(t, err)
		pushes := 0
		for _, e := range es {
			if e.Type == event.SessionPushed {
				pushes++
			}
		}
		if pushes != 3 {
			t.Errorf("%d events of a push", pushes)
		}
	})
}

func TestAPushThatIsRefusedChangesNothing(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		refusal := fault.New(fault.Conflict, "Branch fix was not pushed. The remote rejected it: protected.")
		deleted := h.ended("gone", session.Completed)
		ok(t, h.app.Repos.DeleteRepository(t.Context(), h.lead, deleted.RepositoryID))
		for name, c := range map[string]struct {
			s      session.Session
			by     tenant.Actor
			branch string
			pub    publisher
			kind   fault.Kind
			words  string
		}{
			"the remote refuses":    {h.ended("yard", session.Completed), h.member, "fix", publisher{err: refusal}, fault.Conflict, "The remote rejected it"},
			"nothing changed":       {h.ended("yard", session.Completed), h.member, "fix", publisher{nothing: true}, fault.Conflict, "nothing to take"},
			"no repository":         {h.at(session.Completed), h.member, "fix", publisher{}, fault.Conflict, "no repository"},
			"a deleted repository":  {deleted, h.member, "fix", publisher{}, fault.Conflict, "was deleted"},
			"a running session":     {h.ended("yard", session.Running), h.member, "fix", publisher{}, fault.Conflict, "is running"},
			"a draft":               {h.ended("yard", session.Pending), h.member, "fix", publisher{}, fault.Conflict, "has not run"},
			"a cancelled session":   {h.ended("yard", session.Cancelled), h.member, "fix", publisher{}, fault.Conflict, "has not run"},
			"a bad branch":          {h.ended("yard", session.Completed), h.member, "a..b", publisher{}, fault.Invalid, "not a valid branch"},
			"a local repository":    {h.ended("/srv/other/yard", session.Completed), h.member, "fix", publisher{}, fault.Conflict, "--repo-root alpha=DIR:rw"},
			"somebody else's":       {h.ended("yard", session.Completed), h.second, "fix", publisher{}, fault.Forbidden, ""},
			"as a viewer":           {h.ended("yard", session.Completed), h.viewer, "fix", publisher{}, fault.Forbidden, ""},
			"from another team":     {h.ended("yard", session.Completed), h.stranger, "fix", publisher{}, fault.NotFound, ""},
			"somebody of the house": {h.ended("yard", session.Completed), h.nobody, "fix", publisher{}, fault.Forbidden, ""},
		} {
			*h.publisher = c.pub
			before := h.picture(c.s)
			_, err := h.app.Work.PushSession(t.Context(), c.by, c.s.ID, c.branch)
			if !fault.Is(err, c.kind) || !strings.Contains(err.Error(), c.words) {
				t.Errorf("%s: %v", name, err)
			}
			if diff := cmp.Diff(before, h.picture(c.s)); diff != "" && c.kind != fault.Forbidden {
				t.Errorf("%s changed something:\n%s", name, diff)
			}
			if n := len(h.publisher.published); n > 0 && name != "the remote refuses" {
				t.Errorf("%s: git was asked to push", name)
			}
		}
		*h.publisher = publisher{answer: session.Published{Branch: "main-2", InUse: true, Local: true}}
		s := h.ended("/srv/own/yard", session.Failed)
		p, err := h.app.Work.PushSession(t.Context(), h.lead, s.ID, "main")
		ok(t, err)
		if p.Branch != "main-2" || p.Command() != "git merge main-2" {
			t.Errorf("in a repository that may be written: %+v, %q", p, p.Command())
		}
	})
}
