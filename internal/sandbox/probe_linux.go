package sandbox

import (
	"context"
	"os"
	"os/exec"
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
	h.Seccomp = err == nil && seccompArch != 0
	if !ready.Load() {
		return
	}
	for _, user := range []bool{false, true} {
		if h.Processes = tryNamespaces(user, processFlags); h.Processes {
			h.UserNamespaces = user
			h.Network = tryNamespaces(user, processFlags|networkFlags)
			return
		}
	}
}

// landlockABI is 0 where the kernel has none or it is switched off.
func landlockABI() int {
	v, err := ll.LandlockGetABIVersion()
	if err != nil {
		return 0
	}
	return v
}

// tryNamespaces starts this binary as it would be started, which is the only honest way to know.
func tryNamespaces(user bool, flags uintptr) bool {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	cmd, err := again(ctx, stage{Step: "probe", Spec: Spec{OwnNetwork: flags&networkFlags != 0}})
	if err != nil {
		return false
	}
	cmd.SysProcAttr = namespaces(user, flags)
	return cmd.Run() == nil
}

// namespaces gives the process attributes; the person inside is the same as outside, so that files keep their owner.
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
	os.Exit(0)
	return nil
}

func command(ctx context.Context, s Spec, h Host) (*exec.Cmd, error) {
	st := stage{Spec: s, Step: "enter", Held: h.Holds()}
	st.Spec.OwnNetwork = s.OwnNetwork && h.Network
	if (s.Namespaces || st.Spec.OwnNetwork) && h.Processes {
		st.Step, st.Mask = "init", masks(s)
	}
	cmd, err := again(ctx, st)
	if err != nil {
		return nil, err
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if st.Step == "init" {
		flags := uintptr(processFlags)
		if st.Spec.OwnNetwork {
			flags |= networkFlags
		}
		cmd.SysProcAttr = namespaces(h.UserNamespaces, flags)
	}
	if s.DieWithParent {
		cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL
	}
	cmd.Dir = s.Dir
	return cmd, nil
}
