package remote

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/client"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
)

// sessionPullCmds are the commands about a session's pull request. `session take --pull-request` opens it.
type sessionPullCmds struct {
	Show  pullShowCmd  `cmd:"" help:"Show the newest pull request with the forge's checks."`
	Ready pullReadyCmd `cmd:"" help:"End the draft state of the open pull request."`
	Merge pullMergeCmd `cmd:"" help:"Merge the open pull request on its forge."`
	Close pullCloseCmd `cmd:"" help:"Close the open pull request without merging it."`
}

type pullShowCmd struct{ theSession }

// Run prints the pull request and its checks.
func (p *pullShowCmd) Run(s *shell) error {
	c, v, err := p.find(s)
	if err != nil {
		return err
	}
	pull, err := c.PullRequest(s.ctx, v.ID)
	if err != nil {
		return err
	}
	return printOr(s, pull, s.printPull)
}

func (s *shell) printPull(p client.PullRequest) error {
	err := s.printFields("Number", fmt.Sprintf("#%d", p.Number), "Title", p.Title, "State", pullState(p), "URL", p.URL, "Branch", p.Branch, "Into", p.Base, "Commit", p.Head,
		"Merge commit", p.MergeCommit, "Conflicts", conflictsWord(p), "Opened", moment(p.OpenedAt)+" by "+p.OpenedBy, "Read", moment(p.ReadAt), "Trouble", p.Trouble)
	if err != nil || len(p.Checks) == 0 {
		return err
	}
	fmt.Fprintln(s.Out)
	rows := make([][]string, len(p.Checks))
	for i, k := range p.Checks {
		took := ""
		if k.DurationMS > 0 {
			took = text.Duration(time.Duration(k.DurationMS) * time.Millisecond)
		}
		rows[i] = []string{k.Status, k.Name, took, k.Text, k.URL}
	}
	return s.printTable([]string{"STATUS", "CHECK", "DURATION", "RESULT", "URL"}, rows)
}

// pullState is the state in words: open, draft.
func pullState(p client.PullRequest) string {
	if p.Draft && p.State == "open" {
		return "open, draft"
	}
	return p.State
}

// conflictsWord is what the forge reports about merging; nothing for a pull request that is not open.
func conflictsWord(p client.PullRequest) string {
	if p.State != "open" {
		return ""
	}
	words := map[string]string{"clean": "none", "conflict": "with " + p.Base, "blocked": "none known; the forge does not merge yet"}
	if word, ok := words[p.Mergeable]; ok {
		return word
	}
	return strings.TrimSpace("not known " + p.Mergeable)
}

// change changes the open pull request and prints what became of it.
func (t theSession) change(s *shell, do func(*client.Client, context.Context, string) (client.PullRequest, error)) error {
	c, v, err := t.find(s)
	if err != nil {
		return err
	}
	p, err := do(c, s.ctx, v.ID)
	if err != nil {
		return err
	}
	return printOr(s, p, func(p client.PullRequest) error {
		_, err := fmt.Fprintf(s.Out, "Pull request #%d is %s: %s\n", p.Number, pullState(p), safe(p.URL))
		return err
	})
}

type pullReadyCmd struct{ theSession }

// Run ends the draft state.
func (p *pullReadyCmd) Run(s *shell) error { return p.change(s, (*client.Client).ReadyPullRequest) }

type pullMergeCmd struct{ theSession }

// Run merges on the forge.
func (p *pullMergeCmd) Run(s *shell) error { return p.change(s, (*client.Client).MergePullRequest) }

type pullCloseCmd struct{ theSession }

// Run closes without merging.
func (p *pullCloseCmd) Run(s *shell) error { return p.change(s, (*client.Client).ClosePullRequest) }
