package scriptmodel

import (
	"encoding/json"
	"fmt"
	"io"
)

// created is the time in every response, so that the same request gets the same bytes.
const created = 1767225600

// event writes one event of a stream immediately. name can be empty, as in OpenAI's chat.
func (p *player) event(name string, v any) {
	if p.gone {
		return
	}
	data, _ := json.Marshal(v) // consists of maps, strings and numbers, which always marshal
	if name != "" {
		name = "event: " + name + "\n"
	}
	if _, err := fmt.Fprintf(p.w, "%sdata: %s\n\n", name, data); err != nil {
		p.gone = true
		return
	}
	p.flush()
	p.gone = p.sleep(p.turn.ChunkMS) != nil
}

func (p *player) end(s string) {
	if !p.gone {
		_, _ = io.WriteString(p.w, s) // the client may have disconnected
		p.flush()
	}
}

// sent records that the usage was reported, and returns the report: honest, or the turn's raw report.
func (p *player) sent(honest map[string]any) any {
	switch {
	case p.turn.NoUsage:
		return nil
	case p.turn.UsageRaw != nil:
		return p.turn.UsageRaw
	}
	if !p.gone {
		p.rec.Sent = p.turn.usage().counts()
	}
	return honest
}

func (p *player) callID(i int) string { return fmt.Sprintf("call_%s_%d", p.id, i) }
