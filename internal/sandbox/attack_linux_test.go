package sandbox_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/sandbox"
)

// attacks say BREACH when they succeed. Each is also run without a sandbox, where it must succeed: so none can pass by accident.
var attacks = []struct{ name, attack, script string }{
	{"product database", sandbox.ReadOutside, `grep -q house $ROOT/db/product.db && echo BREACH`},
	{"another team", sandbox.ReadOutside, `grep -q house $ROOT/teams/b/sessions/s3/tree/code.go && echo BREACH`},
	{"another session of the team", sandbox.ReadOutside, `grep -q house $ROOT/teams/a/sessions/s2/tree/code.go && echo BREACH`},
	{"list teams", sandbox.ReadOutside, `ls $ROOT/teams >/dev/null && echo BREACH`},
	{"ssh key", sandbox.ReadOutside, `grep -q house $ROOT/.ssh/id_ed25519 && echo BREACH`},
	{"through a link", sandbox.ReadOutside, `ln -sf $ROOT/db/product.db link; grep -q house link && echo BREACH`},
	{"hard link", sandbox.ReadOutside, `rm -f hard; ln $ROOT/db/product.db hard && grep -q house hard && echo BREACH`},
	{"root of another process", sandbox.ReadOutside, `grep -q house /proc/self/root$ROOT/db/product.db && echo BREACH`},
	{"write", sandbox.WriteOutside, `echo x > $ROOT/outside/x && echo BREACH`},
	{"truncate", sandbox.WriteOutside, `touch $ROOT/outside/t; truncate -s 0 $ROOT/outside/t && echo BREACH`},
	{"leave by renaming", sandbox.WriteOutside, `touch leaving; mv -f leaving $ROOT/outside/gone && echo BREACH`},
	{"the agent server's home", sandbox.WriteOutside, `echo x > $TREE/../home/.bashrc && echo BREACH`},
	{"own environment", sandbox.ReadEnviron, `env | grep -q $SECRET_END && echo BREACH`},
	{"parent's environment", sandbox.ReadEnviron, `tr '\0' '\n' < /proc/$PPID/environ | grep -q $SECRET_END && echo BREACH`},
	{"every environment", sandbox.ReadEnviron, `cat /proc/[0-9]*/environ 2>/dev/null | grep -aq $SECRET_END && echo BREACH`},
	{"parent's memory", sandbox.ReadEnviron, `head -c0 /proc/$PPID/mem && echo BREACH`},
	{"gateway", sandbox.ConnectPort, `exec 3<>/dev/tcp/127.0.0.1/$GATEWAY && echo BREACH`},
	{"other port", sandbox.ConnectPort, `exec 3<>/dev/tcp/127.0.0.1/$OTHER && echo BREACH`},
	{"take a port", sandbox.ConnectPort, `perl -MSocket -e 'socket(S,AF_INET,SOCK_STREAM,0) && bind(S,sockaddr_in(0,INADDR_LOOPBACK)) && listen(S,1) && print "BREACH"'`},
	{"datagram", sandbox.SendDatagrams, `echo x > /dev/udp/127.0.0.1/$UDP && echo BREACH`},
	{"multipath TCP", sandbox.SendDatagrams, `perl -MSocket -e 'socket(S,AF_INET,SOCK_STREAM,262) && connect(S,sockaddr_in(shift,INADDR_LOOPBACK)) && print "BREACH"' $OTHER`},
	{"TCP fast open", sandbox.SendDatagrams, `perl -MSocket -e 'socket(S,AF_INET,SOCK_STREAM,0) && defined(send(S,"x",0x20000000,sockaddr_in(shift,INADDR_LOOPBACK))) && print "BREACH"' $OTHER`},
	{"signal the orchestrator", sandbox.SignalOutside, `kill -0 $TESTER && echo BREACH`},
	{"signal the agent server", sandbox.SignalOutside, `kill -0 $PPID && echo BREACH`},
	{"signal anybody", sandbox.SignalOutside, `for p in /proc/[0-9]*; do p=${p#/proc/}; [ $p != $$ ] && kill -0 $p 2>/dev/null && echo BREACH; done`},
	{"the server's user", sandbox.BeOthers, `[ $(id -u) = $OWNER ] && echo BREACH`},
	{"own the server's files", sandbox.BeOthers, `[ -O /proc/self/exe ] && touch $TREE/mine && [ $(stat -c %u $TREE/mine) = $OWNER ] && echo BREACH`},
	{"this host from outside", sandbox.LeaveHost, `exec 3<>/dev/tcp/$HOST/$OTHER && echo BREACH`},
	{"socket of another program", sandbox.HostSockets, `perl -MSocket -e 'socket(S,AF_UNIX,SOCK_STREAM,0) && connect(S,sockaddr_un(shift)) && print "BREACH"' $ROOT/docker.sock`},
	{"read a terminal", sandbox.UseTerminals, `exec 3<$TERMINAL && echo BREACH`},
	{"write to a terminal", sandbox.UseTerminals, `printf x >$TERMINAL && echo BREACH`},
	{"keys of the kernel", sandbox.AttackKernel, `perl -e 'print "BREACH" if syscall($ARGV[0] eq "x86_64" ? 250 : 219, 0, -3, 1) > 0' $(uname -m)`},
	{"huge file", sandbox.WriteHugeFile, `head -c 40000000 /dev/zero > huge && [ $(stat -c %s huge) = 40000000 ] && echo BREACH; rm -f huge`},
	{"user namespace", sandbox.UseRootsRights, `unshare -U true && echo BREACH`},
}

func TestEveryAttackFailsInTheShell(t *testing.T) {
	t.Parallel()
	for _, w := range ways() {
		h := newHouse(t)
		protected := w.protected()
		for _, a := range attacks {
			t.Run(a.name+"/"+w.name, func(t *testing.T) {
				t.Parallel()
				if !protected[a.attack] {
					t.Skipf("not protected this way: %s", a.attack)
				}
				h.succeedsOutside(t, a.script)
				out, _ := h.inShell(t, w, a.script)
				if strings.Contains(out, "BREACH") || strings.Contains(out, secret) {
					t.Errorf("the attack succeeded: %s", out)
				}
			})
		}
	}
}

// serverAttacks are tried by the agent server itself: its file tools follow a link wherever it leads.
var serverAttacks = []struct{ name, script string }{
	{"another session's tree", `grep -q house $ROOT/teams/a/sessions/s2/tree/code.go && echo BREACH`},
	{"another session through a link", `ln -sfn ../.. $TREE/up; grep -q house $TREE/up/s2/tree/code.go && echo BREACH`},
	{"the list of sessions", `ls $TREE/../.. | grep -q s2 && echo BREACH`},
	{"write into another session", `echo x > $TREE/../../s2/tree/planted && echo BREACH`},
	{"a session that never was", `mkdir -p $TREE/../../evil/tree && echo BREACH`},
	{"beside the tree", `echo x > $TREE/../grants && echo BREACH`},
	{"another team", `grep -q house $ROOT/teams/b/sessions/s3/tree/code.go && echo BREACH`},
	{"the database", `grep -q house $ROOT/db/product.db && echo BREACH`},
	{"the git directory", `mkdir -p $TREE/../git/hooks && echo x > $TREE/../git/hooks/post-commit && echo BREACH`},
	{"the home of its shell", `echo x > $TREE/../shell/.gitconfig && echo BREACH`},
}

func TestTheAgentServerHasOneSession(t *testing.T) {
	t.Parallel()
	for _, w := range ways() {
		h := newHouse(t)
		h.ownGit(t)
		for _, a := range serverAttacks {
			t.Run(a.name+"/"+w.name, func(t *testing.T) {
				h.succeedsOutside(t, strings.ReplaceAll(a.script, "grants", "grants-of-a-test"))
				must(t, errors.Join(os.RemoveAll(filepath.Join(h.team, "sessions", "evil")), os.RemoveAll(filepath.Join(h.git, "hooks"))))
				cmd, err := sandbox.Command(t.Context(), h.spec(t, w, "/bin/bash", "-c", h.facts()+a.script))
				must(t, err)
				if out, _ := output(cmd); strings.Contains(out, "BREACH") || strings.Contains(out, secret) {
					t.Errorf("the attack succeeded: %s", out)
				}
			})
		}
	}
}

// TestEveryRowOfTheTableIsAttacked keeps a row from being promised and not tried.
func TestEveryRowOfTheTableIsAttacked(t *testing.T) {
	t.Parallel()
	tried := map[string]bool{
		sandbox.OutliveGroup: true,                               // TestKillGroupEndsWhoFled, TestKilledServerTakesItsShellsAlong
		sandbox.ReadSecrets:  true,                               // TestHiddenValuesAreInNoEnvironment
		sandbox.WriteGit:     true,                               // TestTheAgentServerHasOneSession
		sandbox.RunFromGit:   true,                               // TestGitOfOpenCodeCannotRunProgramsInItsDomain
		sandbox.BombForks:    true,                               // TestForkBombEndsAtTheLimit
		sandbox.SeeGroups:    true,                               // TestOtherGroupsAreInvisible
		sandbox.TakeMemory:   true, sandbox.TakeProcessors: true, // TestMemoryLimitIsTheKernels, TestASessionsGroupIsBelowItsTeams
	}
	for _, a := range attacks {
		tried[a.attack] = true
	}
	for _, p := range sandbox.Probe().Protections() {
		if !tried[p.Attack] {
			t.Errorf("nobody tries to %s", p.Attack)
		}
	}
}

func TestForkBombEndsAtTheLimit(t *testing.T) {
	t.Parallel()
	const bomb = `perl -e 'for (1..600) { my $p = fork; if (!defined $p) { print "refused: $!"; last } if (!$p) { sleep 60; exit } push @p, $p } print "BREACH" if @p == 600; kill 9, @p'`
	w := how{name: "user", namespaces: true, user: anyUser()}
	if !sandbox.Probe().Users {
		t.Skip("this host gives no program a user of its own")
	}
	h := newHouse(t)
	h.succeedsOutside(t, bomb)
	out, _ := h.inShell(t, w, bomb)
	contains(t, out, "refused: Resource temporarily unavailable")
	if strings.Contains(out, "BREACH") {
		t.Errorf("the bomb went off: %s", out)
	}
}

// succeedsOutside proves that the attack is one.
func (h *house) succeedsOutside(t *testing.T, script string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "/bin/bash", "-c", `/bin/bash -c "$1"; exit $?`, "server", h.facts()+script)
	cmd.Dir, cmd.Env = h.outside, h.environ(t)
	out, err := output(cmd)
	if !strings.Contains(out, "BREACH") {
		t.Fatalf("this is no attack: %v: %s", err, out)
	}
}
