package workspace_test

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/engine/workspace"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
	"github.com/industrial-orchestrator/orchestrator/internal/sandbox"
)

// TestDeletedFilesThatAreOpenAreCounted once, however often they are open, as long as a program of the session has them. The programs of
// a session that took over a spare are marked as the spare's.
func TestDeletedFilesThatAreOpenAreCounted(t *testing.T) {
	t.Parallel()
	for _, isSpare := range []bool{false, true} {
		t.Run(fmt.Sprintf("spare %v", isSpare), func(t *testing.T) {
			t.Parallel()
			space, rooms, s := roomWith(t, func(string) {})
			if isSpare {
				s.ID = session.ID(id.New())
				spare := session.SpareOf(id.New())
				must(t, errors.Join(rooms.MakeSpare(s.Tenant, spare), rooms.TakeSpare(s.Tenant, spare, s.ID)))
			}
			countDeleted(t, space, rooms, s)
		})
	}
}

func countDeleted(t *testing.T, space *workspace.Space, rooms workspace.Rooms, s session.Session) {
	t.Helper()
	before, err := space.Weigh(t.Context(), s)
	must(t, err)
	dir := rooms.Tree(s.Tenant, s.ID)
	cmd, err := sandbox.Command(t.Context(), sandbox.Spec{Session: rooms.Name(s.Tenant, s.ID), Dir: dir, ReadWrite: []string{dir}, Env: []string{"PATH=/usr/bin:/bin"}, Namespaces: true,
		Argv: []string{"/bin/bash", "-c", `exec 5>a 6>a 7>b; rm a b; head -c 4194304 /dev/zero >&5; head -c 4194304 /dev/zero >&7; echo up; read -r`}})
	must(t, err)
	out, err := cmd.StdoutPipe()
	must(t, err)
	in, err := cmd.StdinPipe()
	must(t, err)
	cmd.Stderr = os.Stderr
	must(t, cmd.Start())
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "up\n" {
		t.Fatal(line, err)
	}
	held, err := space.Weigh(t.Context(), s)
	if err != nil || held-before < 8<<20 || held-before > 9<<20 {
		t.Errorf("8 MiB are open: %d after %d, %v", held, before, err)
	}
	must(t, in.Close())
	_ = cmd.Wait()
	if after, err := space.Weigh(t.Context(), s); err != nil || after-before > 1<<20 {
		t.Errorf("nothing is open: %d after %d, %v", after, before, err)
	}
}
