package kernel_test

import (
	"context"
	"testing"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// update runs one call in a team's scope and fails the test on an error.
func update(t *testing.T, d *dbkernel.DB, team tenant.ID, fn func(context.Context, *dbkernel.Scope) error) {
	t.Helper()
	if err := tryUpdate(t, d, team, fn); err != nil {
		t.Fatal(err)
	}
}

func view[T any](t *testing.T, d *dbkernel.DB, team tenant.ID, fn func(context.Context, *dbkernel.Scope) (T, error)) (v T) {
	t.Helper()
	err := d.View(t.Context(), team, func(s *dbkernel.Scope) (err error) { v, err = fn(t.Context(), s); return err })
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// tryUpdate runs one call in a team's scope and returns its error.
func tryUpdate(t *testing.T, d *dbkernel.DB, team tenant.ID, fn func(context.Context, *dbkernel.Scope) error) error {
	t.Helper()
	return d.Update(t.Context(), team, func(s *dbkernel.Scope) error { return fn(t.Context(), s) })
}
