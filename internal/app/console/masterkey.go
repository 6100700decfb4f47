package console

import (
	"context"
	"errors"
	"io/fs"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/audit"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
	"github.com/industrial-orchestrator/orchestrator/internal/secret"
)

// KeySource is where the operator keeps the master keys. Name completes "is not in …"; Load returns fs.ErrNotExist if there are none.
type KeySource struct {
	Name         string
	Load, Create func() (*secret.Keys, error)
}

// databaseID is the setting that tells databases apart, so that a file about one is not taken for a file about another.
const databaseID = "instance_id"

// OpenKeys loads the master keys of a database. It creates keys only if nothing in the database depends on one, and refuses keys
// other than those that the database was written with, with a fault that names the key and its place. With acceptLoss it returns
// whatever keys there are, or new ones, for AcceptLostKey.
func OpenKeys(ctx context.Context, d *dbkernel.DB, from KeySource, acceptLoss bool) (*secret.Keys, error) {
	st, err := readKeyState(ctx, d)
	if err != nil {
		return nil, err
	}
	keys, err := from.Load()
	if errors.Is(err, fs.ErrNotExist) {
		if st.used() && !acceptLoss {
			return nil, st.refuse(from.Name + " does not exist")
		}
		keys, err = from.Create()
	}
	if err != nil || acceptLoss && st.mismatch(keys) != "" {
		return keys, err
	}
	if why := st.mismatch(keys); why != "" {
		return nil, st.refuse(from.Name + why)
	}
	return keys, st.note(ctx, d, keys)
}

// keyState is what a database tells about the master keys that it was written with.
type keyState struct {
	known   []dbkernel.MasterKey
	seals   int64
	secrets map[string]int
	sample  map[string]dbkernel.SealedValue // one value of each key
	first   *audit.Entry                    // the oldest seal of the instance
	id      string
}

func readKeyState(ctx context.Context, d *dbkernel.DB) (st keyState, err error) {
	st.secrets, st.sample = map[string]int{}, map[string]dbkernel.SealedValue{}
	err = d.SystemView(ctx, func(s *dbkernel.System) error {
		if st.known, err = s.MasterKeys(ctx); err != nil {
			return err
		}
		if st.id, _, err = s.Setting(ctx, databaseID); err != nil {
			return err
		}
		if st.seals, err = s.AuditSeals(ctx); err != nil {
			return err
		}
		oldest, err := s.Sealed(ctx, audit.Instance, 0, 1)
		if err == nil && len(oldest) == 1 && oldest[0].N == 1 {
			st.first = &oldest[0]
		}
		return err
	})
	if err != nil {
		return st, err
	}
	return st, eachSealed(ctx, d.SystemView, func(_ *dbkernel.System, v dbkernel.SealedValue) error {
		key := secret.KeyOf(v.Value)
		st.secrets[key]++
		st.sample[key] = v
		return nil
	})
}

// used reports whether anything in the database depends on a master key.
func (st keyState) used() bool { return len(st.known) > 0 || st.seals > 0 || len(st.secrets) > 0 }

// root is the noted root.
func (st keyState) root() (k dbkernel.MasterKey, found bool) {
	for _, k := range st.known {
		if k.Root {
			return k, true
		}
	}
	return k, false
}

// note stores the check values of keys that match the database, removes those of keys that nothing depends on any more, and gives a
// new database its ID.
func (st keyState) note(ctx context.Context, d *dbkernel.DB, keys *secret.Keys) error {
	want, stale := st.toNote(keys)
	if len(want)+len(stale) == 0 && st.id != "" {
		return nil
	}
	return d.System(ctx, func(s *dbkernel.System) error { return st.noteIn(ctx, s, keys) })
}

func (st keyState) noteIn(ctx context.Context, s *dbkernel.System, keys *secret.Keys) error {
	want, stale := st.toNote(keys)
	for _, k := range stale { // first, because a key may have come back under the ID of another
		if err := s.ForgetMasterKey(ctx, k); err != nil {
			return err
		}
	}
	for _, k := range want {
		if err := s.NoteMasterKey(ctx, k); err != nil {
			return err
		}
	}
	if _, found, err := s.Setting(ctx, databaseID); err != nil || found {
		return err
	}
	return s.PutSetting(ctx, databaseID, id.New())
}

// toNote compares the noted check values with keys.
func (st keyState) toNote(keys *secret.Keys) (want, stale []dbkernel.MasterKey) {
	root, decrypting := keys.Checks()
	noted := map[dbkernel.MasterKey]bool{}
	kept, known := st.root()
	for _, k := range st.known {
		noted[k] = true
	}
	if !known || kept.Check != root.Value {
		want = append(want, dbkernel.MasterKey{Root: true, ID: root.ID, Check: root.Value})
		if known {
			stale = append(stale, kept)
		}
	}
	for _, c := range decrypting {
		k := dbkernel.MasterKey{ID: c.ID, Check: c.Value}
		if !noted[k] {
			want = append(want, k)
		}
		delete(noted, k)
	}
	for k := range noted {
		if !k.Root {
			stale = append(stale, k)
		}
	}
	return want, stale
}
