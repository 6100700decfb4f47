package engine

import (
	"context"
	"fmt"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

// Scale says what sessions take on disk. The real one looks at their trees.
type Scale interface {
	// Free is what the disk has left, in bytes.
	Free() (int64, error)
	// Weigh is what a session's tree and home take.
	Weigh(ctx context.Context, s session.Session) (int64, error)
}

// weight is when a session was weighed, and what was free then.
type weight struct {
	free  int64
	next  time.Time
	known bool
}

// Weighing a tree costs a look at each of its files: it is done only after the disk lost a part of what a session may
// take, and never takes more than a tenth of the time.
const (
	weighPart  = 64
	weighTimes = 10
)

// heavier says whether the session may have grown enough to be weighed, and notes that it is weighed now.
func (d *drive) heavier() bool {
	o := d.e.opts
	if o.Scale == nil || o.MaxTree <= 0 {
		return false
	}
	free, err := o.Scale.Free()
	if err != nil {
		d.log("look at the free disk", err)
		return false
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	w := &d.weight
	if free > w.free {
		w.free = free
	}
	if w.known && (time.Now().Before(w.next) || w.free-free < o.MaxTree/weighPart) {
		return false
	}
	*w = weight{free: free, next: time.Now().Add(time.Hour), known: true} // one at a time
	return true
}

// weigh fails a session that takes more of the disk than it may, which ends all it started.
func (d *drive) weigh(ctx context.Context, s session.Session) {
	begun := time.Now()
	taken, err := d.e.opts.Scale.Weigh(ctx, s)
	d.mu.Lock()
	d.weight.next = time.Now().Add(weighTimes * time.Since(begun))
	d.mu.Unlock()
	if err != nil && ctx.Err() == nil {
		d.log("weigh a session's tree", err)
	}
	if most := d.e.opts.MaxTree; taken > most {
		why := session.Reason{Code: session.DiskFull,
			Message: fmt.Sprintf("The session uses %d MiB of disk space. The limit is %d MiB per session.", taken>>20, most>>20)}
		if d.move(ctx, session.Failed, why) {
			d.interrupt(errMoved)
		}
	}
}
