package sandbox

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"
)

// RunSpec is one check command on a session's tree.
type RunSpec struct {
	Argv []string
	// Shell and Dir say in which session's tree it runs: Dir lies in a tree of Shell.Work.
	Shell Shell
	Dir   string
	// Timeout and MaxOutput bound it; zero is ten minutes and one megabyte.
	Timeout   time.Duration
	MaxOutput int
	// AllowUnsandboxed is the team's consent to run where the host has no Landlock.
	AllowUnsandboxed bool
}

// Result is how a command ended. Exit is -1 when it was ended rather than ending.
type Result struct {
	Exit      int
	Output    []byte
	Truncated bool
	TimedOut  bool
	Duration  time.Duration
}

// Run runs a command in the second domain, with loopback of its own where the host can, and ends everything it started.
// An error means that it could not be started; a command that fails is a Result.
func Run(ctx context.Context, r RunSpec) (Result, error) {
	if r.Timeout == 0 {
		r.Timeout = 10 * time.Minute
	}
	if r.MaxOutput == 0 {
		r.MaxOutput = 1 << 20
	}
	spec, err := r.Shell.domain(r.Dir)
	if err != nil {
		return Result{}, fmt.Errorf("prepare the command: %w", err)
	}
	spec.Argv, spec.Marker, spec.AllowUnsandboxed = r.Argv, rand.Text(), r.AllowUnsandboxed
	spec.Namespaces, spec.OwnNetwork, spec.DieWithParent = true, true, true
	limited, cancel := context.WithTimeout(ctx, r.Timeout)
	defer cancel()
	cmd, err := Command(limited, spec)
	if err != nil {
		return Result{}, err
	}
	out, start := &capped{left: r.MaxOutput}, time.Now()
	if err := runGroup(cmd, spec.Marker, out); err != nil {
		return Result{}, err
	}
	if ctx.Err() != nil {
		return Result{}, context.Cause(ctx)
	}
	return Result{
		Exit: cmd.ProcessState.ExitCode(), Output: out.kept, Truncated: out.truncated,
		TimedOut: limited.Err() != nil, Duration: time.Since(start),
	}, nil
}

// runGroup waits for the command, not for what it left in the background, which it ends.
func runGroup(cmd *exec.Cmd, marker string, out io.Writer) error {
	r, w, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("open a pipe: %w", err)
	}
	defer r.Close()
	cmd.Stdout, cmd.Stderr = w, w
	err = cmd.Start()
	_ = w.Close()
	if err != nil {
		return fmt.Errorf("start the command: %w", err)
	}
	copied := make(chan error, 1)
	go func() {
		_, err := io.Copy(out, r)
		copied <- err
	}()
	var exit *exec.ExitError
	if err := cmd.Wait(); err != nil && !errors.As(err, &exit) && cmd.ProcessState == nil {
		return fmt.Errorf("wait for the command: %w", err)
	}
	if err := KillGroup(0, marker); err != nil {
		return err
	}
	if err := <-copied; err != nil {
		return fmt.Errorf("read the command's output: %w", err)
	}
	return nil
}

// capped keeps the first bytes of an output and forgets the rest.
type capped struct {
	kept      []byte
	left      int
	truncated bool
}

// Write takes everything, so that the program never blocks on a reader that has enough.
func (c *capped) Write(p []byte) (int, error) {
	n := min(len(p), c.left)
	c.kept, c.left = append(c.kept, p[:n]...), c.left-n
	c.truncated = c.truncated || n < len(p)
	return len(p), nil
}
