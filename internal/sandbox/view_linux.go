package sandbox

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// place is a path the program is shown.
type place struct {
	path          string
	dir, writable bool
	link          string // where a symbolic link leads; such a place has nothing to mount
}

// places are all paths a program is shown, with the links on the way to them, parents first. What lies inside another
// one is left to it, unless it may be written and the other may not.
func places(s Spec) ([]place, error) {
	found := map[string]place{}
	for _, p := range append(systemPaths, devices...) {
		if p != "/proc" {
			_ = trace(found, p, slices.Contains(devices, p)) // not every system has all
		}
	}
	_ = trace(found, "/dev/pts", true)
	shown := slices.Clone(s.ReadOnly)
	if exe, err := os.Executable(); err == nil {
		shown = append(shown, exe)
	}
	for _, e := range s.Env {
		if path, ok := strings.CutPrefix(e, "SHELL="); ok && filepath.Base(path) == shellName {
			shown = append(shown, path)
		}
	}
	for _, p := range shown {
		if err := trace(found, p, false); err != nil {
			return nil, err
		}
	}
	for _, p := range s.ReadWrite {
		if err := trace(found, p, true); err != nil {
			return nil, err
		}
	}
	return sorted(found), nil
}

// maxLinks is how many links a path may go through, as in the kernel.
const maxLinks = 40

// trace notes where path really is and each link on the way.
func trace(found map[string]place, path string, writable bool) error {
	rest, at := split(path), "/"
	for links := 0; len(rest) > 0; {
		next := filepath.Join(at, rest[0])
		info, err := os.Lstat(next)
		if err != nil {
			return fmt.Errorf("show a path: %w", err)
		}
		if info.Mode()&os.ModeSymlink == 0 {
			at, rest = next, rest[1:]
			continue
		}
		target, err := os.Readlink(next)
		if links++; err != nil || links > maxLinks {
			return fmt.Errorf("follow the link %s: %w", next, errors.Join(err, unix.ELOOP))
		}
		found[next] = place{path: next, link: target}
		rest = append(split(target), rest[1:]...)
		if filepath.IsAbs(target) {
			at = "/"
		}
	}
	info, err := os.Stat(at)
	if err != nil {
		return fmt.Errorf("show a path: %w", err)
	}
	found[at] = place{path: at, dir: info.IsDir(), writable: writable || found[at].writable}
	return nil
}

func split(path string) []string {
	return strings.FieldsFunc(path, func(c rune) bool { return c == '/' })
}

func sorted(found map[string]place) (list []place) {
	var paths []string
	for p := range found {
		paths = append(paths, p)
	}
	slices.Sort(paths) // a parent is before what lies in it
	for _, p := range paths {
		if !covered(list, found[p]) {
			list = append(list, found[p])
		}
	}
	return list
}

func covered(list []place, p place) bool {
	for _, over := range list {
		if over.dir && strings.HasPrefix(p.path, strings.TrimSuffix(over.path, "/")+"/") && (p.link != "" || over.writable || !p.writable) {
			return true
		}
	}
	return false
}

// showOnly puts the program into a tree of nothing but the places of its spec, each where it is on the host: no other
// file, and no socket of another program, has a name in there. It builds the tree beside the old one and lets that go.
func showOnly(s Spec) error {
	list, err := places(s)
	if err != nil {
		return err
	}
	base := "/tmp"
	if err := mount("tmpfs", base, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=0755,size=4m"); err != nil {
		return err
	}
	for _, dir := range []string{"old", "new"} {
		if err := os.Mkdir(filepath.Join(base, dir), 0o755); err != nil {
			return fmt.Errorf("build the view: %w", err)
		}
	}
	if err := turn(base, base+"/old"); err != nil {
		return err
	}
	if err := mount("/new", "/new", "", unix.MS_BIND, ""); err != nil {
		return err
	}
	for _, p := range list {
		if err := p.show(); err != nil {
			return fmt.Errorf("show %s: %w", p.path, err)
		}
	}
	return finishView()
}

// finishView adds what every program expects and forgets the host's tree.
func finishView() error {
	if err := ownDirs("/new"); err != nil {
		return err
	}
	for name, to := range map[string]string{"fd": "/proc/self/fd", "stdin": "/proc/self/fd/0", "stdout": "/proc/self/fd/1", "stderr": "/proc/self/fd/2"} {
		if err := os.Symlink(to, "/new/dev/"+name); err != nil && !errors.Is(err, os.ErrExist) {
			return fmt.Errorf("build the view: %w", err)
		}
	}
	if err := os.MkdirAll("/new/tmp", 0o755); err != nil {
		return fmt.Errorf("build the view: %w", err)
	}
	if err := unix.Unmount("/old", unix.MNT_DETACH); err != nil {
		return fmt.Errorf("leave the host's files: %w", err)
	}
	if err := turn("/new", "/new"); err != nil {
		return err
	}
	if err := unix.Unmount("/", unix.MNT_DETACH); err != nil {
		return fmt.Errorf("leave the host's files: %w", err)
	}
	return seal("/", unix.MOUNT_ATTR_RDONLY|unix.MOUNT_ATTR_NOSUID|unix.MOUNT_ATTR_NODEV, 0)
}

// turn makes root the root directory and puts the old one on old; both may be the same, the old one is on top then.
func turn(root, old string) error {
	if err := os.Chdir(root); err != nil {
		return fmt.Errorf("turn to the view: %w", err)
	}
	if err := unix.PivotRoot(root, old); err != nil {
		return fmt.Errorf("turn to the view: %w", err)
	}
	return os.Chdir("/")
}

// show puts a place where it is on the host, from the old tree into the new one.
func (p place) show() error {
	at := "/new" + p.path
	if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
		return err
	}
	if p.link != "" {
		return os.Symlink(p.link, at)
	}
	if err := p.mountPoint(at); err != nil {
		return err
	}
	if err := mount("/old"+p.path, at, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
		return err
	}
	flags := uint64(unix.MOUNT_ATTR_NOSUID)
	if !strings.HasPrefix(p.path, "/dev/") {
		flags |= unix.MOUNT_ATTR_NODEV
	}
	if !p.writable {
		flags |= unix.MOUNT_ATTR_RDONLY
	}
	return seal(at, flags, unix.AT_RECURSIVE)
}

func (p place) mountPoint(at string) error {
	if _, err := os.Lstat(at); err == nil {
		return nil
	}
	if p.dir {
		return os.Mkdir(at, 0o755)
	}
	return os.WriteFile(at, nil, 0o644)
}

func mount(from, at, kind string, flags uintptr, data string) error {
	if err := unix.Mount(from, at, kind, flags, data); err != nil {
		return fmt.Errorf("mount %s: %w", at, err)
	}
	return nil
}

// seal takes rights from a mount; what it has lost already stays lost.
func seal(at string, flags uint64, how uint) error {
	if err := unix.MountSetattr(unix.AT_FDCWD, at, how, &unix.MountAttr{Attr_set: flags}); err != nil {
		return fmt.Errorf("seal %s: %w", at, err)
	}
	return nil
}
