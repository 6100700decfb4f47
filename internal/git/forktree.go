package git

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
)

// startRef is the commit of another tree's checkpoint from which a tree started.
const startRef = "refs/orchestrator/start"

// Fork creates the tree to on branch, from the same base as another one, with the files of one of its checkpoints. If it was created before,
// Fork only restores the files.
func (g *Git) Fork(ctx context.Context, from, to Tree, branch, base, commit, tree string) error {
	made, err := "", error(nil)
	if to.Bare == "" {
		made, err = g.NewEmptyTree(ctx, to)
	} else {
		made, err = g.NewTree(ctx, to, branch, base)
	}
	if err != nil {
		return err
	}
	if made != base {
		return fault.New(fault.Conflict, "The new working tree starts from another commit than the one it is forked from.")
	}
	if err := g.copyCommit(ctx, from, to, base, commit, tree); err != nil {
		return err
	}
	for range 2 { // the second time, files go that only the later .gitignore ignored; a new tree has none that anybody would miss
		if err = g.Restore(ctx, to, branch, base, commit, tree); !errors.Is(err, ErrDiffers) {
			return err
		}
	}
	return err
}

// copyCommit copies a commit with its files from one of the server's git directories to another.
func (g *Git) copyCommit(ctx context.Context, from, to Tree, base, commit, tree string) error {
	pack, err := os.CreateTemp(filepath.Dir(to.Own), "fork-*.pack")
	if err != nil {
		return fmt.Errorf("copy a checkpoint: %w", err)
	}
	defer os.Remove(pack.Name())
	defer pack.Close()
	if err := g.packCommit(ctx, from, pack, base, commit, tree); err != nil {
		return err
	}
	if _, err := pack.Seek(0, 0); err != nil {
		return fmt.Errorf("copy a checkpoint: %w", err)
	}
	defer g.lock(to.Own)()
	args := []string{"--git-dir=" + to.Own, "index-pack", "--stdin"}
	if _, err := g.run(ctx, call{args: args, stdin: pack, timeout: g.opt.CheckoutTimeout, borrows: to.borrowed(), writes: []string{to.Own}}); err != nil {
		return err
	}
	return g.setRef(ctx, to, startRef, commit)
}

// packCommit writes the objects of a commit that its base does not have.
func (g *Git) packCommit(ctx context.Context, from Tree, pack *os.File, base, commit, tree string) error {
	defer g.lock(from.Own)()
	if err := g.checkStored(ctx, from, commit, tree); err != nil {
		return err
	}
	args := []string{"--git-dir=" + from.Own, "pack-objects", "--revs", "--stdout", "--quiet"}
	c := call{args: args, config: []string{"pack.threads=1", "pack.windowMemory=256m"}, stdin: strings.NewReader(commit + "\n^" + base + "\n"), stdout: pack, timeout: g.opt.CheckoutTimeout, borrows: from.borrowed()}
	_, err := g.run(ctx, c)
	return err
}
