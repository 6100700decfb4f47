package proc

import (
	"compress/gzip"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// keptConversations is how many earlier conversations of a session are kept.
const keptConversations = 20

// keepWhole stores a conversation before it is cut, so that a later restore can lead forward again. The names sort by their time.
func (a *Agent) keepWhole(conversation string, whole []byte) error {
	if a.opts.Kept == nil {
		return nil
	}
	dir := a.opts.Kept(a.Key())
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("keep the conversation: %w", err)
	}
	name := filepath.Join(dir, fmt.Sprintf("%015d-%s.json.gz", a.opts.Clock.Now().UnixMilli(), filepath.Base(conversation)))
	f, err := os.OpenFile(name+".part", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("keep the conversation: %w", err)
	}
	z := gzip.NewWriter(f)
	_, err = z.Write(whole)
	if err = errors.Join(err, z.Close(), f.Sync(), f.Close()); err == nil {
		err = os.Rename(name+".part", name)
	}
	if err != nil {
		return fmt.Errorf("keep the conversation: %w", err)
	}
	return a.dropKept()
}

// dropKept removes all but the newest kept conversations.
func (a *Agent) dropKept() error {
	names, err := a.keptNames(a.Key())
	for _, name := range names[:max(0, len(names)-keptConversations)] {
		err = errors.Join(err, os.Remove(name))
	}
	return err
}

// keptNames lists the kept conversations of a session, oldest first.
func (a *Agent) keptNames(k Key) ([]string, error) {
	if a.opts.Kept == nil {
		return nil, nil
	}
	names, err := filepath.Glob(filepath.Join(a.opts.Kept(k), "*.json.gz"))
	slices.Sort(names)
	return names, err
}

func readKept(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("read a kept conversation: %w", err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, fmt.Errorf("read a kept conversation: %w", err)
	}
	return readBounded(z)
}
