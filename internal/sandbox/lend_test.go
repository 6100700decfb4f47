package sandbox

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// While a clone is lent, git may fetch into it: its temporary files come and go.
func TestLendPassesOverWhatVanishes(t *testing.T) {
	t.Parallel()
	dir, stop, ended := t.TempDir(), make(chan struct{}), make(chan struct{})
	stays := filepath.Join(dir, "pack", "stays")
	if err := os.MkdirAll(filepath.Dir(stays), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(stays, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(ended)
		for n := 0; ; n++ {
			select {
			case <-stop:
				return
			default:
			}
			tmp := filepath.Join(dir, "pack", fmt.Sprint("tmp_idx_", n%50))
			_ = os.WriteFile(tmp, nil, 0o600)
			_ = os.Remove(filepath.Join(dir, "pack", fmt.Sprint("tmp_idx_", (n+1)%50)))
			_ = os.MkdirAll(filepath.Join(dir, fmt.Sprint("d", n%3), "e"), 0o700)
			_ = os.RemoveAll(filepath.Join(dir, fmt.Sprint("d", (n+1)%3)))
		}
	}()
	group := os.Getgid()
	if group == 0 {
		group = 54321
	}
	for range 300 {
		if err := Lend(dir, group, true); err != nil {
			t.Error(err)
			break
		}
	}
	close(stop)
	<-ended
	if info, err := os.Stat(stays); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("a file that stayed has %v, %v", info.Mode(), err)
	}
}
