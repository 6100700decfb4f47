package bench

import (
	"bufio"
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/scriptmodel"
)

// asks is the number of measurements per variant. The first one of each does not count, because it starts processes.
const asks = 9

// BenchmarkFirstEvent compares the time from a prompt to the agent's first event in a session that is started through the API and read
// from its stream, and in OpenCode itself. Both use the real OpenCode, a new directory each time and the same model.
func BenchmarkFirstEvent(b *testing.B) {
	openCode(b)
	model, stop, err := scriptmodel.New(scriptmodel.Options{}).Listen("127.0.0.1:0")
	check(b, err)
	b.Cleanup(stop)
	us, d := newDesk(b, model), startDirect(b, model)
	for b.Loop() {
		var through, directly times
		for i := range asks {
			prompt := fmt.Sprintf("ping %d", i)
			through = append(through, us.first(prompt))
			directly = append(directly, d.first(prompt))
		}
		report(b, "through us, agents started", millis(through[0]), "ms")
		report(b, "directly, first use", millis(directly[0]), "ms")
		through, directly = through[1:], directly[1:]
		report(b, "through us, median", millis(through.at(50)), "ms")
		report(b, "directly, median", millis(directly.at(50)), "ms")
		report(b, "through us ÷ directly", float64(through.at(50))/float64(directly.at(50)), "times")
	}
}

// desk is an API client of a team at the real binary.
type desk struct {
	b           *testing.B
	base, token string
}

func newDesk(b *testing.B, model string) *desk {
	b.Helper()
	dir := b.TempDir()
	p := serve(b, dir, "--opencode-bin", openCode(b), "--allow-net", strings.TrimSuffix(strings.TrimPrefix(model, "http://"), "/v1"))
	operate(b, dir, "", "tenant", "create", "--slug", slug, "--name", "Team")
	operate(b, dir, "", "tenant", "quota", "--tenant", slug, "--max-requests-per-minute", "1000000")
	operate(b, dir, password+"\n", "user", "create", "--email", address, "--name", "Lead", "--password-stdin")
	operate(b, dir, "", "member", "add", "--tenant", slug, "--email", address, "--role", "lead")
	d := &desk{b, p.url + "/api/v1", operate(b, dir, "", "token", "create", "--email", address, "--tenant", slug, "--name", "bench")}
	check(b, send(b.Context(), d.base+"/model-providers", d.token, map[string]any{"name": "script", "kind": "openai_compatible", "base_url": model, "api_key": "none",
		"models": []any{map[string]any{"id": "scripted", "context": 128000, "output": 8192}}}, nil))
	return d
}

// first starts a session and reads its stream until the agent's first event.
func (d *desk) first(prompt string) time.Duration {
	d.b.Helper()
	begun := time.Now()
	var s struct{ ID string }
	check(d.b, send(d.b.Context(), d.base+"/sessions", d.token, map[string]any{"title": "Answer", "initial_prompt": prompt, "model_identifier": "script/scripted", "start": true}, &s))
	return until(d.b, begun, d.base+"/sessions/"+s.ID+"/events", d.token, "event: agent.", func() {})
}

// first sends a prompt to OpenCode and reads its stream, which is already open, until the first text of the response is complete, which
// is also when the orchestrator sends its first event.
func (d *direct) first(prompt string) time.Duration {
	d.b.Helper()
	dir, begun := d.b.TempDir(), time.Now()
	return until(d.b, begun, d.base+"/global/event", "", `"text":"ok: `+prompt, func() { d.ask(dir, prompt) })
}

// until returns the time from begun until a stream contains a line with a text. It calls then when the stream is open.
func until(b *testing.B, begun time.Time, address, token, mark string, then func()) time.Duration {
	b.Helper()
	req, err := http.NewRequestWithContext(b.Context(), http.MethodGet, address, nil)
	check(b, err)
	req.Header.Set("Accept", "text/event-stream")
	req.Header.Set("Authorization", "Bearer "+token)
	res, err := http.DefaultClient.Do(req)
	check(b, err)
	defer func() { _ = res.Body.Close() }()
	then()
	for lines := bufio.NewReader(res.Body); ; {
		line, err := lines.ReadBytes('\n')
		check(b, err)
		if bytes.Contains(line, []byte(mark)) {
			return time.Since(begun)
		}
	}
}
