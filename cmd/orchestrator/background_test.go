package main

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	"github.com/industrial-orchestrator/orchestrator/internal/app"
	"github.com/industrial-orchestrator/orchestrator/internal/config"
	"github.com/industrial-orchestrator/orchestrator/internal/hub"
)

// Background work that is in progress still reads its row: the database closes after it.
func TestADrainWaitsForBackgroundWork(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := config.Settings{Data: dir, KeyFile: filepath.Join(dir, "key")}
	d, keys, err := openData(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	srv := &server{db: d, lock: lockOf(t, d), app: app.New(app.Options{DB: d, Hub: hub.New(), Keys: keys, AuditHeads: auditHeads(s)}), background: newBackground(t.Context(), slog.Default())}
	read := errors.New("it was not waited for")
	begun := make(chan struct{})
	srv.background.run("read", func(ctx context.Context) {
		close(begun)
		<-ctx.Done()
		read = d.SystemView(context.WithoutCancel(ctx), func(s *dbkernel.System) error {
			_, _, err := dbwork.Across(s).Totals(context.WithoutCancel(ctx))
			return err
		})
	})
	<-begun
	if err := srv.closeData(t.Context()); err != nil || read != nil {
		t.Errorf("the drain ended with %v, the work with %v", err, read)
	}
}

func TestBackgroundWorkThatPanicsIsLogged(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	b := newBackground(t.Context(), slog.New(slog.NewTextHandler(&log, nil)))
	b.run("look around", func(context.Context) { panic("nobody thought of it") })
	if err := b.end(t.Context()); err != nil {
		t.Error(err)
	}
	if text := log.String(); !strings.Contains(text, "look around") || !strings.Contains(text, "nobody thought of it") || !strings.Contains(text, "background_test.go") {
		t.Errorf("the log says %s", text)
	}
}

func TestBackgroundWorkThatStaysDoesNotHoldADrain(t *testing.T) {
	t.Parallel()
	b := newBackground(t.Context(), slog.Default())
	stay := make(chan struct{})
	defer close(stay)
	b.run("stay", func(context.Context) { <-stay })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := b.end(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("it ended with %v", err)
	}
}

func lockOf(t *testing.T, d *dbkernel.DB) *dbkernel.ServerLock {
	t.Helper()
	l, err := d.LockServer(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	return l
}
