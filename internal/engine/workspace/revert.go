package workspace

import (
	"context"
	"sync"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// freshFor is how long a fetch counts as fresh enough to look for reverts.
const freshFor = 30 * time.Minute

// fetches remembers when repositories were fetched to look for reverts.
type fetches struct {
	mu sync.Mutex
	at map[repository.ID]time.Time
}

// isDue reports whether a repository has to be fetched again, and notes that it is.
func (f *fetches) isDue(id repository.ID, now time.Time) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if now.Sub(f.at[id]) < freshFor {
		return false
	}
	if f.at == nil {
		f.at = map[repository.ID]time.Time{}
	}
	f.at[id] = now
	return true
}

// Reverted reports whether a merge was undone on a repository's base branch. It fetches the repository if that was not done lately.
func (w *Space) Reverted(ctx context.Context, t tenant.ID, id repository.ID, base, commit string) (bool, error) {
	if w.fetched.isDue(id, time.Now()) {
		r, credential, err := w.opt.Source(ctx, t, id)
		if err != nil {
			return false, err
		}
		if err := w.fetch(ctx, t, r, credential, nil); err != nil {
			return false, named(r, err)
		}
	}
	return w.opt.Git.Reverted(ctx, w.opt.Rooms.bare(t, id), base, commit)
}
