package opencode

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/gateway"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
	"github.com/industrial-orchestrator/orchestrator/internal/runner"
	"github.com/industrial-orchestrator/orchestrator/internal/runner/opencode/proc"
)

// shelf keeps spares in a directory, as the rooms of the server do, and knows whose key is whose.
type shelf struct {
	dir   string
	store *memory

	mu      sync.Mutex
	links   map[Key]Key
	owners  map[string]Key // of keys at the gateway
	fixed   map[Key]string
	made    []Key
	changed chan struct{} // gets one for each spare that is removed
	calls   []Key         // of the gateway, by owner
	broken  error         // what Take answers after it gave the directories
}

func newShelf(t *testing.T) *shelf {
	return &shelf{dir: t.TempDir(), links: map[Key]Key{}, owners: map[string]Key{}, fixed: map[Key]string{}, changed: make(chan struct{}, 100)}
}

func (s *shelf) room(k Key) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if to, ok := s.links[k]; ok {
		k = to
	}
	return filepath.Join(s.dir, string(k.Tenant), string(k.Session))
}

func (s *shelf) tree(k Key) string { return filepath.Join(s.room(k), "tree") }

// Make leaves a .git that names an empty directory, as the server does.
func (s *shelf) Make(k Key) (string, error) {
	tree := s.tree(k)
	for _, dir := range []string{tree, filepath.Join(s.room(k), "git")} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return "", err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.made = append(s.made, k)
	return tree, os.WriteFile(filepath.Join(tree, ".git"), []byte("gitdir: ../git\n"), 0o600)
}

func (s *shelf) Fixed(k Key, _ Use) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.fixed[k], nil
}

func (s *shelf) Take(ctx context.Context, spare, of Key) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := os.Lstat(filepath.Join(s.dir, string(of.Tenant), string(of.Session))); err == nil {
		return fault.New(fault.Conflict, "This session already has directories.")
	}
	s.links[of] = spare
	if s.broken != nil {
		return s.broken
	}
	p, _, _ := s.store.Load(ctx, spare)
	for key, k := range s.owners {
		if k == spare {
			s.owners[key] = of
		}
	}
	_ = s.store.Delete(ctx, spare)
	return s.store.Save(ctx, of, p)
}

func (s *shelf) Remove(k Key) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, taken := range s.links {
		if taken == k {
			return nil
		}
	}
	err := os.RemoveAll(filepath.Join(s.dir, string(k.Tenant), string(k.Session)))
	s.changed <- struct{}{}
	return err
}

func (s *shelf) newKey(_ context.Context, k Key) (string, string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := "key-" + string(session.SpareOf(id.New()))
	s.owners[key] = k
	return key, key, nil
}

// admitSpares is the gateway's backend over a shelf.
type admitSpares struct {
	*shelf
	url string
}

func (a admitSpares) Admit(_ context.Context, ask gateway.Ask) (gateway.Grant, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	owner, ok := a.owners[ask.Key]
	if !ok {
		return gateway.Grant{}, fault.New(fault.Unauthenticated, "Unknown gateway key.")
	}
	a.calls = append(a.calls, owner)
	return gateway.Grant{BaseURL: a.url, Kind: provider.OpenAICompatible, Spare: owner.Session.IsSpare()}, nil
}

func (admitSpares) Record(context.Context, gateway.Call) error { return nil }

// spareHouse is a house whose teams have spares. npm is the protocol that OpenCode speaks.
func spareHouse(t *testing.T, npm string, change func(*Options)) (*house, *shelf) {
	t.Helper()
	s := newShelf(t)
	h := ownRunner(t, func(o *Options) {
		o.Home, o.Conf = func(k Key) string { return filepath.Join(s.room(k), "home") }, func(k Key) string { return filepath.Join(s.room(k), "conf") }
		o.Spares, o.MaxSpares, o.Key, o.StartTimeout = s, 1, s.newKey, within
		if change != nil {
			change(o)
		}
		inner := o.Config
		o.Config = func(ctx context.Context, t tenant.ID) (TeamConfig, error) {
			c, err := inner(ctx, t)
			c.Providers[0].NPM = npm
			return c, err
		}
	})
	s.store = h.store
	g := httptest.NewServer(gateway.New(gateway.Options{Backend: admitSpares{s, h.url}, Transport: http.DefaultTransport}))
	t.Cleanup(g.Close)
	h.url = g.URL + "/p/fake/v1"
	return h, s
}

// waiting is the team's spare once it is ready.
func (h *house) waiting(t *testing.T, team tenant.ID) *proc.Agent {
	t.Helper()
	deadline, tick := time.After(within), time.NewTicker(20*time.Millisecond)
	defer tick.Stop()
	for {
		if a := h.pool.Waiting(team); a != nil {
			return a
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatal("there is no spare")
		}
	}
}

// claim plays the first turn of a session as the engine does: it takes a spare if one fits, and then its tree gets a commit.
func (s *shelf) claim(t *testing.T, h *house, d *desk) (taken bool) {
	t.Helper()
	taken = h.Take(t.Context(), d.job)
	d.job.Dir = s.tree(d.key())
	script := `mkdir -p ../git . && git init -q --bare -b main ../git && git --git-dir=../git config core.bare false && echo "gitdir: ../git" > .git &&
		git -c user.name=a -c user.email=a@b commit -q --allow-empty -m first`
	if err := os.MkdirAll(d.job.Dir, 0o700); err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), "bash", "-euc", script)
	c.Dir = d.job.Dir
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	_, release := h.Prepare(t.Context(), d.job)
	t.Cleanup(release)
	return taken
}

// TestASessionTakesOverASpare plays the first session of a team cold, and the next one on the spare that was started meanwhile, in each
// protocol: the spare's own call is answered by the gateway alone.
func TestASessionTakesOverASpare(t *testing.T) {
	t.Parallel()
	heavy(t)
	for name, npm := range map[string]string{"chat": "@ai-sdk/openai-compatible", "responses": "@ai-sdk/openai", "messages": "@ai-sdk/anthropic"} {
		t.Run(name, func(t *testing.T) {
			h, s := spareHouse(t, npm, nil)
			cold := newDesk(t, h, script(`{"text":"cold"}`))
			if s.claim(t, h, cold) {
				t.Fatal("there was a spare before the first session")
			}
			cold.start(t).end(t, runner.Done)
			spare := h.waiting(t, crew)
			before := spare.Server().Process()
			if before.Room != spare.Key().Session || !before.Room.IsSpare() {
				t.Errorf("the spare is stored as %+v", before)
			}
			if n := len(h.model.Requests()); n != 1 {
				t.Errorf("the model was called %d times, want once: a spare costs nothing", n)
			}

			warm := newDesk(t, h, script(`{"text":"warm"}`))
			if !s.claim(t, h, warm) {
				t.Fatal("the spare was not taken")
			}
			warm.start(t).end(t, runner.Done)
			warm.wantTexts(t, "warm")
			if p := warm.process(); p.PID != before.PID || p.Room != before.Room {
				t.Errorf("the session has process %+v, the spare was %+v", p, before)
			}
			c, err := warm.server().Client.Session(t.Context(), warm.conv)
			if err != nil || c.ProjectID == "global" || c.ProjectID == "" || c.Directory != s.tree(warm.key()) {
				t.Errorf("the conversation's project is %q in %s, %v", c.ProjectID, c.Directory, err)
			}
			all, err := warm.server().Client.AllSessions(t.Context())
			if err != nil || len(all) != 1 {
				t.Errorf("OpenCode has %d conversations, want the session's only: %v", len(all), err)
			}
			s.wantCalls(t, warm.key())
		})
	}
}

// wantCalls checks that the last call was this session's, and that none came after it for the spare it was.
func (s *shelf) wantCalls(t *testing.T, last Key) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	taken, isTaken := s.links[last], false
	for _, k := range s.calls {
		isTaken = isTaken || k == last
		if isTaken && k == taken {
			t.Errorf("a call of %s still counted for the spare", last.Session)
		}
	}
	if !isTaken {
		t.Errorf("%s called no model: %v", last.Session, s.calls)
	}
}

// TestASpareIsTakenOnlyWhereItFits claims with sessions that the spare is not for.
func TestASpareIsTakenOnlyWhereItFits(t *testing.T) {
	t.Parallel()
	heavy(t)
	h, s := spareHouse(t, "@ai-sdk/openai-compatible", nil)
	cold := newDesk(t, h, script(`{"text":"cold"}`))
	s.claim(t, h, cold)
	cold.start(t).end(t, runner.Done)
	h.waiting(t, crew)
	for name, change := range map[string]func(*desk){
		"another team":                   func(d *desk) { d.job.Tenant = "01920000-0000-7000-8000-00000000000b" },
		"another repository":             func(d *desk) { d.job.Repository = "01920000-0000-7000-8000-00000000000c" },
		"its repository's configuration": func(d *desk) { d.job.OwnConfig = true },
		"a conversation":                 func(d *desk) { d.job.Conversation = "ses_1" },
		"directories":                    func(d *desk) { _ = os.MkdirAll(s.tree(d.key()), 0o700) },
		"other limits":                   func(d *desk) { s.fixed[d.key()] = "other" },
	} {
		d := newDesk(t, h, "no")
		change(d)
		if h.Take(t.Context(), d.job) {
			t.Errorf("a session with %s took the spare over", name)
		}
	}
	if !h.Take(t.Context(), newDesk(t, h, "yes").job) {
		t.Error("nobody can take the spare over any more")
	}
	if h.Take(t.Context(), newDesk(t, h, "no").job) {
		t.Error("two sessions took the same spare over")
	}
}

// TestASpareEndsFirst: a claim that finds no place for its process ends the spare before an idle session's process, and no spare is started
// in a full house.
func TestASpareEndsFirst(t *testing.T) {
	t.Parallel()
	heavy(t)
	h, s := spareHouse(t, "@ai-sdk/openai-compatible", func(o *Options) { o.MaxProcesses = 2 })
	first := newDesk(t, h, script(`{"text":"one"}`))
	s.claim(t, h, first)
	first.start(t).end(t, runner.Done)
	spare := h.waiting(t, crew).Key()
	second := newDesk(t, h, script(`{"text":"two"}`))
	second.job.Repository = repository.ID("01920000-0000-7000-8000-00000000000c")
	s.claim(t, h, second)
	second.start(t).end(t, runner.Done)
	if first.process().PID == 0 || second.process().PID == 0 {
		t.Error("a session's process ended although there was a spare")
	}
	if _, err := os.Stat(filepath.Join(s.dir, string(crew), string(spare.Session))); err == nil {
		t.Error("the spare's directories are still there")
	}
	if n := h.Running(); n != 2 {
		t.Errorf("%d processes run, want 2", n)
	}
}

// TestAFailedTakeoverLeavesNoProcessBetweenTwo: the session starts its own process in the directories that it got, and the spare ends.
func TestAFailedTakeoverLeavesNoProcessBetweenTwo(t *testing.T) {
	t.Parallel()
	heavy(t)
	h, s := spareHouse(t, "@ai-sdk/openai-compatible", nil)
	first := newDesk(t, h, script(`{"text":"one"}`))
	s.claim(t, h, first)
	first.start(t).end(t, runner.Done)
	spare := h.waiting(t, crew)
	before := spare.Server().Process()
	s.broken = fault.New(fault.Unavailable, "The database is away.")
	second := newDesk(t, h, script(`{"text":"two"}`))
	if s.claim(t, h, second) {
		t.Error("the takeover counts although it failed")
	}
	if _, err := (proc.Plain{}).StartTime(before.PID); err == nil {
		t.Error("the spare is still running")
	}
	second.start(t).end(t, runner.Done)
	second.wantTexts(t, "two")
	if p := second.process(); p.PID == before.PID || !strings.HasPrefix(s.room(second.key()), s.dir) {
		t.Errorf("the session has %+v", p)
	}
}

// TestASpareEndsWithItsTeamsIdleTime and leaves nothing.
func TestASpareEndsWithItsTeamsIdleTime(t *testing.T) {
	t.Parallel()
	heavy(t)
	h, s := spareHouse(t, "@ai-sdk/openai-compatible", func(o *Options) { o.Idle = 50 * time.Millisecond })
	d := newDesk(t, h, script(`{"text":"one"}`))
	s.claim(t, h, d)
	d.start(t).end(t, runner.Done)
	select {
	case <-s.changed:
	case <-time.After(within):
		t.Fatal("the spare's directories were not removed")
	}
	if left, _ := filepath.Glob(filepath.Join(s.dir, "*", "spare-*")); len(left) > 0 {
		t.Errorf("left: %q", left)
	}
}
