package work

import (
	"context"
	"crypto/hmac"
	"encoding/hex"
	"strings"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbmodels "github.com/industrial-orchestrator/orchestrator/db/models"
	dbrepos "github.com/industrial-orchestrator/orchestrator/db/repos"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/hub"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
)

// egressPrefix marks the passwords of the egress proxy, so that they are removed from events. Shells of earlier versions send none.
const egressPrefix = "egp_"

// EgressKey returns the credential of a session's programs for the egress proxy. It is the same for all attempts, is not stored, and
// works only while the session runs.
func (a *Verbs) EgressKey(t tenant.ID, s session.ID) (user, password string) {
	user = string(t) + "." + string(s)
	return user, egressPrefix + hex.EncodeToString(a.k.Keys.HMAC("egress", []byte(user)))
}

// Network is what the egress proxy checks a session's connections against: its repository's network list, and the addresses of the
// team's model providers without a key, which are closed to it.
type Network struct {
	Hosts     []repository.Host
	Providers []string
}

// AdmitEgress returns the running session of an egress key and its network. Unauthenticated for a wrong key, Forbidden if the session
// is not running.
func (a *Verbs) AdmitEgress(ctx context.Context, user, password string) (s session.Session, n Network, err error) {
	t, sid, _ := strings.Cut(user, ".")
	_, want := a.EgressKey(tenant.ID(t), session.ID(sid))
	if !hmac.Equal([]byte(strings.TrimPrefix(password, egressPrefix)), []byte(strings.TrimPrefix(want, egressPrefix))) || !id.Valid(t) || !id.Valid(sid) && !session.ID(sid).IsSpare() {
		return s, n, fault.New(fault.Unauthenticated, "The proxy requires a running session's credential. It is in the HTTPS_PROXY variable in the session's shell.")
	}
	err = a.k.DB.View(ctx, tenant.ID(t), func(sc *dbkernel.Scope) error {
		of := session.ID(sid)
		if of.IsSpare() { // the credential was given to the spare before a session took it over
			if of, err = dbwork.On(sc).Taker(ctx, of); err != nil {
				return err
			}
		}
		if s, err = dbwork.On(sc).Session(ctx, of); err != nil {
			return err
		}
		n, err = networkOf(ctx, sc, s.RepositoryID)
		return err
	})
	if fault.Is(err, fault.NotFound) || err == nil && !s.Status.Active() {
		err = fault.New(fault.Forbidden, "This session is not running, so it has no network access.")
	}
	return s, n, err
}

// RepositoryNetwork returns the network of a repository's check commands that run without a session.
func (a *Verbs) RepositoryNetwork(ctx context.Context, t tenant.ID, rid repository.ID) (n Network, err error) {
	err = a.k.DB.View(ctx, t, func(sc *dbkernel.Scope) error { n, err = networkOf(ctx, sc, rid); return err })
	return n, err
}

func networkOf(ctx context.Context, sc *dbkernel.Scope, rid repository.ID) (n Network, err error) {
	providers, err := dbmodels.On(sc).Providers(ctx)
	if n.Providers = provider.OpenAddresses(providers); err != nil || rid == "" {
		return n, err
	}
	n.Hosts, err = dbrepos.On(sc).Hosts(ctx, rid)
	return n, err
}

// RecordEgress adds an attempt's allowed and refused connections to its session's events. It ignores a session that does not exist.
func (a *Verbs) RecordEgress(ctx context.Context, t tenant.ID, s session.ID, attempt int, e event.Egress) error {
	err := a.k.DB.Update(ctx, t, func(sc *dbkernel.Scope) error {
		_, err := dbwork.On(sc).AppendEvents(ctx, s, attempt, []event.Event{event.New(event.AgentEgress, event.Actor{Kind: "agent"}, e)})
		if err != nil {
			return err
		}
		sc.AfterCommit(func() { a.k.Hub.RingBell(hub.Session(t, s)) })
		return nil
	})
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	return err
}
