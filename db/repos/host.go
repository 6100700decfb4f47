package repos

import (
	"context"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

var (
	qAddHost = area.Scoped(`INSERT INTO main.repository_hosts (tenant_id, repository_id, host, added_by, added_by_name, added_at) VALUES ($1, $2, $3, $4, $5, $6)`)
	qHosts   = area.Scoped(`SELECT h.host, h.added_by_name, h.added_at FROM repository_hosts h JOIN repositories r ON r.tenant_id = h.tenant_id AND r.id = h.repository_id
		WHERE h.tenant_id = $1 AND h.repository_id = $2 AND r.deleted_at IS NULL ORDER BY h.host`)
	qRemoveHost = area.Scoped(`DELETE FROM main.repository_hosts WHERE tenant_id = $1 AND repository_id = $2 AND host = $3`)

	qHostKey    = area.Scoped(`SELECT key, seen_at, accepted_by_name, offered, offered_at FROM repository_host_keys WHERE tenant_id = $1 AND repository_id = $2`)
	qPinHostKey = area.Scoped(`INSERT INTO main.repository_host_keys (tenant_id, repository_id, key, seen_at, accepted_by_name) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (tenant_id, repository_id) DO UPDATE SET key = excluded.key, seen_at = excluded.seen_at, accepted_by_name = excluded.accepted_by_name,
		offered = '', offered_at = NULL`)
	qOfferHostKey  = area.Scoped(`UPDATE main.repository_host_keys SET offered = $3, offered_at = $4 WHERE tenant_id = $1 AND repository_id = $2`)
	qForgetHostKey = area.Scoped(`DELETE FROM main.repository_host_keys WHERE tenant_id = $1 AND repository_id = $2`)
)

// AddHost adds an entry to a repository's network list; Conflict if the list has it.
func (s Scope) AddHost(ctx context.Context, id repository.ID, h repository.Host, by tenant.UserID) error {
	_, err := s.Scope.Exec(ctx, qAddHost, id, h.Name, by, h.By, dbkernel.Millis(h.AddedAt))
	return dbkernel.Wrap("add host", dbkernel.Taken(err, "host", "%s is already on the list.", h.Name))
}

// Hosts reads a repository's network list, by name; it is empty for a repository of another team or a deleted one.
func (s Scope) Hosts(ctx context.Context, id repository.ID) ([]repository.Host, error) {
	return dbkernel.Collect(scanHost)(s.Scope.Query(ctx, qHosts, id))
}

// RemoveHost removes an entry from a repository's network list; Missing if the list does not have it.
func (s Scope) RemoveHost(ctx context.Context, id repository.ID, name string) error {
	return s.Scope.ExecOne(ctx, "host", qRemoveHost, id, name)
}

// HostKey reads the pinned key of a repository's ssh host; Missing if the host was never reached.
func (s Scope) HostKey(ctx context.Context, id repository.ID) (repository.HostKey, error) {
	return dbkernel.First("host key", scanHostKey)(s.Scope.Query(ctx, qHostKey, id))
}

// PinHostKey pins the key of a repository's ssh host in place of an earlier one; by is empty if no person accepted it.
func (s Scope) PinHostKey(ctx context.Context, id repository.ID, key, by string, now time.Time) error {
	_, err := s.Scope.Exec(ctx, qPinHostKey, id, key, dbkernel.Millis(now), by)
	return dbkernel.Wrap("pin host key", err)
}

// OfferHostKey stores a key that a repository's ssh host showed instead of the pinned one.
func (s Scope) OfferHostKey(ctx context.Context, id repository.ID, key string, now time.Time) error {
	return s.Scope.ExecOne(ctx, "host key", qOfferHostKey, id, key, dbkernel.Millis(now))
}

// ForgetHostKey deletes the pinned key of a repository's ssh host; the next key that the host shows is pinned.
func (s Scope) ForgetHostKey(ctx context.Context, id repository.ID) error {
	_, err := s.Scope.Exec(ctx, qForgetHostKey, id)
	return dbkernel.Wrap("forget host key", err)
}

func scanHost(r dbkernel.Scanner) (h repository.Host, err error) {
	err = r.Scan(&h.Name, &h.By, dbkernel.TimeDest(&h.AddedAt))
	return h, err
}

func scanHostKey(r dbkernel.Scanner) (k repository.HostKey, err error) {
	err = r.Scan(&k.Key, dbkernel.TimeDest(&k.SeenAt), &k.By, &k.Offered, dbkernel.TimeDest(&k.OfferedAt))
	return k, err
}
