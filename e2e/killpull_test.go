package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/client"
)

// pullCourse is the way of a session's work through a pull request on a real forge.
func pullCourse() course {
	var g *giteaHost
	is := func(state string) func(*taken) bool {
		return func(c *taken) bool { p := c.pull(); return p.State == state || p.State == "merged" }
	}
	return course{name: "a pull request", begin: func(m *team, gate string) *taken { return m.finished(gate) },
		world: func(t *testing.T) *team {
			g = newGitea(t)
			m := newWorld(t, "--allow-net", g.web, "--allow-net", g.ssh, "--ca-file", g.ca).newTeam("acme", 10)
			m.onGitea(g, "site", client.NewRepository{Name: "https", URL: "https://" + g.web + "/bot/site.git", Credential: g.token})
			return m
		},
		stages: []stage{
			{name: "it is open", reached: is("open"), do: func(c *taken) (string, any) {
				return "/sessions/" + c.id + "/pull-request", map[string]any{"title": "Write " + c.gate, "branch": c.gate, "draft": false}
			}},
			{name: "it is merged", reached: is("merged"), do: posting("pull-request/merge")},
		},
		check: func(c *taken) { c.pulledOnce(g) },
	}
}

// pull is the session's pull request as the server knows it; the zero pullJSON if it knows none.
func (c *taken) pull() (p pullJSON) {
	c.w.t.Helper()
	if a := c.ask(http.MethodGet, "/sessions/"+c.id+"/pull-request", nil); a.status/100 == 2 {
		if err := json.Unmarshal(a.body, &p); err != nil {
			c.w.t.Fatal(err)
		}
	}
	return p
}

// pulledOnce: the forge has one pull request of the session, which is merged, and its base has the work once.
func (c *taken) pulledOnce(g *giteaHost) {
	c.w.t.Helper()
	var all []struct {
		Number int
		Merged bool
		Commit string `json:"merge_commit_sha"`
		Head   struct{ Ref string }
	}
	g.call(http.MethodGet, "/repos/bot/site/pulls?state=all&limit=50", nil, &all)
	var mine []string
	for _, p := range all {
		if p.Head.Ref == c.gate {
			mine = append(mine, fmt.Sprint(p.Number, p.Merged, p.Commit))
		}
	}
	p := c.pull()
	if want := fmt.Sprint(p.Number, true, p.MergeCommit); len(mine) != 1 || mine[0] != want {
		c.w.t.Errorf("the forge has the pull requests %q, the server %q", mine, want)
	}
	var commits []struct{ Commit struct{ Message string } }
	g.call(http.MethodGet, "/repos/bot/site/commits?sha=main&limit=50&stat=false", nil, &commits)
	n := 0
	for _, one := range commits {
		n += strings.Count(one.Commit.Message, "Orchestrator-Session: "+c.id)
	}
	if n != 1 {
		c.w.t.Errorf("the base has the work %d times", n)
	}
}
