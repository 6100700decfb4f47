package main

import (
	"strings"
	"testing"
	"time"
)

func TestOneServerOnADataDirectory(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	first, err := lockHost(data, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lockHost(data, 0); err == nil || !strings.Contains(err.Error(), "--data") {
		t.Fatalf("a second server: %v", err)
	}
	first.Gateway = "127.0.0.1:4321"
	if err := first.save(); err != nil {
		t.Fatal(err)
	}
	asked, done := make(chan struct{}), make(chan struct{})
	var again *host
	go func() { // waits for a server that was killed
		defer close(done)
		close(asked)
		again, err = lockHost(data, time.Minute)
	}()
	<-asked
	first.release()
	<-done
	if err != nil {
		t.Fatal(err)
	}
	defer again.release()
	if again.Instance != first.Instance || again.Gateway != first.Gateway || again.Instance == "" {
		t.Errorf("was %+v, became %+v", first, again)
	}
}
