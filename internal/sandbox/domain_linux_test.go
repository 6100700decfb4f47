package sandbox_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/sandbox"
)

func TestHonestWorkIsPossibleInTheShell(t *testing.T) {
	t.Parallel()
	work := map[string]string{
		"edits":      `mkdir -p a/b && echo hi > a/b/f && mv a/b/f g && cat g`,
		"git":        `git init -q r && cd r && git -c user.name=a -c user.email=a@b commit -q --allow-empty -m hi && git log --format=%s`,
		"home":       `[ "$HOME" = "${TREE%/tree}/shell" ] && echo x > ~/cache && mktemp >/dev/null && echo hi`,
		"processes":  `[ -r /proc/self/status ] && ls /proc >/dev/null && echo hi`,
		"pipes":      `echo hi | cat | sort > /dev/null && echo hi 2>/dev/null`,
		"background": `sleep 100 & kill $! && echo hi`,
		"fresh":      `[ $(umask) = 0077 ] && [ -z "$OPENCODE_SERVER_PASSWORD" ] && echo hi`,
		"local":      `perl -MSocket -e 'socket(S,AF_UNIX,SOCK_STREAM,0) && bind(S,sockaddr_un("s")) && print "hi"'`,
	}
	for _, w := range ways() {
		h := newHouse(t)
		for name, script := range work {
			t.Run(w.name+"/"+name, func(t *testing.T) {
				out, err := h.inShell(t, w, "mkdir w && cd w;"+script)
				must(t, os.RemoveAll(filepath.Join(h.tree, "w")))
				if err != nil {
					t.Fatalf("%v: %s", err, out)
				}
				contains(t, out, "hi")
			})
		}
	}
}

func TestAgentServerReachesOnlyItsPorts(t *testing.T) {
	t.Parallel()
	for _, w := range ways() {
		h := newHouse(t)
		cmd, err := sandbox.Command(t.Context(), h.spec(t, w, "/bin/bash", "-c",
			h.facts()+`exec 3<>/dev/tcp/127.0.0.1/$GATEWAY && echo gateway; (exec 3<>/dev/tcp/127.0.0.1/$OTHER && echo other); cat $ROOT/db/product.db`))
		must(t, err)
		out, _ := output(cmd)
		contains(t, out, "gateway")
		if strings.Contains(out, "other") || strings.Contains(out, secret) {
			t.Errorf("%s: the agent server got out: %s", w.name, out)
		}
	}
}

func TestShellStartsOnlyInASessionsTree(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, dir := range []string{"..", ".", "../shell", "../home"} {
		spec := h.spec(t, how{}, "/bin/bash", "-c", `cd "$1" && "$SHELL" -c 'echo ran'`, "server", dir)
		cmd, err := sandbox.Command(t.Context(), spec)
		must(t, err)
		out, err := output(cmd)
		if ran := strings.Contains(out, "ran"); ran != (dir == ".") {
			t.Errorf("in %s: ran %v: %v: %s", dir, ran, err, out)
		}
	}
}

func TestGrantedPathsCanBeReadOnly(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.readOnly = []string{h.session("s2")}
	out, _ := h.inShell(t, how{namespaces: true}, `cat ../../s2/tree/code.go; echo x > ../../s2/tree/code.go || echo refused`)
	contains(t, out, secret)
	contains(t, out, "refused")
}

// TestKillGroupEndsWhoFled reads the output to its end, which comes only when the last holder has gone.
func TestKillGroupEndsWhoFled(t *testing.T) {
	t.Parallel()
	flee := map[string]string{
		"session": `setsid bash -c 'sleep 600 & sleep 600' & echo up; wait`,
		"twice":   `(setsid setsid sleep 600 &) ; "$SHELL" -c '(setsid sleep 600 &); echo up'; wait; sleep 600`,
	}
	if sandbox.Probe().Processes {
		flee["without a mark"] = `(env -i setsid setsid sleep 600 &); echo up; sleep 600`
	}
	for name, script := range flee {
		for _, way := range ways() {
			if name == "without a mark" && !way.namespaces {
				continue
			}
			h := newHouse(t)
			spec := h.spec(t, way, "/bin/bash", "-c", script)
			spec.Marker = "mark-" + name + way.name
			ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
			defer cancel()
			cmd, err := sandbox.Command(ctx, spec)
			must(t, err)
			r, w, err := os.Pipe()
			must(t, err)
			cmd.Stdout = w
			must(t, cmd.Start())
			must(t, w.Close())
			up := make([]byte, 3)
			_, err = io.ReadFull(r, up)
			must(t, err)
			must(t, sandbox.KillGroup(cmd.Process.Pid, spec.Marker))
			must(t, r.SetReadDeadline(time.Now().Add(60*time.Second)))
			if _, err := io.ReadAll(r); err != nil {
				t.Errorf("%s, %s: somebody lives on: %v", name, way.name, err)
			}
			_ = cmd.Wait()
		}
	}
}

func TestKilledServerTakesItsShellsAlong(t *testing.T) {
	t.Parallel()
	if !sandbox.Probe().Processes {
		t.Skip("the host has no process namespaces")
	}
	h := newHouse(t)
	cmd, err := sandbox.Command(t.Context(), h.spec(t, how{namespaces: true}, "/bin/bash", "-c", `"$SHELL" -c '(env -i setsid sleep 600 &)'; kill -9 $$`))
	must(t, err)
	r, w, err := os.Pipe()
	must(t, err)
	cmd.Stdout = w
	must(t, cmd.Start())
	must(t, w.Close())
	must(t, r.SetReadDeadline(time.Now().Add(60*time.Second)))
	if _, err := io.ReadAll(r); err != nil {
		t.Error("the shell's child outlived a killed server")
	}
	if err := cmd.Wait(); cmd.ProcessState.ExitCode() != 128+9 {
		t.Errorf("the end is not told: %v", err)
	}
}

// TestKillSessionSparesTheServer ends also who hid from it: by leaving the process group, by emptying the environment,
// by taking another's, by tearing the tag.
func TestKillSessionSparesTheServer(t *testing.T) {
	t.Parallel()
	for name, hide := range map[string]string{
		"plain": `sleep 600`, "daemon": `(setsid nohup setsid sleep 600 &); sleep 600`, "no environment": `(env -i setsid sleep 600 &)`,
		"another's": `(env -i ORCHESTRATOR_SESSION=s2 setsid sleep 600 &)`, "torn tag": `ulimit -x 7; (env -i setsid sleep 600 &)`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			session := "s1-" + strings.ReplaceAll(name, " ", "-")
			h.name = session
			spec := h.spec(t, how{}, "/bin/bash", "-c", `"$SHELL" -c "$1"; echo server lives`, "server", "exec 2>/dev/null; echo up; "+hide)
			cmd, err := sandbox.Command(t.Context(), spec)
			must(t, err)
			r, w, err := os.Pipe()
			must(t, err)
			cmd.Stdout = w
			must(t, cmd.Start())
			must(t, w.Close())
			up := make([]byte, 3)
			_, err = io.ReadFull(r, up)
			must(t, err)
			must(t, r.SetReadDeadline(time.Now().Add(60*time.Second)))
			rest := make(chan string, 1)
			go func() {
				all, _ := io.ReadAll(r) // it ends when the last one that holds it has gone
				rest <- string(all)
			}()
			for ended := false; !ended; {
				must(t, sandbox.KillSession(session)) // again: what hides may not have begun to
				select {
				case all := <-rest:
					contains(t, all, "server lives")
					ended = true
				case <-time.After(50 * time.Millisecond):
				}
			}
			must(t, cmd.Wait())
		})
	}
}

func TestStartTimeTellsProcessesApart(t *testing.T) {
	t.Parallel()
	one, err := sandbox.StartTime(os.Getpid())
	must(t, err)
	again, err := sandbox.StartTime(os.Getpid())
	must(t, err)
	parent, err := sandbox.StartTime(1)
	must(t, err)
	if one != again || one == parent {
		t.Errorf("start times %q, %q, %q", one, again, parent)
	}
	if _, err := sandbox.StartTime(1 << 30); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a process that is not there: %v", err)
	}
}
