package sandbox_test

import (
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/sandbox"
)

// TestPinnedFilesStay attacks .git from the agent server and from its shell, in a tree that both can write to.
func TestPinnedFilesStay(t *testing.T) {
	t.Parallel()
	const attack = `cd $TREE; echo x > .git && echo BREACH; rm -f .git && echo BREACH; mv .git y && echo BREACH; echo x > y; mv -f y .git && echo BREACH; ln -sf y .git && echo BREACH
chmod 777 .git && echo BREACH; umount .git && echo BREACH; mv ../tree ../other && echo BREACH; mkdir -p ../git/made && echo made; cat .git`
	for _, w := range ways() {
		if !w.namespaces {
			continue
		}
		h := newHouse(t)
		h.ownGit(t)
		inShell, err := h.inShell(t, w, attack)
		must(t, err)
		cmd, err := sandbox.Command(t.Context(), h.spec(t, w, "/bin/bash", "-c", h.facts()+attack))
		must(t, err)
		inServer, err := output(cmd)
		must(t, err)
		for _, out := range []string{inShell, inServer} {
			contains(t, out, "gitdir: ../git\n")
			if made := strings.Contains(out, "made\n"); made != (out == inShell) {
				t.Errorf("%s: it wrote to the git directory %v: %s", w.name, made, out)
			}
			if strings.Contains(out, "BREACH") {
				t.Errorf("%s: it was changed: %s", w.name, out)
			}
		}
	}
}
