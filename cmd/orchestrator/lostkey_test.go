package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/config"
)

// A container whose key file was not on a volume comes back without it. A new key would make every secret unreadable and every
// audit entry look changed, so nothing may be made.
func TestALostKeyIsNotReplaced(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, s *store) {
		s.must("tenant create --slug acme --name Acme")
		seal(t, s.settings())
		id := sealing(t, s.must("key list"))
		s.move(s.key, s.key+".away")
		for _, args := range []string{"tenant create --slug rail --name Rail", "audit verify", "key list", "key rotate", "serve --listen 127.0.0.1:0"} {
			s.refuses("without the key", args, id, s.key, "--accept-lost-key")
			if _, err := os.Stat(s.key); err == nil {
				t.Fatalf("%s made a new key", args)
			}
		}
		s.move(s.key+".away", s.key)
		if out := s.must("audit verify"); !strings.Contains(out.out, "intact") {
			t.Errorf("with the key back: %+v", out)
		}
	})
}

func TestAnotherKeyIsRefused(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, s *store) {
		s.must("tenant create --slug acme --name Acme")
		id := sealing(t, s.must("key list"))
		s.move(s.key, s.key+".away")
		other := &store{t: t, data: filepath.Join(t.TempDir(), "data"), key: s.key}
		foreign := sealing(t, other.must("key list"))
		s.refuses("with a foreign key file", "tenant create --slug rail --name Rail", id, foreign, s.key, "--accept-lost-key")
		s.move(s.key+".away", s.key)
		s.must("tenant create --slug rail --name Rail")
	})
}

// A database that was written before check values were kept shows by its seals which key it had.
func TestAnotherKeyIsRefusedWithoutACheckValue(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, s *store) {
		s.must("tenant create --slug acme --name Acme")
		seal(t, s.settings())
		s.exec(`DELETE FROM master_keys`)
		s.move(s.key, s.key+".away")
		s.refuses("without the key", "key list", s.key, "does not exist", "--accept-lost-key")
		other := &store{t: t, data: filepath.Join(t.TempDir(), "data"), key: s.key}
		other.must("key list")
		s.refuses("with a foreign key file", "key list", s.key, "--accept-lost-key")
		s.move(s.key+".away", s.key)
		s.must("key list")
		if kept := s.rows(`SELECT id FROM master_keys`); len(kept) != 2 {
			t.Errorf("check values are kept of %q", kept)
		}
	})
}

// A backup from before a rotation has secrets that only the dropped key opens.
func TestABackupFromBeforeARotationNamesItsKey(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, s *store) {
		s.must("tenant create --slug acme --name Acme")
		s.addProvider("acme", "sk-backup")
		first := sealing(t, s.must("key list"))
		old, err := os.ReadFile(s.key)
		if err != nil {
			t.Fatal(err)
		}
		before := s.secrets()
		s.must("key rotate")
		s.must("key drop " + first)
		s.exec(`UPDATE providers SET api_key = $1`, before[0])
		s.refuses("with the newer key file", "key list", first, s.key, "1 secret ")
		if err := os.WriteFile(s.key, old, 0o600); err != nil {
			t.Fatal(err)
		}
		s.must("key list")
	})
}

// Keys in the environment are replaced by hand. The first one stays the root of the audit seals.
func TestTheRootOfEnvironmentKeysStays(t *testing.T) {
	eachStoreSerial(t, func(t *testing.T, s *store) {
		const a, b = "MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1ub3BxcnN0dXY=", "dnV0c3JxcG9ubWxramloZ2ZlZGNiYTk4NzY1NDMyMTA="
		t.Setenv(config.MasterKeyEnv, a)
		s.must("tenant create --slug acme --name Acme")
		seal(t, withEnvKey(s.settings(), a))
		id := sealing(t, s.must("key list"))
		t.Setenv(config.MasterKeyEnv, a+","+b)
		s.must("key rotate")
		t.Setenv(config.MasterKeyEnv, b)
		s.refuses("without the first key", "audit verify", id, config.MasterKeyEnv, "root ")
		t.Setenv(config.MasterKeyEnv, "root "+a+","+b)
		if out := s.must("audit verify"); !strings.Contains(out.out, "intact") {
			t.Errorf("with the first key as root: %+v", out)
		}
		if got := s.must("key list").out; strings.Contains(got, id) || strings.Contains(got, "missing") {
			t.Errorf("the old key still seals: %s", got)
		}
	})
}

func withEnvKey(s config.Settings, key string) config.Settings {
	s.MasterKey = config.Secret(key)
	return s
}

// Who has lost the key for good says so once. What it sealed is removed or named, and the next start needs no flag.
func TestALostKeyCanBeAccepted(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, s *store) {
		s.must("tenant create --slug acme --name Acme")
		s.addProvider("acme", "sk-lost")
		seal(t, s.settings())
		id := sealing(t, s.must("key list"))
		if err := os.Remove(s.key); err != nil {
			t.Fatal(err)
		}
		s.accept()
		out := s.must("audit verify").out
		for _, want := range []string{"acme: 2 sealed entries", "cannot be verified", id} {
			if !strings.Contains(out, want) {
				t.Errorf("%q is not in %q", want, out)
			}
		}
		if out := s.must("key list").out; strings.Contains(out, "missing") || strings.Contains(out, id) {
			t.Errorf("the lost key still seals: %s", out)
		}
		if got := s.secrets(); !slices.Contains(got, "") {
			t.Errorf("the unreadable API key stayed: %q", got)
		}
		s.must("tenant create --slug rail --name Rail")
		s.must("member add --tenant rail --email lead@acme.example --role lead")
		seal(t, s.settings())
		s.tamper(`UPDATE audit SET detail = 'viewer' WHERE n = 1 AND tenant_id = (SELECT id FROM tenants WHERE slug = 'rail')`)
		if got := s.do("audit verify"); got.code != 1 || !strings.Contains(got.out, "rail: ") || !strings.Contains(got.out, "was changed") {
			t.Errorf("an entry of the new key was changed: %+v", got)
		}
	})
}
