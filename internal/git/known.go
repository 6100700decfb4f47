package git

import (
	"context"
	"encoding/gob"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"time"
)

// knownFiles are the files of a working tree as they were read last. They are stored beside the server's directory of the tree, where
// neither an agent nor git can write. Like git's own index they do not notice a program that writes to a file through its memory after
// the file was read, until the kernel marks the file as changed.
type knownFiles struct {
	// Attributes are the states of all .gitattributes files, which decide how the others are read.
	Attributes map[string]state
	Files      map[string]knownFile
}

// knownFile is a file that was read when it had a state and the index had the entry Was: git then made it Now.
type knownFile struct {
	State    state
	Was, Now entry
}

// state changes whenever the content of a file does. Changed is when its inode changed last, which no agent can set.
type state struct {
	Device, Inode     uint64
	Mode              uint32
	Size              int64
	Modified, Changed int64
}

// mostKnown is how many files are known at most, which takes some 50 MB for a moment. All files of a larger tree are read each time.
const mostKnown = 200_000

func (t Tree) knownPath() string { return t.Own + ".known" }

// readKnown reads what was stored last; without it, or if it is damaged, nothing is known.
func (t Tree) readKnown() (k knownFiles) {
	file, err := os.Open(t.knownPath())
	if err != nil {
		return knownFiles{}
	}
	defer file.Close()
	if err := gob.NewDecoder(file).Decode(&k); err != nil {
		return knownFiles{}
	}
	return k
}

// forget lets the next snapshot read every file. Errors are left to that snapshot, which notices objects that are gone.
func (t Tree) forget() { _ = os.Remove(t.knownPath()) }

// hashing is one snapshot's knowledge of files.
type hashing struct {
	old, now knownFiles
	// before is the latest change with which a file can be known: a file that changes again later gets another time.
	before int64
	read   map[string]state // files that git reads, and that can be known afterwards
}

// How long ago a file must have changed to be known: longer than a tick of the kernel's clock, with which file systems mark changes. One
// that keeps whole seconds gives no fraction.
const (
	tick       = 100 * time.Millisecond
	wholeTicks = 3 * time.Second
)

// remember begins with what is known. The time is that of the index, which was written before any file is looked at, so that it is of
// the file system's clock.
func (f *filling) remember(old knownFiles) {
	f.old, f.read = old, map[string]state{}
	f.now = knownFiles{Attributes: map[string]state{}, Files: map[string]knownFile{}}
	if info, err := os.Lstat(filepath.Join(f.t.Own, "index")); err == nil {
		f.before = info.ModTime().UnixNano()
	}
}

func (h *hashing) isOld(s state) bool {
	margin := tick
	if s.Changed%int64(time.Second) == 0 {
		margin = wholeTicks
	}
	return s.Changed < h.before-int64(margin)
}

// compareAttributes forgets all files if a .gitattributes file above one of them is another one than before, or is too new to tell.
func (f *filling) compareAttributes(names []string) {
	seen := map[string]bool{}
	for _, name := range names {
		for dir := path.Dir(name); !seen[dir]; dir = path.Dir(dir) {
			seen[dir] = true
			file := path.Join(dir, ".gitattributes")
			if info, err := f.root.Lstat(file); err == nil {
				f.now.Attributes[file], _ = stateOf(info)
			}
		}
	}
	isNew := slices.ContainsFunc(slices.Collect(maps.Values(f.now.Attributes)), func(s state) bool { return !f.isOld(s) })
	if isNew || !maps.Equal(f.now.Attributes, f.old.Attributes) {
		f.old = knownFiles{}
	}
	if isNew {
		f.before = 0
	}
}

// isKnown returns a file's entry if the file is as it was when it was read. Otherwise git must read it now.
func (f *filling) isKnown(name string, was entry, info fs.FileInfo) (now entry, ok bool) {
	s, ok := stateOf(info)
	if !ok {
		return now, false
	}
	// What git makes of a file depends on its entry only where attributes convert lines.
	if k, ok := f.old.Files[name]; ok && k.State == s && (k.Was == was || len(f.now.Attributes) == 0) {
		f.now.Files[name] = k
		return k.Now, true
	}
	if f.isOld(s) {
		f.read[name] = s
	}
	return now, false
}

// skips keeps what is known of a file that this snapshot leaves out for its size.
func (f *filling) skips(name string, info fs.FileInfo) {
	s, _ := stateOf(info)
	if k, ok := f.old.Files[name]; ok && k.State == s {
		f.now.Files[name] = k
	}
}

// keepKnown stores what is known now for the next snapshot.
func (f *filling) keepKnown(ctx context.Context) error {
	if len(f.read) == 0 && len(f.now.Files) == len(f.old.Files) {
		return nil
	}
	if len(f.read) > 0 {
		entries, err := f.g.listIndex(ctx, f.t)
		if err != nil {
			return err
		}
		for name, s := range f.read {
			if now, ok := entries[name]; ok {
				f.now.Files[name] = knownFile{State: s, Was: f.index[name], Now: now}
			}
		}
	}
	if len(f.now.Files) > mostKnown {
		f.t.forget()
		return nil
	}
	return f.t.writeKnown(f.now)
}

// writeKnown replaces the file as a whole. It is only for speed, so it needs no sync.
func (t Tree) writeKnown(k knownFiles) error {
	next := t.knownPath() + ".new"
	file, err := os.OpenFile(next, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	if err := gob.NewEncoder(file).Encode(k); err != nil {
		_ = file.Close()
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	return os.Rename(next, t.knownPath())
}
