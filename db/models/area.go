// Package models holds the statements about model providers, prices, budgets with their reservations, and storage.
package models

import dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"

// area owns these tables: only statements of this package write them.
var area = dbkernel.NewArea("models",
	"budget_requests", "budget_stops", "budgets", "prices", "provider_kinds", "provider_models", "providers",
	"reservations", "storage")

// Scope holds the statements of this area inside one team.
type Scope struct{ *dbkernel.Scope }

// On returns the area's statements in the scope of s.
func On(s *dbkernel.Scope) Scope { return Scope{s} }

// System holds the statements of this area across teams.
type System struct{ *dbkernel.System }

// Across returns the area's statements across teams in the transaction of s.
func Across(s *dbkernel.System) System { return System{s} }

func init() {
	area.NameColumn("budget_requests", "asked_by", "asked_by_name")
	area.TeamTables("provider_models", "providers", "budget_requests", "budget_stops", "reservations", "budgets", "storage")
	area.SealedColumn("providers", "id", "api_key")
}
