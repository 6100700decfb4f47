package console

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	dbconsole "github.com/industrial-orchestrator/orchestrator/db/console"
	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/instance"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
)

// Above these a reading is worth a look.
const (
	slowRead  = 250 * time.Millisecond
	slowWrite = time.Second
	sealLag   = time.Minute
)

// readWithin bounds how long each reading may take: a database that hangs must not hang the page that says so.
const readWithin = 5 * time.Second

// InstanceHealth takes every reading of the instance's health now, each with its reason where it is not good.
func (a *Verbs) InstanceHealth(ctx context.Context, by tenant.Actor) ([]instance.Check, error) {
	if err := appkernel.MayOperate(by); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, readWithin)
	defer cancel()
	checks := []instance.Check{a.readsIn(ctx), a.writesIn(ctx), a.dispatches()}
	if a.opts.Readings != nil {
		checks = append(checks, a.opts.Readings(ctx)...)
	}
	return append(checks, a.loops(), a.seals(ctx)), nil
}

// readsIn measures one question to the database.
func (a *Verbs) readsIn(ctx context.Context) instance.Check {
	c := instance.Check{Name: "Database", Do: "Look at the server's log and at the host of the database."}
	begun := time.Now()
	_, err := a.k.Setting(ctx, "instance_id")
	return timed(c, "answered in", time.Since(begun), slowRead, err)
}

// writesIn measures how long a writer waits for its turn; it writes nothing.
func (a *Verbs) writesIn(ctx context.Context) instance.Check {
	c := instance.Check{Name: "Writer", Do: "Writes wait for each other: look for a slow disk, or for a long import or retention."}
	begun := time.Now()
	err := a.k.DB.System(ctx, func(*dbkernel.System) error { return nil })
	return timed(c, "had its turn after", time.Since(begun), slowWrite, err)
}

func (a *Verbs) dispatches() instance.Check {
	c := instance.Check{Name: "Dispatcher", Light: instance.Good, Reading: "looks at the queue"}
	switch {
	case a.k.Opts.DispatcherAlive == nil:
		return c.Dark(instance.Warn, "none in this process", "No session starts here.", "Start the server with serve.")
	case !a.k.Opts.DispatcherAlive():
		return c.Dark(instance.Bad, "silent", "It has not looked at the queue lately: nothing starts.", "See the loops, and the server's log.")
	}
	if why := a.work.HostFull(); why != "" {
		return c.Dark(instance.Warn, "the host is full", "No further session starts now: "+why, "Wait, or raise the host's limits.")
	}
	return c
}

// loops says which loops are late or failed.
func (a *Verbs) loops() instance.Check {
	c := instance.Check{Name: "Background jobs", Light: instance.Good}
	if a.opts.Jobs == nil {
		return c.Dark(instance.Warn, "none in this process", "Nothing happens by itself here.", "Start the server with serve.")
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
	c.Reading = fmt.Sprintf("%d of %d in time", len(js)-len(wrong), len(js))
	if len(wrong) > 0 {
		return c.Dark(instance.Bad, c.Reading, strings.Join(wrong, "; ")+".", "The page of background jobs has the last error of each.")
	}
	return c
}

// seals says how far the seals of the audit logs are, and whether one was found broken.
func (a *Verbs) seals(ctx context.Context) instance.Check {
	c := instance.Check{Name: "Audit seals", Light: instance.Good}
	var lag instance.Unsealed
	err := a.k.DB.SystemView(ctx, func(s *dbkernel.System) (err error) { lag, err = dbconsole.Across(s).SealLag(ctx); return err })
	c.Reading = fmt.Sprintf("%d entries to seal", lag.Entries)
	var chains []string
	a.doubted.Range(func(chain, _ any) bool { chains = append(chains, fmt.Sprint(chain)); return true })
	switch {
	case err != nil:
		return c.Dark(instance.Bad, "unknown", "The audit logs cannot be read: "+err.Error(), "See the server's log.")
	case len(chains) > 0:
		return c.Dark(instance.Bad, c.Reading, "These logs do not match their seals: "+strings.Join(chains, ", ")+".", "Run orchestrator audit verify and keep a copy of the database.")
	case lag.Oldest != nil && a.k.Clock.Now().Sub(*lag.Oldest) > sealLag:
		return c.Dark(instance.Bad, c.Reading, "The oldest waits since "+lag.Oldest.UTC().Format("2 Jan 15:04")+" UTC.", "See the loop of audit seals.")
	}
	return c
}

// timed is a reading of how long something took.
func timed(c instance.Check, what string, took, slow time.Duration, err error) instance.Check {
	do := c.Do
	c.Do, c.Light = "", instance.Good
	c.Reading = fmt.Sprintf("%s %.1f ms", what, float64(took.Microseconds())/1000)
	switch {
	case err != nil:
		return c.Dark(instance.Bad, "does not answer", unanswered(err), do)
	case took > slow:
		return c.Dark(instance.Warn, c.Reading, "That is slow: more than "+slow.String()+".", do)
	}
	return c
}

// unanswered is why something did not answer, in words.
func unanswered(err error) string {
	var f *fault.Error
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return "It did not answer within " + readWithin.String() + "."
	case errors.As(err, &f):
		return f.Message
	}
	return err.Error()
}

// Ready asks the database and the dispatcher; a fault of kind unavailable says which of them does not answer.
func (a *Verbs) Ready(ctx context.Context) error {
	if _, err := a.k.Setting(ctx, "instance_id"); err != nil {
		return fault.New(fault.Unavailable, "The database does not answer.").Because(err)
	}
	if a.k.Opts.DispatcherAlive != nil && !a.k.Opts.DispatcherAlive() {
		return fault.New(fault.Unavailable, "The dispatcher has not looked at the queue lately.")
	}
	return nil
}
