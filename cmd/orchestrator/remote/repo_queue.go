package remote

import (
	"fmt"
	"strings"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/client"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
)

type repoMergeQueueCmd struct {
	theRepo
	Hold    *string `help:"Hold the whole queue for this reason, which everybody in the team can read. Requires the lead role." xor:"change" placeholder:"REASON"`
	Release bool    `help:"Let the queue continue, also after it stopped by itself. Requires the lead role." xor:"change"`
	Runs    bool    `help:"Print the newest runs of the checks, too, with the output of those that failed."`
}

// Run changes the queue if the flags say so, and prints it.
func (q *repoMergeQueueCmd) Run(s *shell) error {
	if q.Hold != nil && strings.TrimSpace(*q.Hold) == "" { // the API takes no reason for a release
		return exitError{exitUsage, "Enter a reason after --hold, or use --release."}
	}
	c, r, err := q.find(s)
	if err != nil {
		return err
	}
	var v client.MergeQueue
	switch {
	case q.Hold != nil:
		v, err = c.HoldMergeQueue(s.ctx, r.ID, *q.Hold)
	case q.Release:
		v, err = c.ReleaseMergeQueue(s.ctx, r.ID)
	default:
		v, err = c.MergeQueue(s.ctx, r.ID)
	}
	if err != nil {
		return err
	}
	return printOr(s, v, func(v client.MergeQueue) error { return s.printQueue(v, q.Runs) })
}

func (s *shell) printQueue(q client.MergeQueue, withRuns bool) error {
	held := ""
	if q.Held != "" {
		held = "by " + q.HeldBy + ": " + q.Held
	}
	if err := s.printFields("Into", q.Base, "Held", held, "Stopped", q.Stopped, "Waits", q.Waits, "Note", q.Note, "Checks", strings.Join(q.CheckCommands, "; ")); err != nil {
		return err
	}
	if err := s.printEntries("In order:", "Nothing waits to be merged.", q.Items); err != nil {
		return err
	}
	if err := s.printEntries("Left the queue, newest first:", "", q.Left); err != nil {
		return err
	}
	if withRuns {
		return s.printRuns(q.Runs)
	}
	return nil
}

// printEntries prints entries of a queue, or those that left it, which have no place.
func (s *shell) printEntries(heading, none string, all []client.MergeEntry) error {
	if len(all) == 0 {
		if none != "" {
			fmt.Fprintln(s.Out, "\n"+none)
		}
		return nil
	}
	fmt.Fprintln(s.Out, "\n"+heading)
	rows := make([][]string, len(all))
	for i, e := range all {
		place := ""
		if e.Place > 0 {
			place = fmt.Sprint(e.Place)
		}
		rows[i] = []string{place, e.ID, e.SessionID, strings.ReplaceAll(e.Status, "_", " "), e.SessionTitle, e.AddedBy, noteOf(e)}
	}
	return s.printTable([]string{"PLACE", "ENTRY", "SESSION", "STATUS", "TITLE", "BY", "NOTE"}, rows)
}

// noteOf is why an entry is held or left the queue, who did that, what conflicts, and the pull request that lands it.
func noteOf(e client.MergeEntry) string {
	note := e.Note
	if e.NotedBy != "" {
		note = strings.TrimSpace(e.NotedBy + ": " + note)
	}
	if len(e.Conflicts) > 0 {
		note = strings.TrimSpace(note + " Conflicts: " + strings.Join(e.Conflicts, ", "))
	}
	if e.PullURL != "" {
		note = strings.TrimSpace(note + " " + e.PullURL)
	}
	return note
}

func (s *shell) printRuns(all []client.MergeRun) error {
	fmt.Fprintln(s.Out)
	if len(all) == 0 {
		_, err := fmt.Fprintln(s.Out, "No checks ran.")
		return err
	}
	rows := make([][]string, len(all))
	for i, r := range all {
		rows[i] = []string{moment(r.RanAt), r.Verdict, fmt.Sprint(len(r.EntryIDs)), text.Duration(time.Duration(r.DurationMS) * time.Millisecond), r.Tree, r.Failed}
	}
	if err := s.printTable([]string{"RAN", "VERDICT", "ENTRIES", "DURATION", "TREE", "FAILED COMMAND"}, rows); err != nil {
		return err
	}
	for _, r := range all {
		if r.Output != "" {
			fmt.Fprintf(s.Out, "\n$ %s\n%s\n", safe(r.Failed), safeLines(r.Output))
		}
	}
	return nil
}
