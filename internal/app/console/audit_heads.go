package console

import (
	"bytes"
	"crypto/hmac"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/audit"
	"github.com/industrial-orchestrator/orchestrator/internal/secret"
)

// headsFile is the content of the file with the heads outside the database. Proof authenticates the rest.
type headsFile struct {
	Database string                `json:"database"`
	Heads    map[string]audit.Mark `json:"heads"`
	Proof    string                `json:"proof,omitempty"`
}

func (f headsFile) prove(keys *secret.Keys) string {
	f.Proof = ""
	text, _ := json.Marshal(f) // maps are sorted
	return hex.EncodeToString(keys.HMAC("audit heads", text))
}

// headsNote is a file in the data directory that tells a server that lost its heads from one that never had any. Before version
// 0028 of the schema the heads themselves were there.
type headsNote struct {
	MovedTo string `json:"moved_to"`
}

// headsState is what a server found where its heads should be.
type headsState int

const (
	headsKept   headsState = iota // authentic heads of this database
	headsNone                     // none are expected: a new server or a new database
	headsLegacy                   // unauthenticated ones in the data directory
	headsLost                     // this server stored some, but the file is gone
	headsForged                   // the file was not written with this key
)

// trustsUnproven reports whether heads in the database may lack a proof, because nothing here has ever stored one.
func (s headsState) trustsUnproven() bool { return s == headsNone || s == headsLegacy }

// readHeads returns the heads that are stored outside the database. foreign is the ID of the database that the file is about instead,
// if it is about another one.
func (a *Verbs) readHeads(database string) (marks map[string]audit.Mark, state headsState, foreign string, err error) {
	text, err := os.ReadFile(a.opts.AuditHeads)
	if errors.Is(err, fs.ErrNotExist) {
		marks, state, err = a.readNote()
		return marks, state, "", err
	}
	if err != nil {
		return nil, headsForged, "", fmt.Errorf("read the audit heads: %w", err)
	}
	var f headsFile
	if json.Unmarshal(text, &f) != nil {
		return nil, headsForged, "", nil
	}
	if f.Database != database {
		marks, state, err = a.readNote()
		return marks, state, f.Database, err
	}
	if !hmac.Equal([]byte(f.Proof), []byte(f.prove(a.k.Keys))) {
		return nil, headsForged, "", nil
	}
	return f.Heads, headsKept, "", nil
}

// readNote explains why there are no heads.
func (a *Verbs) readNote() (map[string]audit.Mark, headsState, error) {
	if a.headsSeen != nil {
		return nil, headsLost, nil
	}
	text, err := os.ReadFile(a.opts.AuditNote)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, headsNone, nil
	}
	if err != nil {
		return nil, headsLost, fmt.Errorf("read the note about the audit heads: %w", err)
	}
	var note headsNote
	if err := json.Unmarshal(text, &note); err != nil || note.MovedTo != "" {
		return nil, headsLost, nil //nolint:nilerr // a damaged note is as good as one: this server had heads
	}
	var legacy map[string]audit.Mark
	if err := json.Unmarshal(text, &legacy); err != nil {
		return nil, headsLost, nil //nolint:nilerr // as above
	}
	return legacy, headsLegacy, nil
}

// writeHeads replaces the heads outside the database, and then the note in the data directory.
func (a *Verbs) writeHeads(database string, marks map[string]audit.Mark) error {
	f := headsFile{Database: database, Heads: marks}
	f.Proof = f.prove(a.k.Keys)
	if err := writeJSON(a.opts.AuditHeads, f); err != nil {
		return fmt.Errorf("write the audit heads: %w", err)
	}
	a.headsSeen = marks
	if a.opts.AuditNote == "" {
		return nil
	}
	want := headsNote{MovedTo: a.opts.AuditHeads}
	text, _ := json.MarshalIndent(want, "", "  ")
	if have, err := os.ReadFile(a.opts.AuditNote); err == nil && bytes.Equal(bytes.TrimSpace(have), text) {
		return nil
	}
	if err := writeJSON(a.opts.AuditNote, want); err != nil {
		return fmt.Errorf("write the note about the audit heads: %w", err)
	}
	return nil
}

// writeJSON replaces a file atomically: after a crash it has either the old or the new content.
func writeJSON(path string, v any) (err error) {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".audit-heads-*") // readable by its owner only
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	_, err = f.Write(append(text, '\n'))
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
