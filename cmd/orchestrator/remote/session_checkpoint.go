package remote

import (
	"fmt"
	"io"
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/client"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
)

// sessionCheckpointCmds are the commands about a session's checkpoints.
type sessionCheckpointCmds struct {
	List    checkpointListCmd    `cmd:"" help:"List the checkpoints, newest first."`
	Create  checkpointCreateCmd  `cmd:"" help:"Create a checkpoint of the files and the conversation. It is kept with its session."`
	Compare checkpointCompareCmd `cmd:"" help:"Print what differs in the files from one checkpoint to another."`
}

type checkpointListCmd struct{ theSession }

// Run prints the checkpoints.
func (l *checkpointListCmd) Run(s *shell) error {
	c, v, err := l.find(s)
	if err != nil {
		return err
	}
	all, err := c.Checkpoints(s.ctx, v.ID)
	if err != nil {
		return err
	}
	return printOr(s, append([]client.Checkpoint{}, all...), s.printCheckpoints)
}

func (s *shell) printCheckpoints(all []client.Checkpoint) error {
	if len(all) == 0 {
		_, err := io.WriteString(s.Out, "No checkpoints.\n")
		return err
	}
	rows := make([][]string, len(all))
	for i, p := range all {
		since := changesWord(int64(p.Step.Files), int64(p.Step.Additions), int64(p.Step.Deletions))
		rows[i] = []string{fmt.Sprint(p.Checkpoint), moment(p.CreatedAt), fmt.Sprint(p.Attempt), strings.ReplaceAll(p.Cause, "_", " "), since, text.Money(p.CostMicroUSD), p.Note}
	}
	return s.printTable([]string{"CHECKPOINT", "CREATED", "ATTEMPT", "CAUSE", "SINCE THE ONE BEFORE", "COST", "NOTE"}, rows)
}

type checkpointCreateCmd struct {
	theSession
	Note string `help:"What people read in the list."`
	Key  string `help:"An idempotency key: repeating the command with it within 24 hours creates nothing new." placeholder:"KEY"`
}

// Run creates a checkpoint.
func (n *checkpointCreateCmd) Run(s *shell) error {
	c, v, err := n.find(s)
	if err != nil {
		return err
	}
	p, err := c.TakeCheckpoint(client.WithKey(s.ctx, n.Key), v.ID, n.Note)
	if err != nil {
		return err
	}
	return printOr(s, p, func(p client.Checkpoint) error {
		_, err := fmt.Fprintf(s.Out, "Checkpoint %d: %s\n", p.Checkpoint, p.Tree)
		return err
	})
}

type checkpointCompareCmd struct {
	theSession
	From  int64 `arg:"" help:"The number of the first checkpoint."`
	To    int64 `arg:"" help:"The number of the second one."`
	Patch bool  `help:"Print the patch for git apply, byte for byte."`
	Stat  bool  `help:"Print the changed files only."`
}

// Run prints the difference as session diff does.
func (d *checkpointCompareCmd) Run(s *shell) error {
	c, v, err := d.find(s)
	if err != nil {
		return err
	}
	diff, err := c.CompareCheckpoints(s.ctx, v.ID, d.From, d.To)
	if err != nil {
		return err
	}
	if diff.Truncated {
		fmt.Fprintln(s.Err, "The patch lacks changes. Comments at its head name the files.")
	}
	if d.Patch {
		_, err = io.WriteString(s.Out, diff.Patch)
		return err
	}
	return printOr(s, diff, func(diff client.Comparison) error { return s.printDiff(client.Diff{Files: diff.Files}, d.Stat) })
}
