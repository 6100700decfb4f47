package kit

import (
	"github.com/gofiber/fiber/v2"
)

// done are what a page says of the act that led to it, by the word its address carries: no text of an address reaches a page.
var done = map[string]string{
	"profile":        "The profile is saved.",
	"password":       "The password is changed. Every other browser is signed out.",
	"app-off":        "The authenticator app is off.",
	"passkey":        "The passkey is added.",
	"passkey-off":    "The passkey is removed.",
	"app-on":         "The authenticator app is on.",
	"linked":         "The account is linked. It signs you in from now on.",
	"unlinked":       "The account is unlinked. Every other browser is signed out.",
	"logins":         "That browser is signed out.",
	"token":          "The token is revoked.",
	"key":            "The key is sealed. It counts from the next call on.",
	"models":         "The models are saved.",
	"role":           "The role is changed.",
	"removed":        "The person is out of the team.",
	"invite":         "The invitation is revoked.",
	"joined":         "Welcome to the team.",
	"asked":          "An admin of this instance is asked. The answer stands here.",
	"moved":          "The address is changed, and the secret of the old one is forgotten.",
	"host-allowed":   "Sessions may connect to it from now on.",
	"key-accepted":   "The new key is pinned; the repository is fetched again.",
	"host-removed":   "The host is off the list.",
	"person-off":     "The person is deactivated and signed out everywhere.",
	"person-on":      "The person is active again and signs in anew.",
	"flag":           "The admin flag is changed.",
	"renamed":        "The name is changed.",
	"quota":          "The quotas are set. They count from now on.",
	"deactivated":    "The team is deactivated. What ran is paused.",
	"reactivated":    "The team is active. Its people resume what was paused.",
	"deleted":        "The team is deleted. It can be restored for 30 days.",
	"restored":       "The team is back, deactivated as it was. Reactivate it to let it work.",
	"left":           "You have left the team.",
	"granted":        "Granted. Sessions that were paused for it go on by themselves.",
	"refused":        "Refused. The team reads your answer.",
	"process-ended":  "OpenCode is stopped. Its sessions are taken up again by themselves.",
	"kept":           "It holds from the next pass of retention on.",
	"priced":         "The version is added.",
	"saved":          "Branch and checks are saved.",
	"config-allowed": "The repository's agent configuration counts from the next turn on.",
	"config-refused": "The repository's agent configuration is ignored from the next turn on.",
}

// toast is what the person just did, where the address says so.
func toast(c *fiber.Ctx) string { return done[c.Query("done")] }
