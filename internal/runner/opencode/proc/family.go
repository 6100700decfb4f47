package proc

import (
	"encoding/json"
	"sync"

	"github.com/industrial-orchestrator/orchestrator/internal/runner/opencode/wire"
)

// Family knows which conversation works for which. It is safe for concurrent use.
type Family struct {
	mu      sync.Mutex
	parents map[string]string
}

// NewFamily makes a family that knows nobody.
func NewFamily() *Family { return &Family{parents: map[string]string{}} }

// LearnFrom remembers the parent that an entry of the durable log names.
func (f *Family) LearnFrom(sourceType string, data json.RawMessage) {
	if base, ok := wire.BaseType(sourceType); !ok || base != "session.created" && base != "session.updated" {
		return
	}
	if d, ok := wire.Decode[wire.SessionChanged](data); ok {
		f.Learn(d.Info.ID, d.Info.ParentID)
	}
}

// Learn remembers who a conversation works for; one without a parent works for nobody.
func (f *Family) Learn(child, parent string) {
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

// Contains tells whether a conversation is the root's own or one of its sub-agents'.
func (f *Family) Contains(root, id string) bool { return f.Root(id) == root }

// Forget drops the sub-agents of a conversation.
func (f *Family) Forget(root string) {
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
