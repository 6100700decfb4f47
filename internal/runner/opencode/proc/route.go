package proc

import "github.com/industrial-orchestrator/orchestrator/internal/runner/opencode/wire"

// route puts an event into the inbox of its conversation; a sub-agent's goes to the conversation it works for.
func (s *Server) route(e wire.Event) {
	switch {
	case e.Payload.Type == "server.connected":
		s.markOpen()
		return
	case e.Payload.IsDuplicate():
		return
	}
	if sync := e.Payload.Sync; sync != nil {
		s.Family.ReadParent(sync.Type, sync.Data)
	}
	of := e.Payload.Conversation()
	if of == "" {
		s.countUnknown(e.Payload.Type)
		return
	}
	s.mu.Lock()
	inbox := s.inboxes[s.Family.Root(of)]
	s.mu.Unlock()
	if inbox != nil {
		inbox.Push(Item{Event: e, Of: of})
	}
}

func (s *Server) countUnknown(eventType string) {
	if _, known := wire.DecisionOn(eventType); !known {
		s.agent.unknown.Add(eventType)
	}
}

// Subscribe puts the events of a conversation and of its sub-agents into an inbox.
func (s *Server) Subscribe(conversation string, b *Inbox) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inboxes[conversation] = b
	if s.IsDead() {
		b.Push(Item{Kind: ProcessLost})
	}
}

// Unsubscribe undoes Subscribe and removes the conversation's sub-agents from the family.
func (s *Server) Unsubscribe(conversation string) {
	s.mu.Lock()
	delete(s.inboxes, conversation)
	s.mu.Unlock()
	s.Family.RemoveChildren(conversation)
}

// streamOpen is closed while the stream is open.
func (s *Server) streamOpen() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.connected
}

func (s *Server) markOpen() {
	s.mu.Lock()
	select {
	case <-s.connected:
	default:
		close(s.connected)
	}
	s.mu.Unlock()
	s.pushAll(Item{Kind: StreamOpened})
}

func (s *Server) markBroken() {
	s.mu.Lock()
	select {
	case <-s.connected:
		s.connected = make(chan struct{})
	default:
	}
	s.mu.Unlock()
	s.pushAll(Item{Kind: StreamBroken})
}

func (s *Server) pushAll(i Item) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, b := range s.inboxes {
		b.Push(i)
	}
}
