package git

import (
	"context"
	"time"
)

// Branches lists origin's branches, most recent first.
func (g *Git) Branches(ctx context.Context, bare string) ([]string, error) {
	names, _, err := g.listBranches(ctx, bare, maxEntries)
	return names, err
}

// Nested finds repositories inside a working tree.
func Nested(ctx context.Context, dir string) ([]string, error) { return nested(ctx, dir) }

// Known lists the files of a tree that are not read again unless they change.
func Known(t Tree) (names []string) {
	for name := range t.readKnown().Files {
		names = append(names, name)
	}
	return names
}

// Confuse lets a known file have the content of another one.
func Confuse(t Tree, name, other string) error {
	k := t.readKnown()
	f := k.Files[name]
	f.Now = k.Files[other].Now
	k.Files[name] = f
	return t.writeKnown(k)
}

// Forget lets the next snapshot read every file.
func Forget(t Tree) { t.forget() }

// IsOld reports whether a file that changed at a time can be known to a snapshot whose index was written at another.
func IsOld(changed, index time.Time) bool {
	h := hashing{before: index.UnixNano()}
	return h.isOld(state{Changed: changed.UnixNano()})
}
