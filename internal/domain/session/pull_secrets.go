package session

import (
	"regexp"
	"strconv"
	"strings"
)

// secretSigns are what credentials look like whose issuers made them recognizable.
var secretSigns = []struct {
	kind    string
	pattern *regexp.Regexp
}{
	{"a private key", regexp.MustCompile(`-----BEGIN [A-Z ]*PRIVATE KEY-----`)},
	{"an AWS access key", regexp.MustCompile(`\b(AKIA|ASIA)[0-9A-Z]{16}\b`)},
	{"a GitHub token", regexp.MustCompile(`\b(gh[pousr]_[0-9A-Za-z]{36}|github_pat_[0-9A-Za-z_]{50})`)},
	{"a GitLab token", regexp.MustCompile(`\bglpat-[0-9A-Za-z_-]{20}`)},
	{"a Slack token", regexp.MustCompile(`\bxox[abprs]-[0-9A-Za-z-]{20}`)},
	{"a Google API key", regexp.MustCompile(`\bAIza[0-9A-Za-z_-]{35}`)},
	{"a model provider's API key", regexp.MustCompile(`\bsk-(ant-|proj-)?[0-9A-Za-z_-]{32}`)},
	{"an API token of this server", regexp.MustCompile(`\borc_[0-9A-Za-z]{20}`)},
}

// maxFoundSecrets is how many places a scan reports.
const maxFoundSecrets = 20

// FindSecrets looks for credentials in the lines that the changes add. It finds those with a recognizable form only.
func FindSecrets(files []FileChange) (found []FoundSecret) {
	for _, f := range files {
		line := 0
		for text := range strings.Lines(f.Patch) {
			switch {
			case strings.HasPrefix(text, "@@"):
				line = hunkStart(text)
			case strings.HasPrefix(text, "+++"), strings.HasPrefix(text, "-"), line == 0:
			case strings.HasPrefix(text, "+"):
				if kind := secretIn(text[1:]); kind != "" && len(found) < maxFoundSecrets {
					found = append(found, FoundSecret{f.Path, line, kind})
				}
				line++
			case strings.HasPrefix(text, " "):
				line++
			}
		}
	}
	return found
}

func secretIn(line string) string {
	for _, s := range secretSigns {
		if s.pattern.MatchString(line) {
			return s.kind
		}
	}
	return ""
}

// hunkStart is the first line of a hunk in the new file: 12 of "@@ -10,6 +12,8 @@".
func hunkStart(header string) int {
	_, after, _ := strings.Cut(header, "+")
	end := strings.IndexFunc(after, func(r rune) bool { return r < '0' || r > '9' })
	n, _ := strconv.Atoi(after[:max(end, 0)])
	return n
}
