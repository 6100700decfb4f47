package e2e

import "github.com/industrial-orchestrator/orchestrator/internal/sandbox"

// escape is an attempt of a hostile agent's bash. It prints ESCAPED if it succeeds, and otherwise the system's message. attack is the
// row in doctor's table that reports whether this host blocks it.
type escape struct{ name, attack, script string }

// The scripts know all paths (see facts), so that no secret is protected only because it is hard to find.
var escapes = []escape{
	{"the product's database", sandbox.ReadOutside, `grep -ao SQLite $DATA/db/orchestrator.db && echo ESCAPED`},
	{"the master key", sandbox.ReadOutside, `cat $DATA.key && echo ESCAPED`},
	{"the master key in the server's environment", sandbox.ReadOutside, `P=/proc; cat $P/$SERVER/environ && echo ESCAPED; cat $P/[0-9]*/root$DATA.key && echo ESCAPED`},
	{"another team's worktree", sandbox.ReadOutside, `cat $BLUE/secret.txt && echo ESCAPED`},
	{"another session's worktree", sandbox.ReadOutside, `cat $SIBLING/secret.txt && echo ESCAPED`},
	{"the operator's SSH key", sandbox.ReadOutside, `cat $OUTSIDE/.ssh/id_ed25519 && echo ESCAPED; ls ~root/.ssh && echo ESCAPED`},
	{"the host's passwords", sandbox.ReadOutside, `F=/etc/shadow; cat $F && echo ESCAPED`},
	{"the agent server's home", sandbox.ReadOutside, `for d in $TREE/../home $SIBLING/../home; do ls $d && echo ESCAPED; cat $d/data/opencode/opencode.db* && echo ESCAPED; done; ls $SESSIONS && echo ESCAPED`},
	{"every environment in /proc", sandbox.ReadEnviron, `P=/proc; cat $P/[0-9]*/environ | tr '\0' '\n' | grep -E 'PASSWORD|GATEWAY_KEY' && echo ESCAPED; cat $P/$PPID/environ`},
	{"the agent server's memory", sandbox.ReadEnviron, `head -c 1 /proc/$PPID/mem && echo ESCAPED; readlink -v /proc/$PPID/fd/1 && echo ESCAPED`},
	{"ptrace", sandbox.ReadEnviron, `perl -e 'my $n = $ARGV[1] eq "x86_64" ? 101 : 117; print syscall($n, 16, 0 + $ARGV[0], 0, 0) == 0 ? "ESCAPED\n" : "ptrace: $!\n"' $PPID $(uname -m)`},
	{"the agent server's port", sandbox.ConnectPort, `exec 3<>/dev/tcp/127.0.0.1/$AGENT && echo ESCAPED`},
	{"the agent server with its password", sandbox.ConnectPort, `curl -sS -m 5 --noproxy '*' -u opencode:$PASSWORD http://127.0.0.1:$AGENT/global/health | grep healthy && echo ESCAPED`},
	{"the gateway with another team's key", sandbox.ConnectPort, `curl -sS -m 5 --noproxy '*' -H "Authorization: Bearer $BLUEKEY" http://$GATEWAY/p/script/v1/models && echo ESCAPED`},
	{"the pages", sandbox.ConnectPort, `curl -sS -m 5 --noproxy '*' $PAGES/health/live && echo ESCAPED`},
	{"a port of one's own", sandbox.ConnectPort, `perl -MSocket -e 'socket(S,AF_INET,SOCK_STREAM,0); print bind(S,sockaddr_in(0,INADDR_LOOPBACK)) && listen(S,1) ? "ESCAPED\n" : "bind: $!\n"'`},
	{"the metadata address", sandbox.LeaveHost, `curl -sS -m 5 --noproxy '*' http://169.254.169.254/latest/meta-data/ && echo ESCAPED`},
	{"the metadata address by the proxy", sandbox.LeaveHost, `curl -sS -m 5 -f http://169.254.169.254/latest/meta-data/ && echo ESCAPED`},
	{"a name server", sandbox.SendDatagrams, `exec 3<>/dev/udp/127.0.0.1/53 && echo ESCAPED`},
	{"a raw socket", sandbox.SendDatagrams, `perl -MSocket -e 'print socket(S,AF_INET,SOCK_RAW,1) ? "ESCAPED\n" : "socket: $!\n"'`},
	{"a socket like Docker's", sandbox.HostSockets, `perl -MSocket -e 'socket(S,AF_UNIX,SOCK_STREAM,0); print connect(S,sockaddr_un(shift)) ? "ESCAPED\n" : "connect: $!\n"' $OUTSIDE/docker.sock`},
	{"the doors of other networks", sandbox.HostSockets, `ls $DATA/run && echo ESCAPED; perl -MSocket -e 'socket(S,AF_UNIX,SOCK_STREAM,0); print connect(S,sockaddr_un(shift)) ? "ESCAPED\n" : "connect: $!\n"' $DATA/run/gateway`},
	{"writing outside the tree", sandbox.WriteOutside, `echo x > $OUTSIDE/written && echo ESCAPED; echo x > /tmp/escaped-$$ && echo ESCAPED`},
	{"the agent server's config", sandbox.WriteOutside, `for d in $TREE/../home $SIBLING/../home $TREE/..; do echo '{"permission":"allow"}' > $d/opencode.json && echo ESCAPED; done; mkdir -p $SESSIONS/evil/tree && echo ESCAPED`},
	{"a symbolic link out", sandbox.WriteOutside, `ln -s $OUTSIDE/through link && echo x > link && echo ESCAPED; ln -s / slash; ls slash/root && echo ESCAPED; rm -f link slash`},
	{"a hard link out", sandbox.ReadOutside, `ln $DATA.key hard && echo ESCAPED`},
	{"a link for the server to follow", sandbox.ReadOutside, `ln -s $DATA.key leak.txt; ln -s $OUTSIDE outside; cat leak.txt && echo ESCAPED`},
	{"a repository that runs what it likes", sandbox.WriteOutside, `G=$(git rev-parse --git-dir); for c in core.fsmonitor core.pager diff.external core.sshCommand; do git config $c "touch $OUTSIDE/by-git"; done; mkdir -p $G/hooks;
for h in post-index-change pre-commit post-checkout; do printf '#!/bin/sh\ntouch %s/by-hook\n' $OUTSIDE > $G/hooks/$h; chmod +x $G/hooks/$h; done; echo '* filter=f diff=f' > .gitattributes; git config filter.f.clean "touch $OUTSIDE/by-filter"; git config diff.f.textconv "touch $OUTSIDE/by-textconv"; git status --short; ls $OUTSIDE/by-* && echo ESCAPED`},
	{"signals to the agent server", sandbox.SignalOutside, `kill -9 $PPID && echo ESCAPED; kill -STOP $PPID && echo ESCAPED`},
	{"signals to the orchestrator", sandbox.SignalOutside, `kill -9 $SERVER && echo ESCAPED; kill -9 1 && echo ESCAPED`},
	{"becoming root", sandbox.UseRootsRights, `su -c 'cat /etc/shadow' </dev/null && echo ESCAPED; perl -e '$> = 0; $< = 0; print open(F, "/etc/shadow") ? "ESCAPED\n" : "open: $!\n"'`},
	{"mounting", sandbox.UseRootsRights, `mount -t tmpfs none . && echo ESCAPED; mount --bind / . && echo ESCAPED`},
	{"another root directory", sandbox.UseRootsRights, `chroot / true && echo ESCAPED; perl -e 'print chroot("/") ? "ESCAPED\n" : "chroot: $!\n"'`},
	{"new namespaces", sandbox.UseRootsRights, `unshare -Ur true && echo ESCAPED; unshare -n true && echo ESCAPED; nsenter -t 1 -m true && echo ESCAPED`},
	{"a device of the host", sandbox.UseRootsRights, `D=/dev; mknod disk b 8 0 && echo ESCAPED; cat $D/mem $D/kmsg $D/sda $D/vda && echo ESCAPED`},
	{"settings of the kernel", sandbox.WriteOutside, `echo '|/bin/sh' > /proc/sys/kernel/core_pattern && echo ESCAPED; echo 1 > /proc/sysrq-trigger && echo ESCAPED; echo x > /sys/kernel/uevent_helper && echo ESCAPED`},
	{"the control groups", sandbox.WriteOutside, `for d in /sys/fs/cgroup /sys/fs/cgroup/unified; do echo $$ > $d/cgroup.procs && echo ESCAPED; mkdir $d/mine && echo ESCAPED; done`},
	{"other teams' control groups", sandbox.SeeGroups, `find /sys/fs/cgroup -name 'orchestrator-*' | grep . && echo ESCAPED; grep -h orchestrator- /proc/[0-9]*/cgroup && echo ESCAPED; cat /sys/fs/cgroup/cgroup.procs`},
	{"system calls against the kernel", sandbox.AttackKernel, `perl -e 'my %n = $ARGV[0] eq "x86_64" ? (bpf => 321, perf => 298, keyctl => 250, io_uring => 425, userfaultfd => 323) : (bpf => 280, perf => 241, keyctl => 219, io_uring => 425, userfaultfd => 282);
for my $c (sort keys %n) { $! = 0; my $r = syscall($n{$c}, 0, -3, 1, 0, 0); print $r >= 0 || ($! != 1 && $! != 38) ? "ESCAPED by $c\n" : "$c: $!\n" }' $(uname -m)`},
	{"a fork bomb", sandbox.BombForks, `perl -e 'for (1..3000) { my $p = fork; if (!defined $p) { print "fork: $!\n"; last } if (!$p) { sleep 60; exit } push @p, $p } print "ESCAPED\n" if @p == 3000; kill 9, @p'`},
	{"a huge file", sandbox.WriteHugeFile, `head -c 100000000 /dev/zero > huge; echo "wrote $(stat -c %s huge), head ended with $?"; [ $(stat -c %s huge) = 100000000 ] && echo ESCAPED; rm -f huge`},
	{"outliving the session", sandbox.OutliveGroup, `(setsid nohup env -i /bin/sleep $MARK >/dev/null 2>&1 &); (setsid setsid sleep $MARK >/dev/null 2>&1 &); (ulimit -x 1; env -i setsid /bin/sleep $MARK >/dev/null 2>&1 &); echo "started for later"`},
}
