package main

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	"github.com/industrial-orchestrator/orchestrator/internal/app"
	"github.com/industrial-orchestrator/orchestrator/internal/config"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/hub"
)

// store is where an instance of a test keeps its data: a directory, its key file, and a PostgreSQL database if dsn is set.
type store struct {
	t         *testing.T
	data, key string
	// dsn is the server's login, owner the owner's.
	dsn, owner string
	log        bytes.Buffer // of servers
}

// eachStore runs fn with an empty store on each engine.
func eachStore(t *testing.T, fn func(t *testing.T, s *store)) {
	t.Helper()
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			fn(t, newStore(t, engine))
		})
	}
}

// eachStoreSerial is eachStore for tests that set variables of the environment.
func eachStoreSerial(t *testing.T, fn func(t *testing.T, s *store)) {
	t.Helper()
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) { fn(t, newStore(t, engine)) })
	}
}

func newStore(t *testing.T, engine string) *store {
	t.Helper()
	dir := t.TempDir()
	s := &store{t: t, data: filepath.Join(dir, "data"), key: filepath.Join(dir, "keys", "key")}
	if engine == "postgres" {
		s.owner = dbtest.Database(t)
		s.dsn = dbtest.As(t, s.owner, dbtest.ServeLogin)
	}
	return s
}

func (s *store) settings() config.Settings {
	return config.Settings{Data: s.data, KeyFile: s.key, Database: config.Secret(s.dsn)}
}

// do runs one command on the store.
func (s *store) do(args string) said {
	s.t.Helper()
	all := append(strings.Fields(args), "--data", s.data, "--key-file", s.key)
	if s.dsn != "" {
		all = append(all, "--database", s.dsn)
	}
	return orchestrator("a long enough password\n", all...)
}

// must runs a command that has to succeed.
func (s *store) must(args string) said {
	s.t.Helper()
	out := s.do(args)
	if out.code != 0 {
		s.t.Fatalf("%s: %+v", args, out)
	}
	return out
}

// refuses runs a command that has to fail with a message that contains every one of words.
func (s *store) refuses(what, args string, words ...string) {
	s.t.Helper()
	out := s.do(args)
	if out.code != 1 {
		s.t.Errorf("%s: %s ended with %+v", what, args, out)
	}
	for _, w := range words {
		if !strings.Contains(out.err, w) {
			s.t.Errorf("%s: %q is not in %q", what, w, out.err)
		}
	}
}

func (s *store) move(from, to string) {
	s.t.Helper()
	if err := os.Rename(from, to); err != nil {
		s.t.Fatal(err)
	}
}

// server opens the store as a server does, calls use if it could, and closes it.
func (s *store) server(settings config.Settings, loss accepted, use func(*server)) error {
	s.t.Helper()
	ctx := tenant.WithOrigin(context.Background(), tenant.Origin{Name: "system", Via: "system", Peer: "system"})
	srv := &server{settings: settings, log: slog.New(slog.NewTextHandler(io.MultiWriter(s.t.Output(), &s.log), nil)), hub: hub.New(), background: newBackground(ctx, slog.Default()), loss: loss}
	err := srv.openAll(ctx)
	if err == nil && use != nil {
		use(srv)
	}
	return errors.Join(err, srv.abandon(ctx))
}

// accept starts a server once that accepts a lost key.
func (s *store) accept() {
	s.t.Helper()
	if err := s.server(s.settings(), accepted{key: true}, nil); err != nil {
		s.t.Fatal(err)
	}
}

// addProvider stores a provider with an API key, which is sealed.
func (s *store) addProvider(team, key string) {
	s.t.Helper()
	s.must("user create --email lead@" + team + ".example --name Lead --password-stdin")
	s.must("member add --tenant " + team + " --email lead@" + team + ".example --role lead")
	err := withApp(call{ctx: context.Background(), settings: s.settings()}, func(a *app.App) error {
		by, err := a.People.ActorByEmail(context.Background(), team, "lead@"+team+".example")
		if err == nil {
			_, err = a.Models.CreateProvider(context.Background(), by, provider.Provider{Name: "models", Kind: provider.OpenAI,
				Models: []provider.Model{{ID: "m", Context: 32000, Output: 4000}}}, key)
		}
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

// raw opens the store's database without walls.
func (s *store) raw() *sql.DB {
	s.t.Helper()
	driver, dsn := "sqlite", "file:"+filepath.Join(s.data, "db", "orchestrator.db")+"?_busy_timeout=5000"
	if s.owner != "" {
		driver, dsn = "pgx", s.owner+"&search_path=main"
	}
	d, err := sql.Open(driver, dsn)
	if err != nil {
		s.t.Fatal(err)
	}
	return d
}

// exec runs a statement past the product.
func (s *store) exec(text string, args ...any) {
	s.t.Helper()
	d := s.raw()
	defer func() { _ = d.Close() }()
	if _, err := d.Exec(text, args...); err != nil {
		s.t.Fatalf("%s: %v", text, err)
	}
}

// rows reads the first column of a query past the product.
func (s *store) rows(text string) (out []string) {
	s.t.Helper()
	d := s.raw()
	defer func() { _ = d.Close() }()
	rows, err := d.Query(text)
	if err != nil {
		s.t.Fatalf("%s: %v", text, err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var v string
		if err := rows.Scan(&v); err != nil {
			s.t.Fatal(err)
		}
		out = append(out, v)
	}
	return out
}

// tamper changes audit logs, whose triggers it removes first.
func (s *store) tamper(statements ...string) {
	s.t.Helper()
	for _, table := range []string{"audit", "instance_audit"} {
		if s.owner != "" {
			s.exec(`ALTER TABLE ` + table + ` DISABLE TRIGGER ALL`)
			continue
		}
		s.exec(`DROP TRIGGER IF EXISTS ` + table + `_is_kept`)
		s.exec(`DROP TRIGGER IF EXISTS ` + table + `_is_sealed_once`)
	}
	for _, q := range statements {
		s.exec(q)
	}
}

// secrets are the sealed API keys as stored.
func (s *store) secrets() []string { return s.rows(`SELECT api_key FROM providers ORDER BY id`) }
