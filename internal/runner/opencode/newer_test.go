package opencode

import (
	"os"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/runner"
)

// TestAConversationGoesOnUnderANewerOpenCode starts a conversation with the pinned OpenCode and continues it, in the same home, with the
// newer one that ORCHESTRATOR_OPENCODE_NEWER_BIN names. Without one it is left out.
func TestAConversationGoesOnUnderANewerOpenCode(t *testing.T) {
	t.Parallel()
	newer := os.Getenv("ORCHESTRATOR_OPENCODE_NEWER_BIN")
	if newer == "" {
		t.Skip("no newer OpenCode is at hand: ORCHESTRATOR_OPENCODE_NEWER_BIN is not set")
	}
	h := ownRunner(t, func(o *Options) { o.StartTimeout = within })
	d := newDesk(t, h, script(`{"text":"said by the older"}`))
	d.start(t).end(t, runner.Done)
	first, old := d.conv, d.version(t)
	if err := h.Runner.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	opts := h.opts
	opts.Bin = newer
	h.Runner = New(opts)
	before := len(h.model.Requests())
	d.job.Messages = append(d.job.Messages, message("And now? "+script(`{"tools":[{"name":"bash","args":{"command":"echo newer","description":"d"}}]}`, `{"text":"said by the newer"}`)))
	d.start(t).end(t, runner.Done)
	d.wantTexts(t, "said by the older", "said by the newer")
	d.wantOnce(t)
	if d.conv != first || d.version(t) == old {
		t.Errorf("conversation %s, then %s; OpenCode %s, then %s", first, d.conv, old, d.version(t))
	}
	for _, r := range h.model.Requests()[before:] {
		if text := string(r.Body); strings.Contains(text, "And now?") && !strings.Contains(text, "said by the older") {
			t.Error("the newer OpenCode does not send what was said before")
		}
	}
}

// version is that of the process that the desk's team has now.
func (d *desk) version(t *testing.T) string {
	t.Helper()
	p, _, _ := d.h.store.Load(t.Context(), d.key())
	return p.Version
}
