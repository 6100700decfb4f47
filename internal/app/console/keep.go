package console

import (
	"context"
	"strconv"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/instance"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// SetKeep sets the retention periods in days. They take effect at the next retention run.
func (a *Verbs) SetKeep(ctx context.Context, by tenant.Actor, transcripts, calls string) error {
	if err := appkernel.MayOperate(by); err != nil {
		return err
	}
	var f fault.Fields
	for _, k := range [][2]string{{instance.KeepTranscripts, transcripts}, {instance.KeepCalls, calls}} {
		if _, err := instance.Days(k[0], k[1]); err != nil {
			f.Add(k[0], "%s", err.Error())
		}
	}
	if err := f.Err(); err != nil {
		return err
	}
	t, _ := instance.Days(instance.KeepTranscripts, transcripts)
	c, _ := instance.Days(instance.KeepCalls, calls)
	return a.k.DB.System(ctx, func(s *dbkernel.System) error { return a.setKeep(ctx, s, by, instance.Keep{Transcripts: t, Calls: c}) })
}

func (a *Verbs) setKeep(ctx context.Context, s *dbkernel.System, by tenant.Actor, k instance.Keep) error {
	was, err := appkernel.ReadKeep(ctx, s)
	if err != nil {
		return err
	}
	if err := s.PutSetting(ctx, instance.KeepTranscripts, strconv.Itoa(k.Transcripts)); err != nil {
		return err
	}
	if err := s.PutSetting(ctx, instance.KeepCalls, strconv.Itoa(k.Calls)); err != nil {
		return err
	}
	e := a.k.Entry(by, "set_keep", "", "")
	e.Before, e.After = keepWords(was), keepWords(k)
	return s.WriteInstanceAudit(ctx, e)
}

func keepWords(k instance.Keep) string {
	return "transcripts " + strconv.Itoa(k.Transcripts) + " days, model calls " + strconv.Itoa(k.Calls) + " days"
}
