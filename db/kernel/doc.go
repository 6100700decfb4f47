// Package kernel opens transactions and guards them; the areas beside it (people, models, repos, work, console) hold the SQL.
// One text of each statement serves SQLite and PostgreSQL.
//
// There are four doors and no other way in: View and Update open a transaction in the scope of one tenant, Batch switches the
// scope per group inside one transaction, System and SystemView cross tenants. Behind the first three stand walls inside the
// database itself (views, triggers and an authorizer on SQLite, row-level security on PostgreSQL), so that a statement
// whose author forgot the tenant neither shows nor changes another tenant's rows.
//
// A transaction hands out a Scope or a System. An area has small types of its own over them:
//
//	d.Update(ctx, team, func(s *kernel.Scope) error { return work.On(s).MoveSession(ctx, move) })
//
// Rules of the product do not live here: rows become nouns, nouns become rows, and a statement that compares and sets
// tells by its row count who won.
package kernel
