package remote

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/client"
)

const entryID = "01911111-0000-7000-8000-000000000001"

var anEntry = client.MergeEntry{ID: entryID, SessionID: sessionID, SessionTitle: "Greet\x1b people", Place: 1, Status: "held", Note: "after the release", NotedBy: "Ann", AddedBy: "Ben"}

func TestMergeQueues(t *testing.T) {
	t.Parallel()
	f := withSession(t, "completed")
	out := anEntry
	out.ID, out.Place, out.Status, out.Note, out.NotedBy, out.Conflicts = "01922222-0000-7000-8000-000000000001", 0, "taken_out", "It conflicts.", "", []string{"a.go", "b.go"}
	out.PullRequest, out.PullURL = 7, "https://git.example.org/acme/main/pulls/7"
	q := client.MergeQueue{Base: "main", Held: "freeze", HeldBy: "Ann", Waits: "Two reviews are missing.", Items: []client.MergeEntry{anEntry}, Left: []client.MergeEntry{out},
		Runs: []client.MergeRun{{Verdict: "failed", Failed: "sh test.sh", Output: "boom\x1b[2J", Tree: "4b825d", EntryIDs: []string{entryID}}}}
	f.set("GET /repositories/r-1/merge-queue", q)
	f.set("POST /repositories/r-1/merge-queue/hold", q)
	f.try(t, "",
		step{args: "repo merge-queue main", out: "Held   by Ann: freeze\n"},
		step{args: "repo merge-queue main", out: `held    Greet\x1b people  Ben  Ann: after the release`},
		step{args: "repo merge-queue main", out: "taken out  Greet\\x1b people  Ben  It conflicts. Conflicts: a.go, b.go https://git.example.org/acme/main/pulls/7"},
		step{args: "repo merge-queue main", out: "Waits  Two reviews are missing.\n"},
		step{args: "repo merge-queue main --runs", out: "$ sh test.sh\nboom\\x1b[2J\n"},
		step{args: "repo merge-queue main --json", out: `"status": "taken_out"`},
		step{args: "repo merge-queue main --hold freeze", sends: `POST /repositories/r-1/merge-queue/hold {"reason":"freeze"}`},
		step{args: "repo merge-queue main --release", sends: `POST /repositories/r-1/merge-queue/hold {"reason":""}`},
		step{args: "repo merge-queue main --release --hold x", code: exitUsage},
		step{args: "repo merge-queue main --hold ", code: exitUsage, err: "Enter a reason"},
	)
}

// The command waits while the entry is in the queue, and its exit code says whether the work is merged.
func TestTakeWaitsForTheMerge(t *testing.T) {
	t.Parallel()
	for status, code := range map[string]int{"merged": exitOK, "taken_out": exitNotDone, "removed": exitNotDone} {
		f, e := withSession(t, "completed"), anEntry
		e.RepositoryID, e.Status = "r-1", "waiting"
		f.set("POST "+sessionPath+"/merge", e)
		end := e
		end.Status, end.Place, end.Note, end.NotedBy = status, 0, "That is why.", ""
		queues := []client.MergeQueue{{Items: []client.MergeEntry{e}}, {Items: []client.MergeEntry{anEntry}}, {Left: []client.MergeEntry{end}}}
		queues[1].Items[0].RepositoryID = "r-1"
		var out, err strings.Builder
		m, pauses := f.on(t), 0
		got := Run(t.Context(), []string{"session", "take", sessionID, "--merge", "--wait", "--address", f.URL}, Options{Streams: Streams{strings.NewReader(""), &out, &err}, Getenv: func(n string) string { return m[n] },
			Pause: func(context.Context) error {
				f.set("GET /repositories/r-1/merge-queue", queues[pauses])
				pauses++
				return nil
			}})
		if got != code || pauses != 3 || !strings.Contains(out.String(), " is "+strings.ReplaceAll(status, "_", " ")+": Greet") || strings.Count(err.String(), "place 1: ") != 2 {
			t.Errorf("%s: exit %d after %d pauses: %s%s", status, got, pauses, out.String(), err.String())
		}
		if code != exitOK && !strings.Contains(err.String(), "That is why.") {
			t.Errorf("%s: %s", status, err.String())
		}
	}
}

// An entry is named by its ID, by that of its session, or by the start of one.
func TestEntriesOfMergeQueues(t *testing.T) {
	t.Parallel()
	f := withSession(t, "completed")
	left := anEntry
	left.ID = "01922222-0000-7000-8000-000000000001"
	f.set("GET /repositories/r-1/merge-queue", client.MergeQueue{Items: []client.MergeEntry{anEntry}, Left: []client.MergeEntry{left}})
	for verb, body := range map[string]string{"hold": `{"reason":"later"}`, "release": "{}", "remove": "{}", "retry": "{}", "send": "{}", "move": `{"to":"first"}`} {
		f.set("POST /merge-queue/"+entryID+"/"+verb, anEntry)
		more := map[string]string{"hold": " --reason later", "move": " first"}[verb]
		for _, which := range []string{entryID, sessionID, "01911", "0190"} {
			f.try(t, "", step{args: "merge-queue " + verb + " " + which + more, sends: "POST /merge-queue/" + entryID + "/" + verb + " " + body, out: entryID + " is held, at place 1 of the merge queue: Greet"})
		}
	}
	f.set("POST /merge-queue/"+left.ID+"/retry", left)
	f.set("GET /repositories/r-1/merge-queue", client.MergeQueue{Left: []client.MergeEntry{left, {ID: "01933333-0000-7000-8000-000000000001", SessionID: sessionID}}})
	f.try(t, "",
		step{args: "merge-queue retry 0190", sends: "POST /merge-queue/" + left.ID + "/retry {}"},
		step{args: "merge-queue send " + entryID, err: "orchestrator merge-queue retry " + entryID},
		step{args: "merge-queue hold " + entryID, code: exitUsage, err: "--reason"},
		step{args: "merge-queue move 0190 sideways", code: exitUsage},
		step{args: "merge-queue retry ff", code: exitFailed, err: "no merge queue has an entry"},
	)
	f.set("GET /repositories/r-1/merge-queue", client.MergeQueue{Items: []client.MergeEntry{anEntry, {ID: "01911112-0000-7000-8000-000000000001"}}})
	f.try(t, "", step{args: "merge-queue retry 01911", code: exitFailed, err: "several entries"})
}

func TestForges(t *testing.T) {
	t.Parallel()
	f, file := withSession(t, "completed"), filepath.Join(t.TempDir(), "token")
	const path = "/repositories/r-1/forge"
	forge := client.Forge{Kind: "gitea", APIURL: "https://git.example.org/api/v1", Project: "acme/main", Account: "bot", CanPush: true}
	f.try(t, "", step{args: "repo forge show main", code: exitFailed})
	f.set("GET "+path, forge)
	f.set("PUT "+path, forge)
	f.set("DELETE "+path, "")
	f.set("POST "+path+"/webhook", client.ForgeWebhook{Path: "/hooks/forge/x", Secret: "s3cret"})
	if err := os.WriteFile(file, []byte("tok-file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	const input = `{"api_url":"https://git.example.org/api/v1","kind":"gitea","project":"acme/main"`
	f.try(t, "tok-stdin\n",
		step{args: "repo forge show main", out: "Gitea or Forgejo"},
		step{args: "repo forge set main --kind gitea", sends: "PUT " + path + " " + input + "}", out: "bot"},
		step{args: "repo forge set main --kind gitea --token-file -", sends: "PUT " + path + " " + input + `,"token":"tok-stdin"}`},
		step{args: "repo forge set main --kind gitea --token-file " + file, sends: "PUT " + path + " " + input + `,"token":"tok-file"}`},
		step{args: "repo forge set main --kind gitlab --api-url https://x.example.org/api/v4 --project a/b/c", sends: "PUT " + path + ` {"api_url":"https://x.example.org/api/v4","kind":"gitlab","project":"a/b/c"}`},
		step{args: "repo forge set main", code: exitUsage, err: "Enter --kind."},
		step{args: "repo forge set main --kind svn", code: exitUsage},
		step{args: "repo forge remove main", sends: "DELETE " + path, out: "main has no forge anymore.\n"},
		step{args: "repo forge webhook main", sends: "POST " + path + "/webhook {}", out: f.URL + "/hooks/forge/x\n"},
	)
	m := f.on(t)
	m[forgeTokenEnv] = "tok-env"
	if r := m.run(t.Context(), "", "repo", "forge", "set", "main", "--kind", "gitea", "--address", f.URL); r.code != 0 || !strings.Contains(f.last(), `"token":"tok-env"`) || strings.Contains(r.out+r.err, "tok-") {
		t.Errorf("%+v, it sent %s", r, f.last())
	}
}
