package sandbox_test

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/sandbox"
)

// childRuns starts a child and waits until it is another program: until then, it can still get an environment from what bash keeps.
const childRuns = `sleep 600 >/dev/null 2>&1 & until [ "$(cat /proc/$!/comm)" = sleep ]; do :; done`

// TestHiddenValuesAreInNoEnvironment looks at the whole group from outside, and at the program from inside, where it keeps what it has read.
func TestHiddenValuesAreInNoEnvironment(t *testing.T) {
	t.Parallel()
	for _, w := range ways() {
		t.Run(w.name, func(t *testing.T) {
			h := newHouse(t)
			spec := h.spec(t, w, "/bin/bash", "-c", childRuns+`; echo up; read; cat /proc/$$/environ | tr '\0' '\n'; echo "it keeps $HIDDEN"`)
			spec.Env = append(spec.Env, "HIDDEN="+secret+"-hidden", "SHOWN=as it was")
			spec.Secrets = []string{"HIDDEN"}
			cmd, err := sandbox.Command(t.Context(), spec)
			must(t, err)
			in, err := cmd.StdinPipe()
			must(t, err)
			out, err := cmd.StdoutPipe()
			must(t, err)
			must(t, cmd.Start())
			lines := bufio.NewReader(out)
			_, err = lines.ReadString('\n')
			must(t, err)
			must(t, sandbox.Hide(cmd.Process.Pid, "HIDDEN"))
			must(t, sandbox.Hide(cmd.Process.Pid, "HIDDEN"))
			environs, err := filepath.Glob("/proc/[0-9]*/environ")
			must(t, err)
			for _, e := range environs {
				text, _ := os.ReadFile(e)
				if strings.Contains(string(text), h.root) && strings.Contains(string(text), secret+"-hidden") {
					t.Errorf("%s still has it", e)
				}
			}
			_, err = fmt.Fprintln(in, "go on")
			must(t, err)
			var said strings.Builder
			_, err = lines.WriteTo(&said)
			must(t, err)
			must(t, sandbox.KillGroup(cmd.Process.Pid, ""))
			_ = cmd.Wait()
			contains(t, said.String(), "SHOWN=as it was")
			contains(t, said.String(), "it keeps "+secret+"-hidden")
			if strings.Contains(said.String(), "HIDDEN="+secret) {
				t.Errorf("the program's own environment shows it: %s", said.String())
			}
			if err := sandbox.Hide(cmd.Process.Pid, "HIDDEN"); err == nil {
				t.Error("nothing was hidden, and nobody was told")
			}
		})
	}
}

// TestYamaCanForbidHiding: only what the kernel lets the server write can be overwritten.
func TestYamaCanForbidHiding(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		host  sandbox.Host
		hides bool
	}{
		{sandbox.Host{}, true},
		{sandbox.Host{Yama: 1}, true},
		{sandbox.Host{Yama: 2}, false},
		{sandbox.Host{Yama: 2, UserNamespaces: true}, true},
		{sandbox.Host{Yama: 2, Root: true, Ptrace: true}, true},
		{sandbox.Host{Yama: 3, Root: true, Ptrace: true}, false},
	} {
		x.host.OS = "linux"
		if x.host.Hides() != x.hides {
			t.Errorf("%+v: hides %v", x.host, !x.hides)
		}
		for _, p := range x.host.Protections() {
			if p.Attack == sandbox.ReadSecrets && p.Protected != x.hides {
				t.Errorf("%+v: the table says %+v", x.host, p)
			}
		}
	}
}
