package work

import (
	"context"
	"strings"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/forge"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/merge"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// BaseProtected reports whether a repository has a forge that protects its default branch, and the forge's host. Its errors are *forge.Refusal
// where the forge is the reason.
func (a *Verbs) BaseProtected(ctx context.Context, t tenant.ID, r repository.Repository) (isProtected bool, host string, err error) {
	port, f, err := a.repos.ForgePort(ctx, t, r.ID)
	if fault.Is(err, fault.NotFound) {
		return false, "", nil
	}
	if err != nil {
		return false, "", err
	}
	p, err := port.Protection(ctx, r.DefaultBranch)
	return p.IsProtected, f.Host(), err
}

// SetMergeWaits stores what a queue waits for on the forge; empty for nothing.
func (a *Verbs) SetMergeWaits(ctx context.Context, t tenant.ID, q merge.Queue, why string) error {
	if q.Waits == why {
		return nil
	}
	return a.inMerges(ctx, t, func(sc *dbkernel.Scope) error { return dbwork.On(sc).SetMergeWaits(ctx, q.Repository, why) })
}

// LandingEntry reads the entry whose pull request is on its way; Missing if it was purged. It may have left the queue.
func (a *Verbs) LandingEntry(ctx context.Context, t tenant.ID, q merge.Queue) (e merge.Entry, err error) {
	err = a.k.DB.View(ctx, t, func(sc *dbkernel.Scope) error { e, err = dbwork.On(sc).MergeEntry(ctx, q.LandingEntry); return err })
	return e, err
}

// BeginPull stores the commit and the branch of the pull request that will land an entry, before any of it is on the forge.
func (a *Verbs) BeginPull(ctx context.Context, t tenant.ID, e merge.Entry, commit string) error {
	e.Commit, e.PullBranch, e.Pull, e.PullURL = commit, merge.NewPullBranch(e.ID, commit), 0, ""
	return a.inMerges(ctx, t, func(sc *dbkernel.Scope) error {
		if err := dbwork.On(sc).MoveMergeEntry(ctx, e, merge.Checking); err != nil {
			return err
		}
		return dbwork.On(sc).SetLanding(ctx, e.Repository, commit, e.ID)
	})
}

// OpenMergePull opens the pull request of an entry whose branch is on the forge, or finds it there after a crash, and stores it with the
// session. Its errors are *forge.Refusal where the forge is the reason.
func (a *Verbs) OpenMergePull(ctx context.Context, t tenant.ID, r repository.Repository, e merge.Entry) error {
	port, f, err := a.repos.ForgePort(ctx, t, r.ID)
	if err != nil {
		return err
	}
	n, err := a.mergePullText(ctx, t, r, e)
	if err != nil {
		return err
	}
	opened, err := openOnForge(ctx, port, n)
	if err != nil {
		return err
	}
	return a.storeMergePull(ctx, t, e, opened, f)
}

// FindMergePull stores the pull request of an entry if the forge has an open one, and reports whether it has.
func (a *Verbs) FindMergePull(ctx context.Context, t tenant.ID, r repository.Repository, e merge.Entry) (bool, error) {
	port, f, err := a.repos.ForgePort(ctx, t, r.ID)
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	found, err := port.Find(ctx, forge.New{Base: r.DefaultBranch, Branch: e.PullBranch, Marker: mergeMarker(e)})
	if forge.ReasonOf(err) == forge.Missing {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, a.storeMergePull(ctx, t, e, found, f)
}

func mergeMarker(e merge.Entry) string { return forge.Marker(string(e.ID), e.PullBranch) }

// mergePullText is what the pull request of an entry says: what one that a person opens says, and why it is there.
func (a *Verbs) mergePullText(ctx context.Context, t tenant.ID, r repository.Repository, e merge.Entry) (n forge.New, err error) {
	err = a.k.DB.View(ctx, t, func(sc *dbkernel.Scope) error {
		s, err := dbwork.On(sc).Session(ctx, e.Session)
		if err != nil {
			return err
		}
		files, err := dbwork.On(sc).Files(ctx, s.ID)
		if err != nil {
			return err
		}
		said, err := dbwork.On(sc).EventsOfType(ctx, s.ID, event.AgentMessage, 1)
		p := session.ProposePull(s, lastText(said), files)
		n = forge.New{Base: r.DefaultBranch, Branch: e.PullBranch, Title: p.Title, Body: strings.TrimSpace(p.Body + "\n\n" + whyPull(r)), Marker: mergeMarker(e)}
		return err
	})
	return n, err
}

// whyPull says why the merge queue has opened a pull request.
func whyPull(r repository.Repository) string {
	passed := ""
	if n := len(r.CheckCommands); n > 0 {
		passed = " Its checks have passed on exactly this tree."
	}
	return "Opened by the merge queue, because " + r.DefaultBranch + " is protected." + passed + " The queue merges it when the rules of the branch allow that, and closes it if " + r.DefaultBranch + " moves before."
}

// storeMergePull stores a pull request that the queue has opened with its entry and its session.
func (a *Verbs) storeMergePull(ctx context.Context, t tenant.ID, e merge.Entry, opened forge.PullRequest, f forge.Stored) error {
	ctx, now := context.WithoutCancel(ctx), a.k.Clock.Now() // the forge has it
	p := session.Pull{Session: e.Session, Repository: string(e.Repository), Attempt: max(e.Attempt, 1), PullRequest: opened, Host: f.Host(), OpenedBy: string(e.AddedBy), OpenedByName: e.AddedName,
		OpenedAt: now, ChangedAt: now, ReadAt: now}
	return a.inMerges(ctx, t, func(sc *dbkernel.Scope) error {
		e, err := dbwork.On(sc).MergeEntry(ctx, e.ID)
		if err != nil || e.Pull == opened.Number {
			return err
		}
		e.Pull, e.PullURL = opened.Number, opened.URL
		if err := dbwork.On(sc).MoveMergeEntry(ctx, e, e.Status); err != nil {
			return err
		}
		if e.SessionDeleted {
			return nil
		}
		if err := dbwork.On(sc).AddPull(ctx, p, now.Add(session.PullLookedAt)); err != nil {
			return err
		}
		if err := a.notePull(ctx, sc, p, "opened", event.Actor{Kind: appkernel.System.Kind}); err != nil {
			return err
		}
		return a.k.Audit(ctx, sc, appkernel.SystemActor(t), "open_pull_request", string(e.Session), pullName(p)+" into "+p.Base+" by the merge queue")
	})
}

// pullRests is how long the queue lets a pull request be that the forge does not merge yet, unless the forge sends news.
const pullRests = 30 * time.Second

// MergePullRests reports whether the pull request of an entry does not have to be looked at again yet after the forge did not merge it at a
// time: it is open, and no news of the forge has arrived since.
func (a *Verbs) MergePullRests(ctx context.Context, t tenant.ID, e merge.Entry, tried time.Time) (bool, error) {
	now := a.k.Clock.Now()
	if now.Sub(tried) >= pullRests {
		return false, nil
	}
	was, err := a.storedPull(ctx, t, e.Session, e.Pull)
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}
	isDue := was.NextReadAt != nil && !was.NextReadAt.After(now)
	return was.State == forge.Open && !isDue && !was.ReadAt.After(tried), err
}

// ReadMergePull reads the pull request of an entry from the forge, and stores what it finds with the session, if there still is one. A forge
// that does not answer is in the pull request's Trouble.
func (a *Verbs) ReadMergePull(ctx context.Context, t tenant.ID, r repository.Repository, e merge.Entry) (session.Pull, error) {
	was, err := a.storedPull(ctx, t, e.Session, e.Pull)
	if err == nil {
		return a.readPull(ctx, was, t)
	}
	if !fault.Is(err, fault.NotFound) {
		return was, err
	}
	_, f, err := a.repos.ForgePort(ctx, t, r.ID)
	if err != nil {
		return was, err
	}
	was = session.Pull{Session: e.Session, Repository: string(r.ID), Host: f.Host(), PullRequest: forge.PullRequest{Number: e.Pull, URL: e.PullURL, Base: r.DefaultBranch, Branch: e.PullBranch}}
	now, err := a.askForge(ctx, was, t)
	if forge.ReasonOf(err) != "" {
		now.Trouble, err = troubleOf(err, was.Host), nil
	}
	return now, err
}

// MergeMergePull merges the pull request of an entry if its branch is at the entry's commit. Its errors are *forge.Refusal where the forge is
// the reason.
func (a *Verbs) MergeMergePull(ctx context.Context, t tenant.ID, e merge.Entry, p session.Pull) error {
	port, _, err := a.repos.ForgePort(ctx, t, e.Repository)
	if err != nil {
		return err
	}
	err = port.Merge(ctx, forge.MergeRequest{Number: p.Number, Head: e.Commit, Title: p.Title})
	if forge.ReasonOf(err) == forge.AlreadyMerged {
		return nil
	}
	return err
}

// CloseMergePull closes the pull request of an entry without merging it; the next reading tells whether it was merged before.
func (a *Verbs) CloseMergePull(ctx context.Context, t tenant.ID, e merge.Entry) error {
	port, _, err := a.repos.ForgePort(ctx, t, e.Repository)
	if err != nil {
		return err
	}
	return port.Close(ctx, e.Pull)
}

// FinishPull ends the landing of an entry by a pull request: as merged, with the commit on the base; as taken out, for a reason; or as it
// is, if to is its status, so that it can land again.
func (a *Verbs) FinishPull(ctx context.Context, t tenant.ID, id repository.ID, e merge.Entry, to merge.Status, note string) error {
	return a.inMerges(ctx, t, func(sc *dbkernel.Scope) error {
		if err := dbwork.On(sc).SetLanding(ctx, id, "", ""); err != nil || e.ID == "" {
			return err
		}
		if to != e.Status {
			return a.endMerge(ctx, sc, e, to, note)
		}
		if !e.Status.IsOpen() {
			return nil
		}
		e.Commit, e.PullBranch, e.Pull, e.PullURL = "", "", 0, ""
		return dbwork.On(sc).MoveMergeEntry(ctx, e, e.Status)
	})
}
