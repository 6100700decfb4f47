package opencode

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/runner"
	"github.com/industrial-orchestrator/orchestrator/internal/runner/opencode/proc"
)

// TestNothingThatOpenCodeStartsInheritsItsSecrets puts programs in the place of git and rg, which note their environment.
func TestNothingThatOpenCodeStartsInheritsItsSecrets(t *testing.T) {
	noted := spy(t, "git", "rg")
	h := ownRunner(t, nil)
	d := newDesk(t, h, script(
		`{"tools":[{"name":"grep","args":{"pattern":"hello"}}]}`, `{"tools":[{"name":"glob","args":{"pattern":"*"}}]}`,
		`{"tools":[{"name":"bash","args":{"command":"env","description":"d"}}]}`, `{"text":"done"}`))
	if out, err := exec.Command("git", "init", "-q", d.job.Dir).CombinedOutput(); err != nil {
		t.Fatal(string(out))
	}
	before := noted()
	r := d.start(t)
	a := d.ask(t, 1)
	d.signal(t, runner.Signal{Kind: a.Kind, AskID: a.SourceID, Reply: session.Once})
	r.end(t, runner.Done)
	seen := strings.TrimPrefix(noted(), before) + fmt.Sprint(d.events)
	for _, name := range []string{"started git", "started rg"} {
		if !strings.Contains(seen, name) {
			t.Errorf("nothing %s", name)
		}
	}
	for _, secret := range []string{d.process().Password, gatewayKey, "OPENCODE_SERVER_PASSWORD=", "ORCHESTRATOR_GATEWAY_KEY="} {
		if strings.Contains(seen, secret) {
			t.Errorf("a child of OpenCode was given %s", secret)
		}
	}
	if key := h.model.Requests()[0].Header.Get("Authorization"); key != "Bearer "+gatewayKey {
		t.Errorf("the model was asked with %q", key)
	}
}

// spy puts programs first in the PATH that write down their environment and go on as the real ones.
func spy(t *testing.T, names ...string) (noted func() string) {
	t.Helper()
	dir := t.TempDir()
	log := filepath.Join(dir, "log")
	for _, name := range names {
		real, err := exec.LookPath(name)
		if err != nil {
			t.Skipf("%s is not at hand", name)
		}
		text := fmt.Sprintf("#!/bin/sh\n{ echo started %s; env; } >> %s\nexec %s \"$@\"\n", name, log, real)
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	return func() string {
		text, _ := os.ReadFile(log)
		return string(text)
	}
}

// watching is a host that notes whose secrets it is told to hide.
type watching struct {
	proc.Plain
	hidden chan int
	fail   error
}

func (w watching) Hide(pid int, names ...string) error {
	w.hidden <- pid
	return w.fail
}

// TestSecretsAreHiddenAtTheStartAndAtAdoption: a server that is killed between the start of OpenCode and its readiness has hidden nothing.
func TestSecretsAreHiddenAtTheStartAndAtAdoption(t *testing.T) {
	t.Parallel()
	host := watching{hidden: make(chan int, 8)}
	h := ownRunner(t, func(o *Options) { o.Host, o.StartTimeout = host, within })
	d := newDesk(t, h, script(`{"text":"one"}`))
	d.start(t).end(t, runner.Done)
	first := d.process().PID
	if pid := <-host.hidden; pid != first {
		t.Errorf("hid those of %d, want %d", pid, first)
	}
	adopting := New(h.opts) // as a server that starts after a kill -9
	adopting.Recover(t.Context(), []Key{d.key()})
	if pid := <-host.hidden; pid != first {
		t.Errorf("the adopting server hid those of %d, want %d", pid, first)
	}

	host.fail = errors.New("they can still be read")
	opts := h.opts
	opts.Host = host
	refusing := New(opts)
	refusing.Recover(t.Context(), []Key{d.key()})
	<-host.hidden
	if _, err := host.StartTime(first); err == nil || d.process().PID != 0 {
		t.Error("a process that shows its secrets was adopted")
	}
	d.h = &house{Runner: refusing, store: h.store}
	d.job.Messages = append(d.job.Messages, message("again"))
	out := d.start(t).end(t, runner.Failed)
	if pid := <-host.hidden; out.Reason.Code != session.RunnerUnreachable {
		t.Errorf("the turn ended with %+v", out.Reason)
	} else if _, err := host.StartTime(pid); err == nil {
		t.Error("a process that shows its secrets goes on")
	}
}
