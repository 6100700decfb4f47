package kernel

import (
	"github.com/industrial-orchestrator/orchestrator/internal/hub"
)

// Queue is the dispatcher's bell.
var Queue = hub.Loop("queue")

// Budgets is the bell of the loop that takes up sessions whose team has headroom again.
var Budgets = hub.Loop("budgets")

// Teams is the bell of the loop that pauses what runs in deactivated teams.
var Teams = hub.Loop("teams")

// Clones is the bell of the loop that clones repositories.
var Clones = hub.Loop("clones")
