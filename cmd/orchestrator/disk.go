package main

import (
	"context"
	"errors"
	"path/filepath"
	"syscall"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/config"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
)

// checkDatabase looks for damaged pages once after the start. What it finds makes the server not ready.
func (s *server) checkDatabase(ctx context.Context) {
	if err := s.db.QuickCheck(ctx); err != nil && ctx.Err() == nil {
		s.log.Error("check the database", "error", err)
	}
}

// dataFull reports a full disk of the data directory without its path, because a probe's answer is public.
func (s *server) dataFull() error {
	if err := dbkernel.FullDisk(s.settings.Data); err != nil {
		return fault.New(fault.Unavailable, "The data directory's disk is full.").Because(err)
	}
	return nil
}

// explainStart names the disk that is full, if that is why a start failed.
func explainStart(s config.Settings, err error) error {
	if !errors.Is(err, syscall.ENOSPC) && !errors.Is(err, syscall.EDQUOT) && fault.KindOf(err) != fault.Unavailable {
		return err
	}
	for _, dir := range []string{s.Data, filepath.Dir(s.KeyFile), filepath.Dir(auditHeads(s))} {
		if full := dbkernel.FullDisk(dir); full != nil {
			return full
		}
	}
	return err
}
