package kernel

import (
	"context"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/instance"
)

// Keep is for how long things are kept now. Retention asks at every pass, so that a change needs no restart.
func (a *Kernel) Keep(ctx context.Context) (k instance.Keep, err error) {
	err = a.DB.SystemView(ctx, func(s *dbkernel.System) error { k, err = KeptFor(ctx, s); return err })
	return k, err
}

func KeptFor(ctx context.Context, s *dbkernel.System) (instance.Keep, error) {
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
