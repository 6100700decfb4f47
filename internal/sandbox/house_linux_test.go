package sandbox_test

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/sandbox"
)

// house is a data directory with two teams, and the two ports an agent server may use.
type house struct {
	root, team, tree, shell, outside string
	gateway, other                   net.Listener
	udp                              net.PacketConn
}

// how is how a host's abilities are used; each is tried where the host has it.
type how struct {
	name       string
	namespaces bool
	user       int
	network    bool
}

// ways are all the ways this host can hold an agent server, from the least to the best.
func ways() []how {
	all := []how{{name: "landlock"}}
	host := sandbox.Probe()
	if host.Processes {
		all = append(all, how{name: "namespaces", namespaces: true})
	}
	if host.Network {
		all = append(all, how{name: "network", namespaces: true, network: true})
	}
	if host.Users {
		all = append(all, how{name: "user", namespaces: true, user: 1_900_000_001}, how{name: "user and network", namespaces: true, user: 1_900_000_001, network: true})
	}
	return all
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

// handOver makes a user the owner of the team's files, as the server does.
func (h *house) handOver(t *testing.T, w how) {
	t.Helper()
	if w.user > 0 {
		must(t, sandbox.Own(h.team, w.user))
	}
}

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
func (h *house) spec(t *testing.T, w how, argv ...string) sandbox.Spec {
	t.Helper()
	h.handOver(t, w)
	var gateway uint16
	_, err := fmt.Sscan(port(h.gateway.Addr()), &gateway)
	must(t, err)
	s := sandbox.Spec{
		Argv: argv, Dir: h.tree, Env: h.environ(t), ReadWrite: []string{h.team}, ConnectTCP: []uint16{gateway},
		Namespaces: w.namespaces, UID: w.user, OwnNetwork: w.network, DieWithParent: true,
	}
	if w.network {
		s.Out = []sandbox.Bridge{{Port: gateway, Socket: h.socket(t)}}
	}
	return s
}

// socket is the gateway's door for those who have a network of their own.
func (h *house) socket(t *testing.T) string {
	t.Helper()
	dir := h.at(strings.Repeat("a-name-longer-than-a-socket-takes", 3))
	must(t, os.MkdirAll(dir, 0o700))
	socket := filepath.Join(dir, fmt.Sprint(doors.Add(1)))
	l, err := sandbox.ListenSocket(socket)
	must(t, err)
	t.Cleanup(func() { _ = l.Close() })
	return socket
}

var doors atomic.Int64

// inShell runs a script by the agents' shell below an agent server.
func (h *house) inShell(t *testing.T, w how, script string) (string, error) {
	t.Helper()
	// The server stays alive beside its shell, as OpenCode does.
	cmd, err := sandbox.Command(t.Context(), h.spec(t, w, "/bin/bash", "-c", `"$SHELL" -c "$1"; exit $?`, "server", h.facts()+script))
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
