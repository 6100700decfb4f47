package remote

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/client"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/merge"
)

// mergeQueueCmds are the commands about one entry of a merge queue. `repo merge-queue` lists them.
type mergeQueueCmds struct {
	Hold    entryHoldCmd    `cmd:"" help:"Keep an entry in its place without merging it."`
	Release entryReleaseCmd `cmd:"" help:"Let a held entry be merged."`
	Remove  entryRemoveCmd  `cmd:"" help:"Take an entry out of its queue."`
	Retry   entryRetryCmd   `cmd:"" help:"Put an entry that left its queue without being merged back at the end, with its session's current work."`
	Send    entrySendCmd    `cmd:"" help:"Send an entry that was taken out to its session's agent, with the reason and the commit to merge."`
	Move    entryMoveCmd    `cmd:"" help:"Move an entry up, down, or to the first place. Requires the lead role."`
}

// theEntry is the argument of these commands.
type theEntry struct {
	Entry string `arg:"" help:"The entry's ID or that of its session, or the start of one. orchestrator repo merge-queue prints them."`
}

// change changes the entry and prints what became of it.
func (t theEntry) change(s *shell, do func(c *client.Client, ctx context.Context, id string) (client.MergeEntry, error)) error {
	c, err := s.client()
	if err != nil {
		return err
	}
	id, err := s.findEntry(c, t.Entry)
	if err != nil {
		return err
	}
	e, err := do(c, s.ctx, id)
	if err != nil {
		return err
	}
	return printOr(s, e, s.printEntry)
}

func (s *shell) printEntry(e client.MergeEntry) error {
	words := fmt.Sprintf("%s is %s", e.ID, strings.ReplaceAll(e.Status, "_", " "))
	if e.Place > 0 {
		words += fmt.Sprintf(", at place %d of the merge queue", e.Place)
	}
	_, err := fmt.Fprintln(s.Out, words+": "+safe(e.SessionTitle))
	return err
}

// untilMerged reads an entry again and again until it has left its queue, and reports changes to the error stream.
func (s *shell) untilMerged(c *client.Client, e client.MergeEntry) (client.MergeEntry, error) {
	for shown := ""; merge.Status(e.Status).IsOpen(); {
		if now := entryWord(e); now != shown {
			shown = now
			fmt.Fprintln(s.Err, safe(now))
		}
		if err := s.Pause(s.ctx); err != nil {
			return e, err
		}
		q, err := c.MergeQueue(s.ctx, e.RepositoryID)
		if err != nil {
			return e, err
		}
		all := append(q.Items, q.Left...)
		i := slices.IndexFunc(all, func(x client.MergeEntry) bool { return x.ID == e.ID })
		if i < 0 {
			return e, errors.New("the entry is not in the merge queue anymore, nor among those that left it last. `orchestrator session outcomes " + e.SessionID + "` prints what became of the work")
		}
		e = all[i]
	}
	return e, nil
}

// entryWord is where an entry is, and why.
func entryWord(e client.MergeEntry) string {
	word := fmt.Sprintf("place %d: %s", e.Place, strings.ReplaceAll(e.Status, "_", " "))
	if note := noteOf(e); note != "" {
		word += " (" + note + ")"
	}
	return word
}

// findEntry returns the ID of the entry that begins with a text, or whose session does. An entry in a queue wins over those that have left.
func (s *shell) findEntry(c *client.Client, which string) (string, error) {
	repos, err := s.queuesOf(c, which)
	if err != nil {
		return "", err
	}
	var open, left []string
	for _, id := range repos {
		q, err := c.MergeQueue(s.ctx, id)
		if err != nil {
			return "", err
		}
		open, left = append(open, matching(q.Items, which)...), append(left, newestOf(q.Left, which)...)
	}
	found := open
	if len(open) == 0 {
		found = left
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		return "", fmt.Errorf("several entries of merge queues have an ID, or a session with an ID, that begins with %q. Enter more of it", which)
	case len(repos) == 0:
		return which, nil
	}
	return "", fmt.Errorf("no merge queue has an entry with an ID, or a session with an ID, that begins with %q. `orchestrator repo merge-queue REPOSITORY` prints the IDs", which)
}

// queuesOf returns the repositories whose queues can have the entry: that of a session with this ID, none for any other complete ID, else all.
func (s *shell) queuesOf(c *client.Client, which string) (ids []string, err error) {
	if len(which) >= idLength {
		v, err := c.Session(s.ctx, which)
		var p *client.Problem
		switch {
		case errors.As(err, &p) && p.Status == 404:
			return nil, nil
		case err == nil && v.RepositoryID != nil:
			ids = []string{*v.RepositoryID}
		}
		return ids, err
	}
	all, err := c.Repositories(s.ctx)
	for _, r := range all {
		ids = append(ids, r.ID)
	}
	return ids, err
}

// matching are the IDs of the entries that begin with a text, or whose session's does.
func matching(all []client.MergeEntry, which string) (ids []string) {
	which = strings.ToLower(which)
	for _, e := range all {
		if which != "" && (strings.HasPrefix(e.ID, which) || strings.HasPrefix(e.SessionID, which)) {
			ids = append(ids, e.ID)
		}
	}
	return ids
}

// newestOf is matching with only the newest entry of each session: a session can leave a queue several times.
func newestOf(all []client.MergeEntry, which string) []string {
	var newest []client.MergeEntry
	seen := map[string]bool{}
	for _, e := range all {
		if !seen[e.SessionID] || strings.HasPrefix(e.ID, strings.ToLower(which)) {
			newest, seen[e.SessionID] = append(newest, e), true
		}
	}
	return matching(newest, which)
}

type entryHoldCmd struct {
	theEntry
	Reason string `help:"Why. Everybody in the team can read it." required:"" placeholder:"TEXT"`
}

// Run holds an entry.
func (h *entryHoldCmd) Run(s *shell) error {
	return h.change(s, func(c *client.Client, ctx context.Context, id string) (client.MergeEntry, error) {
		return c.HoldMergeEntry(ctx, id, h.Reason)
	})
}

type entryReleaseCmd struct{ theEntry }

// Run releases an entry.
func (e *entryReleaseCmd) Run(s *shell) error { return e.change(s, (*client.Client).ReleaseMergeEntry) }

type entryRemoveCmd struct{ theEntry }

// Run takes an entry out.
func (e *entryRemoveCmd) Run(s *shell) error { return e.change(s, (*client.Client).RemoveMergeEntry) }

type entryRetryCmd struct{ theEntry }

// Run puts an entry back.
func (e *entryRetryCmd) Run(s *shell) error { return e.change(s, (*client.Client).RetryMergeEntry) }

type entrySendCmd struct{ theEntry }

// Run sends the agent a message, and prints how the work comes back into the queue.
func (e *entrySendCmd) Run(s *shell) error {
	if err := e.change(s, (*client.Client).SendMergeEntry); err != nil {
		return err
	}
	fmt.Fprintln(s.Err, "The agent has a message with the reason. When it is done, put the work back: orchestrator merge-queue retry "+e.Entry)
	return nil
}

type entryMoveCmd struct {
	theEntry
	To string `arg:"" enum:"up,down,first" help:"up, down or first."`
}

// Run moves an entry.
func (m *entryMoveCmd) Run(s *shell) error {
	return m.change(s, func(c *client.Client, ctx context.Context, id string) (client.MergeEntry, error) {
		return c.MoveMergeEntry(ctx, id, m.To)
	})
}
