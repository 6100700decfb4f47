package engine

import (
	"context"
	"fmt"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

// Scale measures the disk space of sessions. The real one walks their trees.
type Scale interface {
	// Free returns the free space of the disk, in bytes.
	Free() (int64, error)
	// Weigh returns the bytes that a session's directories use.
	Weigh(ctx context.Context, s session.Session) (int64, error)
}

// weight is the last weighing of a session.
type weight struct {
	free      int64     // the most free space since then
	next      time.Time // the earliest time of the next one
	isWeighed bool
}

// Weighing a tree visits each of its files. It happens only after the disk has lost a 64th of a session's limit, and uses at
// most a tenth of the time.
const (
	weighPart  = 64
	weighTimes = 10
)

// claimWeighing reports whether the session may have grown enough to be weighed. If so, the caller must weigh it.
func (d *drive) claimWeighing() bool {
	o := d.e.opts
	if o.Scale == nil || o.MaxTree <= 0 {
		return false
	}
	free, err := o.Scale.Free()
	if err != nil {
		d.log("read the free disk space", err)
		return false
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	w := &d.weight
	if free > w.free {
		w.free = free
	}
	if w.isWeighed && (time.Now().Before(w.next) || w.free-free < o.MaxTree/weighPart) {
		return false
	}
	*w = weight{free: free, next: time.Now().Add(time.Hour), isWeighed: true} // one at a time
	return true
}

// weigh fails a session that uses more disk space than its limit, which ends everything it started.
func (d *drive) weigh(ctx context.Context, s session.Session) {
	begun := time.Now()
	used, err := d.e.opts.Scale.Weigh(ctx, s)
	d.mu.Lock()
	d.weight.next = time.Now().Add(weighTimes * time.Since(begun))
	d.mu.Unlock()
	if err != nil && ctx.Err() == nil {
		d.log("weigh a session's tree", err)
	}
	if most := d.e.opts.MaxTree; used > most {
		why := session.Reason{Code: session.DiskFull,
			Message: fmt.Sprintf("The session uses %d MiB of disk space. The limit is %d MiB per session.", used>>20, most>>20)}
		if d.move(ctx, session.Failed, why) {
			d.interrupt(errMoved)
		}
	}
}
