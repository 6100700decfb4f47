package remote

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/client"
)

type sessionDiffCmd struct {
	theSession
	Patch bool `help:"Print the patch for git apply, byte for byte."`
	Stat  bool `help:"Print the changed files only."`
}

// Run prints the diff. Only --patch prints bytes that are not made harmless, for programs.
func (d *sessionDiffCmd) Run(s *shell) error {
	c, v, err := d.find(s)
	if err != nil {
		return err
	}
	if d.Patch {
		return s.printPatch(c, v.ID, 0)
	}
	diff, err := c.Diff(s.ctx, v.ID)
	if err != nil {
		return err
	}
	return printOr(s, diff, func(diff client.Diff) error { return s.printDiff(diff, d.Stat) })
}

func (s *shell) printPatch(c *client.Client, id string, attempt int64) error {
	patch, err := s.readPatch(c, id, attempt)
	if err != nil {
		return err
	}
	_, err = s.Out.Write(patch)
	return err
}

// readPatch reads a patch, and warns if it lacks changes.
func (s *shell) readPatch(c *client.Client, id string, attempt int64) ([]byte, error) {
	patch, isComplete, err := c.Patch(s.ctx, id, attempt)
	if err == nil && !isComplete {
		fmt.Fprintln(s.Err, "The patch lacks changes. Comments at its head name the files.")
	}
	return patch, err
}

func (s *shell) printDiff(diff client.Diff, filesOnly bool) error {
	if len(diff.Files) == 0 {
		_, err := io.WriteString(s.Out, "No changes.\n")
		return err
	}
	p := s.colours(s.Out)
	for _, f := range diff.Files {
		name := f.Path
		if f.OldPath != "" {
			name = f.OldPath + " → " + f.Path
		}
		fmt.Fprintln(s.Out, p.bold(fmt.Sprintf("%s %s  +%d −%d", f.Status, safe(name), f.Additions, f.Deletions)))
		if f.OmittedReason != "" {
			fmt.Fprintln(s.Out, p.yellow("  "+safe(f.OmittedReason)))
		}
		if !filesOnly {
			s.printHunks(p, f.Patch)
		}
	}
	return nil
}

func (s *shell) printHunks(p palette, patch string) {
	for line := range strings.SplitSeq(strings.TrimSuffix(patch, "\n"), "\n") {
		shown := safeLines(line)
		switch {
		case strings.HasPrefix(line, "+"):
			shown = p.green(shown)
		case strings.HasPrefix(line, "-"):
			shown = p.red(shown)
		case strings.HasPrefix(line, "@@"):
			shown = p.dim(shown)
		}
		if patch != "" {
			fmt.Fprintln(s.Out, shown)
		}
	}
}

type sessionChecksCmd struct {
	theSession
	Output  bool  `help:"Print what the commands wrote."`
	Attempt int64 `help:"The number of an attempt. The default is the last one that has results." placeholder:"N"`
}

// Run prints the checks. The exit code is 4 if one of the current attempt, or of the one that the flag names, did not pass.
func (k *sessionChecksCmd) Run(s *shell) error {
	c, v, err := k.find(s)
	if err != nil {
		return err
	}
	checks, err := c.Checks(s.ctx, v.ID, k.Attempt)
	if err != nil {
		return err
	}
	if err := printOr(s, checks, s.printChecks); err != nil {
		return err
	}
	if k.Output && !s.json {
		for _, check := range checks {
			fmt.Fprintf(s.Out, "\n$ %s\n%s\n", safe(check.Command), safeLines(check.Output))
		}
	}
	for _, check := range checks {
		if !check.Passed && check.Attempt == cmp.Or(k.Attempt, v.Attempt) {
			return exitError{code: exitChecks}
		}
	}
	return nil
}

func (s *shell) printChecks(checks []client.Check) error {
	if len(checks) == 0 {
		_, err := io.WriteString(s.Out, "No checks ran.\n")
		return err
	}
	rows := make([][]string, len(checks))
	for i, k := range checks {
		exit := ""
		if k.Exit != nil {
			exit = fmt.Sprint(*k.Exit)
		}
		rows[i] = []string{strings.ReplaceAll(k.Verdict, "_", " "), exit, fmt.Sprintf("%.1f s", float64(k.DurationMS)/1000), k.Command}
	}
	return s.printTable([]string{"VERDICT", "EXIT", "DURATION", "COMMAND"}, rows)
}
