package session_test

import (
	"strings"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/forge"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

func TestCredentialsInAddedLinesAreFound(t *testing.T) {
	t.Parallel()
	gh := "ghp_" + strings.Repeat("a1", 18)
	patch := "--- a/x\n+++ b/x\n@@ -10,3 +12,4 @@ func\n one\n-" + gh + "\n+token = " + gh + "\n two\n+AKIA" + strings.Repeat("Z", 16) + "\n@@ -1 +100,2 @@\n+-----BEGIN OPENSSH PRIVATE KEY-----\n+sk-ant-" + strings.Repeat("b", 40) + "\n"
	found := session.FindSecrets([]session.FileChange{{Path: "clean.go", Patch: "@@ -1 +1 @@\n+x := ghp_short\n " + gh + "\n"}, {Path: "x", Patch: patch}})
	want := []session.FoundSecret{{Path: "x", Line: 13, Kind: "a GitHub token"}, {Path: "x", Line: 15, Kind: "an AWS access key"}, {Path: "x", Line: 100, Kind: "a private key"}, {Path: "x", Line: 101, Kind: "a model provider's API key"}}
	if len(found) != len(want) {
		t.Fatalf("found %+v", found)
	}
	for i := range want {
		if found[i] != want[i] {
			t.Errorf("found %+v, want %+v", found[i], want[i])
		}
	}
	many := session.FindSecrets([]session.FileChange{{Path: "y", Patch: "@@ -0,0 +1,999 @@\n" + strings.Repeat("+"+gh+"\n", 999)}})
	if len(many) != 20 {
		t.Errorf("%d places are reported", len(many))
	}
}

func TestALineAboutAPullRequestSaysWhatMatters(t *testing.T) {
	t.Parallel()
	for want, p := range map[string]session.Pull{
		"PR #7, open":                {PullRequest: forge.PullRequest{State: forge.Open}},
		"PR #7, draft":               {PullRequest: forge.PullRequest{State: forge.Open, Draft: true}},
		"PR #7, merged":              {PullRequest: forge.PullRequest{State: forge.Merged, Draft: true}},
		"PR #7, reverted":            {PullRequest: forge.PullRequest{State: forge.Reverted}},
		"PR #7, conflicts with main": {PullRequest: forge.PullRequest{State: forge.Open, Base: "main", Merging: forge.MergingClash}},
		"PR #7, 2 checks failed":     {PullRequest: forge.PullRequest{State: forge.Open, Draft: true}, Checks: forge.Checks{{Status: forge.CheckFailed}, {Status: forge.CheckFailed}}},
		"PR #7, 1 check running":     {PullRequest: forge.PullRequest{State: forge.Open}, Checks: forge.Checks{{Status: forge.CheckRunning}, {Status: forge.CheckPassed}}},
		"PR #7, checks passed":       {PullRequest: forge.PullRequest{State: forge.Open}, Checks: forge.Checks{{Status: forge.CheckPassed}}},
	} {
		p.Number = 7
		if got := p.Line(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestAnEndedPullRequestIsForgotten(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 5, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		state forge.State
		age   time.Duration
		want  time.Duration
	}{{forge.Open, 100 * 24 * time.Hour, 10 * time.Minute}, {forge.Merged, time.Hour, time.Hour}, {forge.Closed, 29 * 24 * time.Hour, time.Hour}, {forge.Closed, 31 * 24 * time.Hour, 0}, {forge.Reverted, 0, 0}} {
		p := session.Pull{PullRequest: forge.PullRequest{State: c.state}, ChangedAt: now.Add(-c.age)}
		next := p.NextRead(now)
		if c.want == 0 && next != nil || c.want > 0 && (next == nil || next.Sub(now) != c.want) {
			t.Errorf("%s, changed %s ago: %v", c.state, c.age, next)
		}
	}
}
