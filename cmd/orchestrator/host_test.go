package main

import (
	"strings"
	"testing"
)

func TestOneServerOnADataDirectory(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	first, err := lockHost(data)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lockHost(data); err == nil || !strings.Contains(err.Error(), "--data") {
		t.Fatalf("a second server: %v", err)
	}
	first.Gateway = "127.0.0.1:4321"
	if err := first.save(); err != nil {
		t.Fatal(err)
	}
	first.release()
	again, err := lockHost(data)
	if err != nil {
		t.Fatal(err)
	}
	defer again.release()
	if again.Instance != first.Instance || again.Gateway != first.Gateway || again.Instance == "" {
		t.Errorf("was %+v, became %+v", first, again)
	}
}
