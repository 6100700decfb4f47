package work

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net"
	"runtime/debug"
	"time"

	apppeople "github.com/industrial-orchestrator/orchestrator/internal/app/people"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/hub"
	apikit "github.com/industrial-orchestrator/orchestrator/web/api/kit"
)

// Intervals of a stream. Rights are read often enough that the stream of a revoked token ends within two seconds. A beat fails when
// its reader is gone.
const (
	checkEvery  = 1500 * time.Millisecond
	beatEvery   = 15 * time.Second
	readWithin  = 10 * time.Second
	flushWithin = 10 * time.Second
	streamPage  = 200
)

// follower is one open stream. Fiber's context is gone while it runs, so it has copies of what it needs.
type follower struct {
	api     *Operations
	visit   apikit.Visit
	session session.ID
	seq     int64
	bell    *hub.Bell
	// person rings when the token's owner may have lost rights.
	person *hub.Bell
	conn   net.Conn
	w      *bufio.Writer
}

// start hangs the bells and then reads the session, so that a change in between rings.
func (f *follower) start(ctx context.Context, seen int64) (leave func(), err error) {
	person, leavePerson, err := apppeople.HangPerson(f.api.kernel.Hub, f.visit.Actor.User)
	if err != nil {
		return nil, err
	}
	bell, leaveSession := f.api.kernel.Hub.Hang(hub.Session(f.visit.Actor.Tenant, f.session))
	f.bell, f.person, leave = bell, person, func() { leaveSession(); leavePerson() }
	s, err := f.api.work.Session(ctx, f.visit.Actor, f.session)
	if err != nil {
		leave()
	}
	f.seq = min(seen, s.LastSeq)
	return leave, err
}

func (f *follower) logError(msg string, args ...any) {
	f.api.kit.Log.Error(msg, append(args, "request_id", f.visit.Request.ID, "session", f.session)...)
}

// logPanic prevents a panic from ending the process, because the recover middleware does not cover the writer.
func (f *follower) logPanic() {
	if p := recover(); p != nil {
		f.logError("stream panicked", "panic", p, "stack", string(debug.Stack()))
	}
}

// follow runs one stream to its end. It returns nil for the usual ends.
func (f *follower) follow() error {
	check, beat := time.NewTicker(checkEvery), time.NewTicker(beatEvery)
	defer check.Stop()
	defer beat.Stop()
	if !f.write("retry: 1000\n\n") {
		return nil
	}
	for err := f.sendNews(); ; {
		if err != nil {
			return ignoreEnd(err)
		}
		select {
		case <-f.bell.Ring:
			err = f.sendNews()
		case <-check.C:
			err = f.checkRights()
		case <-f.person.Ring:
			err = f.checkRights()
		case <-beat.C:
			err = f.sendBeat()
		case <-f.api.kernel.Hub.Done():
			return nil
		}
	}
}

// errReaderGone ends a stream whose reader receives nothing any more.
var errReaderGone = fault.New(fault.NotFound, "the reader has disconnected")

// ignoreEnd is nil for the usual ends of a stream: no reader, no access, no session.
func ignoreEnd(err error) error {
	switch fault.KindOf(err) {
	case fault.Unauthenticated, fault.Forbidden, fault.NotFound:
		return nil
	}
	return err
}

// sendNews sends every event after the last one sent.
func (f *follower) sendNews() error {
	for {
		ctx, cancel := context.WithTimeout(context.Background(), readWithin)
		es, err := f.api.work.Events(ctx, f.visit.Actor, f.session, f.seq, streamPage)
		cancel()
		if err != nil {
			return err
		}
		for _, e := range es {
			if err := f.sendEvent(eventBody(e)); err != nil {
				return err
			}
		}
		if !f.flush() {
			return errReaderGone
		}
		if len(es) < streamPage {
			return nil
		}
	}
}

// sendEvent writes one message. Its data is one line, because encoded JSON has no line breaks.
func (f *follower) sendEvent(e Event) error {
	var data bytes.Buffer
	if err := apikit.Encode(&data, e); err != nil {
		return err
	}
	f.seq = e.Seq
	if _, err := fmt.Fprintf(f.w, "id: %d\nevent: %s\ndata: %s\n", e.Seq, e.Type, &data); err != nil {
		return errReaderGone
	}
	return nil
}

func (f *follower) sendBeat() error {
	if !f.write(": beat\n\n") {
		return errReaderGone
	}
	return nil
}

func (f *follower) write(s string) bool {
	_, _ = f.w.WriteString(s) // the writer keeps its error for the flush
	return f.flush()
}

// flush sends what was written and reports whether the reader is still there.
func (f *follower) flush() bool {
	if f.conn != nil {
		_ = f.conn.SetWriteDeadline(time.Now().Add(flushWithin))
	}
	return f.w.Flush() == nil
}

// checkRights reads token and membership again. If the role or the state of the team has changed, the stream ends and the reader
// reconnects with the new rights.
func (f *follower) checkRights() error {
	ctx, cancel := context.WithTimeout(context.Background(), readWithin)
	defer cancel()
	by, err := f.api.people.ActorForToken(ctx, f.visit.Token)
	if err != nil {
		return err
	}
	if by.Held != f.visit.Actor.Held || by.TenantActive != f.visit.Actor.TenantActive {
		return fault.New(fault.Forbidden, "The role has changed.")
	}
	f.visit.Actor = by
	return by.May(tenant.ReadSessions)
}
