package sandbox_test

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/sandbox"
)

// house is a data directory with two teams, and the two ports an agent server may use.
type house struct {
	root, team, tree, shell, outside string
	gateway, other                   net.Listener
	udp                              net.PacketConn
}

const secret = "s3cret-of-the-house"

func newHouse(t *testing.T) *house {
	t.Helper()
	root, err := filepath.EvalSymlinks(t.TempDir())
	must(t, err)
	h := &house{root: root, team: filepath.Join(root, "teams", "a"), outside: filepath.Join(root, "outside")}
	h.tree = filepath.Join(h.team, "work", "s1")
	for _, dir := range []string{h.tree, h.outside, h.at("teams/a/work/s2"), h.at("teams/a/home"), h.at("teams/b/work/s3"), h.at("db"), h.at(".ssh")} {
		must(t, os.MkdirAll(dir, 0o700))
	}
	for _, file := range []string{"db/product.db", "teams/b/work/s3/code.go", "teams/a/work/s2/code.go", ".ssh/id_ed25519"} {
		must(t, os.WriteFile(h.at(file), []byte(secret), 0o600))
	}
	h.shell, err = sandbox.InstallShell(filepath.Join(root, "bin"))
	must(t, err)
	h.gateway, h.other = listen(t), listen(t)
	h.udp, err = net.ListenPacket("udp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { _ = h.udp.Close() })
	return h
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { _ = l.Close() })
	return l
}

func (h *house) at(name string) string { return filepath.Join(h.root, name) }

func (h *house) sandboxShell() sandbox.Shell {
	return sandbox.Shell{Work: filepath.Join(h.team, "work")}
}

func port(a net.Addr) string {
	_, p, _ := net.SplitHostPort(a.String())
	return p
}

// environ is an agent server's environment: what it holds is what its shells must not see.
func (h *house) environ(t *testing.T) []string {
	t.Helper()
	env, err := h.sandboxShell().Environ(h.shell)
	must(t, err)
	return append(env, "PATH="+os.Getenv("PATH"), "HOME="+h.at("teams/a/home"), "OPENCODE_SERVER_PASSWORD="+secret,
		"SOME_API_KEY="+secret, "OPENCODE_CONFIG_CONTENT="+secret)
}

// facts are what an attack is told, in its own text: the shell drops the environment.
func (h *house) facts() string {
	return fmt.Sprintf("ROOT=%s TREE=%s GATEWAY=%s OTHER=%s UDP=%s TESTER=%d SECRET_END=of-the-house\n",
		h.root, h.tree, port(h.gateway.Addr()), port(h.other.Addr()), port(h.udp.LocalAddr()), os.Getpid())
}

// spec is the first domain.
func (h *house) spec(t *testing.T, namespaces bool, argv ...string) sandbox.Spec {
	t.Helper()
	var gateway uint16
	_, err := fmt.Sscan(port(h.gateway.Addr()), &gateway)
	must(t, err)
	return sandbox.Spec{
		Argv: argv, Dir: h.tree, Env: h.environ(t), ReadWrite: []string{h.team}, ConnectTCP: []uint16{gateway},
		Namespaces: namespaces, DieWithParent: true,
	}
}

// inShell runs a script by the agents' shell below an agent server.
func (h *house) inShell(t *testing.T, namespaces bool, script string) (string, error) {
	t.Helper()
	// The server stays alive beside its shell, as OpenCode does.
	cmd, err := sandbox.Command(t.Context(), h.spec(t, namespaces, "/bin/bash", "-c", `"$SHELL" -c "$1"; exit $?`, "server", h.facts()+script))
	must(t, err)
	return output(cmd)
}

func output(cmd *exec.Cmd) (string, error) {
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	return out.String(), err
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func contains(t *testing.T, got, want string) {
	t.Helper()
	if !strings.Contains(got, want) {
		t.Errorf("want %q in %q", want, got)
	}
}
