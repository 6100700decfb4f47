package kit

import (
	"github.com/gofiber/fiber/v2"
)

// toasts are the confirmations of what a person has just done, by the word in the page's address. No text of an address reaches
// a page.
var toasts = map[string]string{
	"profile":         "Profile saved.",
	"password":        "Password changed. All other browsers were signed out.",
	"password-tokens": "Password changed. All other browsers were signed out and your API tokens were revoked.",
	"app-off":         "Authenticator app removed.",
	"passkey":         "Passkey added.",
	"passkey-off":     "Passkey removed.",
	"app-on":          "Authenticator app added.",
	"linked":          "Account linked. You can now sign in with it.",
	"unlinked":        "Account unlinked. All other browsers were signed out.",
	"logins":          "Browser signed out.",
	"token":           "API token revoked.",
	"key":             "API key saved. Takes effect at the next model call.",
	"models":          "Models saved.",
	"role":            "Role changed.",
	"removed":         "Member removed.",
	"invite":          "Invitation revoked.",
	"joined":          "Welcome to the team.",
	"asked":           "Your request was sent to an admin. You will see the answer here.",
	"moved":           "URL changed. The secret for the old URL was removed.",
	"pull-opened":     "Pull request opened.",
	"forge-saved":     "Forge saved. Sessions of this repository can open pull requests.",
	"forge-removed":   "Forge and token removed.",
	"queued":          "Put into the merge queue, at the end.",
	"sent-to-agent":   "Sent to its agent.",
	"merge-held":      "Held. It keeps its place.",
	"merge-released":  "Released.",
	"merge-removed":   "Taken out of the merge queue.",
	"merge-moved":     "Moved.",
	"queue-held":      "The merge queue is held.",
	"queue-released":  "The merge queue continues.",
	"host-allowed":    "Host added. Sessions can now connect to it.",
	"key-accepted":    "Host key accepted. The repository is being fetched again.",
	"host-removed":    "Host removed.",
	"person-off":      "User deactivated and signed out everywhere.",
	"person-on":       "User activated. They can sign in again.",
	"made-admin":      "The user is now an admin.",
	"unmade-admin":    "The user is no longer an admin.",
	"renamed":         "Team renamed.",
	"quota":           "Quotas saved. They take effect immediately.",
	"deactivated":     "Team deactivated. Its running sessions are paused.",
	"activated":       "Team activated. Its members can resume paused sessions.",
	"deleted":         "Team deleted. You can restore it for 30 days.",
	"restored":        "Team restored. Activate it so that its members can work.",
	"left":            "You have left the team.",
	"granted":         "Granted. Sessions that were waiting for budget resume automatically.",
	"refused":         "Refused. The team will see your answer.",
	"process-ended":   "OpenCode stopped. Its session continues automatically.",
	"kept":            "Takes effect at the next retention run.",
	"priced":          "Price added.",
	"saved":           "Branch and checks saved.",
	"checkpoint":      "Checkpoint taken.",
	"restored-files":  "Restored. The state before was kept as a checkpoint.",
	"config-allowed":  "This repository's agent configuration is used in future turns.",
	"config-refused":  "This repository's agent configuration is ignored in future turns.",
}

// toastOf is the confirmation that the address asks for, if any.
func toastOf(c *fiber.Ctx) string { return toasts[c.Query("done")] }
