package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/app"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/agent"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// demoWork lists the sessions of each demo team: one that completes, one that asks for permission first, one that fails,
// and a draft. The scripted model finds each script by its prompt.
var demoWork = []struct {
	title, prompt, script string
	// needs lets the session be routed to an agent with these capabilities.
	needs []agent.Capability
	draft bool
}{
	{title: "Write the packing list", needs: []agent.Capability{"documentation"}, prompt: "Write a packing list for the spare parts crate, one part per line, and count the lines.",
		script: `[{"reasoning":"Write the file first, then check it.","text":"I'll write the list. ","tools":[{"name":"write","args":{"filePath":"packing-list.txt","content":"12 bearings, 6204\n4 seals, 40 mm\n1 coupling, jaw type\n"}}]},
			{"text":"Now I'll count its lines. ","tools":[{"name":"bash","args":{"command":"wc -l packing-list.txt","description":"Count the lines"}}]},
			{"text":"The packing list is in ` + "`packing-list.txt`" + `: **3 lines**, one for each part.","chunk_ms":60}]`},
	{title: "Sort the inventory by shelf", needs: []agent.Capability{"code_generation", "refactoring"}, prompt: "The inventory is unsorted. Write it to inventory.csv, sorted by shelf, with the header first.",
		script: `[{"reasoning":"The header must stay first, so I can't sort the whole file.","text":"I'll do this in two steps. ","tools":[{"name":"todowrite","args":{"todos":[{"content":"Write the unsorted inventory","status":"completed","priority":"high"},{"content":"Sort it by shelf below its header","status":"in_progress","priority":"high"},{"content":"Check that no part is missing","status":"pending","priority":"medium"}]}}]},
			{"tools":[{"name":"write","args":{"filePath":"inventory.csv","content":"shelf,part,count\nB2,bolt M8,400\nA1,nut M8,380\nC4,washer 8.4,900\nA3,pin 6x40,120\n"}}]},
			{"text":"The parts are in the file. Next I'll sort them below the header.","tools":[{"name":"bash","args":{"command":"(head -1 inventory.csv && tail -n +2 inventory.csv | sort) > sorted.csv && mv sorted.csv inventory.csv","description":"Sort below the header"}}]},
			{"text":"The inventory is sorted by shelf: A1, A3, B2, C4. No part is missing."}]`},
	{title: "Use a provider that rejects the API key", prompt: "Say hello.",
		script: `[{"status":401,"body":"{\"error\":{\"message\":\"Incorrect API key provided.\"}}"}]`},
	{title: "Describe next week's release", prompt: "Describe what next week's release changes for machine operators.", script: `[{"text":"The release notes are ready."}]`, draft: true},
}

// demoAgents are the agents of each demo team. Their figures come from the demo's sessions.
var demoAgents = []struct {
	name, description string
	kind              agent.Type
	can               []agent.Capability
}{
	{"Architect", "Plans a change before anybody writes it.", "architect", nil},
	{"Go implementer", "Writes Go and its tests.", "implementer", []agent.Capability{"code_generation", "test_generation", "refactoring"}},
	{"Reviewer", "Reads changes and says what is wrong with them.", "reviewer", nil},
	{"Debugger", "Finds the cause of a failure.", "debugger", nil},
	{"Test writer", "Writes the tests that are missing.", "implementer", []agent.Capability{"test_generation", "testing"}},
	{"Documenter", "Writes what people have to know.", "analyst", []agent.Capability{"documentation"}},
	{"Security auditor", "Looks for ways in.", "reviewer", []agent.Capability{"security_audit"}},
	{"Release integrator", "Merges, tags and writes the notes.", "integrator", []agent.Capability{"ci_cd", "deployment", "documentation"}},
}

// seedAgents creates the agents of a demo team.
func seedAgents(ctx context.Context, a *app.App, by tenant.Actor) error {
	for _, d := range demoAgents {
		spec := agent.Spec{Type: d.kind, Description: d.description, Capabilities: d.can, Model: "scripted/scripted"}
		if _, err := a.Agents.CreateAgent(ctx, by, d.name, spec, "First version."); err != nil {
			return err
		}
	}
	return nil
}

// demoScripts returns the scripts by prompt.
func demoScripts() map[string]string {
	scripts := map[string]string{}
	for _, w := range demoWork {
		scripts[w.prompt] = w.script
	}
	for _, w := range warehouseWork {
		scripts[w.prompt()] = w.script()
	}
	scripts[warehouseNext] = `[{"tools":[{"name":"write","args":{"filePath":"README.md","content":"# Warehouse\n\nThe shelf holds six crates; check.sh counts them.\n"}}]},{"text":"The README says how many crates the shelf holds."}]`
	return scripts
}

// crates are the sessions of the demo's repository: each adds crates to a shelf that holds six, with three on it already. Each of the
// first three fits alone; together they are one too many, so the merge queue takes out the third. The last is too large by itself.
type crates struct {
	title string
	names []string
}

var warehouseWork = []crates{
	{"Add a crate of bearings", []string{"bearings"}},
	{"Add crates of seals and pins", []string{"seals", "pins"}},
	{"Add a crate of couplings", []string{"couplings"}},
	{"Add a crate of springs", []string{"springs"}},
	{"Add four crates of washers", []string{"washers-1", "washers-2", "washers-3", "washers-4"}},
}

// warehouseNext is a second message to the first of them.
const warehouseNext = "Say in the README how many crates the shelf holds."

func (c crates) prompt() string {
	return c.title + ": " + strings.Join(c.names, ", ") + ". One file each, in crates/."
}

func (c crates) script() string {
	var tools []string
	for _, n := range c.names {
		tools = append(tools, fmt.Sprintf(`{"name":"write","args":{"filePath":"crates/%s.txt","content":"40 pieces\n"}}`, n))
	}
	return fmt.Sprintf(`[{"reasoning":"One file for each crate.","text":"I'll add the files. ","tools":[%s]},{"text":"Added %s to the shelf."}]`, strings.Join(tools, ","), strings.Join(c.names, ", "))
}

// repository is the demo's local repository: bare, so that its branch is not checked out anywhere and merges can move it.
func (d *demo) repository() string { return filepath.Join(d.dir, "git", "warehouse.git") }

// warehouseFiles are the files of its first commit.
var warehouseFiles = map[string]string{"README.md": "# Warehouse\n", "check.sh": "n=$(ls crates | wc -l)\necho \"$n of 6 places on the shelf are used\"\ntest \"$n\" -le 6\n",
	"crates/bolts.txt": "400 pieces\n", "crates/nuts.txt": "380 pieces\n", "crates/rivets.txt": "900 pieces\n"}

func (d *demo) makeRepository() error {
	tree := filepath.Join(d.dir, "warehouse")
	for name, text := range warehouseFiles {
		path := filepath.Join(tree, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			return err
		}
	}
	for _, args := range [][]string{{"init", "--quiet", "--initial-branch=main", tree}, {"-C", tree, "add", "--all"},
		{"-C", tree, "-c", "user.name=Ada Lead", "-c", "user.email=ada@demo.example", "commit", "--quiet", "--message=Stock the shelf"},
		{"clone", "--quiet", "--bare", tree, d.repository()}} {
		cmd := exec.Command("git", args...)
		cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null")
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("create the demo's repository: git %s: %w: %s", args[0], err, out)
		}
	}
	return nil
}

// seedWarehouse registers the repository for the first team.
func (d *demo) seedWarehouse(ctx context.Context, a *app.App) error {
	by, err := a.People.ActorByEmail(ctx, demoTeams[0].Slug, demoPeople[0].email)
	if err != nil {
		return err
	}
	r, err := a.Repos.CreateRepository(ctx, by, repository.Repository{Name: "warehouse", Path: d.repository(), CheckCommands: []string{"sh check.sh"}}, "")
	if err != nil {
		return err
	}
	d.queue = r.ID
	return nil
}

// startWork starts the sessions of the warehouse when its clone is ready.
func (d *demo) startWork(ctx context.Context, a *app.App, by tenant.Actor) error {
	err := until(ctx, func() (bool, error) {
		r, err := a.Repos.Repository(ctx, by, d.queue)
		return r.Status == repository.Ready, err
	})
	for _, w := range warehouseWork {
		if err != nil {
			return err
		}
		var s session.Session
		s, err = a.Work.CreateSession(ctx, by, session.Session{Title: w.title, Prompt: w.prompt(), Model: "scripted/scripted", Priority: session.Medium, RepositoryID: d.queue}, true)
		d.work = append(d.work, s.ID)
	}
	return err
}

// takeWork starts the sessions of the warehouse, marks and continues one of the warehouse when all have ended, and lets the merge queue take the work: the first
// three as one batch, while the fourth is held.
func (d *demo) takeWork(ctx context.Context, a *app.App, log *slog.Logger) {
	by, err := a.People.ActorByEmail(ctx, demoTeams[0].Slug, demoPeople[0].email)
	if err == nil {
		err = d.queueWork(ctx, a, by)
	}
	if err != nil && ctx.Err() == nil {
		log.Warn("the demo's merge queue stays empty", "error", err)
	}
}

func (d *demo) queueWork(ctx context.Context, a *app.App, by tenant.Actor) error {
	if err := d.startWork(ctx, a, by); err != nil {
		return err
	}
	if err := awaitEnd(ctx, a, by, d.work); err != nil {
		return err
	}
	if _, err := a.Work.AddCheckpoint(ctx, by, d.work[0], "before the README"); err != nil {
		return err
	}
	if _, err := a.Work.SendMessage(ctx, by, d.work[0], warehouseNext); err != nil {
		return err
	}
	if err := awaitEnd(ctx, a, by, d.work[:1]); err != nil {
		return err
	}
	if err := a.Work.HoldMergeQueue(ctx, by, d.queue, "until the batch is complete"); err != nil {
		return err
	}
	for i, id := range d.work[:4] {
		e, err := a.Work.MergeSession(ctx, by, id)
		if err != nil {
			return err
		}
		if i == 3 {
			if _, err := a.Work.HoldMerge(ctx, by, e.ID, "after the stocktaking"); err != nil {
				return err
			}
		}
	}
	return a.Work.HoldMergeQueue(ctx, by, d.queue, "")
}

// awaitEnd waits until sessions have ended.
func awaitEnd(ctx context.Context, a *app.App, by tenant.Actor, ids []session.ID) error {
	for _, id := range ids {
		err := until(ctx, func() (bool, error) {
			s, err := a.Work.Session(ctx, by, id)
			return s.Status.Finished(), err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// until asks once a second whether something has happened.
func until(ctx context.Context, happened func() (bool, error)) error {
	every := time.NewTicker(time.Second)
	defer every.Stop()
	for {
		if ok, err := happened(); ok || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-every.C:
		}
	}
}
