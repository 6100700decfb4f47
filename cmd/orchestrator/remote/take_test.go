package remote

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/client"
)

var aPull = client.PullRequest{Number: 12, URL: "https://git.example.org/acme/main/pulls/12", State: "open", Draft: true, Title: "Greet people", Base: "main", Branch: "fix", Head: "abc123",
	Mergeable: "conflict", OpenedBy: "Ann", Checks: []client.PullCheck{{Name: "build", Status: "failed", Text: "1 error\x1b[2J", DurationMS: 14000}}}

// withSession is a fake with one session of one repository.
func withSession(t *testing.T, status string) *fake {
	t.Helper()
	f, v, repo := newFake(t), aSession(status, 9), "r-1"
	v.RepositoryID = &repo
	f.set("GET /sessions/"+sessionID, v)
	f.set("GET /repositories", map[string]any{"items": []client.Repository{{ID: repo, Name: "main", Status: "ready", URL: "https://git.example.org/acme/main.git"}}})
	return f
}

// step is a command, the request that it sends last, and what it prints.
type step struct {
	args, sends string
	code        int
	out, err    string
}

func (f *fake) try(t *testing.T, stdin string, steps ...step) {
	t.Helper()
	for _, x := range steps {
		r := f.on(t).run(t.Context(), stdin, append(strings.Split(x.args, " "), "--address", f.URL)...)
		if r.code != x.code || !strings.Contains(r.out, x.out) || !strings.Contains(r.err, x.err) {
			t.Errorf("%s: exit %d, not %d\n%s%s", x.args, r.code, x.code, r.out, r.err)
		}
		if x.sends != "" && f.last() != x.sends {
			t.Errorf("%s sends %s", x.args, f.last())
		}
	}
}

const sessionPath = "/sessions/" + sessionID

func TestTakeAsAPullRequest(t *testing.T) {
	t.Parallel()
	f := withSession(t, "completed")
	f.set("POST "+sessionPath+"/pull-request", aPull)
	take := "session take " + sessionID
	f.try(t, "A longer text.\n",
		step{args: take + " --pull-request", sends: "POST " + sessionPath + "/pull-request {}", out: aPull.URL + "\n", err: "#12 into main is open, draft: Greet people"},
		step{args: take + " --pull-request --title Hi --base next --branch fix --body - --no-draft",
			sends: "POST " + sessionPath + `/pull-request {"base":"next","body":"A longer text.\n","branch":"fix","draft":false,"title":"Hi"}`},
		step{args: take + " --pull-request --draft", sends: "POST " + sessionPath + `/pull-request {"draft":true}`},
		step{args: take + " --pull-request --json", out: `"number": 12`},
	)
	if r := f.to(t, "session", "take", sessionID, "--pull-request"); r.out != aPull.URL+"\n" {
		t.Errorf("a script reads %q", r.out)
	}
	f.refuse("POST "+sessionPath+"/pull-request", 409, "The repository has no forge.")
	f.try(t, "", step{args: take + " --pull-request", code: exitFailed, err: "The repository has no forge.\n"})
}

func TestTakeAsAPushOrAMerge(t *testing.T) {
	t.Parallel()
	f := withSession(t, "completed")
	f.set("POST "+sessionPath+"/push", client.Pushed{Branch: "fix-2", Commit: "abc123", Commits: 2, InUse: true, Command: "git merge fix-2", Omitted: []client.OmittedInTip{{Path: "big\x07", Reason: "too large"}}})
	f.set("POST "+sessionPath+"/merge", client.MergeEntry{ID: "e-1", Place: 3, Status: "waiting", SessionTitle: "Greet people"})
	take := "session take " + sessionID
	f.try(t, "",
		step{args: take + " --push", sends: "POST " + sessionPath + "/push {}", out: "2 commits to fix-2: abc123\nGet to it with: git merge fix-2\n", err: `big\a (too large)`},
		step{args: take + " --push --branch fix", sends: "POST " + sessionPath + `/push {"branch":"fix"}`, out: "was not moved"},
		step{args: take + " --merge", sends: "POST " + sessionPath + "/merge {}", out: "e-1 is waiting, at place 3 of the merge queue: Greet people\n"},
	)
}

func TestTakeAsAPatch(t *testing.T) {
	t.Parallel()
	f, file := withSession(t, "completed"), filepath.Join(t.TempDir(), "work.patch")
	f.set("GET "+sessionPath+"/patch", "diff --git a/x b/x\n\x00")
	take := "session take " + sessionID
	f.try(t, "", step{args: take + " --patch", out: "diff --git a/x b/x\n\x00"}, step{args: take + " --patch --attempt 1 -o " + file, err: "Wrote "})
	if text, err := os.ReadFile(file); err != nil || string(text) != "diff --git a/x b/x\n\x00" {
		t.Errorf("%q, %v", text, err)
	}
}

// A flag that would have no effect is refused, as is a command without a way or with two.
func TestTakeRefusesFlagsOfAnotherWay(t *testing.T) {
	t.Parallel()
	f := withSession(t, "completed")
	for _, flags := range []string{"", "--push --merge", "--push --title x", "--merge --branch x", "--patch --draft", "--push --no-draft", "--pull-request -o x", "--fetch --attempt 1", "--push --print", "--push --wait"} {
		f.try(t, "", step{args: strings.TrimSpace("session take " + sessionID + " " + flags), code: exitUsage, err: "--"})
	}
	for _, r := range f.sent() {
		if strings.HasPrefix(r, "POST") {
			t.Errorf("it sent %s", r)
		}
	}
}

func TestPullRequests(t *testing.T) {
	t.Parallel()
	f := withSession(t, "completed")
	path := sessionPath + "/pull-request"
	f.try(t, "", step{args: "session pull-request show " + sessionID, code: exitFailed, err: "Nothing at this path"})
	f.set("GET "+path, aPull)
	merged := aPull
	merged.State = "merged"
	for _, verb := range []string{"ready", "merge", "close"} {
		f.set("POST "+path+"/"+verb, merged)
		f.try(t, "", step{args: "session pr " + verb + " " + sessionID, sends: "POST " + path + "/" + verb + " {}", out: "Pull request #12 is merged: " + aPull.URL})
	}
	f.try(t, "", step{args: "session pull-request show " + sessionID, sends: "GET " + path, out: "with main"}, step{args: "session pull-request show " + sessionID, out: `1 error\x1b[2J`})
}

func TestOutcomes(t *testing.T) {
	t.Parallel()
	f, at := withSession(t, "completed"), time.Date(2026, 11, 30, 4, 7, 0, 0, time.UTC)
	failed := client.CheckCounts{Passed: 1, Failed: 2, FailedCommands: []string{"sh test.sh", "go vet"}}
	f.set("GET "+sessionPath+"/outcomes", map[string]any{"items": []client.Outcome{{Attempt: 2, Status: "completed", Checks: failed, FilesChanged: 1, Additions: 3, Asked: 4, Denied: 1, PushedAt: &at, PushedBranch: "fix"},
		{Attempt: 1, Status: "timeout", AbandonedAt: &at}}})
	f.try(t, "", step{args: "session outcomes " + sessionID, out: "2 of 3 failed  1 file, +3 −0  1 of 4  pushed to fix"}, step{args: "session outcomes " + sessionID, out: "abandoned"},
		step{args: "session outcomes " + sessionID + " --json", out: `"attempt": 2`})
	v := aSession("completed", 9)
	v.Checks, v.MergedAt = failed, &at
	f.set("GET "+sessionPath, v)
	f.set("GET /sessions", client.SessionPage{Items: []client.SessionRow{v.SessionRow}})
	f.try(t, "", step{args: "session list", out: "completed  2 of 3 failed  merged"}, step{args: "session show " + sessionID, out: "2 of 3 failed: sh test.sh; go vet\n"})
	f.set("GET "+sessionPath+"/checks", `{"items":[{"command":"sh test.sh","passed":false,"verdict":"failed","attempt":1}]}`)
	v.Attempt = 2
	f.set("GET "+sessionPath, v)
	f.try(t, "", step{args: "session checks " + sessionID}, step{args: "session checks " + sessionID + " --attempt 1", code: exitChecks, out: "failed"})
}

func TestCheckpoints(t *testing.T) {
	t.Parallel()
	f := withSession(t, "paused")
	f.set("GET "+sessionPath+"/checkpoints", map[string]any{"items": []client.Checkpoint{{Checkpoint: 7, Cause: "before_pause", Note: "good\x07", Step: client.CheckpointSums{Files: 2, Additions: 5}}}})
	f.set("POST "+sessionPath+"/checkpoints", client.Checkpoint{Checkpoint: 8, Tree: "4b825d"})
	f.set("GET "+sessionPath+"/checkpoints/compare", client.Comparison{Files: []client.File{{Path: "x", Status: "modified", Additions: 1, Patch: "+a\n"}}, Patch: "diff\x00", Truncated: true})
	f.set("POST "+sessionPath+"/restore", client.RestoredSession{Session: aSession("paused", 10), Before: 9})
	forked := aSession("queued", 1)
	forked.ID = "01900000-0000-7000-8000-000000000002"
	f.set("POST "+sessionPath+"/fork", forked)
	f.try(t, "",
		step{args: "session checkpoint list " + sessionID, out: `before pause  2 files, +5 −0`},
		step{args: "session checkpoint list " + sessionID, out: `good\a`},
		step{args: "session checkpoint create " + sessionID + " --note good", sends: "POST " + sessionPath + `/checkpoints {"note":"good"}`, out: "Checkpoint 8: 4b825d\n"},
		step{args: "session checkpoint compare " + sessionID + " 7 8", out: "modified x  +1 −0\n+a\n", err: "lacks changes"},
		step{args: "session checkpoint compare " + sessionID + " 7 8 --patch", out: "diff\x00"},
		step{args: "session restore " + sessionID + " 7 --message Continue.", sends: "POST " + sessionPath + `/restore {"checkpoint":7,"message":"Continue."}`, out: "is paused, at checkpoint 7. What was there before is checkpoint 9.\n"},
		step{args: "session fork " + sessionID + " --checkpoint 7 --title Again", sends: "POST " + sessionPath + `/fork {"checkpoint":7,"title":"Again","start":true}`, out: forked.ID + " is queued."},
		step{args: "session fork " + sessionID + " --message-id msg_1 --files-only --draft", sends: "POST " + sessionPath + `/fork {"message_id":"msg_1","files_only":true}`},
		step{args: "session fork " + sessionID, code: exitUsage},
		step{args: "session fork " + sessionID + " --checkpoint 7 --draft --follow", code: exitUsage, err: "--draft"},
	)
}
