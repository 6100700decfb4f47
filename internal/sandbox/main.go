package sandbox

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// Main must be called first in main and in every TestMain of a package that starts sandboxes. If this process was started as a stage of
// a sandbox, as the agents' shell or as Go's cache program, Main does that work and never returns; otherwise it returns immediately.
func Main() {
	ready.Store(true)
	var err error
	switch {
	case asShell != nil && len(os.Args) > 0 && os.Getenv(shellVar) != "":
		err = asShell(filepath.Base(os.Args[0]), os.Args[1:])
	case len(os.Args) >= 2 && os.Args[1] == hiddenArg:
		err = runStage()
	case len(os.Args) == 5 && os.Args[1] == goCacheArg:
		if err = serveGoCache(os.Args[2:], os.Stdin, os.Stdout); err == nil {
			end(0)
		}
	default:
		return
	}
	fmt.Fprintf(os.Stderr, "sandbox: %v\n", err)
	end(126)
}

// end ends this process. Under the race detector os.Exit waits for a second, and so would everybody who waits for a program of a sandbox.
func end(code int) { syscall.Exit(code) }

// asShell is the agents' shell where there is no broker.
var asShell func(name string, args []string) error

func runStage() error {
	var st stage
	if err := json.Unmarshal([]byte(os.Getenv(stageVar)), &st); err != nil {
		return fmt.Errorf("read the stage: %w", err)
	}
	st.Spec.Env = without(os.Environ(), stageVar)
	st.Spec.Argv = append(st.Spec.Argv, os.Args[2:]...)
	switch st.Step {
	case "init":
		return runInit(st)
	case "enter":
		return enterSandbox(st)
	case "broker":
		return enterBroker(st)
	case "serve":
		return serveBroker(st)
	case "probe":
		return runProbe(st)
	}
	return fmt.Errorf("unknown stage %q", st.Step)
}

func without(env []string, name string) []string {
	kept := make([]string, 0, len(env))
	for _, e := range env {
		if !strings.HasPrefix(e, name+"=") {
			kept = append(kept, e)
		}
	}
	return kept
}

// Ready reports whether Main has run, so that this process can start sandboxes.
func Ready() bool { return ready.Load() }

// lookPath looks up a program in the PATH that the program itself will have.
func lookPath(name string, env []string) (string, error) {
	for _, e := range env {
		if path, ok := strings.CutPrefix(e, "PATH="); ok {
			if err := os.Setenv("PATH", path); err != nil {
				return "", err
			}
		}
	}
	program, err := exec.LookPath(name)
	if err != nil {
		return "", fmt.Errorf("find the program: %w", err)
	}
	return program, nil
}
