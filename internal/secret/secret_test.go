package secret

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

var here = Place{Tenant: "t1", Table: "providers", Row: "p1", Column: "api_key"}

func writeKeys(t *testing.T, mode os.FileMode, lines ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "k")
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")), mode); err != nil {
		t.Fatal(err)
	}
	return path
}

func line(id string, fill byte) string {
	b := make([]byte, keySize)
	for i := range b {
		b[i] = fill + byte(i)
	}
	return id + " " + base64.StdEncoding.EncodeToString(b)
}

func load(t *testing.T, lines ...string) *Keys {
	t.Helper()
	k, err := Load(writeKeys(t, 0o600, lines...))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestSealedValueOpensAtItsPlaceOnly(t *testing.T) {
	t.Parallel()
	k := load(t, line("a", 1))
	sealed := k.Seal(here, "sk-very-secret")
	if got, err := k.Open(here, sealed); err != nil || got != "sk-very-secret" {
		t.Fatalf("at its place: %q, %v", got, err)
	}
	for _, other := range []Place{
		{"t2", "providers", "p1", "api_key"}, {"t1", "repositories", "p1", "api_key"},
		{"t1", "providers", "p2", "api_key"}, {"t1", "providers", "p1", "name"},
		{"t1|providers", "p1", "api_key", ""}, {"t1", "providers|p1", "api_key", ""},
	} {
		if _, err := k.Open(other, sealed); !errors.Is(err, ErrUnreadable) {
			t.Errorf("at %v it opened (%v)", other, err)
		}
	}
}

func TestPlacesWithBarsDiffer(t *testing.T) {
	t.Parallel()
	a, b := Place{"a|b", "c", "d", "e"}, Place{"a", "b|c", "d", "e"}
	if bytes.Equal(a.bytes(), b.bytes()) {
		t.Fatal("two places have one name")
	}
	if got := string(here.bytes()); got != "t1|providers|p1|api_key" {
		t.Fatalf("associated data is %q", got)
	}
}

func TestEveryChangedByteIsNoticed(t *testing.T) {
	t.Parallel()
	k := load(t, line("a", 1))
	sealed := k.Seal(here, "secret")
	for i := range sealed {
		b := []byte(sealed)
		b[i] ^= 1
		if _, err := k.Open(here, string(b)); !errors.Is(err, ErrUnreadable) {
			t.Errorf("byte %d changed: %v", i, err)
		}
	}
	for _, s := range []string{"", "v1", "v1:a::", "v2" + sealed[2:], sealed[:len(sealed)-4], sealed + ":x"} {
		if _, err := k.Open(here, s); !errors.Is(err, ErrUnreadable) {
			t.Errorf("%q: %v", s, err)
		}
	}
}

func TestAnotherKeyDoesNotOpen(t *testing.T) {
	t.Parallel()
	sealed := load(t, line("a", 1)).Seal(here, "secret")
	for name, k := range map[string]*Keys{"same id": load(t, line("a", 2)), "other id": load(t, line("b", 1))} {
		if _, err := k.Open(here, sealed); !errors.Is(err, ErrUnreadable) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRotationKeepsOldValuesAndAddresses(t *testing.T) {
	t.Parallel()
	before, after := load(t, line("a", 1)), load(t, line("a", 1), "", "# new", line("b", 2))
	if got, err := after.Open(here, before.Seal(here, "old")); err != nil || got != "old" {
		t.Fatalf("old value: %q, %v", got, err)
	}
	if sealed := after.Seal(here, "new"); !strings.HasPrefix(sealed, "v1:b:") || !Sealed(sealed) {
		t.Fatalf("sealed with %s", sealed[:5])
	}
	if !bytes.Equal(before.HMAC("calls", []byte("x")), after.HMAC("calls", []byte("x"))) {
		t.Fatal("the address of the same content changed")
	}
	if bytes.Equal(after.HMAC("calls", []byte("x")), after.HMAC("audit", []byte("x"))) {
		t.Fatal("two purposes have one key")
	}
}

func TestSealingTwiceDiffers(t *testing.T) {
	t.Parallel()
	k := load(t, line("a", 1))
	if first, second := k.Seal(here, "x"), k.Seal(here, "x"); first == second {
		t.Fatal("the nonce repeats")
	}
}

func TestKeyFileOfOthersIsRefused(t *testing.T) {
	t.Parallel()
	for _, mode := range []os.FileMode{0o640, 0o604, 0o660, 0o644} {
		path := writeKeys(t, 0o600, line("a", 1))
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(path); err == nil || !strings.Contains(err.Error(), "chmod 600") {
			t.Errorf("%04o: %v", mode, err)
		}
	}
}

func TestBrokenKeyFilesAreRefusedWithoutShowingThem(t *testing.T) {
	t.Parallel()
	for name, lines := range map[string][]string{
		"empty": {"# only words"}, "short": {"a c2hvcnQ="}, "twice": {line("a", 1), line("a", 2)}, "no id": {strings.Fields(line("a", 7))[1]},
	} {
		_, err := Load(writeKeys(t, 0o600, lines...))
		if err == nil || strings.Contains(err.Error(), "BwgJ") || strings.Contains(err.Error(), "c2hv") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestFirstStartMakesOneKeyForAll(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "new", "data.key")
	sealed := make([]string, 8)
	var all sync.WaitGroup
	for i := range sealed {
		all.Go(func() {
			if k, err := LoadOrCreate(path); err == nil {
				sealed[i] = k.Seal(here, "x")
			}
		})
	}
	all.Wait()
	k, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range sealed {
		if _, err := k.Open(here, s); err != nil {
			t.Errorf("start %d had a key of its own", i)
		}
	}
	info, _ := os.Stat(path)
	if left, _ := os.ReadDir(filepath.Dir(path)); info.Mode().Perm() != 0o600 || len(left) != 1 {
		t.Errorf("mode %v, %d files", info.Mode(), len(left))
	}
}

func TestKeysNeverPrintThemselves(t *testing.T) {
	t.Parallel()
	k := load(t, line("a", 7))
	j, err := json.Marshal(map[string]any{"keys": k})
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "keys", k)
	outs := []string{string(j), log.String(), k.String()}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		outs = append(outs, fmt.Sprintf(verb, k))
	}
	for _, out := range outs {
		if !strings.Contains(out, masked) {
			t.Errorf("printed %q", out)
		}
	}
}
