package session_test

import (
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
)

func TestASpareHasNoSessionsID(t *testing.T) {
	t.Parallel()
	spare := session.SpareOf(id.New())
	if !spare.IsSpare() || id.Valid(string(spare)) || spare == session.SpareOf(id.New()) {
		t.Errorf("%q", spare)
	}
	for _, no := range []session.ID{"", "spare-", "spare-../x", session.ID(id.New()), "spare-x", "x" + spare} {
		if no.IsSpare() {
			t.Errorf("%q counts as a spare", no)
		}
	}
}
