// Package people serves the operations on oneself, members and invitations.
package people

import (
	"github.com/industrial-orchestrator/orchestrator/internal/app"
	apppeople "github.com/industrial-orchestrator/orchestrator/internal/app/people"
	apikit "github.com/industrial-orchestrator/orchestrator/web/api/kit"
)

// Operations are the handlers of the area.
type Operations struct {
	kit    *apikit.Kit
	people *apppeople.Verbs
}

// New makes the operations of the area on the verbs of a.
func New(k *apikit.Kit, a *app.App) *Operations {
	return &Operations{kit: k, people: a.People}
}
