package sandbox

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/industrial-orchestrator/orchestrator/internal/sandbox/shim"
)

// place is a path that is visible to the program.
type place struct {
	path          string
	dir, writable bool
	link          string // target of a symbolic link; such a place is not mounted
}

// places returns all paths that are visible to a program, and the links on the way to them, parents first. A path inside another one is
// omitted, unless it is writable and the other one is not.
func places(s Spec) ([]place, error) {
	found := map[string]place{}
	for _, p := range append(systemPaths, devices...) {
		if p != "/proc" {
			_ = trace(found, p, slices.Contains(devices, p)) // not all exist on every system
		}
	}
	_ = trace(found, "/dev/tty", true)
	shown := slices.Clone(s.ReadOnly)
	if exe, err := Self(); err == nil {
		shown = append(shown, exe)
	}
	for _, e := range s.Env {
		if path, ok := strings.CutPrefix(e, "SHELL="); ok && filepath.Base(path) == shellName {
			shown = append(shown, path)
			for _, name := range append(slices.Clone(shim.Names), s.Shell.names()...) {
				if beside := filepath.Join(filepath.Dir(path), name); exists(beside) {
					shown = append(shown, beside)
				}
			}
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
	return sortPlaces(found), nil
}

// both adds what the shell's programs may access to a spec: the view is that of both domains, each of which leaves out what is not its own.
func both(s Spec) Spec {
	if s.Shell != nil {
		s.ReadOnly = append(slices.Clone(s.ReadOnly), s.Shell.ReadOnly...)
		s.ReadWrite = append(slices.Clone(s.ReadWrite), s.Shell.ReadWrite()...)
	}
	return s
}

// names are the names of the programs besides those that every shell has.
func (s *Shell) names() (all []string) {
	if s != nil {
		all = slices.Collect(maps.Keys(s.Programs))
	}
	return all
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// maxLinks is the maximum number of links in a path, as in the kernel.
const maxLinks = 40

// trace records the real path and each link on the way to it.
func trace(found map[string]place, path string, writable bool) error {
	rest, at := split(path), "/"
	for links := 0; len(rest) > 0; {
		next := filepath.Join(at, rest[0])
		info, err := os.Lstat(next)
		if err != nil {
			return fmt.Errorf("resolve a path: %w", err)
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
		return fmt.Errorf("resolve a path: %w", err)
	}
	found[at] = place{path: at, dir: info.IsDir(), writable: writable || found[at].writable}
	return nil
}

func split(path string) []string {
	return strings.FieldsFunc(path, func(c rune) bool { return c == '/' })
}

func sortPlaces(found map[string]place) (list []place) {
	var paths []string
	for p := range found {
		paths = append(paths, p)
	}
	slices.Sort(paths) // parents come before their content
	for _, p := range paths {
		if !isCovered(list, found[p]) {
			list = append(list, found[p])
		}
	}
	return list
}

func isCovered(list []place, p place) bool {
	for _, over := range list {
		if over.dir && strings.HasPrefix(p.path, strings.TrimSuffix(over.path, "/")+"/") && (p.link != "" || over.writable || !p.writable) {
			return true
		}
	}
	return false
}

// showOnly replaces the file system with one that contains only the places of the spec, each at its path on the host. No other file and
// no socket of another program has a path in it. It builds the new tree next to the old one, which it then unmounts.
func showOnly(st stage) error {
	list, err := places(both(st.Spec))
	if err != nil {
		return err
	}
	base := "/tmp"
	if err := mount("tmpfs", base, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=0755,size=4m"); err != nil {
		return err
	}
	for _, dir := range []string{"old", "new"} {
		if err := os.Mkdir(filepath.Join(base, dir), 0o755); err != nil {
			return fmt.Errorf("build the file system: %w", err)
		}
	}
	if err := pivot(base, base+"/old"); err != nil {
		return err
	}
	if err := mount("/new", "/new", "", unix.MS_BIND, ""); err != nil {
		return err
	}
	for _, p := range list {
		if err := p.mountInto(); err != nil {
			return fmt.Errorf("mount %s: %w", p.path, err)
		}
	}
	if err := mountCaches(st); err != nil {
		return err
	}
	if st.Spec.Named && st.Spec.UID > 0 {
		if err := nameUser(st.Spec.UID); err != nil {
			return fmt.Errorf("name the program's user: %w", err)
		}
	}
	return finishView(st.OwnGroup)
}

// nameUser replaces /etc/passwd in the new tree by one that also has the program's user.
func nameUser(uid int) error {
	text, err := os.ReadFile("/old/etc/passwd")
	if err != nil {
		return err
	}
	line := fmt.Sprintf("orchestrator:x:%d:%d::/nonexistent:/bin/false\n", uid, uid)
	if err := os.WriteFile("/new/.passwd", append(text, line...), 0o644); err != nil {
		return err
	}
	if err := os.Chmod("/new/.passwd", 0o644); err != nil { // whatever the umask is
		return err
	}
	return mount("/new/.passwd", "/new/etc/passwd", "", unix.MS_BIND, "")
}

// finishView adds what every program expects and unmounts the host's tree.
func finishView(ownGroup bool) error {
	if err := errors.Join(ownDirs("/new"), showGroup("/new", ownGroup)); err != nil {
		return err
	}
	for name, to := range map[string]string{"fd": "/proc/self/fd", "stdin": "/proc/self/fd/0", "stdout": "/proc/self/fd/1", "stderr": "/proc/self/fd/2", "ptmx": "pts/ptmx"} {
		if err := os.Symlink(to, "/new/dev/"+name); err != nil && !errors.Is(err, os.ErrExist) {
			return fmt.Errorf("build the file system: %w", err)
		}
	}
	if err := os.MkdirAll("/new/tmp", 0o755); err != nil {
		return fmt.Errorf("build the file system: %w", err)
	}
	if err := unix.Unmount("/old", unix.MNT_DETACH); err != nil {
		return fmt.Errorf("unmount the host's files: %w", err)
	}
	if err := pivot("/new", "/new"); err != nil {
		return err
	}
	if err := unix.Unmount("/", unix.MNT_DETACH); err != nil {
		return fmt.Errorf("unmount the host's files: %w", err)
	}
	return restrictMount("/", unix.MOUNT_ATTR_RDONLY|unix.MOUNT_ATTR_NOSUID|unix.MOUNT_ATTR_NODEV, 0)
}

// pivot makes root the root directory and mounts the old root at old. If both are the same, the old root is on top.
func pivot(root, old string) error {
	if err := os.Chdir(root); err != nil {
		return fmt.Errorf("change the root directory: %w", err)
	}
	if err := unix.PivotRoot(root, old); err != nil {
		return fmt.Errorf("change the root directory: %w", err)
	}
	return os.Chdir("/")
}

// mountInto mounts a place from the old tree in the new one, at its path on the host.
func (p place) mountInto() error {
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
	return restrictMount(at, flags, unix.AT_RECURSIVE)
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

// restrictMount removes permissions from a mount, and never adds any.
func restrictMount(at string, flags uint64, how uint) error {
	if err := unix.MountSetattr(unix.AT_FDCWD, at, how, &unix.MountAttr{Attr_set: flags}); err != nil {
		return fmt.Errorf("restrict %s: %w", at, err)
	}
	return nil
}
