package app

import (
	"context"
	"strconv"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/instance"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// Keep is for how long things are kept now. Retention asks at every pass, so that a change needs no restart.
func (a *App) Keep(ctx context.Context) (k instance.Keep, err error) {
	err = a.db.SystemView(ctx, func(s *dbkernel.System) error { k, err = keptFor(ctx, s); return err })
	return k, err
}

func keptFor(ctx context.Context, s *dbkernel.System) (instance.Keep, error) {
	k := instance.DefaultKeep()
	for name, n := range map[string]*int{instance.KeepTranscripts: &k.Transcripts, instance.KeepCalls: &k.Calls} {
		text, set, err := s.Setting(ctx, name)
		if err != nil {
			return k, err
		}
		if !set {
			continue
		}
		if *n, err = instance.Days(name, text); err != nil { // deleting by a number that is none would be worse than stopping
			return k, err
		}
	}
	return k, nil
}

// SetKeep sets for how many days things are kept, from the next pass of retention on.
func (a *App) SetKeep(ctx context.Context, by tenant.Actor, transcripts, calls string) error {
	if err := mayOperate(by); err != nil {
		return err
	}
	var f fault.Fields
	for name, text := range map[string]string{instance.KeepTranscripts: transcripts, instance.KeepCalls: calls} {
		if _, err := instance.Days(name, text); err != nil {
			f.Add(name, "%s", err.Error())
		}
	}
	if err := f.Err(); err != nil {
		return err
	}
	t, _ := instance.Days(instance.KeepTranscripts, transcripts)
	c, _ := instance.Days(instance.KeepCalls, calls)
	return a.db.System(ctx, func(s *dbkernel.System) error { return a.setKeep(ctx, s, by, instance.Keep{Transcripts: t, Calls: c}) })
}

func (a *App) setKeep(ctx context.Context, s *dbkernel.System, by tenant.Actor, k instance.Keep) error {
	was, err := keptFor(ctx, s)
	if err != nil {
		return err
	}
	if err := s.PutSetting(ctx, instance.KeepTranscripts, strconv.Itoa(k.Transcripts)); err != nil {
		return err
	}
	if err := s.PutSetting(ctx, instance.KeepCalls, strconv.Itoa(k.Calls)); err != nil {
		return err
	}
	e := a.entry(by, "set_keep", "", "")
	e.Before, e.After = keepWords(was), keepWords(k)
	return s.WriteInstanceAudit(ctx, e)
}

func keepWords(k instance.Keep) string {
	return "transcripts " + strconv.Itoa(k.Transcripts) + " days, model calls " + strconv.Itoa(k.Calls) + " days"
}
