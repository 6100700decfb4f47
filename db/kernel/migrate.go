package kernel

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/pressly/goose/v3"

	"github.com/industrial-orchestrator/orchestrator/db/migrations"
)

// merged is the list of migrations for one dialect, as the single folder that goose reads.
type merged []migration

type migration struct {
	dir, name string
	version   int64
}

// migrationsFor lists the migrations for dialect ("sqlite" or "postgres") in order. Two files with one number are an error.
func migrationsFor(dialect string) (merged, error) {
	var m merged
	for _, dir := range []string{"common", dialect} {
		entries, _ := migrations.Files.ReadDir(dir) // a dialect without migrations of its own has no folder
		for _, e := range entries {
			number, _, _ := strings.Cut(e.Name(), "_")
			v, err := strconv.ParseInt(number, 10, 64)
			if err != nil || path.Ext(e.Name()) != ".sql" {
				return nil, fmt.Errorf("%s/%s is not a migration such as 0002_core.sql", dir, e.Name())
			}
			m = append(m, migration{dir, e.Name(), v})
		}
	}
	slices.SortFunc(m, func(a, b migration) int { return int(a.version - b.version) })
	for i := 1; i < len(m); i++ {
		if m[i].version == m[i-1].version {
			return nil, fmt.Errorf("migrations %s and %s have the same number", m[i-1].name, m[i].name)
		}
	}
	return m, nil
}

// latestVersion is the newest version that this program has a migration for.
func (m merged) latestVersion() int64 {
	if len(m) == 0 {
		return 0
	}
	return m[len(m)-1].version
}

// Open opens one migration by its file name.
func (m merged) Open(name string) (fs.File, error) {
	for _, f := range m {
		if f.name == name {
			return migrations.Files.Open(f.dir + "/" + f.name)
		}
	}
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

// Glob lists the file names of migrations that match pattern.
func (m merged) Glob(pattern string) (out []string, err error) {
	for _, f := range m {
		ok, err := path.Match(pattern, f.name)
		if err != nil {
			return nil, err
		}
		if ok {
			out = append(out, f.name)
		}
	}
	return out, nil
}

// applyMissing applies the migrations that pool does not have yet.
func (m merged) applyMissing(ctx context.Context, dialect goose.Dialect, pool *sql.DB, opts ...goose.ProviderOption) error {
	p, err := goose.NewProvider(dialect, pool, m, opts...)
	if err != nil {
		return Wrap("read migrations", err)
	}
	_, err = p.Up(ctx)
	return Wrap("apply migrations", err)
}

// readVersion is the number of the last migration applied to pool; 0 if there was none.
func readVersion(ctx context.Context, pool *sql.DB, exists string) (v int64, err error) {
	var n int64
	if err := pool.QueryRowContext(ctx, exists).Scan(&n); err != nil || n == 0 {
		return 0, Wrap("find the schema", err)
	}
	err = pool.QueryRowContext(ctx, `SELECT coalesce(max(version_id), 0) FROM goose_db_version`).Scan(&v)
	return v, Wrap("read schema version", err)
}

// Fingerprint is equal for equal migrations; tests name their template database after it.
func Fingerprint() string {
	h := sha256.New()
	_ = fs.WalkDir(migrations.Files, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := migrations.Files.ReadFile(name)
		fmt.Fprintf(h, "%s %d\n%s", name, len(b), b)
		return err
	})
	return hex.EncodeToString(h.Sum(nil)[:6])
}
