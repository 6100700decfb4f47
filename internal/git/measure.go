package git

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
)

// Sizes of files that can be LFS pointers: a version, a SHA-256 hash and a size.
const (
	minPointer  = 120
	maxPointer  = 200
	maxPointers = 10_000 // how many of them are looked at
	lfsVersion  = "version https://git-lfs.github.com/spec/v1\n"
)

// measured is what a walk over a commit's tree found. size is the sum of its files.
type measured struct {
	commit      string
	files, size int64
	gaps        repository.Gaps
	pointers    []pointer // files that can be LFS pointers
}

type pointer struct{ hash, path string }

// Gaps returns what a commit names and a clone does not contain. It refuses a commit with more files or bytes than the options allow:
// a repository of a few kilobytes can name a tree that no disk or memory can hold.
func (g *Git) Gaps(ctx context.Context, bare, commit string) (repository.Gaps, error) {
	if known, ok := g.measured.Load(bare); ok && known.(measured).commit == commit {
		return known.(measured).gaps, nil
	}
	m := measured{commit: commit}
	out := records{end: 0, each: func(entry []byte) error { return m.add(entry, g.opt.TreeFiles, g.opt.TreeBytes) }}
	_, err := g.run(ctx, call{stdout: &out, timeout: g.opt.CheckoutTimeout,
		args: []string{"--git-dir=" + bare, "ls-tree", "-r", "-l", "-z", "--full-tree", commit}})
	if out.err != nil {
		return m.gaps, out.err
	}
	if err != nil {
		return m.gaps, err
	}
	if err := g.readPointers(ctx, bare, &m); err != nil {
		return m.gaps, err
	}
	m.pointers = nil
	g.measured.Store(bare, m)
	return m.gaps, nil
}

// add counts one entry of git's list: "mode type hash size", a tab, and the path.
func (m *measured) add(entry []byte, most, mostBytes int64) error {
	about, path, _ := strings.Cut(string(entry), "\t")
	fields := strings.Fields(about)
	if len(fields) != 4 {
		return fmt.Errorf("read a tree: %q is not an entry", about)
	}
	if fields[0] == gitlink {
		m.gaps.SubmoduleCount++
		m.gaps.Submodules = appendNamed(m.gaps.Submodules, path)
	}
	size, _ := strconv.ParseInt(fields[3], 10, 64) // a submodule has none
	m.files, m.size = m.files+1, m.size+size
	if m.files > most {
		return fault.New(fault.Exhausted, "The commit has more than %s files, which is the limit for a working tree.", text.Count(most))
	}
	if m.size > mostBytes {
		return fault.New(fault.Exhausted, "The files of the commit are larger than %s in total, which is the limit for a working tree.", quota.Bytes(mostBytes))
	}
	if strings.HasPrefix(fields[0], "100") && size >= minPointer && size <= maxPointer && len(m.pointers) < maxPointers {
		m.pointers = append(m.pointers, pointer{fields[2], path})
	}
	return nil
}

func appendNamed(names []string, name string) []string {
	if len(names) == repository.MaxNamed {
		return names
	}
	return append(names, strings.ToValidUTF8(name, "�"))
}

// readPointers finds the LFS pointers among the files of their size.
func (g *Git) readPointers(ctx context.Context, bare string, m *measured) error {
	if len(m.pointers) == 0 {
		return nil
	}
	var hashes strings.Builder
	for _, p := range m.pointers {
		hashes.WriteString(p.hash + "\n")
	}
	out, err := g.run(ctx, call{args: []string{"--git-dir=" + bare, "cat-file", "--batch"}, stdin: strings.NewReader(hashes.String())})
	if err != nil {
		return err
	}
	for _, p := range m.pointers {
		head, rest, _ := bytes.Cut(out, []byte("\n"))
		fields := strings.Fields(string(head))
		if len(fields) != 3 {
			return errors.New("read files of a commit: the list ends early")
		}
		size, err := strconv.Atoi(fields[2])
		if err != nil || size+1 > len(rest) {
			return errors.New("read files of a commit: the list ends early")
		}
		if bytes.HasPrefix(rest[:size], []byte(lfsVersion)) {
			m.gaps.LFSCount++
			m.gaps.LFSFiles = appendNamed(m.gaps.LFSFiles, p.path)
		}
		out = rest[size+1:]
	}
	return nil
}
