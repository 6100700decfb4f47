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
	git                              string   // of the tree, or nothing
	name                             string   // of the session
	readOnly                         []string // what its shell may read besides
	programs                         map[string][]string
	gateway, other                   net.Listener
	udp                              net.PacketConn
	terminal                         string // of the operator
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
		all = append(all, how{name: "user", namespaces: true, user: anyUser()}, how{name: "user and network", namespaces: true, user: anyUser(), network: true})
	}
	return all
}

var users atomic.Int64

// anyUser is a user nobody else in this test is.
func anyUser() int { return 1_950_000_000 + os.Getpid()%50_000*1000 + int(users.Add(1)) }

// host is what this host would be if it had only what the way uses.
func (w how) host() sandbox.Host {
	h := sandbox.Probe()
	h.Processes, h.Files, h.Network, h.Users = h.Processes && w.namespaces, h.Files && w.namespaces, h.Network && w.network, w.user > 0
	if !w.namespaces {
		h.Groups = nil
	}
	return h
}

// protected says which attacks fail this way.
func (w how) protected() map[string]bool {
	rows := map[string]bool{}
	for _, p := range w.host().Protections() {
		rows[p.Attack] = p.Protected
	}
	return rows
}

const secret = "s3cret-of-the-house"

func newHouse(t *testing.T) *house {
	t.Helper()
	root, err := filepath.EvalSymlinks(t.TempDir())
	must(t, err)
	h := &house{name: "s1", root: root, team: filepath.Join(root, "teams", "a"), outside: filepath.Join(root, "outside")}
	h.tree = h.session("s1")
	for _, dir := range []string{h.tree, h.outside, h.session("s2"), h.home(), h.at("teams/b/sessions/s3/tree"), h.at("db"), h.at(".ssh")} {
		must(t, os.MkdirAll(dir, 0o700))
	}
	for _, file := range []string{"db/product.db", "teams/b/sessions/s3/tree/code.go", "teams/a/sessions/s2/tree/code.go", ".ssh/id_ed25519"} {
		must(t, os.WriteFile(h.at(file), []byte(secret), 0o600))
	}
	h.shell, err = sandbox.InstallShell(filepath.Join(root, "bin"))
	must(t, err)
	h.gateway, h.other = listen(t, "127.0.0.1"), listen(t, "")
	must(t, h.sandboxShell().MakeHome())
	h.localSocket(t)
	h.terminal = terminal(t)
	h.udp, err = net.ListenPacket("udp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { _ = h.udp.Close() })
	return h
}

// localSocket is a socket of another program that everybody may talk to, as far as files are asked.
func (h *house) localSocket(t *testing.T) {
	t.Helper()
	l, err := sandbox.ListenSocket(h.at("docker.sock"))
	must(t, err)
	must(t, os.Chmod(h.at("docker.sock"), 0o666))
	t.Cleanup(func() { _ = l.Close() })
}

// address is one under which this host is reached from others; loopback where it has no other.
func address() string {
	all, _ := net.InterfaceAddrs()
	for _, a := range all {
		if n, ok := a.(*net.IPNet); ok && n.IP.To4() != nil && !n.IP.IsLoopback() {
			return n.IP.String()
		}
	}
	return "127.0.0.1"
}

func listen(t *testing.T, host string) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", host+":0")
	must(t, err)
	t.Cleanup(func() { _ = l.Close() })
	return l
}

func (h *house) at(name string) string { return filepath.Join(h.root, name) }

// session is the tree of a session of the team; the directory above it is the server's.
func (h *house) session(name string) string {
	return filepath.Join(h.team, "sessions", name, "tree")
}

// home is the home of the session's agent server.
func (h *house) home() string { return filepath.Join(filepath.Dir(h.tree), "home") }

// handOver makes a user the owner of what the agents of the team's sessions can write, as the server does.
func (h *house) handOver(t *testing.T, w how) {
	t.Helper()
	if w.user == 0 {
		return
	}
	for _, dir := range append(h.sandboxShell().ReadWrite(), h.home(), h.session("s2")) {
		must(t, sandbox.Own(dir, w.user))
	}
}

// ownGit gives the tree a git directory beside it.
func (h *house) ownGit(t *testing.T) {
	t.Helper()
	h.git = filepath.Join(filepath.Dir(h.tree), "git")
	must(t, os.Mkdir(h.git, 0o700))
	must(t, os.WriteFile(filepath.Join(h.tree, ".git"), []byte("gitdir: ../git\n"), 0o600))
}

func (h *house) sandboxShell() sandbox.Shell {
	return sandbox.Shell{Session: h.name, Tree: h.tree, Git: h.git, Home: filepath.Join(filepath.Dir(h.tree), "shell"), ReadOnly: h.readOnly,
		Socket: filepath.Join(filepath.Dir(h.tree), "run", "shell"), Programs: h.programs}
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
	return append(env, "PATH="+os.Getenv("PATH"), "HOME="+h.home(), "OPENCODE_SERVER_PASSWORD="+secret,
		"SOME_API_KEY="+secret, "OPENCODE_CONFIG_CONTENT="+secret)
}

// facts are what an attack is told, in its own text: the shell drops the environment.
func (h *house) facts() string {
	return fmt.Sprintf("ROOT=%s TERMINAL=%s TREE=%s GATEWAY=%s OTHER=%s UDP=%s TESTER=%d OWNER=%d HOST=%s SECRET_END=of-the-house\n",
		h.root, h.terminal, h.tree, port(h.gateway.Addr()), port(h.other.Addr()), port(h.udp.LocalAddr()), os.Getpid(), os.Getuid(), address())
}

// spec is the first domain.
func (h *house) spec(t *testing.T, w how, argv ...string) sandbox.Spec {
	t.Helper()
	h.handOver(t, w)
	var gateway uint16
	_, err := fmt.Sscan(port(h.gateway.Addr()), &gateway)
	must(t, err)
	shell := h.sandboxShell()
	shell.Socket += fmt.Sprint(doors.Add(1)) // several servers may run at once
	broker, err := shell.Environ(h.shell)
	must(t, err)
	readOnly := h.readOnly
	if h.git != "" {
		readOnly = append(readOnly, h.git)
	}
	s := sandbox.Spec{
		Argv: argv, Dir: h.tree, Env: append(h.environ(t), broker[1]), Shell: &shell, ReadOnly: readOnly, ReadWrite: []string{h.tree, h.home()}, Pinned: h.sandboxShell().Pinned(), ConnectTCP: []uint16{gateway},
		Namespaces: w.namespaces, UID: w.user, OwnNetwork: w.network, DieWithParent: true,
		Limits: sandbox.Limits{FileSize: 32 << 20, OpenFiles: 4096, Processes: 400},
	}
	shell.Limits = s.Limits
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

// inServer runs a script as the agent server.
func (h *house) inServer(t *testing.T, w how, script string) (string, error) {
	t.Helper()
	cmd, err := sandbox.Command(t.Context(), h.spec(t, w, "/bin/bash", "-c", h.facts()+script))
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
