package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A volume that is not mounted leaves an empty directory. Sessions would fail one by one, each for a missing clone.
func TestAMissingTeamsFolderIsNotOverlooked(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, s *store) {
		s.must("tenant create --slug acme --name Acme")
		if err := s.server(s.settings(), accepted{}, nil); err != nil {
			t.Fatalf("without repositories: %v", err)
		}
		s.exec(`INSERT INTO repositories (tenant_id, id, name, url, default_branch, status, created_at) SELECT id, 'r1', 'tools', 'https://example.org/x', 'main', 'ready', 1 FROM tenants`)
		if err := s.server(s.settings(), accepted{}, nil); err == nil || !strings.Contains(err.Error(), filepath.Join(s.data, "teams")) || !strings.Contains(err.Error(), "--accept-lost-files") {
			t.Errorf("with an empty folder: %v", err)
		}
		if err := s.server(s.settings(), accepted{files: true}, nil); err != nil {
			t.Errorf("accepted: %v", err)
		}
		if got := s.rows(`SELECT status FROM repositories`); len(got) != 1 || got[0] != "cloning" {
			t.Errorf("the repository is %q", got)
		}
	})
}

func TestADamagedHostFileSaysWhatToDo(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	if err := os.WriteFile(filepath.Join(data, "host.json"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := lockHost(data, 0); err == nil || !strings.Contains(err.Error(), "remove it") {
		t.Errorf("an empty file: %v", err)
	}
	if err := os.Remove(filepath.Join(data, "host.json")); err != nil {
		t.Fatal(err)
	}
	h, err := lockHost(data, 0)
	if err != nil {
		t.Fatal(err)
	}
	h.release()
}

// A server without its identity file has a new identity, which it says if there was an earlier one.
func TestAMissingHostFileIsSaid(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, s *store) {
		start := func() string {
			s.log.Reset()
			if err := s.server(s.settings(), accepted{}, nil); err != nil {
				t.Fatal(err)
			}
			return s.log.String()
		}
		const words = "has a new one"
		if got := start(); strings.Contains(got, words) {
			t.Errorf("the first start says %s", got)
		}
		s.must("tenant create --slug acme --name Acme")
		if got := start(); strings.Contains(got, words) {
			t.Errorf("a restart says %s", got)
		}
		if err := os.Remove(filepath.Join(s.data, "host.json")); err != nil {
			t.Fatal(err)
		}
		if got := start(); !strings.Contains(got, words) || !strings.Contains(got, "host.json") {
			t.Errorf("without the file it says %q", got)
		}
		if got := start(); strings.Contains(got, words) {
			t.Errorf("the next start says %s", got)
		}
	})
}
