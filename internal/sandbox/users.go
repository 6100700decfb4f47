package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// Users gives each team a user of its own, for good: a number is never given to a second team, even when the first is
// gone. It is safe for concurrent use; one process at a time works on a file.
type Users struct {
	file        string
	base, count int

	mu    sync.Mutex
	given map[string]int
}

// OpenUsers reads which numbers of base … base+count-1 are given; the file is made when the first one is.
func OpenUsers(file string, base, count int) (*Users, error) {
	u := &Users{file: file, base: base, count: count, given: map[string]int{}}
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return u, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &u.given)
	}
	if err != nil {
		return nil, fmt.Errorf("read the teams' users from %s: %w", file, err)
	}
	return u, nil
}

// Of is the number of the team's user, given now where it has none yet. A nil Users gives 0, the server's own user.
func (u *Users) Of(team string) (int, error) {
	if u == nil {
		return 0, nil
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if n, ok := u.given[team]; ok {
		return n, nil
	}
	taken := map[int]bool{}
	for _, n := range u.given {
		taken[n] = true
	}
	for n := u.base; n < u.base+u.count; n++ {
		if !taken[n] {
			u.given[team] = n
			return n, u.save(team)
		}
	}
	return 0, fmt.Errorf("all %d user numbers from %d on are given to teams: widen --agent-uids", u.count, u.base)
}

// save writes the file whole or not at all; what could not be written is not given.
func (u *Users) save(team string) error {
	text, err := json.MarshalIndent(u.given, "", "  ")
	if err == nil {
		if err = os.WriteFile(u.file+".new", text, 0o600); err == nil {
			err = os.Rename(u.file+".new", u.file)
		}
	}
	if err != nil {
		delete(u.given, team)
		return fmt.Errorf("write the teams' users: %w", err)
	}
	return nil
}

// Own gives dir and everything in it to a user and the group of the same number, following no link; 0 changes nothing.
// The directory itself is last, so that its new owner comes in when all is done.
func Own(dir string, uid int) error {
	if uid == 0 {
		return nil
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("hand %s over: %w", filepath.Base(dir), err)
	}
	defer root.Close()
	var dirs []string
	err = fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // its owner is at work already
		}
		if err == nil && d.IsDir() {
			dirs = append(dirs, name)
			return nil
		}
		return errors.Join(err, lchown(root, name, uid))
	})
	for i := len(dirs) - 1; i >= 0 && err == nil; i-- {
		err = lchown(root, dirs[i], uid)
	}
	if err != nil {
		return fmt.Errorf("hand %s over to user %d: %w", filepath.Base(dir), uid, err)
	}
	return nil
}

func lchown(root *os.Root, name string, uid int) error {
	if err := root.Lchown(name, uid, uid); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// Owns says whether a user owns a directory, which has to be handed over where it does not; every one is 0's.
func Owns(dir string, uid int) bool {
	info, err := os.Lstat(dir)
	return uid == 0 || err == nil && ownerOf(info) == uid
}

// Lend lets a user's group read dir, or everything in it, following no link; 0 changes nothing. It stays the server's.
func Lend(dir string, uid int, all bool) error {
	if uid == 0 {
		return nil
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("lend %s: %w", filepath.Base(dir), err)
	}
	defer root.Close()
	err = fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil {
			err = lend(root, name, d, uid)
		}
		if err == nil && d.IsDir() && !all {
			return fs.SkipDir
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("lend %s to user %d: %w", filepath.Base(dir), uid, err)
	}
	return nil
}

func lend(root *os.Root, name string, d fs.DirEntry, uid int) error {
	if !d.IsDir() && !d.Type().IsRegular() {
		return nil
	}
	info, err := d.Info()
	if err != nil {
		return err
	}
	mode := info.Mode().Perm() | 0o040
	if d.IsDir() {
		mode |= 0o010
	}
	if err := root.Lchown(name, os.Geteuid(), uid); err != nil || mode == info.Mode().Perm() {
		return err
	}
	return root.Chmod(name, mode)
}
