package git

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"syscall"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
)

const nonblock = syscall.O_NONBLOCK

// The size limits of a diff.
const (
	maxFilePatch = 512 << 10
	renameLimit  = "-l2000"
)

// compare returns the changes between two trees that git wrote itself. The git directory is bare, so that attributes in the tree
// cannot make text look binary.
func (g *Git) compare(ctx context.Context, t Tree, base, tree string) (Diff, error) {
	diff := func(to io.Writer, args ...string) ([]byte, error) { return g.diffTree(ctx, t, to, base, tree, args...) }
	raw, err := diff(nil, "-z", "--raw")
	if err != nil {
		return Diff{}, err
	}
	counts, err := diff(nil, "-z", "--numstat")
	if err != nil {
		return Diff{}, err
	}
	d := Diff{Files: changes(raw)}
	addCounts(d.Files, counts)
	patch := &bounded{left: g.opt.LargePatch}
	if _, err = diff(patch, "--patch", "--binary"); err != nil {
		return Diff{}, err
	}
	parts := sections(patch.kept)
	if patch.over && len(parts) > 0 {
		parts = parts[:len(parts)-1] // it is incomplete
	}
	assignParts(d.Files, parts)
	if d.Patch = patch.kept; patch.over {
		markAll(d.Files, session.PatchTooLarge)
		d.Patch, d.Truncated = fmt.Appendf(nil, "# Not in this patch: the changes, because the patch is larger than %d bytes.\n", g.opt.LargePatch), true
	}
	return d, nil
}

// diffTree runs diff-tree on two trees or commits of the server's git directory.
func (g *Git) diffTree(ctx context.Context, t Tree, to io.Writer, from, tree string, args ...string) ([]byte, error) {
	all := append([]string{"--git-dir=" + t.Own, "diff-tree", "-r", "-M", renameLimit, "--no-ext-diff", "--no-textconv", "--full-index",
		"--src-prefix=a/", "--dst-prefix=b/", "--no-color", "--diff-algorithm=histogram"}, args...)
	return g.run(ctx, call{args: append(all, from, tree), dir: t.Own, stdout: to, borrows: t.borrowed()})
}

// bounded stores the beginning of an output and discards the rest.
type bounded struct {
	kept []byte
	left int64
	over bool
}

func (b *bounded) Write(p []byte) (int, error) {
	n := min(int64(len(p)), b.left)
	b.kept, b.left = append(b.kept, p[:n]...), b.left-n
	b.over = b.over || n < int64(len(p))
	return len(p), nil
}

// changes reads git's raw list: ":mode mode hash hash status", then one path or two.
func changes(raw []byte) []session.FileChange {
	var list []session.FileChange
	for fields := split0(raw); len(fields) >= 2; {
		about := strings.Fields(fields[0])
		if len(about) != 5 {
			return list
		}
		c := session.FileChange{Path: fields[1], Status: statusOf(about[4])}
		fields = fields[2:]
		if c.Status == "renamed" && len(fields) > 0 {
			c.OldPath, c.Path, fields = c.Path, fields[0], fields[1:]
		}
		list = append(list, c)
	}
	return list
}

func statusOf(letter string) string {
	switch letter[:1] {
	case "A":
		return "added"
	case "D":
		return "deleted"
	case "R":
		return "renamed"
	}
	return "modified"
}

// addCounts adds line counts from git's numstat output, which has the same order. A dash means a binary file.
func addCounts(files []session.FileChange, numbers []byte) {
	fields := split0(numbers)
	for i := 0; i < len(files) && len(fields) > 0; i++ {
		columns := strings.SplitN(fields[0], "\t", 3)
		if len(columns) != 3 {
			return
		}
		files[i].Binary = columns[0] == "-"
		files[i].Additions, files[i].Deletions = lineCount(columns[0]), lineCount(columns[1])
		fields = fields[1:]
		if columns[2] == "" && len(fields) >= 2 {
			fields = fields[2:] // the two names of a renamed file
		}
	}
}

// lineCount reads a number of lines. Anything else, such as the dash for a binary file, counts as 0.
func lineCount(s string) int {
	n, err := strconv.ParseUint(s, 10, 31)
	if err != nil {
		return 0
	}
	return int(n)
}

// assignParts assigns each file its part of the patch. Binary data and very long parts are only in the whole patch.
func assignParts(files []session.FileChange, parts [][]byte) {
	for i := range files {
		if len(parts) == 0 {
			return
		}
		part := parts[0]
		parts = parts[1:]
		// A file that became a link, or vice versa, has two parts: a deletion and an addition.
		if isGone(part) && files[i].Status == "modified" && len(parts) > 0 {
			part, parts = append(part[:len(part):len(part)], parts[0]...), parts[1:]
		}
		if cut := bytes.Index(part, []byte("\nGIT binary patch\n")); cut >= 0 && files[i].Binary {
			part = part[:cut+1]
		}
		if len(part) > maxFilePatch {
			files[i].Omitted = session.LongDiff
			continue
		}
		files[i].Patch = text.Clean(string(part))
	}
}

func markAll(files []session.FileChange, why session.Omission) {
	for i := range files {
		files[i].Omitted = why
	}
}

func isGone(part []byte) bool {
	head, _, _ := bytes.Cut(part, []byte("\n@@ "))
	return bytes.Contains(head, []byte("\ndeleted file mode "))
}

// sections splits a patch at the header of each file. No line of a file's content can look like a header.
func sections(patch []byte) [][]byte {
	mark := []byte("\ndiff --git ")
	var parts [][]byte
	for len(patch) > 0 {
		end := bytes.Index(patch, mark)
		if end < 0 {
			return append(parts, patch)
		}
		parts, patch = append(parts, patch[:end+1]), patch[end+1:]
	}
	return parts
}
