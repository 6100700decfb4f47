package user

import "github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"

// Line is one row of the list of all users.
type Line struct {
	User
	Teams int64
}

// Filter selects a page of users by name. The page starts after the user with the ID After and ends before the one with Before.
type Filter struct {
	Query         string
	After, Before tenant.UserID
	Limit         int
}
