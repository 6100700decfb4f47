package sandbox_test

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/industrial-orchestrator/orchestrator/internal/sandbox"
)

// TestAnEndedCommandTakesAllAlong ends the program that the agent server calls as its shell, as OpenCode does at a timeout and when a
// person stops the session. What the command started must not live on, and must not keep the output open.
func TestAnEndedCommandTakesAllAlong(t *testing.T) {
	t.Parallel()
	for name, script := range map[string]string{
		"child": `sleep 600 & echo up; wait`, "session of its own": `setsid sleep 600 & echo up; wait`, "daemon": `(env -i setsid setsid sleep 600 &); echo up; sleep 600`,
		"deaf": `trap '' TERM HUP INT; echo up; while :; do sleep 1; done`, "torn tag": `ulimit -x 7; (setsid sleep 600 &); echo up; sleep 600`,
	} {
		for _, w := range ways() {
			t.Run(name+"/"+w.name, func(t *testing.T) {
				t.Parallel()
				h := newHouse(t)
				h.name = fmt.Sprint("ended-", name, w.name)
				s := h.start(t, w, `"$SHELL" -c "$1" & read; kill $!; wait $!; read`, "exec > out 2>&1\n"+script)
				must(t, s.out.SetReadDeadline(time.Now().Add(60*time.Second)))
				up := make([]byte, 3)
				_, err := io.ReadFull(s.out, up)
				must(t, err)
				_, err = fmt.Fprintln(s.in)
				must(t, err)
				if _, err := io.ReadAll(s.out); err != nil {
					t.Errorf("somebody lives on: %v", err)
				}
			})
		}
	}
}

// running is an agent server that a test talks to, and what its shell writes to the pipe "out" in the tree.
type running struct {
	pid     int
	in, out *os.File
}

// start runs a script as the agent server, with another as its first argument, and waits until the pipe is opened.
func (h *house) start(t *testing.T, w how, script, arg string) running {
	t.Helper()
	pipe := filepath.Join(h.tree, "out")
	must(t, unix.Mkfifo(pipe, 0o600))
	cmd, err := sandbox.Command(t.Context(), h.spec(t, w, "/bin/bash", "-c", script, "server", h.facts()+arg))
	must(t, err)
	in, toServer, err := os.Pipe()
	must(t, err)
	errs := new(strings.Builder)
	cmd.Stdin, cmd.Stderr = in, errs
	must(t, cmd.Start())
	must(t, in.Close())
	t.Cleanup(func() {
		must(t, sandbox.KillGroup(cmd.Process.Pid, ""))
		_ = cmd.Wait() // it was killed
		_ = toServer.Close()
		if t.Failed() {
			t.Logf("the server said %s", errs)
		}
	})
	out, err := os.Open(pipe)
	must(t, err)
	t.Cleanup(func() { _ = out.Close() })
	return running{cmd.Process.Pid, toServer, out}
}

// TestTheBrokerRunsPrograms asks it for all kinds of programs, as the agent server does.
func TestTheBrokerRunsPrograms(t *testing.T) {
	t.Parallel()
	asks := map[string]struct{ script, want string }{
		"exit":           {`"$SHELL" -c 'exit 7'; echo "got $?"`, "got 7"},
		"killed":         {`"$SHELL" -c 'kill -9 $$'; echo "got $?"`, "got 137"},
		"no bash":        {`"$SHELL" nowhere; echo "got $?"`, "got 127"},
		"files":          {`echo a | "$SHELL" -c 'cat; echo b >&2' 2>&1 | tr -d '\n'`, "ab"},
		"closed files":   {`("$SHELL" -c 'exec >&- 2>&-; sleep 600' &) | cat; echo "got all"`, "got all"},
		"much":           {`"$SHELL" -c 'head -c 23000000 /dev/zero' | wc -c`, "23000000"},
		"a long command": {`"$SHELL" -c "$(printf '# <"\\&>\n%.0s' {1..14000})"$'\necho got it'`, "got it"},
		"no argument":    {`echo 'echo got it' | "$SHELL"`, "got it"},
		"empty ones":     {`"$SHELL" -c 'echo "$#$1"' '' '' x`, "2\n"},
		"git":            {`PATH=${SHELL%/*}:$PATH; git init -q r && cd r && git rev-parse --show-toplevel`, "/tree/r"},
		"rg":             {`echo found > f; "${SHELL%/*}/rg" -l found`, "f\n"},
		"a subdirectory": {`mkdir -p a/b; cd a/b; "$SHELL" -c pwd`, "/tree/a/b"},
		"its variables":  {`TZ=UTC+1 LC_TIME=x LD_AUDIT=y GIT_DIR=z "$SHELL" -c 'echo $TZ$LC_TIME$LD_AUDIT$GIT_DIR'`, "UTC+1x\n"},
		"a server":       {`coproc "${SHELL%/*}/orc-echo"; echo one >&${COPROC[1]}; read a <&${COPROC[0]}; echo two >&${COPROC[1]}; read b <&${COPROC[0]}; echo "got $a $b"`, "got one two"},
		"nothing else":   {`ln -s "$(readlink "$SHELL")" orc-other; ./orc-other 2>&1; echo "got $?"`, `there is no program "orc-other"` + "\ngot 126"},
	}
	for _, w := range ways() {
		for name, ask := range asks {
			t.Run(name+"/"+w.name, func(t *testing.T) {
				t.Parallel()
				h := newHouse(t)
				h.programs = map[string][]string{"orc-echo": {"cat"}}
				_, err := sandbox.InstallShell(filepath.Dir(h.shell), "orc-echo")
				must(t, err)
				cmd, err := sandbox.Command(t.Context(), h.spec(t, w, "/bin/bash", "-c", ask.script))
				must(t, err)
				out, err := output(cmd)
				if err != nil {
					t.Errorf("it ended with %v", err)
				}
				contains(t, out, ask.want)
			})
		}
	}
}

// TestTheBrokerEndsWithTheAgentServer kills one of the three processes of an agent server; then nothing is left of the others, nor of a
// command that fled.
func TestTheBrokerEndsWithTheAgentServer(t *testing.T) {
	t.Parallel()
	for _, w := range ways() {
		for _, victim := range []string{"init", "broker", "server"} {
			t.Run(victim+"/"+w.name, func(t *testing.T) {
				t.Parallel()
				h := newHouse(t)
				h.name = "ends-with-" + victim + w.name
				s := h.start(t, w, `"$SHELL" -c "$1"; read`, `exec > out; (setsid sleep 600 &); echo up; sleep 600`)
				must(t, s.out.SetReadDeadline(time.Now().Add(60*time.Second)))
				_, err := io.ReadFull(s.out, make([]byte, 3))
				must(t, err)
				must(t, unix.Kill(s.process(t, victim), unix.SIGKILL))
				if _, err := io.ReadAll(s.out); err != nil {
					t.Errorf("somebody lives on: %v", err)
				}
			})
		}
	}
}

// TestTheBinaryMayHaveAnyName, also one like those of the agent server's programs, which are links to it.
func TestTheBinaryMayHaveAnyName(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "any-name-")
	must(t, err)
	t.Cleanup(func() { must(t, os.RemoveAll(dir)) })
	must(t, os.Chmod(dir, 0o755)) // agents run it as their own user
	exe, err := os.Executable()
	must(t, err)
	for _, name := range []string{"orc-next", "git", "rg", "orc-shell"} {
		bin := filepath.Join(dir, name)
		must(t, exec.Command("cp", exe, bin).Run())
		if out, err := exec.Command(bin, "-test.run", "^TestTheBrokerRunsPrograms$/^exit$").CombinedOutput(); err != nil {
			t.Errorf("%s: %v: %s", name, err, out)
		}
	}
}

// process finds one of the processes of an agent server.
func (r running) process(t *testing.T, which string) int {
	t.Helper()
	if which == "init" {
		return r.pid
	}
	mark := map[string]string{"broker": "__sandbox", "server": "\x00server\x00"}[which]
	var children []string
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", r.pid)) // each has those that it started
	must(t, err)
	for _, thread := range threads {
		text, err := os.ReadFile(thread)
		must(t, err)
		children = append(children, strings.Fields(string(text))...)
	}
	for _, child := range children {
		line, err := os.ReadFile("/proc/" + child + "/cmdline")
		must(t, err)
		if strings.Contains(string(line), mark) {
			pid, err := strconv.Atoi(child)
			must(t, err)
			return pid
		}
	}
	t.Fatalf("no %s among %s", which, children)
	return 0
}

// TestTheBrokerServesNobodyElse connects from the shell, which has the right to no program that the broker would start.
func TestTheBrokerServesNobodyElse(t *testing.T) {
	t.Parallel()
	for _, w := range ways() {
		h := newHouse(t)
		out, _ := h.inServer(t, w, `"$SHELL" -c "export ORCHESTRATOR_BROKER=$ORCHESTRATOR_BROKER SHIM=$SHELL"'
"$SHIM" -c "echo BREACH"; echo "got $?"; (exec -a git "$SHIM" version && echo BREACH); (setsid "$SHIM" -c "echo BREACH" &) ; sleep 0.3
perl -MSocket -e "socket(S,AF_UNIX,SOCK_STREAM,0); chdir shift; if (connect(S,sockaddr_un(shift))) { print qq(answer: ), <S> } else { print qq(refused\n) }" "${ORCHESTRATOR_BROKER%/*}" "${ORCHESTRATOR_BROKER##*/}"
rm -f "$ORCHESTRATOR_BROKER" && echo BREACH; echo x > "${ORCHESTRATOR_BROKER%/*}/x" && echo BREACH' 2>&1`)
		contains(t, out, "got 126\n")
		if !strings.Contains(out, "answer: only the agent server can start commands") && !strings.Contains(out, "refused\n") || strings.Contains(out, "BREACH") {
			t.Errorf("%s: the broker answered the shell: %s", w.name, out)
		}
	}
}

// hostile are clients in the agent server's own domain. None may keep the broker from its work. The one that talks nonsense waits for each
// refusal, so that it never has as many connections as the one that holds them.
var hostile = map[string]string{
	"holds connections": `my @s; for (1..200) { socket(my $s, AF_UNIX, SOCK_STREAM, 0); connect($s, sockaddr_un($at)); push @s, $s } print "up\n"; <STDIN>;`,
	"talks nonsense":    `for (1..300) { socket(my $s, AF_UNIX, SOCK_STREAM, 0); connect($s, sockaddr_un($at)); syswrite($s, join "", map { chr rand 256 } 1..500); shutdown($s, 1); sysread($s, my $said, 500) } print "up\n"; <STDIN>;`,
	"claims too much":   `socket(my $s, AF_UNIX, SOCK_STREAM, 0); connect($s, sockaddr_un($at)); syswrite($s, "\xff\xff\xff\xff"); print "up\n"; <STDIN>;`,
}

func TestAHostileClientDoesNotHoldUpTheBroker(t *testing.T) {
	t.Parallel()
	for _, w := range ways() {
		for name, client := range hostile {
			t.Run(name+"/"+w.name, func(t *testing.T) {
				t.Parallel()
				h := newHouse(t)
				out, err := h.inServer(t, w, fmt.Sprintf(`coproc perl -MSocket -e '$|=1; $SIG{PIPE}="IGNORE"; chdir shift; my $at = shift; %s' "${ORCHESTRATOR_BROKER%%/*}" "${ORCHESTRATOR_BROKER##*/}"
read up <&${COPROC[0]}; "$SHELL" -c 'echo served 1'; echo "first: $?"; kill $COPROC_PID; wait $COPROC_PID
for try in {1..100}; do "$SHELL" -c 'echo served 2' && break; done`, client)) // the broker sees one after the other that they have gone
				if err != nil {
					t.Errorf("it ended with %v", err)
				}
				contains(t, out, "served 2")
				if full := strings.Contains(out, "64 commands run already"); full != (name == "holds connections") {
					t.Errorf("its bound was reached %v: %s", full, out)
				}
			})
		}
	}
}
