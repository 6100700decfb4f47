package git

import "context"

// Branches lists origin's branches, most recent first.
func (g *Git) Branches(ctx context.Context, bare string) ([]string, error) {
	names, _, err := g.listBranches(ctx, bare, maxEntries)
	return names, err
}

// Nested finds repositories inside a working tree.
func Nested(ctx context.Context, dir string) ([]string, error) { return nested(ctx, dir) }
