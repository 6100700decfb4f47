package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/config"
)

// The demo leaves nothing behind: every file it names is in the directory that it deletes.
func TestTheDemoKeepsItsFilesTogether(t *testing.T) {
	here := t.TempDir()
	s := config.Settings{Data: filepath.Join(here, "data"), KeyFile: filepath.Join(here, "data.key"), AuditHeads: filepath.Join(here, "heads.json")}
	d, err := startDemo(&s)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{s.Data, s.KeyFile, s.AuditHeads} {
		if !strings.HasPrefix(path, d.dir+string(filepath.Separator)) {
			t.Errorf("%s is outside the demo's directory %s", path, d.dir)
		}
	}
	if d.end(); s.Database != "" {
		t.Errorf("the demo uses the database %s", s.Database)
	}
	if _, err := os.Stat(d.dir); !os.IsNotExist(err) {
		t.Errorf("the demo's directory is still there: %v", err)
	}
}
