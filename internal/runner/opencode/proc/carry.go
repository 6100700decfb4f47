package proc

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// Carry is a conversation that a session began in the home of its whole team, before sessions had homes of their own. OpenCode exports it
// there and imports it into the session's home: its ids stay, no other conversation comes along, and its directory becomes Dir.
type Carry struct {
	Conversation string
	Dir          string
}

// carryTimeout bounds the export and the import of one conversation.
const carryTimeout = 2 * time.Minute

// database is where OpenCode stores its conversations.
func (h home) database() string { return filepath.Join(h.xdg("data"), "opencode", "opencode.db") }

// NeedsCarry reports whether a conversation has to be carried over: the session's home has none yet, and its team's home has.
func (p *Pool) NeedsCarry(k Key, conversation string) bool {
	if conversation == "" || p.opts.TeamHome == nil || p.opts.Home == nil {
		return false
	}
	return !isFile(home{dir: p.opts.Home(k)}.database()) && isFile(home{dir: p.opts.TeamHome(k.Tenant)}.database())
}

func isFile(path string) bool {
	info, err := os.Lstat(path)
	return err == nil && info.Mode().IsRegular()
}

// carry brings the conversation into the session's home. One that OpenCode does not export any more is left: the turn will find that it
// does not exist.
func (a *Agent) carry(ctx context.Context, u Use) error {
	if u.Carry == nil || isFile(a.home().database()) {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, carryTimeout)
	defer cancel()
	h := a.home()
	if err := h.prepare(); err != nil {
		return err
	}
	exported := filepath.Join(h.dir, "carried.json")
	old := home{dir: a.opts.TeamHome(a.Key().Tenant)}
	if err := a.export(ctx, u, old, u.Carry.Conversation, exported); ctx.Err() != nil {
		return fmt.Errorf("export the conversation from the team's home: %w", err)
	} else if err != nil {
		a.log.Warn("OpenCode does not export the conversation from the team's home", "conversation", u.Carry.Conversation, "error", err)
		return nil
	}
	return a.importFile(ctx, u, exported, u.Carry.Dir)
}

// export writes a conversation of another home, or of the session's own, into a file of the session's home.
func (a *Agent) export(ctx context.Context, u Use, from home, conversation, to string) error {
	h := a.home()
	return a.runOnce(ctx, u, StartSpec{
		Argv: []string{a.opts.Bin, "export", "--pure", conversation}, Dir: h.cwd(), ReadWrite: []string{from.xdg("data")},
		Env: append(h.environ("", "", "", false), "XDG_DATA_HOME="+from.xdg("data")),
	}, to)
}

// importFile replaces the database of the session's home by one with an exported conversation, whose directory becomes dir, and removes the
// file. A server that is killed during the import leaves no half of a database where the next one looks.
func (a *Agent) importFile(ctx context.Context, u Use, exported, dir string) error {
	h := a.home()
	fresh := h.xdg("carried")
	err := errors.Join(os.RemoveAll(fresh), os.Mkdir(fresh, 0o700))
	if err == nil {
		err = a.runOnce(ctx, u, StartSpec{
			Argv: []string{a.opts.Bin, "import", "--pure", exported}, Dir: dir, Env: append(h.environ("", "", "", false), "XDG_DATA_HOME="+fresh),
		}, filepath.Join(h.dir, "import.log"))
	}
	if err != nil {
		return fmt.Errorf("import the conversation into the session's home: %w", err)
	}
	return errors.Join(os.RemoveAll(h.xdg("data")), os.Rename(fresh, h.xdg("data")), os.Remove(exported))
}

// runOnce runs OpenCode to its end with its standard output in a file of the home.
func (a *Agent) runOnce(ctx context.Context, u Use, s StartSpec, output string) error {
	out, err := a.home().open(output, os.O_CREATE|os.O_TRUNC|os.O_WRONLY)
	if err != nil {
		return err
	}
	defer out.Close()
	discard, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer discard.Close()
	s.Key, s.Repository, s.Home, s.Output, s.Errors, s.Generation = a.Key(), u.Repository, a.home().dir, out, discard, "carry-"+string(a.Key().Session)
	child, err := a.opts.Host.Start(ctx, s)
	if err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- CatchPanic(a.log, child.Wait) }()
	select {
	case err := <-ended: // what it started, and its control group, go as well
		return errors.Join(err, a.opts.Host.Kill(0, s.Generation))
	case <-ctx.Done():
		return errors.Join(ctx.Err(), a.opts.Host.Kill(child.PID(), s.Generation))
	}
}
