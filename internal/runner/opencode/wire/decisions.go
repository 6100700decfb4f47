package wire

// Decision is how a type of event is handled.
type Decision string

// The decisions. A type that has none is stored as it came and counted.
const (
	Durable Decision = "read from the durable log"
	Live    Decision = "shown while it is being written"
	State   Decision = "kept as the turn's state"
	Ignored Decision = "carried by another event, or not used by sessions"
)

// decisions names every type this version of OpenCode can send; a type that is missing is stored raw and counted.
var decisions = map[string]Decision{
	"session.created": Durable, "session.updated": Durable, "session.deleted": Durable, "message.updated": Durable, "message.removed": Durable,
	"message.part.updated": Durable, "message.part.removed": Durable,
	"message.part.delta": Live,
	"session.status":     State, "session.idle": State, "session.error": State,
	"permission.asked": State, "permission.replied": State, "question.asked": State, "question.replied": State, "question.rejected": State,
	// The call of todowrite holds the list durably, the summary's text the compaction.
	"todo.updated": Ignored, "session.compacted": Ignored,
	// The changes of a session are read from its tree.
	"session.diff": Ignored, "file.edited": Ignored, "file.watcher.updated": Ignored,
	// The process itself.
	"server.connected": State, "server.heartbeat": Ignored, "server.instance.disposed": Ignored, "global.disposed": Ignored,
	"plugin.added": Ignored, "catalog.updated": Ignored, "reference.updated": Ignored, "integration.updated": Ignored,
	"integration.connection.updated": Ignored, "models-dev.refreshed": Ignored, "lsp.updated": Ignored, "mcp.tools.changed": Ignored,
	"mcp.browser.open.failed": Ignored, "installation.updated": Ignored, "installation.update-available": Ignored, "command.executed": Ignored,
	"project.updated": Ignored, "project.directories.updated": Ignored, "vcs.branch.updated": Ignored,
	// Nothing of ours opens terminals, worktrees, workspaces or OpenCode's own screen.
	"pty.created": Ignored, "pty.updated": Ignored, "pty.exited": Ignored, "pty.deleted": Ignored, "worktree.ready": Ignored, "worktree.failed": Ignored,
	"workspace.ready": Ignored, "workspace.failed": Ignored, "workspace.status": Ignored,
	"tui.prompt.append": Ignored, "tui.command.execute": Ignored, "tui.toast.show": Ignored, "tui.session.select": Ignored,
	// The second interface, which is not used: its events tell nothing of conversations made through the first.
	"permission.v2.asked": Ignored, "permission.v2.replied": Ignored, "question.v2.asked": Ignored, "question.v2.replied": Ignored,
	"question.v2.rejected":        Ignored,
	"session.next.agent.switched": Ignored, "session.next.model.switched": Ignored, "session.next.moved": Ignored, "session.next.prompted": Ignored,
	"session.next.prompt.admitted": Ignored, "session.next.context.updated": Ignored, "session.next.synthetic": Ignored,
	"session.next.shell.started": Ignored, "session.next.shell.ended": Ignored, "session.next.step.started": Ignored,
	"session.next.step.ended": Ignored, "session.next.step.failed": Ignored, "session.next.text.started": Ignored,
	"session.next.text.delta": Ignored, "session.next.text.ended": Ignored, "session.next.reasoning.started": Ignored,
	"session.next.reasoning.delta": Ignored, "session.next.reasoning.ended": Ignored, "session.next.tool.input.started": Ignored,
	"session.next.tool.input.delta": Ignored, "session.next.tool.input.ended": Ignored, "session.next.tool.called": Ignored,
	"session.next.tool.progress": Ignored, "session.next.tool.success": Ignored, "session.next.tool.failed": Ignored,
	"session.next.retried": Ignored, "session.next.compaction.started": Ignored, "session.next.compaction.delta": Ignored,
	"session.next.compaction.ended": Ignored, "session.next.revert.staged": Ignored, "session.next.revert.cleared": Ignored,
	"session.next.revert.committed": Ignored,
}

// partDecisions names every type of part.
var partDecisions = map[string]Decision{
	"text": Durable, "reasoning": Durable, "tool": Durable, "step-finish": Durable, "patch": Durable,
	// The status says a retry as it happens; a compaction is its summary's text; the rest begins or repeats something.
	"retry": Ignored, "compaction": Ignored, "step-start": Ignored, "snapshot": Ignored, "file": Ignored, "agent": Ignored, "subtask": Ignored,
}

// DecisionOn is how events of a type are handled; known is false for a type that this version of OpenCode does not have.
func DecisionOn(eventType string) (d Decision, known bool) {
	d, known = decisions[eventType]
	return d, known
}

// KnowsPart reports whether this version of OpenCode has pieces of a type.
func KnowsPart(partType string) bool { return partDecisions[partType] != "" }
