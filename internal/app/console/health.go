package console

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	dbconsole "github.com/industrial-orchestrator/orchestrator/db/console"
	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/instance"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
)

// The thresholds above which a check is not good.
const (
	slowRead  = 250 * time.Millisecond
	slowWrite = time.Second
	sealLag   = time.Minute
)

// readWithin is the time limit of all checks, so that the page shows a database that does not respond.
const readWithin = 5 * time.Second

// InstanceHealth runs every health check now and returns the results, with a reason for each that is not good.
func (a *Verbs) InstanceHealth(ctx context.Context, by tenant.Actor) ([]instance.Check, error) {
	if err := appkernel.MayOperate(by); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, readWithin)
	defer cancel()
	checks := []instance.Check{a.checkRead(ctx), a.checkWrite(ctx), a.checkDispatcher()}
	if a.opts.Readings != nil {
		checks = append(checks, a.opts.Readings(ctx)...)
	}
	return append(checks, a.checkJobs(), a.checkSeals(ctx)), nil
}

// checkRead measures one query to the database.
func (a *Verbs) checkRead(ctx context.Context) instance.Check {
	c := instance.Check{Name: "Database", Do: "Check the server log and the database host."}
	begun := time.Now()
	_, err := a.k.Setting(ctx, "instance_id")
	return timedCheck(c, "answered in", time.Since(begun), slowRead, err)
}

// checkWrite measures how long a write transaction waits to start. It writes nothing.
func (a *Verbs) checkWrite(ctx context.Context) instance.Check {
	c := instance.Check{Name: "Writer", Do: "Writes are waiting for each other. Check for a slow disk or a long import or retention run."}
	begun := time.Now()
	err := a.k.DB.System(ctx, func(*dbkernel.System) error { return nil })
	return timedCheck(c, "started after", time.Since(begun), slowWrite, err)
}

func (a *Verbs) checkDispatcher() instance.Check {
	c := instance.Check{Name: "Dispatcher", Light: instance.Good, Reading: "checks the queue"}
	switch {
	case a.k.Opts.DispatcherAlive == nil:
		return c.Dark(instance.Warn, "none in this process", "This process does not start sessions.", "Start the server with 'orchestrator serve'.")
	case !a.k.Opts.DispatcherAlive():
		return c.Dark(instance.Bad, "silent", "It has not checked the queue recently, so no sessions are starting.", "Check the background jobs and the server log.")
	}
	if why := a.work.HostFull(); why != "" {
		return c.Dark(instance.Warn, "the host is full", "No more sessions can start now: "+why, "Wait, or raise the host's limits.")
	}
	return c
}

// checkJobs returns the background jobs that are late or failed.
func (a *Verbs) checkJobs() instance.Check {
	c := instance.Check{Name: "Background jobs", Light: instance.Good}
	if a.opts.Jobs == nil {
		return c.Dark(instance.Warn, "none in this process", "This process runs no background jobs.", "Start the server with 'orchestrator serve'.")
	}
	js, wrong := a.opts.Jobs(), []string{}
	for _, j := range js {
		switch {
		case j.Late(time.Now()):
			wrong = append(wrong, j.Name+" is late")
		case j.Failing():
			wrong = append(wrong, j.Name+" failed: "+text.Cut(j.Error, appkernel.MaxAuditText))
		}
	}
	c.Reading = fmt.Sprintf("%d of %d on time", len(js)-len(wrong), len(js))
	if len(wrong) > 0 {
		return c.Dark(instance.Bad, c.Reading, strings.Join(wrong, "; ")+".", "See each job's last error on the background jobs page.")
	}
	return c
}

// checkSeals returns how many audit entries wait for a seal, and the chains that do not match their heads.
func (a *Verbs) checkSeals(ctx context.Context) instance.Check {
	c := instance.Check{Name: "Audit seals", Light: instance.Good}
	var lag instance.Unsealed
	err := a.k.DB.SystemView(ctx, func(s *dbkernel.System) (err error) { lag, err = dbconsole.Across(s).SealLag(ctx); return err })
	c.Reading = fmt.Sprintf("%d entries to seal", lag.Entries)
	var chains []string
	a.doubted.Range(func(chain, _ any) bool { chains = append(chains, fmt.Sprint(chain)); return true })
	switch {
	case err != nil:
		return c.Dark(instance.Bad, "unknown", "The audit logs cannot be read: "+err.Error(), "See the server log.")
	case len(chains) > 0:
		return c.Dark(instance.Bad, c.Reading, "These logs do not match their seals: "+strings.Join(chains, ", ")+".", "Run 'orchestrator audit verify' and keep a copy of the database.")
	case lag.Oldest != nil && a.k.Clock.Now().Sub(*lag.Oldest) > sealLag:
		return c.Dark(instance.Bad, c.Reading, "The oldest has been waiting since "+lag.Oldest.UTC().Format("2 Jan, 15:04")+" UTC.", "Check the background job for audit seals.")
	}
	return c
}

// timedCheck returns a check of how long something took.
func timedCheck(c instance.Check, what string, took, slow time.Duration, err error) instance.Check {
	do := c.Do
	c.Do, c.Light = "", instance.Good
	c.Reading = fmt.Sprintf("%s %.1f ms", what, float64(took.Microseconds())/1000)
	switch {
	case err != nil:
		return c.Dark(instance.Bad, "does not respond", whyNoAnswer(err), do)
	case took > slow:
		return c.Dark(instance.Warn, c.Reading, "This is slow: more than "+text.Duration(slow)+".", do)
	}
	return c
}

// whyNoAnswer returns the reason why something did not respond, as a sentence.
func whyNoAnswer(err error) string {
	var f *fault.Error
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return "It did not respond within " + text.Duration(readWithin) + "."
	case errors.As(err, &f):
		return f.Message
	}
	return err.Error()
}

// readyFor is how long a result of writing counts, so that probes, which anybody can send, do not fill the disk with writes.
const readyFor = time.Second

// Ready writes to the database and to the data directory, and checks the dispatcher. It returns an Unavailable fault with the reason
// of the one that does not work.
func (a *Verbs) Ready(ctx context.Context) error {
	if err := a.canWrite(ctx); err != nil {
		return err
	}
	if a.k.Opts.DispatcherAlive != nil && !a.k.Opts.DispatcherAlive() {
		return fault.New(fault.Unavailable, "The dispatcher has not checked the queue recently.")
	}
	return nil
}

// written is the last result of canWrite.
type written struct {
	sync.Mutex
	at  time.Time
	err error
}

func (a *Verbs) canWrite(ctx context.Context) error {
	a.wrote.Lock()
	defer a.wrote.Unlock()
	if !a.wrote.at.IsZero() && time.Since(a.wrote.at) < readyFor {
		return a.wrote.err
	}
	err := a.k.DB.Ready(ctx)
	switch {
	case err != nil && fault.KindOf(err) != fault.Unavailable:
		err = fault.New(fault.Unavailable, "The database cannot be written.").Because(err)
	case err == nil && a.opts.DataFull != nil:
		err = a.opts.DataFull()
	}
	a.wrote.at, a.wrote.err = time.Now(), err
	return err
}
