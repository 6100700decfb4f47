package proc

import (
	"encoding/json"
	"sync"

	"github.com/industrial-orchestrator/orchestrator/internal/runner/opencode/wire"
)

// Family maps the conversations of sub-agents to the conversations that started them. It is safe for concurrent use.
type Family struct {
	mu      sync.Mutex
	parents map[string]string
}

// NewFamily makes an empty family.
func NewFamily() *Family { return &Family{parents: map[string]string{}} }

// ReadParent stores the parent that an entry of the durable log names.
func (f *Family) ReadParent(sourceType string, data json.RawMessage) {
	if base, ok := wire.BaseType(sourceType); !ok || base != "session.created" && base != "session.updated" {
		return
	}
	if d, ok := wire.Decode[wire.SessionChanged](data); ok {
		f.SetParent(d.Info.ID, d.Info.ParentID)
	}
}

// SetParent stores which conversation started a sub-agent's; without a parent it does nothing.
func (f *Family) SetParent(child, parent string) {
	if parent == "" {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.parents[child] = parent
}

// Root walks from a sub-agent's conversation up to the session's own.
func (f *Family) Root(id string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.root(id)
}

// root is Root. The caller holds mu.
func (f *Family) root(id string) string {
	for range 100 { // deeper than sub-agents go; a circle ends here
		parent, ok := f.parents[id]
		if !ok {
			return id
		}
		id = parent
	}
	return id
}

// Contains reports whether a conversation is the root itself or belongs to one of its sub-agents.
func (f *Family) Contains(root, id string) bool { return f.Root(id) == root }

// RemoveChildren removes the sub-agents of a conversation.
func (f *Family) RemoveChildren(root string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var children []string
	for child := range f.parents {
		if f.root(child) == root {
			children = append(children, child)
		}
	}
	for _, child := range children {
		delete(f.parents, child)
	}
}
