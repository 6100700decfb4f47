package console

import (
	"context"
	"maps"
	"os"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/audit"
)

// sealRows is how many entries one transaction seals.
const sealRows = 500

// SealAudit writes the counted refusals, seals every entry that has no seal, and stores the heads outside the database. It may be
// interrupted and run again; an entry is sealed once.
func (a *Verbs) SealAudit(ctx context.Context) error {
	a.sealing.Lock()
	defer a.sealing.Unlock()
	a.k.WriteRefusals(ctx, false)
	out, err := a.headsToUpdate(ctx)
	if err != nil {
		return err
	}
	if err := a.proveHeads(ctx, out); err != nil {
		return err
	}
	var chains []string
	err = a.k.DB.SystemView(ctx, func(s *dbkernel.System) error { chains, err = s.UnsealedChains(ctx); return err })
	if err != nil {
		return err
	}
	for _, c := range chains {
		for n := sealRows; n >= sealRows && ctx.Err() == nil; {
			if n, err = a.sealSome(ctx, c); err != nil {
				return err
			}
		}
	}
	return a.storeHeads(ctx, out)
}

// FinishAudit is SealAudit for the shutdown of a server: it also writes the refusals of the current minute.
func (a *Verbs) FinishAudit(ctx context.Context) error {
	a.k.WriteRefusals(ctx, true)
	return a.SealAudit(ctx)
}

// unproven is the proof of a head that follows one without a proof, so that the doubt stays.
const unproven = "unproven"

func (a *Verbs) sealSome(ctx context.Context, chain string) (n int, err error) {
	mac := auditMAC(a.k.Keys, chain)
	err = a.k.DB.System(ctx, func(s *dbkernel.System) error {
		mark, err := s.LockAuditHead(ctx, chain)
		if err != nil {
			return err
		}
		es, err := s.Unsealed(ctx, chain, sealRows)
		if err != nil {
			return err
		}
		proven := mark.Proven(mac, chain)
		for _, e := range es {
			mark.Head = audit.Seal(mac, chain, mark.Head, e)
			if err := s.Seal(ctx, chain, e.ID, mark.Head); err != nil {
				return err
			}
		}
		if n = len(es); proven {
			mark = mark.Prove(mac, chain)
		} else {
			mark.Proof = unproven
			a.logMismatch(chain)
		}
		return s.SetAuditHead(ctx, chain, mark)
	})
	return n, err
}

// outside is what a pass knows about the heads outside the database.
type outside struct {
	database string
	marks    map[string]audit.Mark // nil if they must not be written
	state    headsState
	dirty    bool
}

// headsToUpdate reads the heads outside the database. If they are missing although this server stored some, or move to their place
// outside the data directory, it writes that to the audit log.
func (a *Verbs) headsToUpdate(ctx context.Context) (out outside, err error) {
	out.state = headsNone
	if a.opts.AuditHeads == "" {
		return out, nil
	}
	if out.database, err = a.k.Setting(ctx, databaseID); err != nil {
		return out, err
	}
	var foreign string
	if out.marks, out.state, foreign, err = a.readHeads(out.database); err != nil {
		return out, err
	}
	if foreign != "" {
		aside := a.opts.AuditHeads + "." + foreign
		a.k.Log.Warn("the file with the audit heads is about another database and was renamed", "file", a.opts.AuditHeads, "to", aside)
		if err := os.Rename(a.opts.AuditHeads, aside); err != nil {
			return out, err
		}
	}
	switch out.state {
	case headsForged:
		a.logMismatch(a.opts.AuditHeads)
		return out, nil
	case headsLost:
		err = a.noteHeads(ctx, "the file with the heads was missing")
	case headsLegacy:
		err = a.noteHeads(ctx, "the heads moved to "+a.opts.AuditHeads)
	}
	if out.marks == nil {
		out.marks = map[string]audit.Mark{}
	}
	out.dirty = out.state != headsKept
	a.recall(&out)
	return out, err
}

// recall corrects heads that were set back while this server runs.
func (a *Verbs) recall(out *outside) {
	for chain, seen := range a.headsSeen {
		if out.state == headsKept && seen.N > out.marks[chain].N {
			a.k.Log.Error("a head outside the database was set back and is corrected", "chain", chain, "file", a.opts.AuditHeads)
			out.marks[chain], out.dirty = seen, true
		}
	}
	out.marks = maps.Clone(out.marks)
}

// noteHeads writes to the audit log what happened to the heads outside the database, if any entry was sealed before.
func (a *Verbs) noteHeads(ctx context.Context, what string) error {
	return a.k.DB.System(ctx, func(s *dbkernel.System) error {
		heads, err := s.AuditHeads(ctx)
		if err != nil || len(heads) == 0 {
			return err
		}
		a.k.Log.Warn("the heads of the audit logs are written again: "+what, "file", a.opts.AuditHeads)
		return a.k.AuditInstance(ctx, s, "renew_audit_heads", "", what)
	})
}
