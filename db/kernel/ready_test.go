package kernel_test

import (
	"os"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/db"
	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
)

func TestReadyWrites(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *dbkernel.DB) {
		if err := d.Ready(t.Context()); err != nil {
			t.Fatal(err)
		}
		if rows := dbtest.Rows(t, d, `SELECT value FROM settings WHERE name = 'ready'`); len(rows) != 1 {
			t.Errorf("it wrote %q", rows)
		}
		if err := d.QuickCheck(t.Context()); err != nil {
			t.Errorf("a whole database: %v", err)
		}
	})
}

// A page that nothing of the start reads is damaged: the server finds it and is not ready.
func TestADamagedDatabaseIsNotReady(t *testing.T) {
	t.Parallel()
	path := dbtest.File(t)
	plain := dbkernel.Plain(path)
	var page, size int64
	if err := plain.QueryRow(`SELECT rootpage, (SELECT page_size FROM pragma_page_size) FROM sqlite_schema WHERE name = 'sessions'`).Scan(&page, &size); err != nil {
		t.Fatal(err)
	}
	if err := plain.Close(); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt([]byte(strings.Repeat("x", int(size))), (page-1)*size); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	d, err := db.Open(t.Context(), dbkernel.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.Close() }()
	for what, got := range map[string]error{"the check": d.QuickCheck(t.Context()), "ready": d.Ready(t.Context())} {
		if !fault.Is(got, fault.Unavailable) || !strings.Contains(got.Error(), "damaged") {
			t.Errorf("%s: %v", what, got)
		}
	}
}
