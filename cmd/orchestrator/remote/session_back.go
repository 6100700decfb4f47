package remote

import (
	"fmt"

	"github.com/industrial-orchestrator/orchestrator/internal/client"
)

type sessionRestoreCmd struct {
	theSession
	Checkpoint int64  `arg:"" help:"The checkpoint's number, as session checkpoint list prints it."`
	Message    string `help:"A message to the agent, with which the session continues. Without one, its status does not change."`
}

// Run restores a checkpoint. The server creates one of the present state first, so that nothing is lost.
func (r *sessionRestoreCmd) Run(s *shell) error {
	c, v, err := r.find(s)
	if err != nil {
		return err
	}
	restored, err := c.RestoreSession(s.ctx, v.ID, r.Checkpoint, r.Message)
	if err != nil {
		return err
	}
	return printOr(s, restored, func(v client.RestoredSession) error {
		_, err := fmt.Fprintf(s.Out, "%s is %s, at checkpoint %d. What was there before is checkpoint %d.\n", v.ID, statusWord(v.SessionRow), r.Checkpoint, v.Before)
		return err
	})
}

type sessionForkCmd struct {
	theSession
	Checkpoint int64  `help:"The number of the checkpoint to start from." placeholder:"N" xor:"from"`
	MessageID  string `name:"message-id" help:"The message of the conversation to start from, with the files of the last checkpoint before it." placeholder:"ID" xor:"from"`
	FilesOnly  bool   `help:"Start with the files only, in a new conversation."`
	Title      string `help:"The default is the title of the session."`
	Message    string `help:"The first new message to the agent; - reads it from standard input."`
	Model      string `help:"The default is the same model." placeholder:"PROVIDER/MODEL"`
	Agent      string `name:"opencode-agent" help:"One of OpenCode's own agents. The default is the same one." placeholder:"NAME"`
	Draft      bool   `help:"Create a draft and do not start it."`
	Follow     bool   `short:"f" help:"Print what the new session does, and answer its approvals."`
	Key        string `help:"An idempotency key: repeating the command with it within 24 hours creates nothing new." placeholder:"KEY"`
}

// Run creates the new session; the other one does not change.
func (f *sessionForkCmd) Run(s *shell) error {
	if f.Checkpoint == 0 && f.MessageID == "" {
		return exitError{exitUsage, "Choose where the new session starts: --checkpoint N or --message-id ID. `orchestrator session checkpoint list` prints the numbers."}
	}
	if f.Draft && f.Follow {
		return exitError{exitUsage, "A draft does nothing that can be followed. Leave out --draft or --follow."}
	}
	message, err := s.textOrStdin(f.Message)
	if err != nil {
		return err
	}
	c, v, err := f.find(s)
	if err != nil {
		return err
	}
	v, err = c.ForkSession(client.WithKey(s.ctx, f.Key), v.ID, client.NewFork{Checkpoint: f.Checkpoint, MessageID: f.MessageID, FilesOnly: f.FilesOnly, Title: f.Title, Message: message,
		ModelIdentifier: f.Model, OpencodeAgent: f.Agent, Start: !f.Draft})
	if err != nil {
		return err
	}
	if f.Follow {
		fmt.Fprintf(s.Err, "Session %s\n", v.ID)
		return s.follow(c, v, 0)
	}
	return printOr(s, v, s.printStarted)
}
