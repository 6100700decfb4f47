package sandbox

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// inUse are the layers below that this process keeps locked for as long as it lives; see CachesInUse.
var inUse []*os.File

// mountCaches shows the tool caches at CachesPath in the new tree, which showOnly builds. Their directories are mounted beside it under
// names without special characters; those names vanish with the old tree.
func mountCaches(st stage) error {
	if st.Spec.Caches.Own == "" {
		return nil
	}
	if err := mountLayers(st); err != nil {
		return err
	}
	return restrictMount("/new"+CachesPath, unix.MOUNT_ATTR_NOSUID|unix.MOUNT_ATTR_NODEV, 0)
}

func mountLayers(st stage) error {
	c := st.Spec.Caches
	if err := os.Mkdir("/new"+CachesPath, 0o755); err != nil {
		return fmt.Errorf("show the tool caches: %w", err)
	}
	if len(c.Below) == 0 {
		return mount("/old"+c.Files(), "/new"+CachesPath, "", unix.MS_BIND, "")
	}
	var names []string
	for i, dir := range append(slices.Clone(c.Below), c.Own) {
		name := fmt.Sprintf("/layer%d", i)
		if err := lend("/old"+dir, name); err != nil {
			return err
		}
		names = append(names, name)
	}
	own := names[len(names)-1]
	// Without these features, layers may change while they are not mounted, and a layer may get others below it.
	options := []string{"lowerdir=" + strings.Join(names[:len(names)-1], ":"), "upperdir=" + own + "/upper", "workdir=" + own + "/work",
		"index=off", "metacopy=off", "redirect_dir=nofollow", "xino=off"}
	if st.UserNamespace {
		options = append(options, "userxattr")
	}
	return mount("overlay", "/new"+CachesPath, "overlay", 0, strings.Join(options, ","))
}

// lend mounts a layer at name and keeps a shared lock on it.
func lend(dir, name string) error {
	f, err := holdBase(dir)
	if err != nil {
		return err
	}
	inUse = append(inUse, f)
	if err := os.Mkdir(name, 0o700); err != nil {
		return fmt.Errorf("show the tool caches: %w", err)
	}
	return mount(dir, name, "", unix.MS_BIND, "")
}

// holdBase locks a layer that others must not remove until the file is closed or the process ends.
func holdBase(dir string) (*os.File, error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, fmt.Errorf("open the tool caches: %w", err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_SH|unix.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("lock the tool caches in %s: %w", filepath.Base(dir), err), f.Close())
	}
	return f, nil
}

// CachesInUse reports whether a program has dir below its caches. It also holds for programs that an earlier server started.
func CachesInUse(dir string) (bool, error) {
	f, err := os.Open(dir)
	if err != nil {
		return false, fmt.Errorf("look for users of tool caches: %w", err)
	}
	defer f.Close()
	err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return true, nil
	}
	return false, err
}

// CanLayer returns nil if programs can have layered caches in dir, which must exist, or the reason why they cannot. It tries, because
// that depends on the kernel and on the file system of dir.
func CanLayer(ctx context.Context, dir string) error {
	if !Probe().Files {
		return errNoOverlay
	}
	probe, err := os.MkdirTemp(dir, ".layers-")
	if err != nil {
		return fmt.Errorf("try tool caches: %w", err)
	}
	defer func() {
		_ = os.Chmod(filepath.Join(probe, "own", "work", "work"), 0o700) // overlayfs closed it
		_ = os.RemoveAll(probe)
	}()
	c := Caches{Below: []string{filepath.Join(probe, "base")}, Own: filepath.Join(probe, "own")}
	if err := errors.Join(os.Mkdir(c.Below[0], 0o700), MakeCaches(c.Own, 0)); err != nil {
		return fmt.Errorf("try tool caches: %w", err)
	}
	limited, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	cmd, err := Command(limited, Spec{Argv: []string{"/bin/mkdir", CachesPath + "/tried"}, Dir: "/", Namespaces: true, DieWithParent: true, Caches: c,
		Env: []string{"PATH=/usr/bin:/bin"}})
	if err != nil {
		return err
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("try tool caches: %w: %s", err, strings.TrimSpace(string(out)))
	}
	if _, err := os.Stat(filepath.Join(c.Files(), "tried")); err != nil {
		return fmt.Errorf("try tool caches: %w", err)
	}
	return nil
}
