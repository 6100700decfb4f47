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

// Users permanently assigns a user ID to each team. It never assigns an ID to a second team, even after the first one is deleted. It is
// safe for concurrent use, but only one process at a time may use a file.
type Users struct {
	file        string
	base, count int

	mu       sync.Mutex
	assigned map[string]int
}

// OpenUsers reads the assigned IDs of the range base … base+count-1. The file is created with the first assignment.
func OpenUsers(file string, base, count int) (*Users, error) {
	u := &Users{file: file, base: base, count: count, assigned: map[string]int{}}
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return u, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &u.assigned)
	}
	if err != nil {
		return nil, fmt.Errorf("read the teams' users from %s: %w", file, err)
	}
	return u, nil
}

// Of returns the ID of the team's user, and assigns one if the team has none. A nil Users returns 0, the server's own user.
func (u *Users) Of(team string) (int, error) {
	if u == nil {
		return 0, nil
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if n, ok := u.assigned[team]; ok {
		return n, nil
	}
	taken := map[int]bool{}
	for _, n := range u.assigned {
		taken[n] = true
	}
	for n := u.base; n < u.base+u.count; n++ {
		if !taken[n] {
			u.assigned[team] = n
			return n, u.save(team)
		}
	}
	return 0, fmt.Errorf("all %d user IDs from %d are assigned to teams: set a larger range with --agent-uids", u.count, u.base)
}

// save replaces the file atomically. If that fails, the assignment is undone.
func (u *Users) save(team string) error {
	text, err := json.MarshalIndent(u.assigned, "", "  ")
	if err == nil {
		if err = os.WriteFile(u.file+".new", text, 0o600); err == nil {
			err = os.Rename(u.file+".new", u.file)
		}
	}
	if err != nil {
		delete(u.assigned, team)
		return fmt.Errorf("write the teams' users: %w", err)
	}
	return nil
}

// Own changes the owner of dir and everything in it to a user and the group with the same ID, without following links. 0 changes
// nothing. The directory itself is changed last, so that its new owner cannot access it before that.
func Own(dir string, uid int) error {
	if uid == 0 {
		return nil
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("change the owner of %s: %w", filepath.Base(dir), err)
	}
	defer root.Close()
	var dirs []string
	err = fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // its owner is already changing it
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
		return fmt.Errorf("change the owner of %s to user %d: %w", filepath.Base(dir), uid, err)
	}
	return nil
}

func lchown(root *os.Root, name string, uid int) error {
	if err := root.Lchown(name, uid, uid); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// Hand changes the owner of dir and everything in it to a user, without following links, and keeps the groups. 0 changes nothing, and
// neither does a dir that the user owns already.
func Hand(dir string, uid int) error {
	if Owns(dir, uid) {
		return nil
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("change the owner of %s: %w", filepath.Base(dir), err)
	}
	defer root.Close()
	err = fs.WalkDir(root.FS(), ".", func(name string, _ fs.DirEntry, err error) error {
		if err == nil && name != "." {
			err = root.Lchown(name, uid, -1)
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	})
	if err == nil { // last, so that an interrupted change is done again
		err = root.Lchown(".", uid, -1)
	}
	if err != nil {
		return fmt.Errorf("change the owner of %s to user %d: %w", filepath.Base(dir), uid, err)
	}
	return nil
}

// Owns reports whether a user owns a directory. For 0 it is always true.
func Owns(dir string, uid int) bool {
	info, err := os.Lstat(dir)
	return uid == 0 || err == nil && ownerOf(info) == uid
}

// Lend lets a user's group read dir, or everything in it, without following links. 0 changes nothing. The owner remains. What vanishes in the
// meantime, such as a temporary file of git, is passed over.
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
			err = lendEntry(root, name, d, uid)
		}
		if errors.Is(err, fs.ErrNotExist) && name != "." {
			return nil
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

func lendEntry(root *os.Root, name string, d fs.DirEntry, uid int) error {
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
	if err := root.Lchown(name, -1, uid); err != nil || mode == info.Mode().Perm() {
		return err
	}
	return root.Chmod(name, mode)
}
