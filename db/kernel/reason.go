package kernel

const (
	ReasonRecovery = "after a stop the server takes up the work of all teams"
	ReasonWatch    = "one loop watches the work of all teams"
	ReasonOperator = "the operator makes and lists teams from outside of them"
	ReasonFigures  = "who runs the instance sees figures of every team and no content"
)

const ReasonRetention = "what is past its time goes in every team"

const ReasonSignIn = "whoever signs in is nobody yet"
