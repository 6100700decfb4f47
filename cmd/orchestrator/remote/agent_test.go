package remote

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/client"
)

const agentPath = "/agents/a-1"

// withAgent is a team with a reviewer, and with a session that it works on.
func withAgent(t *testing.T) *fake {
	t.Helper()
	rate, model, steps := 0.925, "script/scripted", int64(40)
	a := client.Agent{ID: "a-1", Name: "Go\x1b reviewer", AgentType: "reviewer", Version: "0.2.0", Status: "active", Tier: "advanced", Circuit: "closed", Load: client.Load{Current: 1, Max: 5, Level: "idle"},
		Capabilities: []string{"code_review"}, Avoided: []string{"php"}, Model: &model, Steps: &steps, Prompt: "Review.\nStrictly.", Places: 5, Runner: "opencode", Recent: client.Recent{Ends: 12, SuccessRate: &rate},
		Permissions: []client.Rule{{Permission: "bash", Pattern: "git push *", Action: "ask"}, {Permission: "edit", Pattern: "*", Action: "deny"}}}
	f := withSession(t, "completed")
	f.set("GET /agents", client.AgentPage{Items: []client.Agent{a, {ID: "a-2", Name: "Other", Status: "inactive"}}})
	f.set("POST /agents", a)
	f.set("PATCH "+agentPath, a)
	f.set("DELETE "+agentPath, "")
	f.set("PUT "+agentPath+"/tier", a)
	for _, verb := range []string{"activate", "deactivate", "default", "no-default", "maintenance"} {
		f.set("POST "+agentPath+"/"+verb, a)
	}
	return f
}

func TestAgents(t *testing.T) {
	t.Parallel()
	f := withAgent(t)
	f.try(t, "",
		step{args: "agent list", out: `a-1  Go\x1b reviewer  reviewer  0.2.0    active    advanced  1 of 5  92.5%    12`},
		step{args: "agent list --json", out: `"circuit": "closed"`},
		step{args: "agent list --status busy", code: exitUsage},
		step{args: "agent show a-1", out: `Name           Go\x1b reviewer`},
		step{args: "agent show a-1", out: "  bash:git push *=ask\n  edit:*=deny\n"},
		step{args: "agent show a-1 --prompt", out: "Review.\nStrictly.\n"},
		step{args: "agent show OTHER", out: "inactive"},
		step{args: "agent show nobody", code: exitFailed, err: `the team has no agent "nobody". It has: Go\x1b reviewer, Other`},
		step{args: "agent activate a-1", sends: "POST " + agentPath + "/activate {}", out: `Go\x1b reviewer is active. Its tier is advanced.`},
		step{args: "agent deactivate a-1", sends: "POST " + agentPath + "/deactivate {}"},
		step{args: "agent default a-1", sends: "POST " + agentPath + "/default {}"},
		step{args: "agent default a-1 --off", sends: "POST " + agentPath + "/no-default {}"},
		step{args: "agent tier a-1 premium", sends: "PUT " + agentPath + `/tier {"tier":"premium"}`},
		step{args: "agent tier a-1 figures", sends: "PUT " + agentPath + `/tier {"tier":null}`},
		step{args: "agent tier a-1 elite", code: exitUsage},
		step{args: "agent maintain a-1 --reason move --until 2026-12-24T18:00:00Z", sends: "POST " + agentPath + `/maintenance {"reason":"move","until":"2026-12-24T18:00:00Z"}`},
		step{args: "agent maintain a-1 --reason move", code: exitUsage, err: "--for"},
		step{args: "agent maintain a-1 --reason move --for 1h --until 2026-12-24T18:00:00Z", code: exitUsage},
		step{args: "agent delete a-1", sends: "DELETE " + agentPath, out: `Deleted Go\x1b reviewer.`},
	)
	if r := f.to(t, "agent", "maintain", "a-1", "--reason", "move", "--for", "2h"); r.code != 0 || !strings.Contains(f.last(), time.Now().UTC().Add(2 * time.Hour).Format("2006-01-02T15")[:10]) {
		t.Errorf("%+v, it sent %s", r, f.last())
	}
}

func TestAgentsAreCreatedAndChanged(t *testing.T) {
	t.Parallel()
	f := withAgent(t)
	file := filepath.Join(t.TempDir(), "prompt.md")
	if err := os.WriteFile(file, []byte("From a file."), 0o600); err != nil {
		t.Fatal(err)
	}
	const edit = "PATCH " + agentPath + " "
	f.try(t, "From stdin.",
		step{args: "agent create Fixer --type debugger", sends: `POST /agents {"agent_type":"debugger","name":"Fixer"}`, out: "Created Go\\x1b reviewer, version 0.2.0.\n"},
		step{args: "agent create Fixer --type debugger --prompt-file - --temperature 0 --max-steps 9 --places 2 --capability debugging --prefer go --avoid php --model a/b --description x --changelog first",
			sends: `POST /agents {"agent_type":"debugger","avoided_technologies":["php"],"capabilities":["debugging"],"changelog":"first","description":"x","model_identifier":"a/b","name":"Fixer","max_concurrent_tasks":2,"preferred_technologies":["go"],"system_prompt":"From stdin.","max_steps":9,"temperature":0}`},
		step{args: "agent create Fixer", code: exitUsage, err: "--type"},
		step{args: "agent edit a-1 --prompt-file " + file, sends: edit + `{"base_version":"0.2.0","system_prompt":"From a file."}`, out: "Saved"},
		step{args: "agent edit a-1 --name New --type debugger --temperature 0.5 --version 1.0.0", sends: edit + `{"agent_type":"debugger","base_version":"0.2.0","name":"New","temperature":0.5,"version":"1.0.0"}`},
		step{args: "agent edit a-1 --clear temperature --clear max-steps --clear permission --clear prompt", sends: edit + `{"base_version":"0.2.0","permissions":[],"system_prompt":"","max_steps":null,"temperature":null}`},
		step{args: "agent edit a-1 --clear temperature --temperature 1", code: exitUsage, err: "not both"},
		step{args: "agent edit a-1 --clear name", code: exitUsage},
		step{args: "agent edit a-1 --permission bash", code: exitUsage, err: "is not a rule"},
		step{args: "agent edit a-1 --permission bash=maybe", code: exitUsage, err: "Use allow, ask or deny"},
	)
	rules := f.to(t, "agent", "edit", "a-1", "--permission", "bash:git push *=ask", "--permission", "edit=deny", "--permission", "bash:x=y, z=allow")
	if rules.code != 0 || f.last() != edit+`{"base_version":"0.2.0","permissions":[{"action":"ask","pattern":"git push *","permission":"bash"},{"action":"deny","pattern":"*","permission":"edit"},{"action":"allow","pattern":"x=y, z","permission":"bash"}]}` {
		t.Errorf("%+v, it sent %s", rules, f.last())
	}
	f.refuse("PATCH "+agentPath, 409, "Ben saved version 0.3.0 in the meantime.")
	f.try(t, "", step{args: "agent edit a-1 --name New", code: exitFailed, err: "in the meantime"})
}

func TestAgentVersionsFiguresAndRouting(t *testing.T) {
	t.Parallel()
	f := withAgent(t)
	cost, ran, half := int64(140_000), int64(75), 0.5
	f.set("GET "+agentPath+"/versions", map[string]any{"items": []client.Version{{Version: "0.2.0", SavedBy: "Ann", Changes: []client.Change{{Field: "permissions"}, {Field: "system_prompt"}},
		Grown: []client.Rule{{Permission: "bash", Pattern: "git push *", Action: "ask"}}, Changelog: "It can push."}}})
	f.set("GET "+agentPath+"/figures", client.Figures{Days30: client.Sums{Ends: 4, SuccessRate: &half, MedianCost: &cost, MedianDuration: &ran}, Versions: []client.NamedSums{{Name: "0.2.0"}},
		Capabilities: []client.NamedSums{{Name: "code_review", Sums: client.Sums{Ends: 2}}}})
	f.set("POST /agents/route", client.Routing{Agent: client.AgentRef{ID: "a-1", Name: "Go reviewer", Version: "0.2.0"}, Score: 0.92, Reason: "Go reviewer scores 0.92, the best of 2.",
		Alternatives: []client.Ranked{{Agent: client.AgentRef{Name: "Other"}, Score: 0.5}}, Excluded: []client.Excluded{{Name: "Third", Reason: "It avoids go."}}})
	f.try(t, "",
		step{args: "agent versions a-1", out: "permissions, system_prompt  bash:git push *=ask  It can push."},
		step{args: "agent figures a-1", out: "30 days        4     50.0%    –        $0.14        1 min 15 s\n"},
		step{args: "agent figures a-1", out: "code review    2     –"},
		step{args: "agent figures a-1 --json", out: `"days_30"`},
		step{args: "agent route --capability code_review --technology go --prefer-type reviewer --prefer-agent other --model a/b", out: "Go reviewer scores 0.92, the best of 2.\n",
			sends: `POST /agents/route {"required_capabilities":["code_review"],"model_identifier":"a/b","preferred_agent_id":"a-2","preferred_type":"reviewer","technologies":["go"]}`},
		step{args: "agent route", out: "Not Third: It avoids go.\n", sends: "POST /agents/route {}"},
	)
	f.refuse("POST /agents/route", 409, "None of 2 agents fits: 2 × It avoids go.")
	f.try(t, "", step{args: "agent route --technology go", code: exitFailed, err: "None of 2 agents fits"})
}

// An agent that was exported is imported as it was.
func TestAgentFiles(t *testing.T) {
	t.Parallel()
	f := withAgent(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "reviewer.md")
	f.try(t, "", step{args: "agent export a-1", out: "---\nmode: \"primary\"\n", err: "OpenCode does not read what is under orchestrator"}, step{args: "agent export a-1 -o " + file, out: ""},
		step{args: "agent export a-1 --json", out: `"agent_type": "reviewer"`},
		step{args: "agent import " + file, out: "Created", sends: `POST /agents {"agent_type":"reviewer","avoided_technologies":["php"],"capabilities":["code_review"],"changelog":"Imported from reviewer.md.","model_identifier":"script/scripted","name":"Go\u001b reviewer",` +
			`"permissions":[{"action":"ask","pattern":"git push *","permission":"bash"},{"action":"deny","pattern":"*","permission":"edit"}],"max_concurrent_tasks":5,"system_prompt":"Review.\nStrictly.","max_steps":40}`})
	f.try(t, "---\ndescription: x\ntop_p: 0.9\n\"co\\u001blor\": red\n---\nDo it.\n",
		step{args: "agent import - --type analyst --name Mine", out: "Created", err: "Not read: top_p\nNot read: co\\x1blor\n"},
		step{args: "agent import - --name Mine", code: exitUsage, err: "Enter --type."},
		step{args: "agent import - --type analyst", code: exitUsage, err: "Enter --name."},
		step{args: "agent import - --type pilot --name Mine", code: exitFailed, err: "is not a type of agent"},
		step{args: "agent import " + dir + "/nothing.md --type analyst", code: exitFailed},
	)
	own := filepath.Join(dir, "my-helper.md")
	if err := os.WriteFile(own, []byte("---\ndescription: "+strings.Repeat("x", 600)+"\n---\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	f.try(t, "", step{args: "agent import --type analyst " + own, code: exitFailed, err: "at most 500 characters"})
	if err := os.WriteFile(own, []byte("---\ndescription: x\n---\nDo it.\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if r := f.to(t, "agent", "import", "--type", "analyst", own); r.code != 0 || !strings.Contains(f.last(), `"name":"my-helper"`) {
		t.Errorf("%+v, it sent %s", r, f.last())
	}
}

func TestSessionsHaveAgents(t *testing.T) {
	t.Parallel()
	f := withAgent(t)
	v := aSession("queued", 1)
	v.Agent, v.Routing = &client.AgentRef{Name: "Go reviewer", Version: "0.2.0"}, &client.Routing{Reason: "Go reviewer scores 0.92, the best of 2."}
	f.set("POST /sessions", v)
	f.set("GET "+sessionPath, v)
	f.set("POST "+sessionPath+"/feedback", "")
	f.set("GET /model-providers", `{"items":[{"name":"script","models":[{"id":"scripted"},{"id":"small"}]}]}`)
	const start = `"initial_prompt":"Greet.",`
	f.try(t, "",
		step{args: "session run Greet. --agent a-1", sends: `POST /sessions {"agent_id":"a-1",` + start + `"start":true,"title":"Greet."}`},
		step{args: "session run Greet. --agent other", code: exitUsage, err: "Choose a model"},
		step{args: "session run Greet. --agent other --model script/small", sends: `POST /sessions {"agent_id":"a-2",` + start + `"model_identifier":"script/small","start":true,"title":"Greet."}`},
		step{args: "session run Greet. --agent build", code: exitFailed, err: "use --opencode-agent"},
		step{args: "session run Greet. --opencode-agent build --model script/small", sends: `POST /sessions {` + start + `"model_identifier":"script/small","opencode_agent":"build","start":true,"title":"Greet."}`},
		step{args: "session run Greet. --route --capability code_review --technology go", sends: `POST /sessions {` + start + `"route":{"required_capabilities":["code_review"],"technologies":["go"]},"start":true,"title":"Greet."}`},
		step{args: "session run Greet. --route --agent a-1", code: exitUsage},
		step{args: "session run Greet. --technology go", code: exitUsage, err: "only with --route"},
		step{args: "session run Greet.", code: exitUsage, err: "Choose a model"},
		step{args: "session show " + sessionID, out: "Agent    Go reviewer 0.2.0\nRouting  Go reviewer scores 0.92, the best of 2.\n"},
		step{args: "session feedback " + sessionID + " up --note Good", sends: "POST " + sessionPath + `/feedback {"note":"Good","value":1}`, out: "Saved: up."},
		step{args: "session feedback " + sessionID + " down", sends: "POST " + sessionPath + `/feedback {"value":-1}`},
		step{args: "session feedback " + sessionID + " clear", sends: "POST " + sessionPath + `/feedback {"value":0}`},
		step{args: "session feedback " + sessionID + " maybe", code: exitUsage},
	)
	model := "script/small"
	f.set("GET /agents", client.AgentPage{Items: []client.Agent{{ID: "a-3", Name: "Default", IsDefault: true, Model: &model}}})
	f.try(t, "", step{args: "session run Greet.", sends: `POST /sessions {` + start + `"start":true,"title":"Greet."}`})
	f.set("GET /model-providers", `{"items":[{"name":"script","models":[{"id":"scripted"}]}]}`)
	f.try(t, "", step{args: "session run Greet. --route", sends: `POST /sessions {` + start + `"model_identifier":"script/scripted","route":{},"start":true,"title":"Greet."}`})
}
