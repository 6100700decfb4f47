package kernel_test

import (
	"path"
	"slices"
	"strings"
	"testing"

	"modernc.org/sqlite"

	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/db/migrations"
)

// The tests' connections without walls come from another driver than migrations do.
func init() { sqlite.MustRegisterDeterministicScalarFunction("nfc", 1, dbkernel.Normalize) }

// Accounts from before addresses were compared in NFC are found again. Where two differ only in that, one has the address.
func TestStoredAddressesAreBroughtIntoNFC(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *dbkernel.DB) {
		const composed, apart = "m\u00fcller", "mu\u0308ller"
		for id, folded := range map[string]string{"a": apart + "@one.test", "b": apart + "@two.test", "c": composed + "@two.test", "d": "plain@x.test",
			"e": "u\u0308\u0304@x.test", "f": "\u00fc\u0304@x.test"} {
			dbtest.Exec(t, d, `INSERT INTO main.users (id, email, email_folded, name, created_at) VALUES ('`+id+`', '`+folded+`', '`+folded+`', 'N', 0)`)
		}
		text, err := migrations.Files.ReadFile(path.Base(t.Name()) + "/0031_nfc.sql")
		if err != nil {
			t.Fatal(err)
		}
		up, _, _ := strings.Cut(string(text), "-- +goose Down")
		for range 2 {
			for statement := range strings.SplitSeq(strings.TrimSpace(up), ";\n") {
				dbtest.Exec(t, d, strings.ReplaceAll(statement, "UPDATE ", "UPDATE main."))
			}
		}
		rows := dbtest.Rows(t, d, `SELECT id || ' ' || email_folded FROM main.users WHERE length(id) = 1 ORDER BY id`)
		want := []string{"a " + composed + "@one.test", "b " + apart + "@two.test", "c " + composed + "@two.test", "d plain@x.test",
			"e \u01d6@x.test", "f \u00fc\u0304@x.test"}
		if !slices.Equal(rows, want) {
			t.Errorf("%q, want %q", rows, want)
		}
	})
}
