package remote

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/client"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
)

// sessionCmds are the commands about sessions. A new one is a field here and a file of its own.
type sessionCmds struct {
	List        sessionListCmd        `cmd:"" help:"List the team's sessions, newest first."`
	Show        sessionShowCmd        `cmd:"" help:"Show one session."`
	Run         sessionRunCmd         `cmd:"" help:"Create a session and start it."`
	Follow      sessionFollowCmd      `cmd:"" help:"Print what a session does, as it happens, and answer its approvals. Ctrl-C detaches; the session continues."`
	Send        sessionSendCmd        `cmd:"" help:"Send a message to a session's agent. A session that has ended continues."`
	Answer      sessionAnswerCmd      `cmd:"" help:"Answer an approval or a question, or list those that are open."`
	Diff        sessionDiffCmd        `cmd:"" help:"Print what a session changed."`
	Checks      sessionChecksCmd      `cmd:"" help:"Print the results of the check commands."`
	Outcomes    sessionOutcomesCmd    `cmd:"" help:"Print what came of each attempt and what became of its work."`
	Feedback    sessionFeedbackCmd    `cmd:"" help:"Say what you think of a session's work: up or down. It counts for the figures of its agent."`
	Take        sessionTakeCmd        `cmd:"" help:"Take a session's work: as a pull request, a merge, a pushed or fetched branch, or a patch."`
	PullRequest sessionPullCmds       `cmd:"" aliases:"pr" help:"A session's pull request: show it, mark it as ready, merge or close it."`
	Checkpoint  sessionCheckpointCmds `cmd:"" help:"The states that a session can return to: list, create, compare."`
	Restore     sessionRestoreCmd     `cmd:"" help:"Return a session's files and conversation to a checkpoint."`
	Fork        sessionForkCmd        `cmd:"" help:"Create a session that starts at a checkpoint or a message of another one."`
	Start       sessionStartCmd       `cmd:"" help:"Queue a draft."`
	Pause       sessionPauseCmd       `cmd:"" help:"Pause a running session and keep its conversation."`
	Resume      sessionResumeCmd      `cmd:"" help:"Queue a paused session again."`
	Stop        sessionStopCmd        `cmd:"" help:"End a running or paused session. Its conversation and changes are kept."`
	Cancel      sessionCancelCmd      `cmd:"" help:"Cancel a session that does not run. This cannot be undone."`
	Retry       sessionRetryCmd       `cmd:"" help:"Start the next attempt of a session that failed, timed out or was stopped."`
}

// theSession is the argument of most commands: a session's ID, or the start of one.
type theSession struct {
	ID string `arg:"" name:"session" help:"The session's ID, or the start of it."`
}

// find returns a client and the session, whose ID can be shortened.
func (t theSession) find(s *shell) (c *client.Client, v client.Session, err error) {
	if c, err = s.client(); err != nil {
		return nil, v, err
	}
	id, err := fullID(s.ctx, c, t.ID)
	if err != nil {
		return nil, v, err
	}
	v, err = c.Session(s.ctx, id)
	return c, v, err
}

// idLength is the length of a complete ID.
const idLength = 36

// fullID returns the ID of the only session that begins with a text.
func fullID(ctx context.Context, c *client.Client, start string) (string, error) {
	if len(start) >= idLength {
		return start, nil
	}
	page, err := c.Sessions(ctx, client.SessionFilter{Query: start, Limit: 20})
	if err != nil {
		return "", err
	}
	var found []string
	for _, row := range page.Items {
		if strings.HasPrefix(row.ID, strings.ToLower(start)) && start != "" {
			found = append(found, row.ID)
		}
	}
	switch {
	case len(found) == 1 && !page.HasMore:
		return found[0], nil
	case len(found) == 0:
		return "", fmt.Errorf("no session of the team has an ID that begins with %q. `orchestrator session list` prints the IDs", start)
	}
	return "", fmt.Errorf("several sessions have an ID that begins with %q. Enter more of it", start)
}

type sessionListCmd struct {
	Status string `help:"Only sessions with this status, or several separated by commas." placeholder:"STATUS"`
	Query  string `short:"q" help:"Only sessions with these words in their title or tags." placeholder:"WORDS"`
	Limit  int    `help:"How many at most." default:"50"`
}

// Run prints one table or one JSON list, however many pages the API has.
func (l *sessionListCmd) Run(s *shell) error {
	c, err := s.client()
	if err != nil {
		return err
	}
	var all []client.SessionRow
	f := client.SessionFilter{Status: l.Status, Query: l.Query}
	for len(all) < l.Limit {
		f.Limit = min(l.Limit-len(all), 200)
		page, err := c.Sessions(s.ctx, f)
		if err != nil {
			return err
		}
		all = append(all, page.Items...)
		if !page.HasMore || page.NextCursor == nil {
			break
		}
		f.Cursor = *page.NextCursor
	}
	return printOr(s, append([]client.SessionRow{}, all...), s.printSessions)
}

func (s *shell) printSessions(all []client.SessionRow) error {
	if len(all) == 0 {
		_, err := io.WriteString(s.Out, "No sessions. `orchestrator session run` starts one.\n")
		return err
	}
	rows := make([][]string, len(all))
	for i, v := range all {
		rows[i] = []string{v.ID, statusWord(v), checksWord(v.Checks), workWord(v), v.Title, v.CreatedBy.Name, moment(v.CreatedAt), text.Money(v.CostMicroUSD)}
	}
	return s.printTable([]string{"ID", "STATUS", "CHECKS", "WORK", "TITLE", "BY", "CREATED", "COST"}, rows)
}

// statusWord is a session's status as people read it, with what it waits for.
func statusWord(v client.SessionRow) string {
	word := session.Status(v.Status).Word()
	if v.WaitingFor != "" {
		word += ", waiting for an answer"
	}
	return word
}

type sessionShowCmd struct{ theSession }

// Run prints a session's fields.
func (c *sessionShowCmd) Run(s *shell) error {
	_, v, err := c.find(s)
	if err != nil {
		return err
	}
	return printOr(s, v, s.printSession)
}

func (s *shell) printSession(v client.Session) error {
	reason, queue, changes, routing := "", "", "", ""
	if v.Routing != nil {
		routing = v.Routing.Reason
	}
	if v.StatusReason != nil {
		reason = strings.TrimSpace(v.StatusReason.Message + " " + v.StatusReason.Remedy)
	}
	if v.Queue != nil {
		queue = fmt.Sprintf("position %d. %s", v.Queue.Position, v.Queue.Reason)
	}
	if v.FilesChanged > 0 {
		changes = fmt.Sprintf("%s, +%d −%d", count(v.FilesChanged, "file"), v.Additions, v.Deletions)
	}
	return s.printFields("ID", v.ID, "Title", v.Title, "Status", statusWord(v.SessionRow), "Reason", reason, "Queue", queue, "Agent", agentWord(v.Agent), "Routing", routing, "Agent does", v.Doing, "Attempt", fmt.Sprint(v.Attempt),
		"Model", v.ModelIdentifier, "Branch", v.Branch, "Base", v.BaseRef, "Changes", changes, "Checks", checksLine(v.Checks), "Work", workWord(v.SessionRow), "Cost", text.Money(v.CostMicroUSD), "Created", moment(v.CreatedAt)+" by "+v.CreatedBy.Name,
		"Tags", strings.Join(v.Tags, ", "))
}

// agentWord is an agent of the registry with the version that a session keeps.
func agentWord(a *client.AgentRef) string {
	if a == nil {
		return ""
	}
	return a.Name + " " + a.Version
}

// count is a number with its noun.
func count(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return text.Count(n) + " " + noun + "s"
}
