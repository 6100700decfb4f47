package proc

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

// maxConversation is the size of the largest conversation that can be cut.
const maxConversation = 512 << 20

// Rewind lets a session's conversation end at a message: it is exported, cut and imported into an empty database, because OpenCode's own way
// back would not lead forward again. The whole conversation is kept first. found is false, and nothing has changed, if neither the home of
// the session that has the conversation nor what was kept contains the message.
func (p *Pool) Rewind(ctx context.Context, k Key, u Use, dir string, to session.Rewind) (found bool, err error) {
	a := p.Hold(k)
	defer p.Drop(k)
	err = a.withToken(ctx, func() error {
		found, err = a.rewind(ctx, u, dir, to)
		return err
	})
	return found, err
}

func (a *Agent) rewind(ctx context.Context, u Use, dir string, to session.Rewind) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*carryTimeout)
	defer cancel()
	if err := a.stopAny(ctx); err != nil {
		return false, err
	}
	h := a.home()
	if err := h.prepare(); err != nil {
		return false, err
	}
	from := Key{Tenant: a.Key().Tenant, Session: to.From}
	exported := filepath.Join(h.dir, "rewound.json")
	whole, err := a.exportFrom(ctx, u, from, to.Conversation, exported)
	if err != nil {
		return false, err
	}
	rest, err := a.cutAny(whole, from, to)
	if err != nil || rest == nil {
		return false, err
	}
	if from == a.Key() && whole != nil {
		if err := a.keepWhole(to.Conversation, whole); err != nil {
			return false, err
		}
	}
	if err := h.write(exported, rest); err != nil {
		return false, err
	}
	return true, a.importFile(ctx, u, exported, dir)
}

// stopAny stops the process of the session, also one that outlived the last server: it has the database open.
func (a *Agent) stopAny(ctx context.Context) error {
	if a.Server() == nil {
		srv, err := a.adopt(ctx)
		if err != nil {
			return err
		}
		if srv != nil {
			a.keep(srv)
		}
	}
	return a.stop(ctx)
}

// exportFrom exports a conversation; nil if the home has none.
func (a *Agent) exportFrom(ctx context.Context, u Use, from Key, conversation, to string) ([]byte, error) {
	source := home{dir: a.opts.Home(from)}
	if !isFile(source.database()) {
		return nil, nil
	}
	if err := a.export(ctx, u, source, conversation, to); ctx.Err() != nil {
		return nil, fmt.Errorf("export the conversation: %w", err)
	} else if err != nil {
		a.log.Warn("OpenCode does not export the conversation", "conversation", conversation, "error", err)
		return nil, nil
	}
	f, err := a.home().open(to, os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readBounded(f)
}

func readBounded(r io.Reader) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxConversation+1))
	if err == nil && len(b) > maxConversation {
		err = fmt.Errorf("the conversation is larger than %d MiB", maxConversation>>20)
	}
	return b, err
}

// cutAny cuts the conversation, or the newest kept one that has the message.
func (a *Agent) cutAny(whole []byte, from Key, to session.Rewind) ([]byte, error) {
	if whole != nil {
		if rest, found, err := cut(whole, to.MessageID); err != nil || found {
			return rest, err
		}
	}
	names, err := a.keptNames(from)
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Backward(names) {
		if !strings.Contains(filepath.Base(name), to.Conversation) {
			continue
		}
		earlier, err := readKept(name)
		if err != nil {
			return nil, err
		}
		if rest, found, err := cut(earlier, to.MessageID); err != nil || found {
			return rest, err
		}
	}
	return nil, nil
}
