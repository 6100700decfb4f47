// Package kernel opens transactions and guards them. The SQL is in the areas next to it: people, models, repos, work and console.
// One text of each statement serves SQLite and PostgreSQL.
//
// Five methods of DB open a transaction, and nothing else does: View and Update in the scope of one tenant, Batch in one scope
// after another inside one transaction, System and SystemView across tenants. The first three are guarded by walls inside the
// database itself (views, triggers and an authorizer on SQLite, row-level security on PostgreSQL), so that a statement
// whose author forgot the tenant neither shows nor changes another tenant's rows.
//
// A transaction passes a Scope or a System to its function. Each area wraps them in small types of its own:
//
//	d.Update(ctx, team, func(s *kernel.Scope) error { return work.On(s).MoveSession(ctx, move) })
//
// The rules of the product are not here: rows become nouns and nouns become rows. The row count of a statement that compares and
// sets shows whether it was first.
package kernel
