package people

import (
	"context"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbpeople "github.com/industrial-orchestrator/orchestrator/db/people"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// BrowserLifetime is how long a browser is remembered after its last sign-in.
const BrowserLifetime = 180 * 24 * time.Hour

// RememberBrowser stores that u has just signed in with the browser that sent token, and returns its new token. Wrong passwords that
// others try for u do not slow this browser down. A token that an attacker planted is worthless after the sign-in.
func (a *Verbs) RememberBrowser(ctx context.Context, u tenant.UserID, token string) (fresh string, err error) {
	fresh, hash := NewLinkToken()
	return fresh, a.k.DB.System(ctx, func(s *dbkernel.System) error {
		return dbpeople.Across(s).KnowBrowser(ctx, hashToken(token), hash, u, a.k.Clock.Now().Add(BrowserLifetime))
	})
}

// knowsBrowser reports whether u signed in with the browser that sent token before.
func (a *Verbs) knowsBrowser(ctx context.Context, u tenant.UserID, token string) (known bool, err error) {
	if token == "" || u == "" {
		return false, nil
	}
	err = a.k.DB.SystemView(ctx, func(s *dbkernel.System) (err error) {
		known, err = dbpeople.Across(s).KnowsBrowser(ctx, hashToken(token), u)
		return err
	})
	return known, err
}
