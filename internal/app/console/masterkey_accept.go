package console

import (
	"context"
	"crypto/rand"
	"slices"
	"strings"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/audit"
)

// removable are the columns where an empty value means that nothing is stored. In every other one a secret that no key decrypts is
// replaced by a random one, which no code or password matches: a second factor must not be turned off by a lost key.
var removable = []string{"providers.api_key", "repositories.credential", "letters.data", "instance_letters.data"}

// AcceptLostKey makes the present keys those of the database: it removes secrets that no key decrypts, marks the audit entries whose
// key is lost as such, and writes that to the instance's audit log. It does nothing if the keys fit; lost tells whether they did not.
func (a *Verbs) AcceptLostKey(ctx context.Context) (lost bool, err error) {
	a.sealing.Lock()
	defer a.sealing.Unlock()
	st, err := readKeyState(ctx, a.k.DB)
	if err != nil || st.mismatch(a.k.Keys) == "" {
		return false, err
	}
	var heads map[string]audit.Mark
	err = a.k.DB.System(ctx, func(s *dbkernel.System) error {
		removed, err := a.dropUnreadable(ctx, s)
		if err != nil {
			return err
		}
		if heads, err = a.giveUpSeals(ctx, s, st); err != nil {
			return err
		}
		if err := st.noteIn(ctx, s, a.k.Keys); err != nil {
			return err
		}
		return a.k.AuditInstance(ctx, s, "accept_lost_key", st.lostKey(), counted(int64(removed), "secret", "secrets")+" removed")
	})
	if err != nil || heads == nil || a.opts.AuditHeads == "" {
		return true, err
	}
	database, err := a.k.Setting(ctx, databaseID)
	if err != nil {
		return true, err
	}
	return true, a.writeHeads(database, heads)
}

// dropUnreadable removes every secret that no key decrypts.
func (a *Verbs) dropUnreadable(ctx context.Context, s *dbkernel.System) (removed int, err error) {
	inside := func(_ context.Context, do func(*dbkernel.System) error) error { return do(s) }
	err = eachSealed(ctx, inside, func(s *dbkernel.System, v dbkernel.SealedValue) error {
		if _, err := a.k.Keys.Open(placeOf(v), v.Value); err == nil {
			return nil
		}
		instead := ""
		if !slices.Contains(removable, v.Table+"."+v.Column) {
			instead = a.k.Keys.Seal(placeOf(v), rand.Text())
		}
		done, err := s.Reseal(ctx, v, instead)
		if done {
			removed++
		}
		return err
	})
	return removed, err
}

// giveUpSeals marks every sealed entry as sealed with a lost key, and returns the new heads, if the root is another one.
func (a *Verbs) giveUpSeals(ctx context.Context, s *dbkernel.System, st keyState) (map[string]audit.Mark, error) {
	root, _ := a.k.Keys.Checks()
	if k, known := st.root(); known && k.Check == root.Value || !known && st.firstFits(a.k.Keys) {
		return nil, nil
	}
	heads, err := s.AuditHeads(ctx)
	if err != nil {
		return nil, err
	}
	for chain := range heads {
		m, err := s.LockAuditHead(ctx, chain)
		if err != nil {
			return nil, err
		}
		m.Lost, m.LostKey = m.Head, st.lostKey()
		heads[chain] = m.Prove(auditMAC(a.k.Keys, chain), chain)
		if err := s.SetAuditHead(ctx, chain, heads[chain]); err != nil {
			return nil, err
		}
	}
	return heads, nil
}

// lostKey names the lost keys for the audit log.
func (st keyState) lostKey() string {
	if ids := st.ids(); len(ids) > 0 {
		return strings.Join(ids, ", ")
	}
	return "unknown"
}
