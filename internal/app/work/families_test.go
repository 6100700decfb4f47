package work

import (
	"fmt"
	"testing"
)

func TestFamiliesForget(t *testing.T) {
	t.Parallel()
	var f families
	for i := range 3 * maxFamily {
		f.add("t", "s1", fmt.Sprint(i))
		f.add("t", "s1", fmt.Sprint(i)) // a second call of the same conversation
	}
	f.add("t", "s2", "other")
	f.add("u", "s1", "theirs")
	if len(f.sessions) != maxFamily+2 || len(f.members) != 3 {
		t.Errorf("%d conversations of %d sessions are remembered", len(f.sessions), len(f.members))
	}
	if _, known := f.sessionOf("t", "0"); known {
		t.Error("the oldest is remembered")
	}
	if s, known := f.sessionOf("t", fmt.Sprint(3*maxFamily-1)); !known || s != "s1" {
		t.Errorf("the newest belongs to %q", s)
	}
	f.forget("t", "s1")
	if _, known := f.sessionOf("t", "other"); !known || len(f.sessions) != 2 || len(f.members) != 2 {
		t.Errorf("after one session ended: %v", f.sessions)
	}
	if _, known := f.sessionOf("u", "theirs"); !known {
		t.Error("another team's session of the same ID was forgotten")
	}
}
