package console

import (
	"context"
	"fmt"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/secret"
)

// resealBatch bounds how many values one transaction seals anew: a server that runs must get in between.
const resealBatch = 100

// Resealed says what a rotation found: values that are sealed with the current key now, and those that no key opens, by the id
// of the key they would need.
type Resealed struct {
	Done   int
	Closed map[string]int
}

// Reseal seals every value of the database with the current key, in batches, while others work. It goes over everything again
// until nothing is left to do, for a value may have been sealed with an older key in between.
func (a *Verbs) Reseal(ctx context.Context) (all Resealed, err error) {
	for {
		pass, err := a.resealOnce(ctx)
		all.Done, all.Closed = all.Done+pass.Done, pass.Closed
		if err != nil {
			return all, err
		}
		if pass.Done == 0 {
			return all, a.resealed(ctx, all.Done)
		}
	}
}

// resealed writes the rotation down; it is the instance's act, whichever teams the values belong to.
func (a *Verbs) resealed(ctx context.Context, n int) error {
	return a.k.DB.System(ctx, func(s *dbkernel.System) error {
		return a.k.AuditInstance(ctx, s, "rotate_key", a.k.Keys.Current(), fmt.Sprintf("%d secrets sealed anew", n))
	})
}

// DropKey takes a master key away by drop, unless something is still sealed with it, and writes that down for the instance.
func (a *Verbs) DropKey(ctx context.Context, key string, drop func() error) error {
	with, err := a.SealedWith(ctx)
	if err != nil {
		return err
	}
	if with[key] > 0 {
		return fault.New(fault.Conflict, "%d secrets are still sealed with the key %s: run key rotate first.", with[key], key)
	}
	return a.k.DB.System(ctx, func(s *dbkernel.System) error {
		if err := a.k.AuditInstance(ctx, s, "drop_key", key, ""); err != nil {
			return err
		}
		return drop()
	})
}

func (a *Verbs) resealOnce(ctx context.Context) (Resealed, error) {
	pass := Resealed{Closed: map[string]int{}}
	err := a.eachSealed(ctx, a.k.DB.System, func(s *dbkernel.System, v dbkernel.SealedValue) error {
		if secret.KeyOf(v.Value) == a.k.Keys.Current() {
			return nil
		}
		at := secret.Place{Tenant: v.Tenant, Table: v.Table, Row: v.Row, Column: v.Column}
		plain, err := a.k.Keys.Open(at, v.Value)
		if err != nil {
			pass.Closed[secret.KeyOf(v.Value)]++
			return nil
		}
		done, err := s.Reseal(ctx, v, a.k.Keys.Seal(at, plain))
		if done {
			pass.Done++
		}
		return err
	})
	return pass, err
}

// SealedWith counts the values of the database by the id of the key that sealed them.
func (a *Verbs) SealedWith(ctx context.Context) (map[string]int, error) {
	counts := map[string]int{}
	err := a.eachSealed(ctx, a.k.DB.SystemView, func(_ *dbkernel.System, v dbkernel.SealedValue) error {
		counts[secret.KeyOf(v.Value)]++
		return nil
	})
	return counts, err
}

// door is one of the database's two doors across tenants.
type door func(context.Context, func(*dbkernel.System) error) error

// eachSealed hands every sealed value to do, a batch in a transaction.
func (a *Verbs) eachSealed(ctx context.Context, through door, do func(*dbkernel.System, dbkernel.SealedValue) error) error {
	for _, column := range dbkernel.SealedColumns() {
		after := dbkernel.SealedValue{}
		for more := true; more; {
			err := through(ctx, func(s *dbkernel.System) error {
				values, err := s.SealedValues(ctx, column, after, resealBatch)
				if err != nil {
					return err
				}
				for _, v := range values {
					if err := do(s, v); err != nil {
						return err
					}
					after = v
				}
				more = len(values) == resealBatch
				return nil
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}
