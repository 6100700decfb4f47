package opencode

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
)

// adopt takes over the process that outlived the last server. What cannot be adopted is ended with all it started; then
// the answer is nil without an error.
func (t *team) adopt(ctx context.Context) (*server, error) {
	if t.opts.Processes == nil {
		return nil, errors.Join(t.bury(), t.leftovers())
	}
	p, ok, err := t.opts.Processes.Load(ctx, t.id)
	if err != nil || !ok {
		return nil, err
	}
	started, err := t.opts.Host.StartTime(p.PID)
	same := err == nil && p.PID > 0 && started == p.StartTime
	if same && t.buriedAlready(p) {
		same = false
	}
	if same {
		srv := newServer(t, p, nil)
		if err := srv.connect(ctx, 5*time.Second); err == nil {
			t.log.Info("adopted OpenCode", "pid", p.PID)
			return srv, nil
		}
		srv.leave()
	}
	pid := p.PID
	if !same {
		pid = 0 // another program may bear the number now
	}
	if err := t.opts.Host.Kill(pid, t.mark(p)); err != nil {
		return nil, &unready{session.Reason{Code: session.RunnerUnreachable, Message: "What the last OpenCode started does not end."}, err}
	}
	return nil, t.opts.Processes.Lose(ctx, t.id)
}

// leftovers ends the process that an earlier server started and nobody remembers.
func (t *team) leftovers() error {
	if !t.own {
		return nil
	}
	return t.opts.Host.Kill(0, t.mark(Process{}))
}

// bury ends what a process that died has left behind.
func (t *team) bury() error {
	t.mu.Lock()
	srv := t.srv
	t.mu.Unlock()
	if srv == nil {
		return nil
	}
	return t.opts.Host.Kill(srv.process.PID, t.mark(srv.process))
}

// buriedAlready says whether p is the process this server gave up.
func (t *team) buriedAlready(p Process) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.srv != nil && t.srv.process.Generation == p.Generation
}

// start makes a new process. What it is is remembered before it exists, so that none is ever lost.
func (t *team) start(ctx context.Context, config TeamConfig) (*server, error) {
	ctx, cancel := context.WithTimeout(ctx, t.opts.StartTimeout)
	defer cancel()
	srv, err := t.launch(ctx, config)
	if err != nil {
		return nil, t.why(err)
	}
	if err := srv.connect(ctx, t.opts.StartTimeout); err != nil {
		err = t.why(err)
		srv.leave()
		killErr := t.opts.Host.Kill(srv.process.PID, t.mark(srv.process))
		return nil, errors.Join(err, killErr, t.forget(context.WithoutCancel(ctx)))
	}
	srv.process.Version = srv.version
	t.log.Info("started OpenCode", "pid", srv.process.PID, "port", srv.process.Port, "version", srv.version)
	return srv, t.remember(ctx, srv.process)
}

func (t *team) launch(ctx context.Context, config TeamConfig) (*server, error) {
	home := t.rooms()
	if err := home.prepare(); err != nil {
		return nil, err
	}
	if _, err := home.writeConfig(config.encode()); err != nil {
		return nil, err
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	p := Process{Port: port, Password: rand.Text(), Generation: id.New(), StartedAt: t.opts.Clock.Now()}
	key := ""
	if t.opts.Key != nil {
		if key, p.Generation, err = t.opts.Key(ctx, t.id); err != nil {
			return nil, fmt.Errorf("make the gateway's key: %w", err)
		}
	}
	if err := t.remember(ctx, p); err != nil {
		return nil, fmt.Errorf("remember the process: %w", err)
	}
	output, err := home.open(home.output(), os.O_CREATE|os.O_TRUNC|os.O_WRONLY)
	if err != nil {
		return nil, fmt.Errorf("open OpenCode's output: %w", err)
	}
	defer output.Close()
	proc, err := t.opts.Host.Start(ctx, StartSpec{
		Tenant: t.id, Dir: home.cwd(), Home: home.home, Port: port, Generation: t.mark(p), Output: output,
		Argv: []string{t.opts.Bin, "serve", "--port", strconv.Itoa(port), "--hostname", "127.0.0.1"},
		Env:  home.environ(p.Password, key, t.opts.Shell),
	})
	if err != nil {
		return nil, err
	}
	return t.launched(ctx, p, proc)
}

func (t *team) launched(ctx context.Context, p Process, proc Proc) (_ *server, err error) {
	p.PID = proc.PID()
	p.StartTime, err = t.opts.Host.StartTime(p.PID)
	if err == nil {
		err = t.remember(ctx, p)
	}
	srv := newServer(t, p, proc)
	if err != nil {
		srv.leave()
		return nil, errors.Join(fmt.Errorf("remember the process: %w", err), t.opts.Host.Kill(p.PID, t.mark(p)))
	}
	return srv, nil
}

// why is a failed start in words for people, with the end of what the process printed.
func (t *team) why(err error) error {
	var u *unready
	if errors.As(err, &u) {
		return err
	}
	message := "OpenCode could not be started."
	var refused *fault.Error
	if errors.As(err, &refused) {
		message = refused.Error()
	}
	if tail := tailOf(t.rooms()); tail != "" {
		message = "OpenCode could not be started. It said: " + tail
	}
	return &unready{session.Reason{Code: session.RunnerUnreachable, Message: message}, err}
}

// maxTail is how much of the process's output is told.
const maxTail = 2000

func tailOf(r rooms) string {
	f, err := r.open(r.output(), os.O_RDONLY)
	if err != nil {
		return ""
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.Size() > maxTail {
		_, _ = f.Seek(-maxTail, io.SeekEnd) // reading from the start is as good
	}
	text, _ := io.ReadAll(io.LimitReader(f, maxTail)) // what was read is what there is to tell
	return session.CleanText(strings.TrimSpace(string(text)))
}

// listening says whether the process printed the line that it listens.
func listening(r rooms) bool {
	text, err := r.read(r.output())
	return err == nil && bytes.Contains(text, []byte("listening on http"))
}

// freePort is free now. OpenCode cannot be told to take any: for port 0 it takes 4096.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("find a free port: %w", err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// Older says whether version is before minimum; what cannot be read is.
func Older(version, minimum string) bool {
	var v, m [3]int
	if _, err := fmt.Sscanf(version, "%d.%d.%d", &v[0], &v[1], &v[2]); err != nil {
		return true
	}
	if _, err := fmt.Sscanf(minimum, "%d.%d.%d", &m[0], &m[1], &m[2]); err != nil {
		return true
	}
	for i := range v {
		if v[i] != m[i] {
			return v[i] < m[i]
		}
	}
	return false
}
