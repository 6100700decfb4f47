package kernel

// Why statements of several areas cross tenants. Each text completes the sentence "crosses tenants because …".
const (
	// ReasonSignIn is the reason of what runs before a person is signed in.
	ReasonSignIn = "a person who signs in has no team yet"
	// ReasonOperator is the reason of what the console and the CLI do to teams.
	ReasonOperator = "the operator creates and lists teams from outside them"
	// ReasonFigures is the reason of the console's figures.
	ReasonFigures = "an operator sees the figures of every team and no content"
	// ReasonWatch is the reason of the engine's loops.
	ReasonWatch = "one loop watches the work of all teams"
	// ReasonRecovery is the reason of what a server does when it starts.
	ReasonRecovery = "a server that starts again resumes the work of all teams"
	// ReasonRetention is the reason of the retention loop.
	ReasonRetention = "retention deletes expired data in every team"
	// ReasonPurge is the reason of what deletes the rows of a deleted team.
	ReasonPurge = "a deleted team has no members left, so it is purged from outside"
	// ReasonErasure is the reason of what erases a person.
	ReasonErasure = "a person is erased in every team at once"
	// ReasonInstanceAudit is the reason of the instance's own audit log.
	ReasonInstanceAudit = "an act outside of any team is logged for the instance"
)
