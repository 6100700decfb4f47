package engine

import (
	"context"
	"fmt"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
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

// weighWithin is the time limit of one weighing.
const weighWithin = time.Minute

// weigh fails a session that uses more disk space than its limit and pauses one that cannot be weighed, which ends everything it started.
func (d *drive) weigh(ctx context.Context, s session.Session) {
	begun := time.Now()
	limited, cancel := context.WithTimeout(ctx, weighWithin)
	defer cancel()
	used, err := d.e.opts.Scale.Weigh(limited, s)
	late := limited.Err() != nil
	d.mu.Lock()
	d.weight.next = time.Now().Add(weighTimes * time.Since(begun))
	d.mu.Unlock()
	if ctx.Err() != nil {
		return
	}
	if err != nil {
		d.log("weigh a session's tree", err)
	}
	switch most := d.e.opts.MaxTree; {
	case used > most:
		d.end(ctx, session.Failed, fmt.Sprintf("The session uses %d MiB of disk space. The limit is %d MiB per session.", used>>20, most>>20))
	case late:
		d.end(ctx, session.Paused, "The session has more files than can be counted in "+text.Duration(weighWithin)+".")
	default:
		d.endUnread(ctx, err)
	}
}

// endUnread pauses a session if err is a fault of its files: they are too many, too deep or closed to the server.
func (d *drive) endUnread(ctx context.Context, err error) {
	if fault.Is(err, fault.Exhausted) {
		d.end(ctx, session.Paused, sentence(err, ""))
	}
}

// end moves a session that takes too much of the disk, and ends everything it started.
func (d *drive) end(ctx context.Context, to session.Status, why string) {
	if d.move(ctx, to, session.Reason{Code: session.DiskFull, Message: why}) {
		d.interrupt(errMoved)
	}
}
