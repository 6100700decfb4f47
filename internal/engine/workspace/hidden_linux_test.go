package workspace_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/engine/workspace"
)

// asOrdinaryUser runs fn on a thread without root's right to read every file, as a server of an ordinary user has none.
func asOrdinaryUser(t *testing.T, fn func() error) {
	t.Helper()
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // it ends with the goroutine
		head := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
		var have [2]unix.CapUserData
		err := unix.Capget(&head, &have[0])
		have[0].Effective &^= 1<<unix.CAP_DAC_OVERRIDE | 1<<unix.CAP_DAC_READ_SEARCH
		if err = errors.Join(err, unix.Capset(&head, &have[0])); err == nil {
			err = fn()
		}
		done <- err
	}()
	must(t, <-done)
}

// roomWith makes a session whose tree has files, and returns the space and the session.
func roomWith(t *testing.T, files func(tree string)) (*workspace.Space, workspace.Rooms, session.Session) {
	t.Helper()
	rooms := workspace.Rooms{Dir: filepath.Join(t.TempDir(), "teams")}
	s := session.Session{Tenant: tenant.ID("team"), ID: session.ID("one")}
	must(t, rooms.Make(s.Tenant, s.ID))
	must(t, os.Mkdir(rooms.Tree(s.Tenant, s.ID), 0o700))
	files(rooms.Tree(s.Tenant, s.ID))
	return workspace.New(workspace.Options{Rooms: rooms}), rooms, s
}

// TestWhatItsOwnerClosedIsCounted: directories that nobody may list or enter, and what is in them.
func TestWhatItsOwnerClosedIsCounted(t *testing.T) {
	t.Parallel()
	for _, mode := range []os.FileMode{0, 0o100, 0o200, 0o300, 0o400, 0o600} {
		t.Run(fmt.Sprintf("%o", mode), func(t *testing.T) {
			t.Parallel()
			space, rooms, s := roomWith(t, func(tree string) {
				dir := filepath.Join(tree, "closed", "again")
				must(t, os.MkdirAll(dir, 0o700))
				must(t, os.WriteFile(filepath.Join(dir, "large"), written(4<<20), 0o600))
				must(t, os.Chmod(dir, mode))
				must(t, os.Chmod(filepath.Dir(dir), mode))
			})
			asOrdinaryUser(t, func() error {
				used, err := space.Weigh(t.Context(), s)
				if err == nil && used < 4<<20 {
					t.Errorf("the session weighs %d", used)
				}
				return err
			})
			must(t, os.Chmod(filepath.Join(rooms.Tree(s.Tenant, s.ID), "closed"), mode))
			asOrdinaryUser(t, func() error {
				v, err := space.Size(t.Context(), s.Tenant)
				if err == nil && v.Trees < 4<<20 {
					t.Errorf("the team's storage is %+v", v)
				}
				return err
			})
			must(t, os.Chmod(filepath.Join(rooms.Tree(s.Tenant, s.ID), "closed"), mode))
			asOrdinaryUser(t, func() error { return space.RemoveTeam(t.Context(), s.Tenant) })
			if _, err := os.Lstat(rooms.Team(s.Tenant)); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("the team's directory is still there: %v", err)
			}
		})
	}
}

// nest makes directories in each other, as no path can name them.
func nest(t *testing.T, dir string, levels int) {
	t.Helper()
	at, err := unix.Open(dir, unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	must(t, err)
	for range levels {
		must(t, unix.Mkdirat(at, "a", 0o700))
		next, err := unix.Openat(at, "a", unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
		must(t, err)
		must(t, unix.Close(at))
		at = next
	}
	must(t, unix.Close(at))
}

// busy is the processor time that this thread has used.
func busy(t *testing.T) time.Duration {
	t.Helper()
	var u unix.Rusage
	must(t, unix.Getrusage(unix.RUSAGE_THREAD, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// TestADeepTreeIsRefusedAndDeleted within seconds: neither may take longer the deeper each directory is.
func TestADeepTreeIsRefusedAndDeleted(t *testing.T) {
	t.Parallel()
	space, rooms, s := roomWith(t, func(tree string) {
		nest(t, tree, 5_000)
		must(t, os.WriteFile(filepath.Join(tree, "large"), written(4<<20), 0o600))
	})
	runtime.LockOSThread() // for the time of this test alone
	defer runtime.UnlockOSThread()
	begun := busy(t)
	used, err := space.Weigh(t.Context(), s)
	if !fault.Is(err, fault.Exhausted) || used < 4<<20 {
		t.Errorf("the session weighs %d: %v", used, err)
	}
	if v, err := space.Size(t.Context(), s.Tenant); !fault.Is(err, fault.Exhausted) || v.Trees < 4<<20 {
		t.Errorf("the team's storage is %+v, %v", v, err)
	}
	must(t, space.RemoveTeam(t.Context(), s.Tenant))
	if _, err := os.Lstat(rooms.Team(s.Tenant)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the team's directory is still there: %v", err)
	}
	if took := busy(t) - begun; took > 20*time.Second {
		t.Errorf("it took %v", took)
	}
}
