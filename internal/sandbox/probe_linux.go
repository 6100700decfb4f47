package sandbox

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	ll "github.com/landlock-lsm/go-landlock/landlock/syscall"
	"golang.org/x/sys/unix"
)

const (
	processFlags = unix.CLONE_NEWPID | unix.CLONE_NEWNS | unix.CLONE_NEWIPC
	networkFlags = unix.CLONE_NEWNET
)

func probe(h *Host) {
	h.LandlockABI = landlockABI()
	_, err := unix.PrctlRetInt(unix.PR_GET_SECCOMP, 0, 0, 0, 0)
	h.Yama, h.Ptrace = yama(), has(unix.CAP_SYS_PTRACE)
	h.Seccomp = err == nil && seccompArch != 0
	if !ready.Load() {
		return
	}
	for _, user := range []bool{false, true} {
		if h.Processes = tryNamespaces(user, processFlags, stage{}); h.Processes {
			h.UserNamespaces = user
			h.Network = tryNamespaces(user, processFlags|networkFlags, stage{Spec: Spec{OwnNetwork: true}})
			h.Files = tryNamespaces(user, processFlags, stage{View: true})
			// A separate user needs a separate file system, because it cannot access the parent directories of its files.
			h.Users = h.Root && !user && h.Files && canBeOthers()
			return
		}
	}
}

// canBeOthers reports whether this process may switch to another user, change the owner of files, and see and kill that user's
// processes.
func canBeOthers() bool {
	return has(unix.CAP_SETUID, unix.CAP_SETGID, unix.CAP_CHOWN, unix.CAP_FOWNER, unix.CAP_DAC_OVERRIDE, unix.CAP_KILL, unix.CAP_SYS_PTRACE)
}

// has reports whether this process has all of these capabilities.
func has(capabilities ...int) bool {
	head := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var have [2]unix.CapUserData
	if unix.Capget(&head, &have[0]) != nil {
		return false
	}
	for _, c := range capabilities {
		if have[0].Effective&(1<<c) == 0 {
			return false
		}
	}
	return true
}

// yama returns the kernel's ptrace_scope, 0 without that module.
func yama() int {
	text, _ := os.ReadFile("/proc/sys/kernel/yama/ptrace_scope") // missing without the module
	scope, _ := strconv.Atoi(strings.TrimSpace(string(text)))
	return scope
}

// landlockABI returns 0 if the kernel has no Landlock or it is disabled.
func landlockABI() int {
	v, err := ll.LandlockGetABIVersion()
	if err != nil {
		return 0
	}
	return v
}

// tryNamespaces starts this binary in namespaces, which is the only reliable test.
func tryNamespaces(user bool, flags uintptr, st stage) bool {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	st.Step = "probe"
	cmd, err := selfCommand(ctx, st)
	if err != nil {
		return false
	}
	cmd.SysProcAttr = namespaces(user, flags)
	return cmd.Run() == nil
}

// namespaces returns the process attributes. The user inside is the same as outside, so that files keep their owner.
func namespaces(user bool, flags uintptr) *syscall.SysProcAttr {
	a := &syscall.SysProcAttr{Setsid: true, Cloneflags: flags}
	if user {
		a.Cloneflags |= unix.CLONE_NEWUSER
		a.UidMappings = []syscall.SysProcIDMap{{ContainerID: os.Geteuid(), HostID: os.Geteuid(), Size: 1}}
		a.GidMappings = []syscall.SysProcIDMap{{ContainerID: os.Getegid(), HostID: os.Getegid(), Size: 1}}
		a.AmbientCaps = []uintptr{unix.CAP_SYS_ADMIN, unix.CAP_NET_ADMIN, unix.CAP_SETPCAP}
	}
	return a
}

func runProbe(st stage) error {
	if err := ownView(st); err != nil {
		return err
	}
	if _, err := os.Stat("/proc/self/status"); err != nil {
		return err
	}
	end(0)
	return nil
}

// command prepares the program. The caller must keep a reference to keep until the program is started.
func command(ctx context.Context, s Spec, h Host) (cmd *exec.Cmd, keep any, err error) {
	st := stage{Spec: s, Step: "enter", Held: h.Holds()}
	if st.Spec.OwnNetwork = s.OwnNetwork && h.Network; !st.Spec.OwnNetwork {
		st.Spec.In, st.Spec.Out = nil, nil
	}
	if s.UID > 0 && !h.Users {
		return nil, nil, fmt.Errorf("this host cannot start a program as user %d: this requires root and a separate file system", s.UID)
	}
	if (s.Namespaces || st.Spec.OwnNetwork || s.UID > 0) && h.Processes {
		st.Step, st.Apart, st.Mask, st.View = "init", true, masks(both(s)), h.Files
		st.OwnGroup = s.Namespaces && groups.Load().hasGroup(s.Marker)
	}
	if s.Shell != nil { // later versions of Landlock may ask who connects to a socket
		st.Step, st.Spec.ReadOnly = "init", append(slices.Clone(s.ReadOnly), filepath.Dir(s.Shell.Socket))
	}
	st.UserNamespace = st.Apart && h.UserNamespaces
	if cmd, err = selfCommand(ctx, st); err != nil {
		return nil, nil, err
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if st.Apart {
		flags := uintptr(processFlags)
		if st.Spec.OwnNetwork {
			flags |= networkFlags
		}
		cmd.SysProcAttr = namespaces(h.UserNamespaces, flags)
		if h.UserNamespaces && s.Caches.Own != "" { // overlayfs closes its working directory to everyone
			cmd.SysProcAttr.AmbientCaps = append(cmd.SysProcAttr.AmbientCaps, unix.CAP_DAC_OVERRIDE)
		}
	}
	if s.Caches.Own != "" && !st.View {
		return nil, nil, errNoOverlay
	}
	if s.DieWithParent {
		cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL
	}
	cmd.Dir = s.Dir
	if s.Namespaces {
		keep, err = intoGroup(cmd, s)
	}
	return cmd, keep, err
}

// intoGroup makes the program start in its own control group if groups are available.
func intoGroup(cmd *exec.Cmd, s Spec) (*os.File, error) {
	g := groups.Load()
	if g == nil {
		return nil, nil
	}
	dir, err := g.create(s.Group, s.Marker)
	if dir != nil {
		cmd.SysProcAttr.UseCgroupFD, cmd.SysProcAttr.CgroupFD = true, int(dir.Fd())
	}
	return dir, err
}
