package turn

import (
	"io"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/runner/opencode/wire"
)

// lines makes events as the stream carries them.
func lines(t *testing.T, frames ...string) (es []wire.Event) {
	t.Helper()
	for _, f := range frames {
		e, ok := wire.Decode[wire.Event]([]byte(f))
		if !ok {
			t.Fatalf("no event: %s", f)
		}
		es = append(es, e)
	}
	return es
}

func TestAnUnknownTypeIsKeptRawAndCounted(t *testing.T) {
	t.Parallel()
	p := newPlayback(t, lines(t,
		`{"payload":{"id":"evt_1","type":"session.dreamt","properties":{"sessionID":"ses_a","what":"\u0000sheep"}}}`,
		`{"payload":{"type":"sync","syncEvent":{"id":"evt_2","type":"message.updated.2","seq":0,"aggregateID":"ses_a","data":{"x":1}}}}`,
		`{"payload":{"type":"sync","syncEvent":{"id":"evt_3","type":"message.part.updated.1","seq":1,"aggregateID":"ses_a","data":{"part":{"id":"prt_1","type":"hologram"},"time":1}}}}`,
		`{"payload":{"type":"sync","syncEvent":{"id":"evt_4","type":"session.next.step.ended.2","seq":2,"aggregateID":"ses_a","data":{}}}}`,
		`{"payload":{"id":"evt_5","type":"process.dreamt","properties":{}}}`), nil)
	out := p.play(t)
	for _, want := range []string{
		`{"source_type":"session.dreamt","payload":{"sessionID":"ses_a","what":"�sheep"}}`,
		`{"source_type":"message.updated.2","payload":{"x":1}}`,
		`{"source_type":"message.part.updated.1","payload":{"part":{"id":"prt_1","type":"hologram"},"time":1}}`,
		"cursor ses_a 2",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("%s is not reported in\n%s", want, out)
		}
	}
	n := p.unknown.All()
	if len(n) != 4 || n["session.dreamt"] != 1 || n["message.updated.2"] != 1 || n["part hologram"] != 1 || n["process.dreamt"] != 1 {
		t.Errorf("counted: %v", n)
	}
}

func TestAnEntryIsAppliedOnce(t *testing.T) {
	t.Parallel()
	step := `{"payload":{"type":"sync","syncEvent":{"id":"evt_1","type":"message.part.updated.1","seq":0,"aggregateID":"ses_a","data":{"part":{"id":"prt_1","messageID":"msg_1","type":"step-finish","cost":0.5},"time":1}}}}`
	p := newPlayback(t, lines(t, step, step), nil)
	if out := p.play(t); strings.Count(out, "agent.usage") != 1 {
		t.Errorf("reported twice:\n%s", out)
	}
}

func TestALongOutputKeepsHeadAndTail(t *testing.T) {
	t.Parallel()
	output := "head " + strings.Repeat("ä", maxText) + " tail\x00"
	x := toolEvent(wire.Part{State: &wire.ToolState{Status: "completed", Output: output}}, "")
	if !x.Truncated || x.OutputSize != int64(len(output)) || len(x.Output) > maxText+100 {
		t.Errorf("truncated %v, %d bytes of %d kept", x.Truncated, len(x.Output), x.OutputSize)
	}
	if !strings.HasPrefix(x.Output, "head ää") || !strings.HasSuffix(x.Output, "ä tail�") || !strings.Contains(x.Output, "bytes left out") {
		t.Errorf("kept: %.20q … %q", x.Output, x.Output[len(x.Output)-20:])
	}
	short := toolEvent(wire.Part{State: &wire.ToolState{Status: "completed", Output: strings.Repeat("x", maxText)}}, "")
	if short.Truncated || len(short.Output) != maxText {
		t.Errorf("an output of the bound's length is cut to %d", len(short.Output))
	}
}

func TestCleanJSONHoldsWhatADatabaseTakes(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`{"a":"x\u0000y"}`:               `{"a":"x�y"}`,
		`{"a\u0000":["\ud800",1.50,{}]}`: `{"a�":["�",1.50,{}]}`,
		`{"n":12345678901234567890}`:     `{"n":12345678901234567890}`,
		`{"u":"\u00e4"}`:                 `{"u":"ä"}`,
		"{\"b\":\"\xff\"}":               `{"b":"�"}`,
	} {
		if got := string(cleanJSON([]byte(in))); got != want {
			t.Errorf("cleanJSON(%q) = %s, want %s", in, got, want)
		}
	}
}

func TestARefusalByNameIsAReason(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		status int64
		said   string
		want   string
	}{
		{"APIError", 401, "x", "model_auth"}, {"APIError", 403, "x", "model_forbidden"}, {"APIError", 402, "x", "model_account"},
		{"APIError", 429, "x", "model_rate_limited"}, {"APIError", 503, "x", "model_unavailable"}, {"APIError", 0, "socket closed", "model_unavailable"},
		{"APIError", 400, "x", "agent_error"}, {"APIError", 404, "x", "invalid_config"}, {"APIError", 413, "x", "request_too_large"}, {"ContextOverflowError", 0, "Request Entity Too Large: <html>", "request_too_large"},
		{"ProviderAuthError", 0, "x", "model_auth"}, {"ContextOverflowError", 0, "x", "context_overflow"},
		{"MessageOutputLengthError", 0, "", "agent_error"}, {"ContentFilterError", 0, "x", "agent_error"},
		{"UnknownError", 0, "Model not found: a/b.", "invalid_config"}, {"UnknownError", 0, "Cannot connect to API", "model_unavailable"},
		{"UnknownError", 0, "", "agent_error"}, {wire.AbortedError, 0, "Aborted", "agent_error"},
	} {
		r := reasonOf(wire.Failure{Name: c.name, Data: wire.FailureData{Message: c.said, StatusCode: c.status}})
		if string(r.Code) != c.want || !strings.HasSuffix(r.Message, ".") {
			t.Errorf("%+v is %+v, want %s", c, r, c.want)
		}
	}
}

func TestAskGoneInTheSameBatchWasNeverAsked(t *testing.T) {
	t.Parallel()
	turn, _ := fakeTurn(t, &fakeOpenCode{}, io.Discard)
	turn.transcript.addAsk(place{}, permissionAsk(wire.PermissionAsk{ID: "per_1"}))
	turn.transcript.dropAsk("per_1")
	if b := turn.report.batch; len(b.Asks) > 0 || len(b.Gone) > 0 {
		t.Errorf("reported: %+v", b)
	}
}

func TestAGhostIsNoAsk(t *testing.T) {
	t.Parallel()
	p := newPlayback(t, lines(t, `{"payload":{"type":"sync","syncEvent":{"type":"session.updated.1","seq":0,"aggregateID":"ses_a","data":{}}}}`), nil)
	turn := p.turns[0].transcript
	turn.calls["msg_1/call_1"] = "error"
	busy, call := map[string]wire.Status{"ses_a": {Type: "busy"}}, &wire.AskedCall{MessageID: "msg_1", CallID: "call_1"}
	if turn.isWaiting("ses_a", call, busy) {
		t.Error("an ask of a call that has ended waits")
	}
	if turn.isWaiting("ses_a", nil, nil) {
		t.Error("an ask of an idle conversation waits")
	}
	if turn.isWaiting("ses_b", nil, map[string]wire.Status{"ses_b": {Type: "busy"}}) {
		t.Error("another session's ask waits here")
	}
	if turn.calls["msg_1/call_1"] = "running"; !turn.isWaiting("ses_a", call, busy) {
		t.Error("an ask of a running call does not wait")
	}
}
