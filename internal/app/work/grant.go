package work

import (
	"context"
	"path"
	"strings"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
)

// addGrants stores "always" for this session. OpenCode's own grants would apply to every session in the directory.
func (a *Verbs) addGrants(ctx context.Context, sc *dbkernel.Scope, by tenant.Actor, s session.Session, ask session.Ask, now time.Time) error {
	patterns := ask.Always
	if len(patterns) == 0 {
		patterns = ask.Patterns
	}
	for _, p := range patterns {
		if err := dbwork.On(sc).AddGrant(ctx, dbwork.Grant{ID: id.New(), Session: s.ID, Permission: ask.Permission, Pattern: p, By: by.User, At: now}); err != nil {
			return err
		}
	}
	return nil
}

// isGranted reports whether grants cover every pattern of an ask.
func isGranted(grants []dbwork.Grant, ask session.Ask) bool {
	for _, p := range ask.Patterns {
		covered := false
		for _, g := range grants {
			covered = covered || g.Permission == ask.Permission && matchesPattern(g.Pattern, p)
		}
		if !covered {
			return false
		}
	}
	return len(ask.Patterns) > 0
}

// matchesPattern applies OpenCode's wildcards: "git status *" matches "git status" with any arguments or none.
func matchesPattern(pattern, s string) bool {
	if head, ok := strings.CutSuffix(pattern, " *"); ok && !strings.ContainsAny(head, "*?[\\") {
		return s == head || strings.HasPrefix(s, head+" ")
	}
	if pattern == "*" {
		return true
	}
	ok, err := path.Match(pattern, s)
	return pattern == s || err == nil && ok
}
