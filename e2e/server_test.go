package e2e

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/scriptmodel"
)

// world is a data directory, a scripted model and a repository, which all outlive a server.
type world struct {
	t        *testing.T
	dir      string
	model    *scriptmodel.Server
	modelURL string
	store    []string // flags for the location of the data, for the server and for commands
	flags    []string
	srv      *process
	url      string
	// program is another version of the server, or empty.
	program string
	// provider is the URL of the identity provider; empty if a test has none.
	provider string
	// runsAway says that agents of this world repeat themselves on purpose. In any other, one that the breaker pauses is a fault.
	runsAway bool
	said     []*output // of every server
}

// process is a running server.
type process struct {
	cmd  *exec.Cmd
	done chan struct{}
	err  error
	out  *output
}

// modelKey is the API key of the scripted model. Only the gateway may have it.
const modelKey = "sk-script-0123456789abcdef0123456789"

// newWorld creates a world with a running server and no users.
func newWorld(t *testing.T, flags ...string) *world {
	t.Helper()
	return newWorldOn(t, "", flags...)
}

// newWorldOn is newWorld on a migrated PostgreSQL database; an empty DSN means SQLite.
func newWorldOn(t *testing.T, database string, flags ...string) *world {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, dir: dir, model: scriptmodel.New(scriptmodel.Options{Key: modelKey})}
	url, stop, err := w.model.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	w.modelURL = url
	w.repo("main")
	w.store = []string{"--data", filepath.Join(dir, "data")}
	if database != "" {
		w.store = append(w.store, "--database", database)
	}
	w.flags = append(slices.Concat(w.store, []string{"--listen", "127.0.0.1:0", "--opencode-bin", opencode(t),
		"--allow-net", strings.TrimSuffix(strings.TrimPrefix(url, "http://"), "/v1"), "--log-level", "debug"}), flags...)
	for _, team := range []string{"acme", "blue"} {
		w.flags = append(w.flags, "--repo-root", team+"="+filepath.Join(dir, "git"))
	}
	t.Cleanup(w.cleanup)
	w.start()
	return w
}

var serves = regexp.MustCompile(`running at (http://\S+)`)

// start starts a server on the world's data and waits until it responds.
func (w *world) start() {
	w.t.Helper()
	p := &process{cmd: exec.Command(cmp.Or(w.program, binary), append([]string{"serve"}, w.flags...)...), done: make(chan struct{}), out: &output{grown: make(chan struct{})}}
	p.cmd.Stdout, p.cmd.Stderr = p.out, p.out
	// A spare would double the processes of dozens of worlds on two processors, and tests here count processes. Tests of spares have a flag.
	// It is a variable because earlier versions do not know the flag.
	p.cmd.Env = append(os.Environ(), "ORCHESTRATOR_WARM_SPARES=0")
	w.said = append(w.said, p.out)
	// If the test program is killed, its server is killed, too.
	p.cmd.SysProcAttr = dieWithParent()
	if err := p.cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	go func() { p.err = p.cmd.Wait(); close(p.done) }()
	w.srv = p
	m := p.out.await(w.t, p, serves)
	w.url = m[1]
	w.until("the server is ready", 30*time.Second, func() bool {
		res, err := http.Get(w.url + "/health/ready")
		if err != nil {
			return false
		}
		_, _ = io.Copy(io.Discard, res.Body)
		return res.Body.Close() == nil && res.StatusCode == http.StatusOK
	})
}

// kill kills the server, like a power failure.
func (w *world) kill() {
	w.t.Helper()
	if err := w.srv.cmd.Process.Kill(); err != nil {
		w.t.Fatal(err)
	}
	<-w.srv.done
}

// stop shuts down the server and returns how long that took.
func (w *world) stop() time.Duration {
	w.t.Helper()
	begun := time.Now()
	if err := w.srv.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		w.t.Fatal(err)
	}
	select {
	case <-w.srv.done:
	case <-time.After(60 * time.Second):
		w.t.Fatal("the server does not stop")
	}
	if w.srv.err != nil {
		w.t.Errorf("the server ended with %v", w.srv.err)
	}
	return time.Since(begun)
}

func (w *world) cleanup() {
	if w.srv != nil {
		_ = w.srv.cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-w.srv.done:
		case <-time.After(60 * time.Second):
			_ = w.srv.cmd.Process.Kill()
			<-w.srv.done
		}
	}
	for _, pid := range w.agents() {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
	for _, out := range w.said {
		if text, _ := out.snapshot(); !w.runsAway && bytes.Contains(text, []byte("its agent repeats itself")) {
			w.t.Error("the breaker paused a session that does not run away")
		}
	}
	if w.t.Failed() {
		w.t.Logf("server said:\n%s", w.srv.out.tail(16_000))
	}
}

// command runs one of the operator's commands on the world's data and returns its output.
func (w *world) command(stdin string, args ...string) string {
	w.t.Helper()
	out, err := w.try(stdin, args...)
	if err != nil {
		w.t.Fatalf("orchestrator %s: %v", strings.Join(args, " "), err)
	}
	return strings.TrimSpace(out)
}

func (w *world) try(stdin string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 4*time.Minute) // the isolation check sends thousands of requests
	defer cancel()
	c := exec.CommandContext(ctx, cmp.Or(w.program, binary), append(args, w.store...)...)
	c.Stdin = strings.NewReader(stdin)
	var out, said bytes.Buffer
	c.Stdout, c.Stderr = &out, &said
	if err := c.Run(); err != nil {
		return out.String(), errors.Join(err, errors.New(said.String()))
	}
	return out.String(), nil
}

// until polls a condition and fails after the deadline.
func (w *world) until(what string, within time.Duration, ok func() bool) {
	w.t.Helper()
	deadline := time.After(within)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-deadline:
			w.t.Fatalf("not within %s: %s", within, what)
		}
	}
}

// output is the output of a server.
type output struct {
	mu    sync.Mutex
	text  []byte
	grown chan struct{}
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.text = append(o.text, p...)
	close(o.grown)
	o.grown = make(chan struct{})
	return len(p), nil
}

func (o *output) snapshot() ([]byte, <-chan struct{}) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return bytes.Clone(o.text), o.grown
}

func (o *output) tail(n int) []byte {
	text, _ := o.snapshot()
	return text[max(0, len(text)-n):]
}

// await waits until the server has printed a line that matches.
func (o *output) await(t *testing.T, p *process, line *regexp.Regexp) []string {
	t.Helper()
	deadline := time.After(90 * time.Second)
	for {
		text, grown := o.snapshot()
		for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
			if m := line.FindStringSubmatch(lines.Text()); m != nil {
				return m
			}
		}
		select {
		case <-grown:
		case <-p.done:
			t.Fatalf("the server ended: %v\n%s", p.err, text)
		case <-deadline:
			t.Fatalf("the server did not print %s:\n%s", line, text)
		}
	}
}

// agents returns the OpenCode processes on this world's data, whoever started them.
func (w *world) agents() (pids []int) {
	dirs, _ := filepath.Glob("/proc/[0-9]*")
	for _, dir := range dirs {
		line, err := os.ReadFile(filepath.Join(dir, "cmdline"))
		program, _, _ := bytes.Cut(line, []byte{0}) // the rest may contain a directory that is named after a test
		if err != nil || filepath.Base(string(program)) != "opencode" {
			continue
		}
		env, err := os.ReadFile(filepath.Join(dir, "environ"))
		if err == nil && bytes.Contains(env, []byte(w.dir)) {
			pids = append(pids, atoi(filepath.Base(dir)))
		}
	}
	return pids
}
