package console

import (
	"context"
	"fmt"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/secret"
)

// resealBatch is how many values one transaction reseals, so that a running server can write in between.
const resealBatch = 100

// Resealed is the result of a key rotation: Done values are resealed with the current key, and Closed counts values that no key
// decrypts, by the ID of the key that they need.
type Resealed struct {
	Done   int
	Closed map[string]int
}

// Reseal encrypts every secret in the database with the current key, in batches, while the server runs. It repeats until nothing is
// left, because a value may have been encrypted with an older key in the meantime.
func (a *Verbs) Reseal(ctx context.Context) (all Resealed, err error) {
	for {
		pass, err := a.resealOnce(ctx)
		all.Done, all.Closed = all.Done+pass.Done, pass.Closed
		if err != nil {
			return all, err
		}
		if pass.Done == 0 {
			return all, a.auditRotation(ctx, all.Done)
		}
	}
}

// auditRotation writes a rotation to the instance's audit log.
func (a *Verbs) auditRotation(ctx context.Context, n int) error {
	return a.k.DB.System(ctx, func(s *dbkernel.System) error {
		return a.k.AuditInstance(ctx, s, "rotate_key", a.k.Keys.Current(), fmt.Sprintf("%d secrets resealed", n))
	})
}

// DropKey removes a master key with drop and writes that to the instance's audit log. It refuses while a secret needs the key.
func (a *Verbs) DropKey(ctx context.Context, key string, drop func() error) error {
	with, err := a.SealedWith(ctx)
	if err != nil {
		return err
	}
	if with[key] > 0 {
		return fault.New(fault.Conflict, "%d secret(s) still need the key %s. Run 'orchestrator key rotate' first.", with[key], key)
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
	err := eachSealed(ctx, a.k.DB.System, func(s *dbkernel.System, v dbkernel.SealedValue) error {
		if secret.KeyOf(v.Value) == a.k.Keys.Current() {
			return nil
		}
		at := placeOf(v)
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

// SealedWith returns the number of secrets in the database by the ID of the key that they need.
func (a *Verbs) SealedWith(ctx context.Context) (map[string]int, error) {
	counts := map[string]int{}
	err := eachSealed(ctx, a.k.DB.SystemView, func(_ *dbkernel.System, v dbkernel.SealedValue) error {
		counts[secret.KeyOf(v.Value)]++
		return nil
	})
	return counts, err
}

// transaction is DB.System or DB.SystemView.
type transaction func(context.Context, func(*dbkernel.System) error) error

// eachSealed calls do with every encrypted value, in batches of one transaction.
func eachSealed(ctx context.Context, run transaction, do func(*dbkernel.System, dbkernel.SealedValue) error) error {
	for _, column := range dbkernel.SealedColumns() {
		after := dbkernel.SealedValue{}
		for more := true; more; {
			err := run(ctx, func(s *dbkernel.System) error {
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
