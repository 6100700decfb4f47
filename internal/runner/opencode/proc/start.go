package proc

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

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
)

// start makes a new process. It is stored before it exists, so that no process is ever lost.
func (a *Agent) start(ctx context.Context, u Use, config TeamConfig) (*Server, error) {
	if a.starts != nil {
		select {
		case a.starts <- struct{}{}:
			defer func() { <-a.starts }()
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	if err := a.carry(ctx, u); err != nil {
		return nil, a.explain(err)
	}
	ctx, cancel := context.WithTimeout(ctx, a.opts.StartTimeout)
	defer cancel()
	srv, err := a.startOnce(ctx, u, config)
	for tries := 1; tries < 3 && err != nil && ctx.Err() == nil && lostPort(a.home()); tries++ {
		a.log.Warn("OpenCode's port was taken, trying another", "error", err)
		srv, err = a.startOnce(ctx, u, config)
	}
	if err != nil {
		return nil, err
	}
	srv.process.Version = srv.version
	a.log.Info("started OpenCode", "pid", srv.process.PID, "port", srv.process.Port, "version", srv.version)
	return srv, a.saveProcess(ctx, srv.process)
}

// startOnce makes a process and waits until it is ready.
func (a *Agent) startOnce(ctx context.Context, u Use, config TeamConfig) (*Server, error) {
	srv, err := a.launch(ctx, u, config)
	if err != nil {
		return nil, a.explain(err)
	}
	if err := srv.connect(ctx, a.opts.StartTimeout); err != nil {
		err = a.explain(err)
		srv.stopFollowing()
		return nil, errors.Join(err, srv.kill(), a.deleteProcess(context.WithoutCancel(ctx)))
	}
	return srv, nil
}

// lostPort reports whether the process ended because it could not listen: without a network of its own, any program of the host can take
// the port between the choice and the start.
func lostPort(h home) bool { return strings.Contains(outputTail(h), "ServeError") }

func (a *Agent) launch(ctx context.Context, u Use, config TeamConfig) (*Server, error) {
	h := a.home()
	if err := h.prepare(); err != nil {
		return nil, err
	}
	if _, err := h.writeConfig(config); err != nil {
		return nil, err
	}
	p, key, err := a.newProcess(ctx, u.OwnConfig)
	if err != nil {
		return nil, err
	}
	if err := a.saveProcess(ctx, p); err != nil {
		return nil, fmt.Errorf("store the process: %w", err)
	}
	output, err := h.open(h.output(), os.O_CREATE|os.O_TRUNC|os.O_WRONLY)
	if err != nil {
		return nil, fmt.Errorf("open OpenCode's output: %w", err)
	}
	defer output.Close()
	child, err := a.opts.Host.Start(ctx, StartSpec{
		Key: a.Key(), Repository: u.Repository, Dir: h.cwd(), Home: h.dir, Port: p.Port, Generation: p.Generation, Output: output,
		Argv: []string{a.opts.Bin, "serve", "--port", strconv.Itoa(p.Port), "--hostname", "127.0.0.1"},
		Env:  h.environ(p.Password, key, a.opts.Shell, u.OwnConfig), Secrets: secretVars,
	})
	if err != nil {
		return nil, err
	}
	return a.saveStarted(ctx, p, child)
}

// passwordPrefix marks the passwords of OpenCode's processes, so that they are removed from what agents report.
const passwordPrefix = "ocp_"

// newProcess chooses a port, a password and a key at the gateway.
func (a *Agent) newProcess(ctx context.Context, ownConfig bool) (p Process, key string, err error) {
	port, err := a.opts.Port()
	if err != nil {
		return p, "", err
	}
	p = Process{Port: port, Password: passwordPrefix + rand.Text(), Generation: id.New(), OwnConfig: ownConfig, StartedAt: a.opts.Clock.Now()}
	if k := a.Key(); k.Session.IsSpare() {
		p.Room = k.Session
	}
	if a.opts.Key == nil {
		return p, "", nil
	}
	if key, p.Generation, err = a.opts.Key(ctx, a.Key()); err != nil {
		return p, "", fmt.Errorf("make the gateway's key: %w", err)
	}
	return p, key, nil
}

func (a *Agent) saveStarted(ctx context.Context, p Process, child Proc) (_ *Server, err error) {
	p.PID = child.PID()
	p.StartTime, err = a.opts.Host.StartTime(p.PID)
	if err == nil {
		err = a.saveProcess(ctx, p)
	}
	srv := newServer(a, p, child)
	if err != nil {
		srv.stopFollowing()
		return nil, errors.Join(fmt.Errorf("store the process: %w", err), srv.kill())
	}
	return srv, nil
}

// explain puts a failed start into words for people, with the end of what the process printed.
func (a *Agent) explain(err error) error {
	var u *Unready
	if errors.As(err, &u) {
		return err
	}
	message := "OpenCode could not be started."
	var refused *fault.Error
	if errors.As(err, &refused) {
		message = refused.Error()
	}
	if tail := outputTail(a.home()); tail != "" {
		message = "OpenCode could not be started. Its output ends with: " + tail
	}
	return &Unready{session.Reason{Code: session.RunnerUnreachable, Message: message}, err}
}

// maxTail is how many bytes of the process's output are shown.
const maxTail = 2000

func outputTail(h home) string {
	f, err := h.open(h.output(), os.O_RDONLY)
	if err != nil {
		return ""
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.Size() > maxTail {
		_, _ = f.Seek(-maxTail, io.SeekEnd) // reading from the start is as good
	}
	tail, _ := io.ReadAll(io.LimitReader(f, maxTail)) // what could be read is shown
	return text.Clean(strings.TrimSpace(string(tail)))
}

// isListening reports whether the process printed the line that it listens.
func isListening(h home) bool {
	output, err := h.read(h.output())
	return err == nil && bytes.Contains(output, []byte("listening on http"))
}

// freePort is a port that is free now. OpenCode cannot choose one itself: for port 0 it takes 4096.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("find a free port: %w", err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}
