package engine

import (
	"errors"
	"testing"
	"time"
)

// A loop's figures are those of its passes: how many, how long, the last failure, and whether the next is overdue.
func TestJobsTellHowLoopsWent(t *testing.T) {
	t.Parallel()
	var js jobs
	at := func(s int) time.Time { return time.Unix(int64(1000+s), 0) }
	j := js.add("sweep", time.Minute, at(0))
	if j.Does == "" || j.Late(at(9)) || !j.Late(at(11)) {
		t.Errorf("a loop that has not run: %+v", j.Job)
	}
	j.begin(at(1))
	if j.Late(at(60)) || !j.Late(at(62)) {
		t.Error("a pass that does not end is late after its patience, and not before")
	}
	j.end(at(3), errors.New("no disk"))
	if got := j.Job; got.Runs != 1 || got.Failures != 1 || got.Took != 2*time.Second || !got.Failing() || !got.Next.Equal(at(63)) || got.Running != nil {
		t.Errorf("after a failure: %+v", got)
	}
	j.begin(at(63))
	j.end(at(64), nil)
	if got := j.Job; got.Failing() || got.Error != "no disk" || got.Runs != 2 || got.Failures != 1 || !got.Late(at(135)) {
		t.Errorf("after a pass that went well: %+v", got)
	}
}

// Every loop of the engine has a sentence.
func TestEveryLoopIsExplained(t *testing.T) {
	t.Parallel()
	for name, what := range does {
		if name == "" || what == "" {
			t.Errorf("%q does %q", name, what)
		}
	}
}
