package repository

import (
	"strconv"
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
)

// Gaps are the parts of a commit that a clone does not contain: the server fetches neither submodules nor the content of LFS files.
type Gaps struct {
	// Submodules and LFSFiles are paths, at most MaxNamed of SubmoduleCount and LFSCount.
	Submodules     []string `json:"submodules,omitempty"`
	SubmoduleCount int      `json:"submodule_count,omitempty"`
	LFSFiles       []string `json:"lfs_files,omitempty"`
	LFSCount       int      `json:"lfs_count,omitempty"`
}

// Any reports whether anything is missing.
func (g Gaps) Any() bool { return g.SubmoduleCount+g.LFSCount > 0 }

// Sentences say what is missing and where.
func (g Gaps) Sentences() []string {
	var all []string
	switch n := g.SubmoduleCount; {
	case n == 1:
		all = append(all, "1 submodule is not fetched, so its directory is empty: "+named(g.Submodules, n)+".")
	case n > 1:
		all = append(all, text.Count(int64(n))+" submodules are not fetched, so their directories are empty: "+named(g.Submodules, n)+".")
	}
	switch n := g.LFSCount; {
	case n == 1:
		all = append(all, "1 file is stored with Git LFS, so the tree has a pointer instead of its content: "+named(g.LFSFiles, n)+".")
	case n > 1:
		all = append(all, text.Count(int64(n))+" files are stored with Git LFS, so the tree has pointers instead of their content: "+named(g.LFSFiles, n)+".")
	}
	return all
}

// named lists the first of n paths, and how many there are in addition.
func named(paths []string, n int) string {
	const most = 5
	shown := paths[:min(len(paths), most)]
	return list(shown, n-len(shown))
}

// list joins names as in a sentence, and says how many more there are.
func list(names []string, more int) string {
	if more > 0 {
		return strings.Join(names, ", ") + " and " + strconv.Itoa(more) + " more"
	}
	if last := len(names) - 1; last > 0 {
		return strings.Join(names[:last], ", ") + " and " + names[last]
	}
	return strings.Join(names, "")
}
