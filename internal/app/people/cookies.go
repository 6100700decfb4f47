package people

import (
	"context"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbpeople "github.com/industrial-orchestrator/orchestrator/db/people"
)

// Cookies stores the data of browser cookies in the database. It implements scs.CtxStore. The caller hashes the tokens.
type Cookies struct{ a *Verbs }

// Cookies returns the store of browser cookies.
func (a *Verbs) Cookies() Cookies { return Cookies{a} }

// FindCtx returns the data of a token; found is false if there is none or it has expired.
func (c Cookies) FindCtx(ctx context.Context, token string) (b []byte, found bool, err error) {
	err = c.a.k.DB.SystemView(ctx, func(s *dbkernel.System) error { b, found, err = dbpeople.Across(s).Cookie(ctx, token); return err })
	return b, found, err
}

// CommitCtx stores the data of a token until expiry.
func (c Cookies) CommitCtx(ctx context.Context, token string, b []byte, expiry time.Time) error {
	return c.a.k.DB.System(ctx, func(s *dbkernel.System) error { return dbpeople.Across(s).PutCookie(ctx, token, b, expiry) })
}

// DeleteCtx deletes the data of a token. Deleting it twice is not an error.
func (c Cookies) DeleteCtx(ctx context.Context, token string) error {
	return c.a.k.DB.System(ctx, func(s *dbkernel.System) error { return dbpeople.Across(s).DeleteCookie(ctx, token) })
}

// Find is FindCtx without a context.
func (c Cookies) Find(token string) ([]byte, bool, error) {
	return c.FindCtx(context.Background(), token)
}

// Commit is CommitCtx without a context.
func (c Cookies) Commit(token string, b []byte, expiry time.Time) error {
	return c.CommitCtx(context.Background(), token, b, expiry)
}

// Delete is DeleteCtx without a context.
func (c Cookies) Delete(token string) error { return c.DeleteCtx(context.Background(), token) }
