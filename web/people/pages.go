// Package people serves the pages about people: sign-in, set-up, the account with its second factors, and the members of a team.
package people

import (
	"github.com/industrial-orchestrator/orchestrator/internal/app"
	appmodels "github.com/industrial-orchestrator/orchestrator/internal/app/models"
	apppeople "github.com/industrial-orchestrator/orchestrator/internal/app/people"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// Pages holds the handlers of the area. It is safe for concurrent use.
type Pages struct {
	kit    *webkit.Kit
	people *apppeople.Verbs
	models *appmodels.Verbs
}

// New returns the handlers.
func New(k *webkit.Kit, a *app.App) *Pages {
	return &Pages{kit: k, people: a.People, models: a.Models}
}
