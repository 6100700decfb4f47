package proc

import (
	"context"
	"errors"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/runner/opencode/wire"
)

// playWarm plays one turn in a directory, deletes its conversation and gives up the directory's instance.
func (s *Server) playWarm(ctx context.Context, dir string, m Warm) error {
	if err := s.PrepareDir(ctx, dir); err != nil {
		return err
	}
	c, err := s.Client.CreateSession(ctx, dir, "Warm up")
	if err != nil {
		return err
	}
	inbox := NewInbox()
	s.Subscribe(c.ID, inbox)
	defer s.Unsubscribe(c.ID)
	message, part := session.NewMessageID(s.agent.opts.Clock.Now())
	err = s.Client.Prompt(ctx, c.ID, wire.PromptInput{MessageID: message, Agent: "build", Model: wire.ModelInput{ProviderID: m.Provider, ModelID: m.Model},
		Parts: []wire.TextInput{{ID: part, Type: "text", Text: "Say that you are ready."}}})
	if err == nil {
		err = s.awaitWarm(ctx, c.ID, dir, inbox)
	}
	if err == nil {
		err = s.Client.DeleteSession(ctx, c.ID)
	}
	if err != nil {
		return err
	}
	if err := s.Client.DisposeInstance(ctx, dir); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.booted, dir)
	return nil
}

// awaitWarm waits until the conversation is answered and OpenCode works on nothing in the directory any more.
func (s *Server) awaitWarm(ctx context.Context, conversation, dir string, inbox *Inbox) error {
	for {
		isOver, err := s.isWarm(ctx, conversation, dir)
		if err != nil || isOver {
			return err
		}
		wake := time.NewTimer(warmLook)
		select {
		case <-inbox.Bell():
			inbox.Drain()
		case <-wake.C:
		case <-s.dead:
			return errors.New("OpenCode has ended")
		case <-ctx.Done():
			return ctx.Err()
		}
		wake.Stop()
	}
}

func (s *Server) isWarm(ctx context.Context, conversation, dir string) (bool, error) {
	all, err := s.Client.Messages(ctx, conversation)
	if err != nil || len(all) == 0 {
		return false, err
	}
	last := all[len(all)-1].Info
	switch {
	case last.Error != nil:
		return false, errors.New(last.Error.Name + ": " + last.Error.Data.Message)
	case last.Role != "assistant" || last.Time.Completed == 0:
		return false, nil
	}
	busy, err := s.Client.Statuses(ctx, dir)
	return err == nil && len(busy) == 0, err
}
