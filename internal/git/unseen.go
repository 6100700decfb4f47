package git

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

// hasFiles reports whether there are files in the directory of a submodule, which is empty at first.
func hasFiles(root *os.Root, dir string) bool {
	info, err := root.Lstat(dir)
	if err != nil || !info.IsDir() {
		return err == nil
	}
	f, err := root.Open(dir)
	if err != nil {
		return false
	}
	defer f.Close()
	names, _ := f.Readdirnames(1)
	return len(names) > 0
}

// largeChange reports a file that is too large to store, unless it is unchanged.
func largeChange(root *os.Root, name string, was entry, inBase bool, info fs.FileInfo) (session.FileChange, bool) {
	if inBase && hasSameHash(root, name, was, info.Size()) {
		return session.FileChange{}, false
	}
	return session.FileChange{Path: name, Status: addedOr(inBase), Binary: isBinary(root, name), Omitted: session.TooLarge}, true
}

// addedOr is the status of a file that is not in the index.
func addedOr(inBase bool) string {
	if inBase {
		return "modified"
	}
	return "added"
}

// isBinary reports whether git would show a file as binary: there is a NUL in its first bytes.
func isBinary(root *os.Root, name string) bool {
	f, err := openRegular(root, name)
	if err != nil {
		return true
	}
	defer f.Close()
	head := make([]byte, 8000)
	n, _ := io.ReadFull(f, head)
	return bytes.IndexByte(head[:n], 0) >= 0
}

// hasSameHash compares a large file with the base by its hash. It reads the file once and stores nothing.
func hasSameHash(root *os.Root, name string, was entry, size int64) bool {
	f, err := openRegular(root, name)
	if err != nil {
		return false
	}
	defer f.Close()
	var h hash.Hash = sha1.New()
	if len(was.Hash) == sha256.Size*2 {
		h = sha256.New()
	}
	fmt.Fprintf(h, "blob %d\x00", size)
	if n, err := io.Copy(h, io.LimitReader(f, size+1)); err != nil || n != size {
		return false
	}
	return hex.EncodeToString(h.Sum(nil)) == was.Hash
}

// openRegular opens a regular file and refuses anything else. It does not block if the file has become a pipe.
func openRegular(root *os.Root, name string) (*os.File, error) {
	f, err := root.OpenFile(name, os.O_RDONLY|nonblock, 0)
	if err != nil {
		return nil, err
	}
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		_ = f.Close()
		return nil, fmt.Errorf("%s is not a file", name)
	}
	return f, nil
}

// withOmitted adds changes that the patch cannot contain, and lists them at its head, where git apply ignores them.
func (d Diff) withOmitted(unseen []session.FileChange) Diff {
	slices.SortFunc(unseen, func(a, b session.FileChange) int { return strings.Compare(a.Path, b.Path) })
	var head strings.Builder
	for _, u := range unseen {
		fmt.Fprintf(&head, "# Not in this patch: %q (%s).\n", u.Path, u.Omitted.Cause())
	}
	d.Patch = append([]byte(head.String()), d.Patch...)
	d.Truncated = d.Truncated || len(unseen) > 0
	d.Files = append(d.Files, unseen...)
	slices.SortStableFunc(d.Files, func(a, b session.FileChange) int { return strings.Compare(a.Path, b.Path) })
	return d
}
