package work

import (
	"encoding/json"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

// Priority is accepted by name or by number and returned by name.
type Priority string

// UnmarshalJSON reads both forms.
func (p *Priority) UnmarshalJSON(b []byte) error {
	var n int
	if json.Unmarshal(b, &n) == nil {
		*p = Priority(strconv.Itoa(n))
		return nil
	}
	return json.Unmarshal(b, (*string)(p))
}

// Schema lists the names and the numbers.
func (Priority) Schema(huma.Registry) *huma.Schema {
	s := &huma.Schema{Description: "A name (critical, high, medium, low or deferred) or a number from 0 (critical) to 4 (deferred). The default is medium.", Examples: []any{"high"}}
	for _, name := range session.Priorities() {
		s.Enum = append(s.Enum, name)
	}
	for i := range session.Priorities() {
		s.Enum = append(s.Enum, float64(i)) // as JSON numbers are decoded
	}
	return s
}
