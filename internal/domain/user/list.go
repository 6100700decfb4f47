package user

import "github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"

// Line is a person as the list of all people shows them.
type Line struct {
	User
	Teams int64
}

// Filter chooses a page of people by name. After and Before are ids of people that the page begins behind and ends ahead of.
type Filter struct {
	Query         string
	After, Before tenant.UserID
	Limit         int
}
