// Package runner is what it takes to run an agent, whatever its kind. A runner reports; it has no database.
// The port is Execute, Signal and Cancel of a claimed attempt, so that another engine can stand behind it later.
package runner

import (
	"context"
	"encoding/json"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/agent"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// Job is a claimed attempt: everything a runner needs to know.
type Job struct {
	Tenant  tenant.ID
	Session session.ID
	Attempt int
	Title   string
	Dir     string // the session's working tree, absolute
	Agent   string // the agent's name at the runner, e.g. "build"
	Model   string // "provider/model"
	// Spec is the version of the registry's agent that does the work; nil for an agent of the runner's own, which Agent names.
	Spec *agent.Spec
	// Repository is the repository of the tree, whose clone the agent must be able to read; empty without one.
	Repository repository.ID
	// OwnConfig lets what the tree says about its agents count: a lead allowed it for the repository.
	OwnConfig bool
	// Conversation is the agent's own session id from an earlier turn, or empty.
	Conversation string
	// Cursor is the last source sequence recorded for each conversation (the session's own and its sub-agents'), from Sink.Record.
	Cursor map[string]int64
	// Imports is how often the conversation was imported: each time, its sequences begin anew.
	Imports int64
	// Asks are the approvals and questions that nobody has answered yet, from earlier turns.
	Asks []session.Ask
	// Messages are what people said and the agent has not been given, oldest first. After a crash the last one given is named again: sending twice is safe.
	Messages []session.Message
}

// Outcome is how a turn ended.
type Outcome struct {
	// End says what became of the turn.
	End End
	// Reason is set for Failed and Degraded ends.
	Reason session.Reason
}

// End is what became of a turn.
type End string

// The ends of a turn. Aborted means the context ended or Cancel was called and the agent has stopped cleanly.
const (
	Done    End = "done"
	Failed  End = "failed"
	Lost    End = "lost"     // the agent's process or connection died; the conversation still exists
	Orphan  End = "orphaned" // the conversation no longer exists
	Aborted End = "aborted"
)

// Runner drives agents of one kind.
type Runner interface {
	// Execute gives the agent the job's messages and reports through sink until the turn ends.
	// When ctx ends the turn is aborted cleanly first. An error means the runner could not even try; Outcome tells the rest.
	Execute(ctx context.Context, job Job, sink Sink) (Outcome, error)
	// Signal tells a running turn something. It fails with fault.Conflict when the session has no running turn here.
	Signal(ctx context.Context, t tenant.ID, s session.ID, sig Signal) error
	// Close ends what the runner manages; turns still running end as Aborted.
	Close(ctx context.Context) error
}

// Preparer is a Runner whose start takes a while and can begin before the working tree is complete.
type Preparer interface {
	// Take gives a session that has never begun an agent that is running already, if one waits for it. It comes before the session has
	// directories, and says whether it did.
	Take(ctx context.Context, job Job) bool
	// Prepare begins to start the agent of a session whose directories exist, and keeps it for Execute until release is called. It does not
	// wait. The job has no Dir yet. ready is closed once the agent has started or failed to; Execute says which.
	Prepare(ctx context.Context, job Job) (ready <-chan struct{}, release func())
}

// Rewinder is a Runner whose agents can continue a conversation that ends at an earlier message.
type Rewinder interface {
	// Rewind makes the job's conversation end at a message, before the next Execute. found is false if the agent no longer has the
	// conversation or the message; nothing has changed then.
	Rewind(ctx context.Context, job Job, to session.Rewind) (found bool, err error)
}

// Signal is one of a message, a permission reply or an answer.
type Signal struct {
	Message *session.Message
	// AskID is the source id ("per_…", "que_…") the reply is for.
	AskID   string
	Kind    session.WaitingFor
	Reply   session.Reply
	Text    string          // words with a reject
	Answers json.RawMessage // of a question: [["label", …], …]
}

// Batch is what became known together; Record stores it in one transaction.
type Batch = session.Batch

// Part is a text that still grows.
type Part = session.Part

// Sink takes what a runner reports about one attempt. All calls are ordered; an error means the attempt is no longer ours: stop.
type Sink interface {
	// Conversation stores the agent's own session id before the first prompt.
	Conversation(ctx context.Context, id string) error
	// DropCursors forgets how far the session's conversations were read: their sources count anew.
	DropCursors(ctx context.Context) error
	// Record stores a batch; source events seen before are skipped, so a batch may be sent twice.
	Record(ctx context.Context, b Batch) error
	// Live shows a growing text to who is watching; nothing is stored.
	Live(p Part)
}
