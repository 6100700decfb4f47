package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// Two servers on one database would both seal, dispatch and retry. The second one says so, also with a data directory of its own;
// commands go on beside the first.
func TestASecondServerOnADatabaseIsRefused(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, s *store) {
		err := s.server(s.settings(), accepted{}, func(*server) {
			second := *s
			if s.dsn != "" {
				second.data = filepath.Join(t.TempDir(), "data")
			}
			if err := second.server(second.settings(), accepted{}, nil); err == nil || !strings.Contains(err.Error(), "Another server is already using") {
				t.Errorf("a second server: %v", err)
			}
			s.must("tenant create --slug acme --name Acme")
			s.must("audit verify")
			s.must("key list")
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.server(s.settings(), accepted{}, nil); err != nil {
			t.Errorf("after the first one ended: %v", err)
		}
	})
}
