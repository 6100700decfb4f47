package bench

import (
	"bufio"
	"bytes"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/scriptmodel"
)

// asks is the number of measurements per variant.
const asks = 8

// BenchmarkFirstEvent compares the time from a prompt to the agent's first event in a session that is created through the API and read
// from its stream, and in OpenCode itself: cold, which starts a process; on a spare, which a new session of an active team takes over; and
// warm, which is another message to a process that runs. Both use the real OpenCode and the same model. The sessions have no repository, so that both do the same work.
func BenchmarkFirstEvent(b *testing.B) {
	openCode(b)
	_, model := scripted(b)
	us := newDesk(b, model, "--warm-spares", "0")
	us.first("warm the disk's cache")
	quick := newDesk(b, model, "--log-level", "info")
	quick.first("be active")
	for b.Loop() {
		var cold, spare, warm, directCold, directWarm times
		for i := range asks {
			prompt := fmt.Sprintf("ping %d", i)
			id, took := us.first(prompt)
			cold = append(cold, took)
			us.until(id, "completed")
			warm = append(warm, us.next(id, prompt+" again"))

			<-quick.p.log.spare
			_, took = quick.first(prompt)
			spare = append(spare, took)

			begun := time.Now()
			d := startDirect(b, model)
			dir := b.TempDir()
			conversation := d.open(dir)
			directCold = append(directCold, d.next(begun, dir, conversation, prompt))
			directWarm = append(directWarm, d.next(time.Now(), dir, conversation, prompt+" again"))
			d.stop()
		}
		compareBoth(b, "cold", cold, directCold)
		compareBoth(b, "new session on a spare", spare, directCold)
		compareBoth(b, "warm", warm, directWarm)
	}
}

// scripted is a scripted model and its address.
func scripted(b *testing.B) (*scriptmodel.Server, string) {
	b.Helper()
	s := scriptmodel.New(scriptmodel.Options{})
	address, stop, err := s.Listen("127.0.0.1:0")
	check(b, err)
	b.Cleanup(stop)
	return s, address
}

func compareBoth(b *testing.B, name string, through, directly times) {
	b.Helper()
	for _, p := range []int{50, 90} {
		report(b, fmt.Sprintf("%s, through us p%d", name, p), millis(through.at(p)), "ms")
		report(b, fmt.Sprintf("%s, OpenCode alone p%d", name, p), millis(directly.at(p)), "ms")
	}
	report(b, name+", through us ÷ OpenCode alone, p50", float64(through.at(50))/float64(directly.at(50)), "times")
}

// desk is an API client of a team at the real binary.
type desk struct {
	b           *testing.B
	p           *program
	base, token string
}

func newDesk(b *testing.B, model string, flags ...string) *desk {
	b.Helper()
	dir := b.TempDir()
	p := serve(b, dir, append([]string{"--opencode-bin", openCode(b), "--allow-net", strings.TrimSuffix(strings.TrimPrefix(model, "http://"), "/v1")}, flags...)...)
	operate(b, dir, "", "tenant", "create", "--slug", slug, "--name", "Team")
	operate(b, dir, "", "tenant", "quota", "--tenant", slug, "--max-requests-per-minute", "1000000")
	operate(b, dir, password+"\n", "user", "create", "--email", address, "--name", "Lead", "--password-stdin")
	operate(b, dir, "", "member", "add", "--tenant", slug, "--email", address, "--role", "lead")
	d := &desk{b, p, p.url + "/api/v1", operate(b, dir, "", "token", "create", "--email", address, "--tenant", slug, "--name", "bench")}
	check(b, send(b.Context(), d.base+"/model-providers", d.token, map[string]any{"name": "script", "kind": "openai_compatible", "base_url": model, "api_key": "none",
		"models": []any{map[string]any{"id": "scripted", "context": 128000, "output": 8192}}}, nil))
	return d
}

// start creates a session and starts it.
func (d *desk) start(prompt string) string {
	d.b.Helper()
	var s struct{ ID string }
	check(d.b, send(d.b.Context(), d.base+"/sessions", d.token, map[string]any{"title": "Answer", "initial_prompt": prompt, "model_identifier": "script/scripted", "start": true}, &s))
	return s.ID
}

// first starts a session and reads its stream until the agent's first event.
func (d *desk) first(prompt string) (id string, took time.Duration) {
	d.b.Helper()
	begun := time.Now()
	id = d.start(prompt)
	return id, until(d.b, begun, d.base+"/sessions/"+id+"/events", d.token, "event: agent.", func() {})
}

// next sends a message to a session and reads its stream until the agent's next event.
func (d *desk) next(id, text string) time.Duration {
	d.b.Helper()
	var page struct {
		LastSeq int64 `json:"last_seq"`
	}
	check(d.b, receive(d.b.Context(), d.base+"/sessions/"+id+"/events?limit=1", d.token, &page))
	begun := time.Now()
	check(d.b, send(d.b.Context(), d.base+"/sessions/"+id+"/messages", d.token, map[string]any{"text": text}, nil))
	return until(d.b, begun, d.base+"/sessions/"+id+"/events?after="+strconv.FormatInt(page.LastSeq, 10), d.token, "event: agent.", func() {})
}

// until waits until a session has a status.
func (d *desk) until(id, status string) {
	d.b.Helper()
	for tick := time.NewTicker(10 * time.Millisecond); ; <-tick.C {
		var s struct{ Status string }
		check(d.b, receive(d.b.Context(), d.base+"/sessions/"+id, d.token, &s))
		if s.Status == status {
			return
		}
		if s.Status == "failed" {
			d.b.Fatalf("session %s failed", id)
		}
	}
}

// next sends a prompt to OpenCode and reads its stream, which is already open, until the first text of the response is complete, which
// is also when the orchestrator sends its first event.
func (d *direct) next(begun time.Time, dir, conversation, prompt string) time.Duration {
	d.b.Helper()
	return until(d.b, begun, d.base+"/global/event", "", `"text":"ok: `+prompt+`"`, func() { d.ask(dir, conversation, prompt) })
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
