package sandbox

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/industrial-orchestrator/orchestrator/internal/sandbox/shim"
)

// request is a program that the agent server asks for.
type request struct {
	name, dir string
	args, env []string
	std       []*os.File
}

// close closes the program's standard files, of which the program has its own by then. Who reads them would wait for this process else.
func (r *request) close() {
	for _, f := range r.std {
		_ = f.Close()
	}
}

// serve runs the program that a connection asks for.
func (b *broker) serve(c *net.UnixConn) {
	r, err := readRequest(c)
	defer r.close()
	if err != nil {
		refuseConn(c, err)
		return
	}
	n := b.commands.Add(1)
	cmd, err := b.command(r, n)
	if err == nil {
		b.running.Store(n, true)
		defer b.running.Delete(n)
		err = cmd.Start()
	}
	r.close()
	if err != nil {
		refuseConn(c, err)
		return
	}
	ended := make(chan struct{})
	go b.endEarly(c, n, cmd.Process.Pid, ended)
	_, _ = fmt.Fprintln(c, shim.Started) // who has gone is noticed by the other side of the connection
	_ = cmd.Wait()                       // its state says all
	close(ended)
	code := 126
	if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok {
		code = exitCode(status)
	}
	_, _ = fmt.Fprintln(c, shim.Ended+strconv.Itoa(code))
}

// command prepares a program of the table in the second domain.
func (b *broker) command(r request, n uint64) (*exec.Cmd, error) {
	sh := *b.st.Spec.Shell
	argv := sh.program(r.name)
	if argv == nil {
		return nil, fmt.Errorf("there is no program %q", r.name)
	}
	spec, err := sh.domain(r.dir, append(slices.Clone(b.st.Spec.Env), r.env...))
	if err != nil {
		return nil, err
	}
	if spec, err = spec.withProxy(); err != nil {
		return nil, err
	}
	spec.Argv, spec.UID = argv, 0 // the broker already runs as its user
	cmd, err := selfCommand(context.Background(), stage{Spec: spec, Step: "enter", Held: b.st.Held, Command: n})
	if err != nil {
		return nil, err
	}
	cmd.Args = append(cmd.Args, r.args...) // not in the stage: a variable is as long as an argument at most, and escaped
	cmd.Dir, cmd.Stdin, cmd.Stdout, cmd.Stderr = "/", r.std[0], r.std[1], r.std[2]
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	return cmd, nil
}

// grace is the time that a program has to end after it was asked to.
const grace = 200 * time.Millisecond

// endEarly ends a program and all that came of it if the connection ends first. The client has no more to say.
func (b *broker) endEarly(c *net.UnixConn, n uint64, pid int, ended <-chan struct{}) {
	_, _ = c.Read(make([]byte, 1))
	select {
	case <-ended:
		return
	default:
	}
	_ = unix.Kill(-pid, unix.SIGTERM) // it may have ended
	select {
	case <-ended:
		pid = 0 // it may be another's soon
	case <-time.After(grace):
	}
	if err := killCommand(b.st.Spec.Shell.Session, n, pid); err != nil {
		fmt.Fprintln(os.Stderr, "sandbox: end a command:", err)
	}
}

// readRequest reads a request and its three files, within the bounds.
func readRequest(c *net.UnixConn) (r request, err error) {
	if err := c.SetReadDeadline(time.Now().Add(requestTimeout)); err != nil {
		return r, err
	}
	var size [4]byte
	oob := make([]byte, unix.CmsgSpace(3*4))
	n, oobn, flags, _, err := c.ReadMsgUnix(size[:], oob)
	if err != nil {
		return r, err
	}
	r.std, err = filesOf(oob[:oobn])
	if err != nil || flags&unix.MSG_CTRUNC != 0 || len(r.std) != 3 {
		return r, errors.Join(err, errors.New("the command came without its three standard files"))
	}
	if _, err := io.ReadFull(c, size[n:]); err != nil {
		return r, err
	}
	long := binary.BigEndian.Uint32(size[:])
	if long > maxRequest {
		return r, fmt.Errorf("the command is longer than %d bytes", maxRequest)
	}
	var text bytes.Buffer // it grows with what arrives
	if got, err := io.CopyN(&text, c, int64(long)); err != nil {
		return r, fmt.Errorf("the command ended after %d of %d bytes: %w", got, long, err)
	}
	if err := r.decode(text.String()); err != nil {
		return r, err
	}
	return r, c.SetReadDeadline(time.Time{})
}

func filesOf(oob []byte) (files []*os.File, err error) {
	messages, err := unix.ParseSocketControlMessage(oob)
	for _, m := range messages {
		fds, _ := unix.ParseUnixRights(&m) // another kind of message has none
		for _, fd := range fds {
			unix.CloseOnExec(fd)
			files = append(files, os.NewFile(uintptr(fd), "standard file"))
		}
	}
	return files, err
}

func (r *request) decode(text string) error {
	fields := strings.Split(text, "\x00")
	if len(fields) < 3 {
		return errors.New("the command came without its name, directory and arguments")
	}
	r.name, r.dir = fields[0], fields[1]
	count, err := strconv.Atoi(fields[2])
	fields = fields[3:]
	if err != nil || count < 0 || count > len(fields) {
		return errors.New("the command names another number of arguments than it has")
	}
	r.args = fields[:count]
	for _, e := range fields[count:] {
		if name, _, _ := strings.Cut(e, "="); isAsked(name) {
			r.env = append(r.env, e)
		}
	}
	return nil
}
