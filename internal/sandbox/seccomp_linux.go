package sandbox

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

// filter is a small program that the kernel runs before each system call.
type filter []unix.SockFilter

const (
	atNumber = 0 // offset of the system call's number
	atArch   = 4
)

// argument returns the offset of the low half of argument n. All architectures in seccompArch are little-endian.
func argument(n uint32) uint32 { return 16 + 8*n }

func (f *filter) load(at uint32) {
	*f = append(*f, unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: at})
}

func (f *filter) mask(k uint32) {
	*f = append(*f, unix.SockFilter{Code: unix.BPF_ALU | unix.BPF_AND | unix.BPF_K, K: k})
}

func (f *filter) jump(op uint16, k uint32, yes, no int) {
	*f = append(*f, unix.SockFilter{Code: unix.BPF_JMP | op | unix.BPF_K, K: k, Jt: uint8(yes), Jf: uint8(no)})
}

func (f *filter) answer(k uint32) {
	*f = append(*f, unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: k})
}

func refuse(e unix.Errno) uint32 { return unix.SECCOMP_RET_ERRNO | uint32(e) }

// on runs body if the system call's number is nr. If body does not return a result, the filter reloads the number and continues after it.
func (f *filter) on(nr uint32, body func(*filter)) {
	var b filter
	body(&b)
	f.load(atNumber)
	f.jump(unix.BPF_JEQ, nr, 0, len(b))
	*f = append(*f, b...)
}

// refuseFlags refuses a call if argument n has one of the bits in flags.
func (f *filter) refuseFlags(nr, n, flags uint32, e unix.Errno) {
	f.on(nr, func(b *filter) {
		b.load(argument(n))
		b.jump(unix.BPF_JSET, flags, 0, 1)
		b.answer(refuse(e))
	})
}

// never lists system calls that programs need only to escape from a sandbox or to attack the kernel.
var never = []uint32{
	unix.SYS_BPF, unix.SYS_PERF_EVENT_OPEN, unix.SYS_KEYCTL, unix.SYS_ADD_KEY, unix.SYS_REQUEST_KEY,
	unix.SYS_USERFAULTFD, unix.SYS_KEXEC_LOAD, unix.SYS_INIT_MODULE, unix.SYS_FINIT_MODULE, unix.SYS_DELETE_MODULE,
	unix.SYS_SETNS, unix.SYS_MOUNT, unix.SYS_UMOUNT2, unix.SYS_PIVOT_ROOT, unix.SYS_CHROOT, unix.SYS_SWAPON,
	unix.SYS_REBOOT, unix.SYS_OPEN_BY_HANDLE_AT, unix.SYS_OPEN_TREE, unix.SYS_MOVE_MOUNT, unix.SYS_FSOPEN,
	unix.SYS_FSMOUNT, unix.SYS_FSPICK, unix.SYS_MOUNT_SETATTR, unix.SYS_PROCESS_VM_WRITEV, unix.SYS_KEXEC_FILE_LOAD, unix.SYS_ACCT,
}

// refuseCalls blocks what Landlock does not cover: datagrams, other kinds of sockets, TCP that bypasses Landlock's port rules (multipath
// TCP and fast open), io_uring, whose calls are not filtered, and new namespaces.
func refuseCalls(s Spec) error {
	if seccompArch == 0 {
		return nil
	}
	var f filter
	f.load(atArch)
	f.jump(unix.BPF_JEQ, seccompArch, 1, 0)
	f.answer(unix.SECCOMP_RET_KILL_PROCESS)
	f.load(atNumber)
	f.jump(unix.BPF_JGE, 0x40000000, 0, 1) // x32 system calls on amd64
	f.answer(refuse(unix.ENOSYS))
	for _, nr := range never {
		f.on(nr, func(b *filter) { b.answer(refuse(unix.EPERM)) })
	}
	for _, nr := range []uint32{unix.SYS_IO_URING_SETUP, unix.SYS_CLONE3} {
		f.on(nr, func(b *filter) { b.answer(refuse(unix.ENOSYS)) })
	}
	f.refuseFlags(unix.SYS_UNSHARE, 0, unix.CLONE_NEWUSER, unix.EPERM)
	f.refuseFlags(unix.SYS_CLONE, 0, unix.CLONE_NEWUSER, unix.EPERM)
	if s.limitsPorts() {
		f.onlyPlainTCP()
	} else {
		f.onlyKnownSockets()
	}
	f.answer(unix.SECCOMP_RET_ALLOW)
	return f.install()
}

// onlyPlainTCP allows only local sockets, the list of interfaces, and TCP, whose ports Landlock checks.
func (f *filter) onlyPlainTCP() {
	const fastOpen = 0x20000000
	f.refuseFlags(unix.SYS_SENDTO, 3, fastOpen, unix.EPERM)
	f.refuseFlags(unix.SYS_SENDMSG, 2, fastOpen, unix.EPERM)
	f.refuseFlags(unix.SYS_SENDMMSG, 3, fastOpen, unix.EPERM)
	f.on(unix.SYS_SOCKET, func(b *filter) {
		b.load(argument(0))
		b.jump(unix.BPF_JEQ, unix.AF_UNIX, 10, 0)
		b.jump(unix.BPF_JEQ, unix.AF_NETLINK, 9, 0)
		b.jump(unix.BPF_JEQ, unix.AF_INET, 1, 0)
		b.jump(unix.BPF_JEQ, unix.AF_INET6, 0, 6)
		b.load(argument(1))
		b.mask(0xf)
		b.jump(unix.BPF_JEQ, unix.SOCK_STREAM, 0, 3)
		b.load(argument(2))
		b.jump(unix.BPF_JEQ, 0, 2, 0)
		b.jump(unix.BPF_JEQ, unix.IPPROTO_TCP, 1, 0)
		b.answer(refuse(unix.EACCES))
	})
}

// onlyKnownSockets refuses socket families that bypass a separate network, such as those for virtual machines.
func (f *filter) onlyKnownSockets() {
	f.on(unix.SYS_SOCKET, func(b *filter) {
		b.load(argument(0))
		b.jump(unix.BPF_JEQ, unix.AF_UNIX, 4, 0)
		b.jump(unix.BPF_JEQ, unix.AF_NETLINK, 3, 0)
		b.jump(unix.BPF_JEQ, unix.AF_INET, 2, 0)
		b.jump(unix.BPF_JEQ, unix.AF_INET6, 1, 0)
		b.answer(refuse(unix.EACCES))
	})
}

func (f filter) install() error {
	program := unix.SockFprog{Len: uint16(len(f)), Filter: &f[0]}
	err := unix.Prctl(unix.PR_SET_SECCOMP, unix.SECCOMP_MODE_FILTER, uintptr(unsafe.Pointer(&program)), 0, 0)
	if err != nil {
		return fmt.Errorf("install the system call filter: %w", err)
	}
	return nil
}
