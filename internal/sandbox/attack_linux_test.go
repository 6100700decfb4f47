package sandbox_test

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/sandbox"
)

// attacks say BREACH when they succeed. Each is also run without a sandbox, where it must succeed: so none can pass by accident.
var attacks = []struct{ name, attack, script string }{
	{"product database", sandbox.ReadOutside, `grep -q house $ROOT/db/product.db && echo BREACH`},
	{"another team", sandbox.ReadOutside, `grep -q house $ROOT/teams/b/work/s3/code.go && echo BREACH`},
	{"another session of the team", sandbox.ReadOutside, `grep -q house $ROOT/teams/a/work/s2/code.go && echo BREACH`},
	{"list teams", sandbox.ReadOutside, `ls $ROOT/teams >/dev/null && echo BREACH`},
	{"ssh key", sandbox.ReadOutside, `grep -q house $ROOT/.ssh/id_ed25519 && echo BREACH`},
	{"through a link", sandbox.ReadOutside, `ln -sf $ROOT/db/product.db link; grep -q house link && echo BREACH`},
	{"hard link", sandbox.ReadOutside, `rm -f hard; ln $ROOT/db/product.db hard && grep -q house hard && echo BREACH`},
	{"root of another process", sandbox.ReadOutside, `grep -q house /proc/self/root$ROOT/db/product.db && echo BREACH`},
	{"write", sandbox.WriteOutside, `echo x > $ROOT/outside/x && echo BREACH`},
	{"truncate", sandbox.WriteOutside, `touch $ROOT/outside/t; truncate -s 0 $ROOT/outside/t && echo BREACH`},
	{"leave by renaming", sandbox.WriteOutside, `touch leaving; mv -f leaving $ROOT/outside/gone && echo BREACH`},
	{"team's own home", sandbox.WriteOutside, `echo x > $ROOT/teams/a/home/.bashrc && echo BREACH`},
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
	{"user namespace", sandbox.UseRootsRights, `unshare -U true && echo BREACH`},
}

func TestEveryAttackFailsInTheShell(t *testing.T) {
	t.Parallel()
	protected := map[string]bool{}
	for _, p := range sandbox.Probe().Protections() {
		protected[p.Attack] = p.Protected
	}
	for _, w := range ways() {
		h := newHouse(t)
		for _, a := range attacks {
			t.Run(a.name+"/"+w.name, func(t *testing.T) {
				t.Parallel()
				if !protected[a.attack] {
					t.Skipf("not protected on this host: %s", a.attack)
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
