package console

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/audit"
)

// readHeads returns the heads of the audit chains in a file.
func readHeads(path string) (map[string]audit.Head, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	heads := map[string]audit.Head{}
	if err := json.Unmarshal(text, &heads); err != nil {
		return nil, fmt.Errorf("read the audit heads in %s: %w", path, err)
	}
	return heads, nil
}

// writeHeads replaces the heads in a file atomically: after a crash it has either the old or the new ones.
func writeHeads(path string, heads map[string]audit.Head) (err error) {
	text, err := json.MarshalIndent(heads, "", "  ")
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".audit-heads-*") // readable by its owner only
	if err != nil {
		return fmt.Errorf("write the audit heads: %w", err)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
			err = fmt.Errorf("write the audit heads: %w", err)
		}
	}()
	_, err = f.Write(append(text, '\n'))
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
