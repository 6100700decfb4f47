package opencode

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/scriptmodel"
)

// within bounds every wait of a test; a real OpenCode on a busy machine is slow, never this slow.
const within = 2 * time.Minute

func TestMain(m *testing.M) {
	code := m.Run()
	shared.close()
	os.Exit(code)
}

// heavy leaves a test that starts OpenCode many times out of -short. Long checks run it after every change of this package.
func heavy(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("it starts OpenCode many times, and comes with .ci/long")
	}
}

// shared is one runner for all tests that neither kill nor configure its processes.
var shared sharedHouse

type sharedHouse struct {
	once sync.Once
	*house
	dir string
	err error
}

func (s *sharedHouse) close() {
	if s.house != nil {
		s.house.close()
	}
	if s.dir != "" {
		_ = os.RemoveAll(s.dir)
	}
}

// sharedRunner is the house that most tests use.
func sharedRunner(t *testing.T) *house {
	t.Helper()
	bin := realBin(t)
	shared.once.Do(func() {
		if shared.dir, shared.err = os.MkdirTemp("", "opencode-test-"); shared.err == nil {
			shared.house, shared.err = newHouse(bin, shared.dir, func(o *Options) { o.Idle = time.Second }) // each session has a process of its own
		}
	})
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	return shared.house
}

// ownRunner is a house for one test.
func ownRunner(t *testing.T, change func(*Options)) *house {
	t.Helper()
	h, err := newHouse(realBin(t), t.TempDir(), change)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.close)
	return h
}

// realBin is the real OpenCode. Without it the test is left out, and fails where CI=true.
func realBin(t *testing.T) string {
	t.Helper()
	const variable = "ORCHESTRATOR_OPENCODE_BIN"
	bin := os.Getenv(variable)
	if bin == "" && os.Getenv("CI") == "true" {
		t.Fatalf("OpenCode is missing: %s is not set", variable)
	}
	if bin == "" {
		t.Skipf("OpenCode is not at hand: %s is not set", variable)
	}
	return bin
}

// gatewayKey is what every process asks the model with.
const gatewayKey = "worthless-key-of-the-gateway"

const crew = tenant.ID("01920000-0000-7000-8000-00000000000a")

// house is a runner with a scripted model.
type house struct {
	*Runner
	model *scriptmodel.Server
	url   string
	store *memory
	opts  Options
	stop  func()
}

func newHouse(bin, home string, change func(*Options)) (*house, error) {
	h := &house{model: scriptmodel.New(scriptmodel.Options{}), store: &memory{forgotten: make(chan struct{}, 16)}}
	url, stop, err := h.model.Listen("127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	h.url, h.stop = url, stop
	h.opts = Options{Bin: bin, Home: func(k Key) string { return filepath.Join(home, string(k.Tenant), string(k.Session)) }, Config: h.config, Processes: h.store,
		Key: func(context.Context, Key) (string, string, error) {
			return gatewayKey, fmt.Sprintf("generation-%d", time.Now().UnixNano()), nil
		}}
	if change != nil {
		change(&h.opts)
	}
	h.Runner = New(h.opts)
	return h, nil
}

// config makes bash need an approval, except "echo".
func (h *house) config(context.Context, tenant.ID) (TeamConfig, error) {
	return TeamConfig{
		Permission: []byte(`{"*":"allow","bash":{"*":"ask","echo *":"allow"},"question":"allow","external_directory":"deny"}`),
		Providers: []Provider{{Slug: "fake", NPM: "@ai-sdk/openai-compatible", BaseURL: h.url,
			Models: []Model{{ID: "scripted", Context: 128_000, Output: 8_192, Input: 3_000_000, OutputPrice: 15_000_000, Read: 300_000, CacheWrite: 3_750_000}}}},
	}, nil
}

func (h *house) close() {
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	_ = h.Runner.Close(ctx)
	h.stop()
}

// memory stores processes.
type memory struct {
	mu        sync.Mutex
	all       map[Key]Process
	forgotten chan struct{} // gets one for each process that was removed
}

func (m *memory) Load(_ context.Context, k Key) (Process, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	p, ok := m.all[k]
	return p, ok, nil
}

func (m *memory) Save(_ context.Context, k Key, p Process) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.all == nil {
		m.all = map[Key]Process{}
	}
	m.all[k] = p
	return nil
}

func (m *memory) Lose(ctx context.Context, k Key) error { return m.Delete(ctx, k) }

func (m *memory) Delete(_ context.Context, k Key) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.all, k)
	select {
	case m.forgotten <- struct{}{}:
	default:
	}
	return nil
}
