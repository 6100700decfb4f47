package listener

import (
	"net"
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

// A local socket knows the process at its other end.
func TestALocalConnectionIsNamedAfterItsProcess(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("unix", filepath.Join(t.TempDir(), "s"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	client, err := net.Dial("unix", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	c, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if got := ByProcess(c); got != strconv.Itoa(os.Getpid()) {
		t.Errorf("the peer is %q", got)
	}
}
