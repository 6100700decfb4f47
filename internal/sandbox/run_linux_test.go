package sandbox_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/sandbox"
)

func TestRunTellsHowACommandEnded(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	tests := []struct {
		name    string
		script  string
		timeout time.Duration
		cap     int
		want    sandbox.Result
	}{
		{name: "passes", script: "echo out; echo err >&2", want: sandbox.Result{Output: []byte("out\nerr\n")}},
		{name: "fails", script: "echo no; exit 3", want: sandbox.Result{Exit: 3, Output: []byte("no\n")}},
		{name: "too long", script: "echo begun; sleep 600", timeout: time.Second, want: sandbox.Result{Exit: -1, Output: []byte("begun\n"), TimedOut: true}},
		{name: "too much", script: "yes | head -c 100000", cap: 10, want: sandbox.Result{Output: []byte("y\ny\ny\ny\ny\n"), Truncated: true}},
		{name: "leaves children", script: "(setsid sleep 600 &); echo left", want: sandbox.Result{Output: []byte("left\n")}},
		{name: "argv is not a shell", script: "echo \"$0\"", want: sandbox.Result{Output: []byte("$HOME; x\n")}},
		{name: "no secrets", script: "cat " + h.at("db/product.db") + " 2>&1 | grep -cE 'denied|No such'", want: sandbox.Result{Output: []byte("1\n")}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := sandbox.Run(t.Context(), sandbox.RunSpec{
				Argv: []string{"bash", "-c", tt.script, "$HOME; x"}, Shell: h.sandboxShell(), Dir: h.tree, Timeout: tt.timeout, MaxOutput: tt.cap,
			})
			must(t, err)
			if got.Exit != tt.want.Exit || string(got.Output) != string(tt.want.Output) || got.Truncated != tt.want.Truncated || got.TimedOut != tt.want.TimedOut {
				t.Errorf("got %+v with %q, want %+v", got, got.Output, tt.want)
			}
		})
	}
}

func TestRunHasLoopbackOfItsOwn(t *testing.T) {
	t.Parallel()
	if !sandbox.Probe().Network {
		t.Skip("the host has no network namespaces")
	}
	h := newHouse(t)
	script := h.facts() + `perl -MSocket -e 'socket(S,AF_INET,SOCK_STREAM,0); bind(S,sockaddr_in(0,INADDR_LOOPBACK)); listen(S,1);
socket(C,AF_INET,SOCK_STREAM,0); connect(C,getsockname(S)) and print "served\n"'; (exec 3<>/dev/tcp/127.0.0.1/$GATEWAY) && echo BREACH`
	got, err := sandbox.Run(t.Context(), sandbox.RunSpec{Argv: []string{"bash", "-c", script}, Shell: h.sandboxShell(), Dir: h.tree})
	must(t, err)
	contains(t, string(got.Output), "served")
	if strings.Contains(string(got.Output), "BREACH") {
		t.Errorf("the host's loopback was reached: %s", got.Output)
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	why := errors.New("the session was stopped")
	ctx, cancel := context.WithCancelCause(t.Context())
	time.AfterFunc(200*time.Millisecond, func() { cancel(why) })
	_, err := sandbox.Run(ctx, sandbox.RunSpec{Argv: []string{"sleep", "600"}, Shell: h.sandboxShell(), Dir: h.tree})
	if !errors.Is(err, why) {
		t.Errorf("got %v", err)
	}
}

// A busy host may not have started the command when its context ends: the reason is the same.
func TestRunThatNeverStartedEndsWithItsContext(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	why := errors.New("the session was stopped")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(why)
	if _, err := sandbox.Run(ctx, sandbox.RunSpec{Argv: []string{"true"}, Shell: h.sandboxShell(), Dir: h.tree}); !errors.Is(err, why) {
		t.Errorf("got %v", err)
	}
}

func TestRunOfAMissingProgramFails(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	got, err := sandbox.Run(t.Context(), sandbox.RunSpec{Argv: []string{"no-such-program"}, Shell: h.sandboxShell(), Dir: h.tree})
	must(t, err)
	if got.Exit != 126 || !strings.Contains(string(got.Output), "no-such-program") {
		t.Errorf("got %+v %s", got, got.Output)
	}
}
