package kernel_test

import (
	"bufio"
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/db"
	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
)

// holderEnv makes the test program a server that holds the lock of the database which it names.
const holderEnv = "HOLD_THE_LOCK_OF"

// TestHoldTheLock is the body of that server; it is no test by itself.
func TestHoldTheLock(t *testing.T) {
	at := os.Getenv(holderEnv)
	if at == "" {
		t.Skip("left out: only a child of another test holds a lock")
	}
	d, err := db.Open(t.Context(), options(at))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.LockServer(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	_, _ = os.Stdout.WriteString("locked\n")
	_, _ = io.Copy(io.Discard, os.Stdin) // until it is killed
}

func options(at string) dbkernel.Options {
	if strings.HasPrefix(at, "postgres") {
		return dbkernel.Options{DSN: at}
	}
	return dbkernel.Options{Path: at}
}

// hold starts another process that holds the lock.
func hold(t *testing.T, at string) *exec.Cmd {
	t.Helper()
	c := exec.Command(os.Args[0], "-test.run=^TestHoldTheLock$")
	c.Env = append(os.Environ(), holderEnv+"="+at)
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Process.Kill(); _ = c.Wait(); _ = in.Close() })
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "locked\n" {
		t.Fatalf("the other server says %q, %v", line, err)
	}
	return c
}

// A second server is refused, commands are not, and a server that was killed has let go when the next one starts.
func TestOneServerOnADatabase(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		at   func(*testing.T) string
		wait time.Duration
	}{
		"sqlite":   {func(t *testing.T) string { return dbtest.File(t) }, 0},
		"postgres": {func(t *testing.T) string { return dbtest.As(t, dbtest.Database(t), dbtest.ServeLogin) }, 10 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			at := c.at(t)
			other := hold(t, at)
			d, err := db.Open(t.Context(), options(at))
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = d.Close() }()
			if err := d.Ready(t.Context()); err != nil {
				t.Errorf("a command beside the server: %v", err)
			}
			if _, err := d.LockServer(t.Context(), 0); !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "Another server") {
				t.Errorf("a second server: %v", err)
			}
			if err := other.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			_ = other.Wait()
			l, err := d.LockServer(t.Context(), c.wait)
			if err != nil {
				t.Fatalf("after a kill: %v", err)
			}
			if err := l.Release(); err != nil {
				t.Error(err)
			}
			again, err := d.LockServer(t.Context(), 0)
			if err != nil {
				t.Fatalf("after a release: %v", err)
			}
			_ = again.Release()
		})
	}
}

// A host that vanishes, rather than a process, is found by the PostgreSQL server itself within 10 seconds.
func TestPostgresLooksForAVanishedHost(t *testing.T) {
	t.Parallel()
	l, err := dbtest.Postgres(t).LockServer(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Release() }()
	if got, err := dbkernel.LockSettings(t.Context(), l); err != nil || !slices.Equal(got, []string{"2", "2", "2", "8000"}) {
		t.Errorf("%q, %v", got, err)
	}
}

// A server whose connection was cut locks again, or stops if another server was faster.
func TestACutConnectionIsNoticed(t *testing.T) {
	t.Parallel()
	owner := dbtest.Database(t)
	at := dbtest.As(t, owner, dbtest.ServeLogin)
	d, err := db.Open(t.Context(), options(at))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.Close() }()
	first, err := d.LockServer(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = first.Release() }()
	cut := func() {
		dbtest.Run(t, owner, `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`)
	}
	cut()
	if err := dbkernel.CheckLock(t.Context(), first); err != nil {
		t.Errorf("nobody else wanted it: %v", err)
	}
	if _, err := d.LockServer(t.Context(), 0); !fault.Is(err, fault.Conflict) {
		t.Errorf("a second server after the first locked again: %v", err)
	}
	second := make(chan *dbkernel.ServerLock, 1)
	go func() {
		l, err := d.LockServer(t.Context(), time.Minute)
		if err != nil {
			t.Error(err)
		}
		second <- l
	}()
	dbtest.Run(t, owner, `DO $$ BEGIN WHILE NOT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())) LOOP PERFORM pg_sleep(0.01); END LOOP; END $$`)
	cut()
	l := <-second
	if err := first.Watch(t.Context(), time.Millisecond); !errors.Is(err, dbkernel.ErrLockLost) {
		t.Errorf("another server was faster: %v", err)
	}
	if l != nil {
		_ = l.Release()
	}
}
