package git

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/walk"
)

// Remove deletes a working tree, the server's directory for it and its refs in the bare clone. None of them needs to exist.
func (g *Git) Remove(ctx context.Context, t Tree) error {
	defer g.lock(t.Own)()
	if t.Bare != "" && exists(t.Bare) {
		gone := strings.NewReader("delete " + t.keptRef() + "\ndelete " + t.workRef() + "\n")
		if _, err := g.run(ctx, call{args: []string{"--git-dir=" + t.Bare, "update-ref", "--stdin"}, stdin: gone, writes: []string{t.Bare}}); err != nil {
			return err
		}
	}
	for _, dir := range []string{t.Dir, t.Dir + Begun, t.Git, t.Git + Begun, t.Own, t.Own + Begun, t.knownPath()} {
		if err := walk.RemoveAll(dir); err != nil {
			return fmt.Errorf("remove the working tree: %w", err)
		}
	}
	g.locks.Delete(filepath.Clean(t.Own))
	return nil
}
