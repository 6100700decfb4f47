package turn

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/industrial-orchestrator/orchestrator/internal/runner/opencode/wire"
)

// An OpenCode that an agent took over may send anything, on its stream and in its answers: what is read is bounded, ends, and is
// played like any other, without a panic and without text that a database refuses.
func FuzzReadEvents(f *testing.F) {
	for _, s := range hostileStreams {
		f.Add([]byte(s), []byte("[]"))
	}
	files, _ := filepath.Glob("testdata/*.ndjson")
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		lines := bytes.SplitAfter(text, []byte("\n"))
		f.Add(append([]byte("data: "), bytes.Join(lines[:min(12, len(lines))], []byte("\ndata: "))...), []byte(`[{"info":{"id":"msg_1"},"parts":[{}]}]`))
	}
	f.Fuzz(func(t *testing.T, stream, answers []byte) {
		var events []wire.Event
		if err := wire.ReadEvents(bytes.NewReader(stream), func(e wire.Event) { events = append(events, e) }); err == nil {
			t.Fatal("a stream ended without an error: its reader would not connect again")
		}
		p := newPlayback(t, events, sameAnswer(answers))
		p.endure(t)
		if out := p.out.String(); !utf8.ValidString(out) || strings.ContainsRune(out, 0) {
			t.Fatalf("recorded what is no text: %q", out)
		}
	})
}

// sameAnswer answers every question with the same bytes.
type sameAnswer []byte

func (a sameAnswer) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(bytes.NewReader(a))}, nil
}

// endure is play where an error ends a turn, as it does in the loop.
func (p *playback) endure(t *testing.T) {
	for _, e := range p.events {
		p.srv.Route(e)
		for _, turn := range p.turns {
			for _, i := range turn.inbox.Drain() {
				if turn.handle(t.Context(), i) != nil || turn.report.flush(t.Context()) != nil {
					return
				}
			}
		}
	}
	for _, turn := range p.turns {
		turn.transcript.isConcluded()
		outcomeOf(turn.transcript.newestAnswer())
	}
}

var hostileStreams = []string{
	"", "\n", "data:\n\n", "data: {}\n\n", "data: null\n\n", ": heartbeat\n\n", "event: x\ndata: {\"payload\":{\"type\":\"server.connected\"}}\n\n",
	`data: {"payload":{"type":"message.part.delta","properties":{"sessionID":"ses_1","partID":"p","field":"text","delta":"a\u0000b"}}}` + "\n",
	`data: {"payload":{"type":"sync","syncEvent":{"type":"message.part.updated.1","seq":-1,"aggregateID":"ses_1","data":{"part":{"type":"tool"}}}}}` + "\n",
	`data: {"payload":{"type":"sync","syncEvent":{"type":"message.part.updated.1","seq":1e18,"aggregateID":"ses_1","data":{"sessionID":"ses_1","part":{"type":"tool","state":{"status":"completed","time":{"start":9,"end":-9}}}}}}}` + "\n",
	`data: {"payload":{"type":"sync","syncEvent":{"type":"session.created.1","seq":0,"aggregateID":"ses_1","data":{"info":{"id":"ses_1","parentID":"ses_1"}}}}}` + "\n",
	`data: {"payload":{"type":"permission.asked","properties":{"id":"per_1","sessionID":"ses_1","patterns":["\ud800"],"metadata":"x"}}}` + "\n",
	`data: {"payload":{"type":"session.error","properties":{"sessionID":"ses_1","error":{"name":"x","data":{"message":"429","statusCode":429}}}}}` + "\n",
}
