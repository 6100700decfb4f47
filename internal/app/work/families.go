package work

import (
	"sync"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// maxFamily is the number of sub-agents' conversations that are remembered of a session.
const maxFamily = 1000

// families knows which session the conversations of sub-agents belong to. It learns them from admitted calls and forgets them when the
// session stops running. It is safe for concurrent use.
type families struct {
	mu       sync.Mutex
	sessions map[conversationKey]session.ID
	members  map[sessionKey][]string
}

type conversationKey struct {
	tenant       tenant.ID
	conversation string
}

// add notes a conversation of a running session. Beyond the limit the oldest one is forgotten.
func (f *families) add(t tenant.ID, s session.ID, conversation string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.sessions == nil {
		f.sessions, f.members = map[conversationKey]session.ID{}, map[sessionKey][]string{}
	}
	at, of := conversationKey{t, conversation}, sessionKey{t, s}
	if _, known := f.sessions[at]; known {
		return
	}
	members := append(f.members[of], conversation)
	if len(members) > maxFamily {
		delete(f.sessions, conversationKey{t, members[0]})
		members = members[1:]
	}
	f.sessions[at], f.members[of] = s, members
}

func (f *families) sessionOf(t tenant.ID, conversation string) (session.ID, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	s, known := f.sessions[conversationKey{t, conversation}]
	return s, known
}

// forget drops the conversations of a session.
func (f *families) forget(t tenant.ID, s session.ID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, conversation := range f.members[sessionKey{t, s}] {
		delete(f.sessions, conversationKey{t, conversation})
	}
	delete(f.members, sessionKey{t, s})
}
