package main

import (
	"context"
	"database/sql"
	"path/filepath"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/app"
	"github.com/industrial-orchestrator/orchestrator/internal/config"
	"github.com/industrial-orchestrator/orchestrator/internal/hub"
)

// seal does what a server does when it ends.
func seal(t *testing.T, s config.Settings) {
	t.Helper()
	d, keys, err := openData(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	a := app.New(app.Options{DB: d, Hub: hub.New(), Keys: keys, AuditHeads: auditHeads(s), AuditNote: auditNote(s)})
	if err := a.Console.FinishAudit(context.Background()); err != nil {
		t.Error(err)
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
}

func TestAuditVerifyFailsWhereTheLogWasTamperedWith(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	key := filepath.Join(filepath.Dir(data), "key")
	do := func(args string) said {
		return orchestrator("a long enough password\n", append(strings.Fields(args), "--data", data, "--key-file", key)...)
	}
	for _, args := range []string{"tenant create --slug acme --name Acme", "tenant create --slug rail --name Rail",
		"user create --email ann@example.org --name Ann --password-stdin", "member add --tenant acme --email ann@example.org --role lead"} {
		if s := do(args); s.code != 0 {
			t.Fatalf("%s: %+v", args, s)
		}
	}
	if s := do("audit verify"); s.code != 0 || !strings.Contains(s.out, "not yet sealed") {
		t.Errorf("before a server ran: %+v", s)
	}
	seal(t, config.Settings{Data: data, KeyFile: key})
	if s := do("audit verify"); s.code != 0 || !strings.Contains(s.out, "acme: 1 sealed entry, intact") || !strings.Contains(s.out, "the instance: 3 sealed entries, intact") {
		t.Errorf("a whole log: %+v", s)
	}
	d, err := sql.Open("sqlite", filepath.Join(data, "db", "orchestrator.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.Close() }()
	if _, err := d.Exec(`DROP TRIGGER audit_is_sealed_once; UPDATE audit SET detail = 'viewer'`); err != nil {
		t.Fatal(err)
	}
	for _, args := range []string{"audit verify", "audit verify --tenant acme"} {
		if s := do(args); s.code != 1 || !strings.Contains(s.out, "Entry 1 (") || !strings.Contains(s.out, "was changed") || s.err == "" {
			t.Errorf("%s: %+v", args, s)
		}
	}
	if s := do("audit verify --tenant rail"); s.code != 0 {
		t.Errorf("another team's log: %+v", s)
	}
	if s := do("audit verify --tenant nobody"); s.code != 1 {
		t.Errorf("an unknown team: %+v", s)
	}
}
