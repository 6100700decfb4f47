package kernel

import "github.com/industrial-orchestrator/orchestrator/internal/hub"

// The bells of the loops that several areas ring.
var (
	// Queue starts the dispatcher.
	Queue = hub.Loop("queue")
	// Budgets starts the loop that resumes sessions when their team has budget again.
	Budgets = hub.Loop("budgets")
	// Teams starts the loop that pauses the sessions of deactivated teams.
	Teams = hub.Loop("teams")
	// Clones starts the loop that clones repositories.
	Clones = hub.Loop("clones")
	// Pulls starts the loop that reads pull requests.
	Pulls = hub.Loop("pull requests")
	// Merges starts the loop that works on merge queues.
	Merges = hub.Loop("merge queues")
)
