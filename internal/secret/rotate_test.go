package secret

import (
	"bytes"
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A server that runs through a rotation seals with the new key, opens what others sealed with it, and no longer opens
// with a dropped one once it has looked.
func TestARunningServerFollowsTheKeyFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "key")
	running, err := LoadOrCreate(path)
	if err != nil {
		t.Fatal(err)
	}
	old := running.Current()
	before, address := running.Seal(here, "old"), running.HMAC("calls", []byte("x"))
	added, err := Add(path)
	if err != nil {
		t.Fatal(err)
	}
	other, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := running.Open(here, other.Seal(here, "new")); err != nil || got != "new" {
		t.Errorf("what another program sealed: %q, %v", got, err)
	}
	if sealed := running.Seal(here, "x"); KeyOf(sealed) != added || added == old {
		t.Errorf("sealed with %q, the new key is %q", KeyOf(sealed), added)
	}
	if err := Drop(path, old); err != nil {
		t.Fatal(err)
	}
	if ids := running.IDs(); len(ids) != 1 || ids[0] != added {
		t.Errorf("keys after dropping: %q", ids)
	}
	if _, err := running.Open(here, before); !errors.Is(err, ErrUnreadable) {
		t.Errorf("the dropped key still opens: %v", err)
	}
	again, err := Load(path)
	if err != nil || !bytes.Equal(again.HMAC("calls", []byte("x")), address) {
		t.Errorf("content addresses changed, %v", err)
	}
}

func TestTheKeyFileIsChangedWholeAndStaysClosed(t *testing.T) {
	t.Parallel()
	path := writeKeys(t, 0o600, "# mine", line("a", 1), line("b", 2))
	for _, step := range []struct {
		do   func() error
		want error
	}{
		{func() error { return Drop(path, "b") }, ErrSealing}, {func() error { return Drop(path, "c") }, ErrNoKey},
		{func() error { return Drop(path, "root") }, ErrNoKey}, {func() error { return Drop(path, "a") }, nil},
		{func() error { return Drop(path, "root") }, ErrNoKey}, {func() error { _, err := Add(path); return err }, nil},
		{func() error { return Drop(path, "b") }, nil},
	} {
		if err := step.do(); !errors.Is(err, step.want) {
			t.Fatalf("%v, want %v", err, step.want)
		}
	}
	text, _ := os.ReadFile(path)
	if !strings.HasPrefix(string(text), "# mine\nroot ") || strings.Count(string(text), "\n") != 3 {
		t.Errorf("the file became\n%s", text)
	}
	info, _ := os.Stat(path)
	left, _ := os.ReadDir(filepath.Dir(path))
	if info.Mode().Perm() != 0o600 || len(left) != 1 {
		t.Errorf("mode %v, %d files", info.Mode(), len(left))
	}
}

func TestTwoChangesAtOnceDoNotMix(t *testing.T) {
	t.Parallel()
	path := writeKeys(t, 0o600, line("a", 1))
	if err := os.WriteFile(path+".new", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Add(path); err == nil || !strings.Contains(err.Error(), path+".new") {
		t.Errorf("%v", err)
	}
	if _, err := Load(path); err != nil {
		t.Error(err)
	}
}

// T-40: short, default and placeholder keys are refused, in the file and in the environment, without being shown.
func TestT40WeakKeysAreRefused(t *testing.T) {
	t.Parallel()
	encode := base64.StdEncoding.EncodeToString
	for name, body := range map[string]string{"short": encode([]byte("0123456789abcdef")), "zero": encode(make([]byte, 32)),
		"one letter": encode(bytes.Repeat([]byte("a"), 32)), "word": encode([]byte("changemechangemechangemechangeme")), "no base64": "changeme", "": ""} {
		if _, err := FromText("ORCHESTRATOR_MASTER_KEY", body); err == nil || body != "" && strings.Contains(err.Error(), body) {
			t.Errorf("%s in the environment: %v", name, err)
		}
		if _, err := Load(writeKeys(t, 0o600, "a "+body)); err == nil || body != "" && strings.Contains(err.Error(), body) {
			t.Errorf("%s in a file: %v", name, err)
		}
	}
}

func TestKeysOfTheEnvironment(t *testing.T) {
	t.Parallel()
	_, alone, _ := strings.Cut(line("a", 1), " ")
	one, err := FromText("X", alone)
	if err != nil {
		t.Fatal(err)
	}
	sealed := one.Seal(here, "s")
	for _, text := range []string{alone + "," + line("b", 2), " " + alone + "\n" + line("b", 2) + "\n"} {
		two, err := FromText("X", text)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := two.Open(here, sealed); err != nil || got != "s" || two.Current() != "b" {
			t.Errorf("%q, %v, sealing with %s", got, err, two.Current())
		}
	}
}
