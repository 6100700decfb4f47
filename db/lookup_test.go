package db_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

func sorted[T ~string](vs []T) (out []string) {
	for _, v := range vs {
		out = append(out, string(v))
	}
	slices.Sort(out)
	return out
}

func TestLookupTablesEqualTheNouns(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *dbkernel.DB) {
		for table, want := range map[string][]string{
			"session_statuses":    sorted(session.Statuses()),
			"event_types":         sorted(event.Types()),
			"roles":               sorted(tenant.Roles()),
			"provider_kinds":      sorted(provider.Kinds()),
			"file_omissions":      sorted(session.Omissions()),
			"repository_statuses": sorted([]repository.Status{repository.Cloning, repository.Ready, repository.Unusable, repository.Failed}),
		} {
			if diff := cmp.Diff(want, sorted(dbtest.Rows(t, d, `SELECT name FROM `+table))); diff != "" {
				t.Errorf("%s: %s", table, diff)
			}
		}
	})
}
