package opencode

import (
	"maps"
	"sync"
)

// decision is what becomes of a type of source event.
type decision string

const (
	durable decision = "read from the durable log"
	live    decision = "shown while it grows"
	state   decision = "kept as the state of the turn"
	ignored decision = "said by another event, or of no use to a session"
)

// decisions names every type this version of OpenCode can send; a type that is missing is stored raw and counted.
var decisions = map[string]decision{
	"session.created": durable, "session.updated": durable, "session.deleted": durable, "message.updated": durable, "message.removed": durable,
	"message.part.updated": durable, "message.part.removed": durable,
	"message.part.delta": live,
	"session.status":     state, "session.idle": state, "session.error": state,
	"permission.asked": state, "permission.replied": state, "question.asked": state, "question.replied": state, "question.rejected": state,
	// The call of todowrite holds the list durably, the summary's text the compaction.
	"todo.updated": ignored, "session.compacted": ignored,
	// The changes of a session are read from its tree.
	"session.diff": ignored, "file.edited": ignored, "file.watcher.updated": ignored,
	// The process itself.
	"server.connected": state, "server.heartbeat": ignored, "server.instance.disposed": ignored, "global.disposed": ignored,
	"plugin.added": ignored, "catalog.updated": ignored, "reference.updated": ignored, "integration.updated": ignored,
	"integration.connection.updated": ignored, "models-dev.refreshed": ignored, "lsp.updated": ignored, "mcp.tools.changed": ignored,
	"mcp.browser.open.failed": ignored, "installation.updated": ignored, "installation.update-available": ignored, "command.executed": ignored,
	"project.updated": ignored, "project.directories.updated": ignored, "vcs.branch.updated": ignored,
	// Nothing of ours opens terminals, worktrees, workspaces or OpenCode's own screen.
	"pty.created": ignored, "pty.updated": ignored, "pty.exited": ignored, "pty.deleted": ignored, "worktree.ready": ignored, "worktree.failed": ignored,
	"workspace.ready": ignored, "workspace.failed": ignored, "workspace.status": ignored,
	"tui.prompt.append": ignored, "tui.command.execute": ignored, "tui.toast.show": ignored, "tui.session.select": ignored,
	// The second interface, which is not used: its events tell nothing of conversations made through the first.
	"permission.v2.asked": ignored, "permission.v2.replied": ignored, "question.v2.asked": ignored, "question.v2.replied": ignored,
	"question.v2.rejected":        ignored,
	"session.next.agent.switched": ignored, "session.next.model.switched": ignored, "session.next.moved": ignored, "session.next.prompted": ignored,
	"session.next.prompt.admitted": ignored, "session.next.context.updated": ignored, "session.next.synthetic": ignored,
	"session.next.shell.started": ignored, "session.next.shell.ended": ignored, "session.next.step.started": ignored,
	"session.next.step.ended": ignored, "session.next.step.failed": ignored, "session.next.text.started": ignored,
	"session.next.text.delta": ignored, "session.next.text.ended": ignored, "session.next.reasoning.started": ignored,
	"session.next.reasoning.delta": ignored, "session.next.reasoning.ended": ignored, "session.next.tool.input.started": ignored,
	"session.next.tool.input.delta": ignored, "session.next.tool.input.ended": ignored, "session.next.tool.called": ignored,
	"session.next.tool.progress": ignored, "session.next.tool.success": ignored, "session.next.tool.failed": ignored,
	"session.next.retried": ignored, "session.next.compaction.started": ignored, "session.next.compaction.delta": ignored,
	"session.next.compaction.ended": ignored, "session.next.revert.staged": ignored, "session.next.revert.cleared": ignored,
	"session.next.revert.committed": ignored,
}

// partDecisions names every type of part.
var partDecisions = map[string]decision{
	"text": durable, "reasoning": durable, "tool": durable, "step-finish": durable, "patch": durable,
	// The status says a retry as it happens; a compaction is its summary's text; the rest begins or repeats something.
	"retry": ignored, "compaction": ignored, "step-start": ignored, "snapshot": ignored, "file": ignored, "agent": ignored, "subtask": ignored,
}

// counter counts by name; safe for concurrent use.
type counter struct {
	mu sync.Mutex
	n  map[string]int64
}

func (c *counter) add(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n == nil {
		c.n = map[string]int64{}
	}
	if len(c.n) < 1000 || c.n[name] > 0 {
		c.n[name]++
	}
}

func (c *counter) all() map[string]int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.n)
}
