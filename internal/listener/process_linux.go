package listener

import (
	"net"
	"strconv"

	"golang.org/x/sys/unix"
)

// ByProcess names the peer of a local socket after the process that connected. For an agent this is the first process of its sandbox,
// which carries all connections of the session.
func ByProcess(c net.Conn) string {
	local, ok := c.(*net.UnixConn)
	if !ok {
		return ""
	}
	raw, err := local.SyscallConn()
	if err != nil {
		return ""
	}
	var peer *unix.Ucred
	if failed := raw.Control(func(fd uintptr) { peer, err = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED) }); failed != nil || err != nil || peer.Pid <= 0 {
		return ""
	}
	return strconv.Itoa(int(peer.Pid))
}
