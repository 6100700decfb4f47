package kernel

import (
	"regexp"
	"slices"
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
	"github.com/industrial-orchestrator/orchestrator/internal/secret"
)

// MaxAuditText bounds each text of an audit entry, in bytes: the audit log records actions, not contents.
const MaxAuditText = 500

const removed = "[secret removed]"

// secretShapes matches credentials that agents read by accident.
var secretShapes = regexp.MustCompile(`(sk-[A-Za-z0-9_-]{20,}|gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{30,}|glpat-[A-Za-z0-9_-]{20,}|AKIA[0-9A-Z]{16}|xox[abprs]-[A-Za-z0-9-]{10,}|orc_[A-Za-z0-9_-]{40,}|-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]*-----END [A-Z ]*PRIVATE KEY-----)`)

// ownShapes matches the credentials that this server makes: keys of agent processes at the model gateway, their passwords, those of the
// egress proxy, and API tokens. It matches the start of one too, because a text that is still growing may end there.
var ownShapes = regexp.MustCompile(`(gw-[0-9a-f]{8}-[0-9a-f-]{8,}|ocp_[A-Z2-7]{8,}|egp_[0-9a-f]{8,}|orc_[A-Za-z0-9_-]{16,})`)

// ownWhole matches whole credentials of this server and nothing that only begins like one.
var ownWhole = regexp.MustCompile(`gw-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}-[0-9a-f]{64}|ocp_[A-Z2-7]{26}|egp_[0-9a-f]{64}|orc_[A-Za-z0-9_-]{43}`)

// ownPrefixes are what one of ownShapes begins with. Looking for them is much faster than the expression.
var ownPrefixes = []string{"gw-", "ocp_", "egp_", "orc_"}

// secretName matches the names of settings whose values must not be readable.
var secretName = regexp.MustCompile(`(?i)secret|passw|token|key|credential`)

// RemoveSecrets replaces everything in a text that looks like a credential, and cleans the text.
func RemoveSecrets(s string) string {
	return text.Clean(secretShapes.ReplaceAllString(RemoveOwnSecrets(s), removed))
}

// RemoveOwnSecrets replaces the credentials that this server makes, and leaves everything else as it is. It is for texts that must stay
// true to what an agent did.
func RemoveOwnSecrets(s string) string {
	if !hasOwnPrefix(s) {
		return s
	}
	return ownShapes.ReplaceAllString(s, removed)
}

// RemoveOwnSecretsFromDiff replaces the credentials that this server makes in the lines that a diff adds. The other lines are those of
// the base, which must stay for the diff to apply. Files may hold names that begin like a credential, so only whole ones are replaced.
func RemoveOwnSecretsFromDiff(diff string) string {
	if !hasOwnPrefix(diff) {
		return diff
	}
	lines := strings.SplitAfter(diff, "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, "+") {
			lines[i] = ownWhole.ReplaceAllString(line, removed)
		}
	}
	return strings.Join(lines, "")
}

func hasOwnPrefix(s string) bool {
	return slices.ContainsFunc(ownPrefixes, func(p string) bool { return strings.Contains(s, p) })
}

// auditText returns a text without secrets, cut to the length that an audit entry may have.
func auditText(s string) string {
	if secret.Sealed(s) {
		return removed
	}
	return text.Cut(RemoveSecrets(s), MaxAuditText)
}
