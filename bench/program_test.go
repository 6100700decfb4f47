package bench

import (
	"bufio"
	"bytes"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// program is a running server of the real binary.
type program struct {
	b    *testing.B
	cmd  *exec.Cmd
	done chan struct{}
	url  string
	took time.Duration // from its start until it was ready
	log  *logged
}

// logged is the log of a program. It tells of each spare that is ready.
type logged struct {
	mu    sync.Mutex
	text  bytes.Buffer
	spare chan struct{}
}

// Write takes whole lines, as the program writes them.
func (l *logged) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if bytes.Contains(line, []byte("a spare OpenCode is ready")) {
		l.spare <- struct{}{}
	}
	return l.text.Write(line)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

var serves = regexp.MustCompile(`running at (http://\S+)`)

// serve starts the binary on a data directory and waits until it is ready.
func serve(b *testing.B, dir string, flags ...string) *program {
	b.Helper()
	args := append([]string{"serve", "--data", filepath.Join(dir, "data"), "--key-file", filepath.Join(dir, "key"), "--listen", "127.0.0.1:0", "--log-level", "error"}, flags...)
	p := &program{b: b, log: &logged{spare: make(chan struct{}, 1000)}, cmd: exec.Command(binary(b), args...), done: make(chan struct{})}
	// If the benchmark is killed, its server is killed, too.
	p.cmd.SysProcAttr = dieWithParent()
	p.cmd.Stderr = p.log
	out, err := p.cmd.StdoutPipe()
	check(b, err)
	begun := time.Now()
	check(b, p.cmd.Start())
	b.Cleanup(p.stop)
	said := make(chan string, 1)
	go func() {
		defer close(p.done)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if m := serves.FindStringSubmatch(lines.Text()); m != nil {
				said <- m[1]
			}
		}
		close(said)
		_ = p.cmd.Wait()
	}()
	if p.url = <-said; p.url == "" {
		<-p.done
		b.Fatalf("the program ended before it served: %s", p.log)
	}
	for tick := time.NewTicker(time.Millisecond); !p.ready(); <-tick.C {
		check(b, b.Context().Err())
	}
	p.took = time.Since(begun)
	return p
}

func (p *program) ready() bool {
	_, status, err := fetch(p.b.Context(), http.DefaultClient, p.url+"/health/ready")
	return err == nil && status == http.StatusOK
}

// stop shuts it down, and kills it if that fails.
func (p *program) stop() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(20 * time.Second):
		_ = p.cmd.Process.Kill()
		<-p.done
	}
}

// memory returns the program's private memory in megabytes, without its binary and mapped files.
func (p *program) memory() float64 {
	p.b.Helper()
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(p.cmd.Process.Pid), "status"))
	if err != nil {
		p.b.Skip("this system does not say how much memory is a program's own: " + err.Error())
	}
	_, rest, _ := strings.Cut(string(text), "RssAnon:")
	line, _, _ := strings.Cut(rest, "kB")
	kib, err := strconv.ParseFloat(strings.TrimSpace(line), 64)
	check(p.b, err)
	return kib / 1024
}

// operate runs one of the operator's commands on a data directory and returns its output.
func operate(b *testing.B, dir, stdin string, args ...string) string {
	b.Helper()
	c := exec.Command(binary(b), append(args, "--data", filepath.Join(dir, "data"), "--key-file", filepath.Join(dir, "key"))...)
	c.Stdin = strings.NewReader(stdin)
	var out, wrong bytes.Buffer
	c.Stdout, c.Stderr = &out, &wrong
	if err := c.Run(); err != nil {
		b.Fatalf("orchestrator %s: %v\n%s", strings.Join(args, " "), err, wrong.String())
	}
	return strings.TrimSpace(out.String())
}
