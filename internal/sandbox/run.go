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

// RunSpec is one check command on a session's working tree.
type RunSpec struct {
	Argv []string
	// Shell names the session and its directories; Dir must be in its working tree.
	Shell Shell
	Dir   string
	// Out leads to the proxy of Shell from the separate network. Without it, the command has no network.
	Out []Bridge
	// Timeout and MaxOutput are limits; zero means 10 minutes and 1 MB.
	Timeout   time.Duration
	MaxOutput int
	// AllowUnsandboxed is the consent to run on a host without Landlock.
	AllowUnsandboxed bool
}

// Result is the result of a command. Exit is -1 if the command was killed.
type Result struct {
	Exit      int
	Output    []byte
	Truncated bool
	TimedOut  bool
	Duration  time.Duration
}

// Run runs a command in the inner domain, with a separate loopback if the host supports it, and kills everything that the command
// started. An error means that the command could not be started; a failed command is a Result.
func Run(ctx context.Context, r RunSpec) (Result, error) {
	if r.Timeout == 0 {
		r.Timeout = 10 * time.Minute
	}
	if r.MaxOutput == 0 {
		r.MaxOutput = 1 << 20
	}
	spec, err := r.Shell.domain(r.Dir, os.Environ())
	if err != nil {
		return Result{}, fmt.Errorf("prepare the command: %w", err)
	}
	spec.Argv, spec.Marker, spec.AllowUnsandboxed = r.Argv, rand.Text(), r.AllowUnsandboxed
	spec.Namespaces, spec.OwnNetwork, spec.DieWithParent = true, true, true
	if spec, err = spec.reachProxy(r.Out); err != nil {
		return Result{}, fmt.Errorf("prepare the command: %w", err)
	}
	limited, cancel := context.WithTimeout(ctx, r.Timeout)
	defer cancel()
	cmd, err := Command(limited, spec)
	if err != nil {
		return Result{}, err
	}
	out, start := &capped{left: r.MaxOutput}, time.Now()
	err = runGroup(cmd, spec.Marker, out)
	if ctx.Err() != nil { // also when the command had no time to start
		return Result{}, context.Cause(ctx)
	}
	if err != nil {
		return Result{}, err
	}
	return Result{
		Exit: cmd.ProcessState.ExitCode(), Output: out.kept, Truncated: out.truncated,
		TimedOut: limited.Err() != nil, Duration: time.Since(start),
	}, nil
}

// runGroup waits for the command and kills its background processes.
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

// capped stores the first bytes of an output and discards the rest.
type capped struct {
	kept      []byte
	left      int
	truncated bool
}

// Write accepts all data, so that the program never blocks.
func (c *capped) Write(p []byte) (int, error) {
	n := min(len(p), c.left)
	c.kept, c.left = append(c.kept, p[:n]...), c.left-n
	c.truncated = c.truncated || n < len(p)
	return len(p), nil
}
