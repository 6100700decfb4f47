package gateway

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
)

func readQuery(t *testing.T, e *endpoint, body string) *query {
	t.Helper()
	q := &query{endpoint: e, body: []byte(body)}
	var err error
	if q.members, err = members(q.body); err != nil {
		t.Fatal(err)
	}
	if err := q.readFields(); err != nil {
		t.Fatal(err)
	}
	return q
}

// Only the limit changes; every other byte stays.
func TestLimited(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		endpoint   int
		kind       provider.Kind
		body, want string
	}{
		"lowered":         {0, provider.OpenAICompatible, `{ "model":"a", "max_tokens" : 9000 ,"x":[1.0, {"max_tokens":7}]}`, `{ "model":"a", "max_tokens" : 100 ,"x":[1.0, {"max_tokens":7}]}`},
		"low already":     {0, provider.OpenAICompatible, `{"model":"a","max_tokens":50}`, `{"model":"a","max_tokens":50}`},
		"both names":      {0, provider.OpenAI, `{"max_completion_tokens":900,"model":"a","max_tokens":50}`, `{"max_completion_tokens":100,"model":"a","max_tokens":50}`},
		"absent":          {0, provider.OpenAICompatible, ` {"model":"a"}`, ` {"max_tokens":100,"model":"a"}`},
		"absent, newer":   {0, provider.OpenAI, `{"model":"a"}`, `{"max_completion_tokens":100,"model":"a"}`},
		"absurd":          {2, provider.Anthropic, `{"model":"a","max_tokens":1e300}`, `{"model":"a","max_tokens":100}`},
		"responses":       {1, provider.OpenAI, `{"model":"a","max_output_tokens":101}`, `{"model":"a","max_output_tokens":100}`},
		"several answers": {0, provider.OpenAICompatible, `{"model":"a","n":4,"max_tokens":50}`, `{"model":"a","n":4,"max_tokens":25}`},
	} {
		if got := string(readQuery(t, endpoints[c.endpoint], c.body).limited(100, c.kind)); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func FuzzMembers(f *testing.F) {
	f.Add([]byte(`{"a":[1,"]",{"b":"\\"}],"c\"":null , "d":-1e5}`))
	f.Add([]byte(` {} `))
	f.Fuzz(func(t *testing.T, body []byte) {
		all, err := members(body)
		if err != nil {
			return
		}
		var want map[string]json.RawMessage
		if json.Unmarshal(body, &want) != nil || len(want) != len(all) {
			t.Fatalf("%q: %d members, want %d", body, len(all), len(want))
		}
		if flat := canonical(nil, body); !bytes.Contains(body, []byte("c")) && string(flat) != string(compact(t, body)) {
			t.Fatalf("%q became %q", body, flat)
		}
		for _, m := range all {
			if value := body[m.start:m.end]; !bytes.Equal(value, want[m.key]) {
				t.Fatalf("%q: %q is %q, want %q", body, m.key, value, want[m.key])
			}
			var list []json.RawMessage
			if json.Unmarshal(want[m.key], &list) == nil && len(list) != len(elements(want[m.key])) {
				t.Fatalf("%q has %d elements, found %d", want[m.key], len(list), len(elements(want[m.key])))
			}
		}
	})
}

func compact(t *testing.T, raw []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := json.Compact(&b, raw); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestCanonicalLeavesCacheMarksOut(t *testing.T) {
	t.Parallel()
	in := ` {"role":"user", "cache_control":{"type":"ephemeral"},"content":[ {"text":"a  \"b", "cache_control" : null}, {"cache_control":1}, [] , -1.50 ] }`
	if got, want := string(canonical(nil, []byte(in))), `{"role":"user","content":[{"text":"a  \"b"},{},[],-1.50]}`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// readAll feeds stream to a meter in pieces of the given size.
func readAll(e *endpoint, stream []byte, size, limit int) (a *answer, out []byte) {
	a = &answer{}
	in := &events{limit: limit, event: func(raw, data []byte) {
		if out = append(out, raw...); data != nil {
			e.event(a, data)
		}
	}, huge: func(piece []byte) { out = append(out, piece...); a.generated += int64(len(piece)); a.truncated = true }}
	for len(stream) > 0 {
		n := min(size, len(stream))
		_, _ = in.Write(stream[:n])
		stream = stream[n:]
	}
	_ = in.Close()
	return a, out
}

// However a stream is cut into pieces, and whatever is in it: the same is read, and no count is below zero.
func FuzzStream(f *testing.F) {
	f.Add([]byte("data: {\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":1e308}}\r\n\r\ndata: [DONE]\n\n"), uint8(3))
	f.Add([]byte("event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"usage\":{\"input_tokens\":-1}}}\n\n"), uint8(1))
	f.Add([]byte("data: {\"type\":\"response.completed\",\ndata: \"response\":{\"usage\":{\"input_tokens\":5,\"output_tokens\":NaN}}}"), uint8(7))
	f.Add([]byte("data: {\"type\":\"content_block_start\",\"index\":-9,\"content_block\":{\"type\":\"tool_use\",\"input\":[]}}\n\n"), uint8(2))
	f.Fuzz(func(t *testing.T, stream []byte, size uint8) {
		for _, e := range endpoints {
			one, whole := readAll(e, stream, len(stream)+1, 1<<20)
			many, pieces := readAll(e, stream, int(size)+1, 1<<20)
			if !bytes.Equal(whole, stream) || !bytes.Equal(pieces, stream) {
				t.Fatalf("%s: %q became %q and %q", e.name, stream, whole, pieces)
			}
			if string(one.response()) != string(many.response()) || one.report != many.report || one.finished != many.finished {
				t.Fatalf("%s: pieces of %d read otherwise:\n%s %+v\n%s %+v", e.name, size, one.response(), one.report, many.response(), many.report)
			}
			if c := one.report.counts; c != c.Clean() {
				t.Fatalf("%s: counts below zero: %+v", e.name, c)
			}
			if _, cut := readAll(e, stream, int(size)+1, 16); !bytes.Equal(cut, stream) {
				t.Fatalf("%s: with a low limit %q became %q", e.name, stream, cut)
			}
		}
	})
}

func TestTooLongEventIsSkippedAlone(t *testing.T) {
	t.Parallel()
	stream := "data: {\"choices\":[{\"delta\":{\"content\":\"" + strings.Repeat("x", 1000) + "\"}}]}\n\ndata: {\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":6}}\n\ndata: [DONE]\n\n"
	a, _ := readAll(endpoints[0], []byte(stream), 64, 200)
	if !a.truncated || a.generated < 1000 || !a.report.exact() || a.report.counts.Input != 5 || !a.finished {
		t.Errorf("%+v", a)
	}
}

// A call's ID and name are cut when they arrive, not when they are stored, and they do not keep the event in memory.
func TestLabelsAreCutWhenTheyArrive(t *testing.T) {
	t.Parallel()
	a := &answer{}
	for i := range 1000 {
		chatEvent(a, []byte(`{"choices":[{"delta":{"tool_calls":[{"index":`+strconv.Itoa(i)+`,"id":"`+strings.Repeat("i", 10_000)+`","function":{"name":"`+strings.Repeat("n", 10_000)+`"}}]}}]}`))
	}
	kept := 0
	for _, c := range a.calls {
		kept += len(c.id) + len(c.name)
	}
	if len(a.calls) != keptCalls || len(a.byIndex) != keptCalls || kept > 2*keptCalls*(keptName+4) || !a.truncated || a.generated != 20_000_000 {
		t.Errorf("%d calls, %d bytes kept of %d", len(a.calls), kept, a.generated)
	}
}
