package engine

import (
	"context"
	"fmt"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/forge"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/merge"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

// askProtection finds out whether a forge protects the base. Then entries land one at a time, each by a pull request of its own. ready is
// false if the forge does not say it.
func (q *queueRun) askProtection(ctx context.Context) (ready bool, err error) {
	isProtected, host, err := q.e.app.Work.BaseProtected(ctx, q.ref.Tenant, q.repo)
	if forge.ReasonOf(err) != "" {
		return false, q.troubled(ctx, err, host)
	}
	if err != nil {
		return false, err
	}
	if isProtected {
		q.host = host
	}
	return true, q.waits(ctx, "")
}

// waits stores what the queue waits for.
func (q *queueRun) waits(ctx context.Context, why string) error {
	return q.e.app.Work.SetMergeWaits(ctx, q.ref.Tenant, q.queue, why)
}

// troubled stops the queue for what a person has to mend, such as the token. All else is tried again.
func (q *queueRun) troubled(ctx context.Context, err error, host string) error {
	why := forge.Fault(err, host).Error()
	switch forge.ReasonOf(err) {
	case forge.BadToken, forge.Forbidden, forge.Missing, forge.Redirected, forge.Invalid, forge.Exists, forge.NothingNew:
		return q.e.app.Work.StopMerges(ctx, q.ref.Tenant, q.repo.ID, why, q.base.Commit)
	}
	return q.waits(ctx, why)
}

// followPull goes on with the pull request that lands an entry: opens it, merges it as soon as the forge allows that, and finds out how it
// ended. The entry is what the database has, also if a person took it out in the meantime.
func (q *queueRun) followPull(ctx context.Context) (more bool, err error) {
	e, err := q.e.app.Work.LandingEntry(ctx, q.ref.Tenant, q.queue)
	if fault.Is(err, fault.NotFound) { // purged with its session
		return true, q.finishPull(ctx, merge.Entry{}, "", "")
	}
	if err != nil {
		return false, err
	}
	if e.Pull == 0 {
		return q.openPull(ctx, e)
	}
	if tried, ok := q.e.tried.Load(e.ID); ok && e.Status == merge.Checking && !q.moved() {
		if rests, err := q.e.app.Work.MergePullRests(ctx, q.ref.Tenant, e, tried.(time.Time)); err != nil || rests {
			return false, err
		}
	}
	p, err := q.e.app.Work.ReadMergePull(ctx, q.ref.Tenant, q.repo, e)
	if err != nil {
		return false, err
	}
	if p.Trouble != "" {
		return false, q.waits(ctx, p.Trouble)
	}
	switch p.State {
	case forge.Merged, forge.Reverted:
		return true, q.mergedBy(ctx, e, p)
	case forge.Closed:
		return true, q.closedPull(ctx, e, p)
	}
	return q.keepPull(ctx, e, p)
}

func (q *queueRun) finishPull(ctx context.Context, e merge.Entry, to merge.Status, note string) error {
	q.e.tried.Delete(e.ID)
	return q.e.app.Work.FinishPull(ctx, q.ref.Tenant, q.repo.ID, e, to, note)
}

// openPull pushes the branch of a pull request and opens it. After a crash both may have been done.
func (q *queueRun) openPull(ctx context.Context, e merge.Entry) (more bool, err error) {
	_, host, err := q.e.app.Work.BaseProtected(ctx, q.ref.Tenant, q.repo)
	switch {
	case forge.ReasonOf(err) != "":
		return false, q.waits(ctx, forge.Fault(err, host).Error())
	case err != nil:
		return false, err
	case e.Status != merge.Checking || host == "" || q.queue.Held != "" || q.moved():
		return q.forgetPull(ctx, e)
	}
	err = q.e.opts.Merges.PushBranch(ctx, q.ref.Tenant, q.repo, q.credential, e.PullBranch, q.queue.Landing)
	if err == nil {
		err = q.e.app.Work.OpenMergePull(ctx, q.ref.Tenant, q.repo, e)
	}
	return q.opened(ctx, e, err, host)
}

// opened judges what became of opening a pull request.
func (q *queueRun) opened(ctx context.Context, e merge.Entry, err error, host string) (more bool, _ error) {
	switch {
	case err == nil:
		return true, nil
	case fault.Is(err, fault.Unavailable):
		return false, q.waits(ctx, sentence(err, "The branch of the pull request could not be pushed. The details are in the server log."))
	case forge.IsUncertain(err) || forge.ReasonOf(err) == forge.Unreachable || forge.ReasonOf(err) == forge.Limited:
		return false, q.waits(ctx, forge.Fault(err, host).Error())
	case forge.ReasonOf(err) == "" && !fault.Is(err, fault.Conflict):
		return false, err
	}
	if err := q.finishPull(ctx, e, e.Status, ""); err != nil {
		return false, err
	}
	return false, q.e.app.Work.StopMerges(ctx, q.ref.Tenant, q.repo.ID, sentence(forge.Fault(err, host), "The pull request could not be opened."), q.base.Commit)
}

// forgetPull ends the landing of an entry that is no longer to land as that commit. A pull request of it that the forge has is closed first.
func (q *queueRun) forgetPull(ctx context.Context, e merge.Entry) (more bool, err error) {
	found, err := q.e.app.Work.FindMergePull(ctx, q.ref.Tenant, q.repo, e)
	if forge.ReasonOf(err) != "" {
		return false, q.waits(ctx, forge.Fault(err, "The forge").Error())
	}
	if err != nil || found {
		return found, err
	}
	return true, q.finishPull(ctx, e, e.Status, "")
}

// mergedBy ends the landing of an entry whose pull request was merged, by the queue or by a person there.
func (q *queueRun) mergedBy(ctx context.Context, e merge.Entry, p session.Pull) error {
	if e.Commit = p.MergeCommit; e.Commit == "" {
		e.Commit = q.queue.Landing
	}
	return q.finishPull(ctx, e, merge.Merged, "By "+e.PullName()+".")
}

// moved reports whether somebody else moved the base after the tree was checked.
func (q *queueRun) moved() bool { return q.base.Commit != q.queue.BaseCommit }

// closedPull ends the landing of an entry whose pull request was closed: by a person there, or by the queue, because the entry or the base
// is another one now.
func (q *queueRun) closedPull(ctx context.Context, e merge.Entry, p session.Pull) error {
	if e.Status != merge.Checking || q.moved() {
		return q.finishPull(ctx, e, e.Status, "")
	}
	return q.finishPull(ctx, e, merge.TakenOut, fmt.Sprintf("Its %s was closed on %s.", e.PullName(), p.Host))
}

// keepPull merges an open pull request if the forge allows it and it still is what was checked; otherwise it waits for the forge, or closes it.
func (q *queueRun) keepPull(ctx context.Context, e merge.Entry, p session.Pull) (more bool, err error) {
	has, err := q.e.opts.Merges.Contains(ctx, q.ref.Tenant, q.repo.ID, q.base.Commit, q.queue.Landing)
	if err != nil {
		return false, err
	}
	tip, err := q.e.opts.Merges.BranchTip(ctx, q.ref.Tenant, q.repo.ID, e.PullBranch)
	switch {
	case err != nil:
		return false, err
	case has: // the forge has merged it and does not show that yet, or somebody pushed it
		p.MergeCommit = ""
		return true, q.mergedBy(ctx, e, p)
	case e.Status != merge.Checking || q.moved():
		return q.closePull(ctx, e, p)
	case q.queue.Held != "":
		return false, nil
	case tip != "" && tip != q.queue.Landing:
		return true, q.finishPull(ctx, e, merge.TakenOut, fmt.Sprintf("The branch of its %s has other commits on %s than those that were checked. It is still open there.", e.PullName(), p.Host))
	}
	return q.mergePull(ctx, e, p)
}

// closePull closes a pull request. The next reading ends its landing, or shows that it was merged before.
func (q *queueRun) closePull(ctx context.Context, e merge.Entry, p session.Pull) (more bool, err error) {
	if err := q.e.app.Work.CloseMergePull(ctx, q.ref.Tenant, e); forge.ReasonOf(err) != "" {
		return false, q.waits(ctx, fmt.Sprintf("Pull request #%d could not be closed. %s", e.Pull, forge.Fault(err, p.Host)))
	} else if err != nil {
		return false, err
	}
	return q.readAgain(ctx, e)
}

// readAgain goes on at once if the forge shows what was done; otherwise with the next pass.
func (q *queueRun) readAgain(ctx context.Context, e merge.Entry) (more bool, err error) {
	p, err := q.e.app.Work.ReadMergePull(ctx, q.ref.Tenant, q.repo, e)
	return err == nil && p.Trouble == "" && p.State != forge.Open, err
}

// mergePull merges a pull request whose branch is at the commit that was checked on the base as it is. What the forge still requires is what
// the queue waits for; an entry whose checks failed there is taken out.
func (q *queueRun) mergePull(ctx context.Context, e merge.Entry, p session.Pull) (more bool, err error) {
	if err := q.fetch(ctx); err != nil || q.moved() { // the last look before it: no forge merges only onto a certain base
		return err == nil, err
	}
	q.e.tried.Store(e.ID, q.e.clock.Now())
	err = q.e.app.Work.MergeMergePull(ctx, q.ref.Tenant, e, p)
	reason := forge.ReasonOf(err)
	switch {
	case err == nil || reason == forge.NotOpen:
		return q.readAgain(ctx, e)
	case reason == "":
		return false, err
	case reason == forge.NeedsChecks && p.Checks.Count(forge.CheckFailed) > 0 && p.Checks.Count(forge.CheckRunning) == 0:
		if err := q.e.app.Work.CloseMergePull(ctx, q.ref.Tenant, e); err != nil {
			return false, q.waits(ctx, forge.Fault(err, p.Host).Error())
		}
		return true, q.finishPull(ctx, e, merge.TakenOut, fmt.Sprintf("A check failed on %s, so its %s was closed.", p.Host, e.PullName()))
	}
	return false, q.waits(ctx, fmt.Sprintf("Pull request #%d waits. %s", e.Pull, forge.Fault(err, p.Host)))
}
