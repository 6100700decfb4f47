package shim

import (
	"errors"
	"os"
	"strings"
	"syscall"
)

// What cannot be started ends like a program that a shell cannot execute.
const cannot = 126

func init() {
	socket := os.Getenv(SocketVar)
	if socket == "" || len(os.Args) == 0 {
		return
	}
	name := nameOf(os.Args[0])
	if name == "" {
		return
	}
	code, err := ask(socket, name)
	if err != nil {
		_, _ = os.Stderr.WriteString(name + ": " + err.Error() + "\n")
		code = cannot
	}
	syscall.Exit(code) // os.Exit waits for a second under the race detector
}

// ask has the broker run the program, and returns its exit code. A signal ends this process as any other: the broker sees the connection
// end and ends the program.
func ask(socket, name string) (code int, err error) {
	var dir [4096]byte
	n, err := syscall.Getcwd(dir[:]) // from the kernel, because PWD cannot be trusted
	if err != nil {
		return 0, errors.New("cannot find the working directory: " + err.Error())
	}
	fd, err := dial(socket)
	if err != nil {
		return 0, errors.New("cannot reach the sandbox's broker: " + err.Error())
	}
	if err := send(fd, Encode(name, string(dir[:n-1]), os.Args[1:], os.Environ())); err != nil {
		return 0, errors.New("cannot ask the sandbox's broker: " + err.Error())
	}
	lines := reader{fd: fd}
	if line := lines.next(); line != Started {
		return 0, errors.New("the sandbox's broker refused: " + orEnded(line))
	}
	if err := letGo(); err != nil {
		return 0, err
	}
	line, ok := strings.CutPrefix(lines.next(), Ended)
	if !ok || len(line) == 0 || len(line) > 3 {
		return cannot, nil // the broker was ended, and everything with it
	}
	for _, c := range line {
		code = 10*code + int(c-'0')
	}
	return code, nil
}

// dial goes into the socket's directory first: its whole path may be longer than a socket address.
func dial(socket string) (int, error) {
	at := strings.LastIndexByte(socket, '/')
	if err := syscall.Chdir(socket[:at+1]); err != nil {
		return 0, err
	}
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, err
	}
	return fd, again(func() error { return syscall.Connect(fd, &syscall.SockaddrUnix{Name: socket[at+1:]}) })
}

// send writes a request, the first bytes of which carry the standard files. A broker that has hung up has said why.
func send(fd int, request []byte) error {
	files := syscall.UnixRights(0, 1, 2)
	for len(request) > 0 {
		part := request
		if files != nil {
			part = request[:4]
		}
		n, err := syscall.SendmsgN(fd, part, files, nil, syscall.MSG_NOSIGNAL)
		switch err {
		case nil:
			request, files = request[n:], nil
		case syscall.EPIPE, syscall.ECONNRESET:
			return nil
		case syscall.EINTR:
		default:
			return err
		}
	}
	return nil
}

// letGo closes this process's ends of the standard files, so that whoever reads them sees that the program has closed its own.
func letGo() error {
	null, err := syscall.Open("/dev/null", syscall.O_RDWR|syscall.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	for fd := range 3 {
		if err := syscall.Dup3(null, fd, 0); err != nil {
			return err
		}
	}
	return nil
}

// reader reads the broker's lines.
type reader struct {
	fd   int
	kept string
}

// next returns the next line, or what came before the end.
func (r *reader) next() string {
	var buf [1024]byte
	for {
		if line, rest, ok := strings.Cut(r.kept, "\n"); ok {
			r.kept = rest
			return line
		}
		n, err := syscall.Read(r.fd, buf[:])
		if err == syscall.EINTR {
			continue
		}
		if n <= 0 {
			return r.kept
		}
		r.kept += string(buf[:n])
	}
}

func orEnded(line string) string {
	if line == "" {
		return "the connection ended"
	}
	return line
}

// again repeats a call that a signal interrupts; the runtime sends itself some.
func again(call func() error) error {
	for {
		if err := call(); err != syscall.EINTR {
			return err
		}
	}
}
