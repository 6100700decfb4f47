package reference

import (
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

func examplesOf(t *testing.T, d document) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	for path, methods := range d.Paths {
		for method, op := range methods {
			all[op.ID] = d.examples(strings.ToUpper(method), path, op)
		}
	}
	return all
}

func TestExamplesAreMadeOfTheDocument(t *testing.T) {
	t.Parallel()
	d, err := parse(golden(t), false)
	if err != nil {
		t.Fatal(err)
	}
	all := examplesOf(t, d)
	for id, want := range map[string]string{
		"get-me":        `curl "$API/me" \` + "\n" + `  -H "Authorization: Bearer $TOKEN"`,
		"remove-member": `curl -X DELETE "$API/members/${ID}" \` + "\n" + `  -H "Authorization: Bearer $TOKEN"`,
		"pause-session": `curl -X POST "$API/sessions/${ID}/pause" \` + "\n" + `  -H "Authorization: Bearer $TOKEN"`,
		"create-session": `curl "$API/sessions" \
  -H "Authorization: Bearer $TOKEN" \
  -H "Content-Type: application/json" \
  -d '{
  "title": "Greet people by name",
  "initial_prompt": "…"
}'`,
		"set-session-limits": `curl -X PATCH "$API/session-limits" \
  -H "Authorization: Bearer $TOKEN" \
  -H "Content-Type: application/json" \
  -d '{
  "max_repeats": 5
}'`,
		"compare-checkpoints": `curl "$API/sessions/${ID}/checkpoints/compare?from=1&to=2" \` + "\n" + `  -H "Authorization: Bearer $TOKEN"`,
	} {
		if len(all[id]) != 1 || all[id][0] != want {
			t.Errorf("%s:\n%s\nwant:\n%s", id, strings.Join(all[id], "\n"), want)
		}
	}
	if e := all["list-events"]; len(e) != 2 || !strings.Contains(e[1], `curl -N "$API/sessions/${ID}/events"`) || !strings.Contains(e[1], `-H "Accept: text/event-stream"`) {
		t.Errorf("the stream: %q", e)
	}
}

// A shell reads every example as one command whose body is JSON with the required fields and no unknown ones. One shell reads them all, since
// a process for each takes seconds with the race detector.
func TestAShellReadsEveryExample(t *testing.T) {
	t.Parallel()
	d, err := parse(golden(t), false)
	if err != nil {
		t.Fatal(err)
	}
	s := d.Components.Schemas["NewMessage"].Properties["text"]
	s.Examples = []any{"it's $HOME `id` \"\\"}
	var ops []operation
	var all []string
	for path, methods := range d.Paths {
		for method, op := range methods {
			for _, e := range d.examples(strings.ToUpper(method), path, op) {
				ops, all = append(ops, op), append(all, e)
			}
		}
	}
	for i, args := range arguments(t, all) {
		d.checkArguments(t, ops[i], args)
	}
}

// arguments are what a shell passes to curl in each example.
func arguments(t *testing.T, examples []string) (all [][]string) {
	t.Helper()
	script := "curl() { printf '%s\\0' \"$@\"; printf '\\036'; }\nAPI=api TOKEN=token ID=id PID=pid HOST=host FROM=from TO=to\n" + strings.Join(examples, "\n")
	cmd := exec.CommandContext(t.Context(), "sh")
	cmd.Env, cmd.Stdin = []string{"HOME=/nowhere"}, strings.NewReader(script)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %.2000s", err, out)
	}
	for one := range strings.SplitSeq(strings.TrimSuffix(string(out), "\x1e"), "\x1e") {
		all = append(all, strings.Split(strings.TrimSuffix(one, "\x00"), "\x00"))
	}
	if len(all) != len(examples) {
		t.Fatalf("%d commands ran of %d", len(all), len(examples))
	}
	return all
}

func (d document) checkArguments(t *testing.T, op operation, args []string) {
	t.Helper()
	if strings.Contains(strings.Join(args, " "), "$") && op.ID != "send-message" || !slices.ContainsFunc(args, func(a string) bool { return strings.HasPrefix(a, "api/") }) {
		t.Errorf("%s: %q", op.ID, args)
	}
	i := slices.Index(args, "-d")
	if i < 0 {
		if op.RequestBody != nil && op.RequestBody.Required {
			t.Errorf("%s has no body", op.ID)
		}
		return
	}
	fields, s := map[string]any{}, d.resolve(op.RequestBody.Content["application/json"].Schema)
	if err := json.Unmarshal([]byte(args[i+1]), &fields); err != nil {
		t.Errorf("%s: %v: %s", op.ID, err, args[i+1])
	}
	for _, name := range s.Required {
		if fields[name] == nil {
			t.Errorf("%s lacks %s", op.ID, name)
		}
	}
	for name := range fields {
		if s.Properties[name] == nil {
			t.Errorf("%s has %s", op.ID, name)
		}
	}
	if op.ID == "send-message" && fields["text"] != "it's $HOME `id` \"\\" {
		t.Errorf("the shell changed a text: %q", fields["text"])
	}
}
