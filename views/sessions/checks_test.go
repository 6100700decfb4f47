package sessions

import (
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
)

// The lines of a check's output have the numbers that they have in the whole output, and the first that reports a failure is known.
func TestTheOutputOfACheckIsNumbered(t *testing.T) {
	t.Parallel()
	c := repository.CheckResult{Verdict: repository.Broken, Output: "ok a\n<b>\n--- FAIL: TestX\nok c\n"}
	head, tail, cut := outLines(c)
	if len(head) != 4 || len(tail) != 0 || cut != 0 || head[3].N != 4 || head[1].HTML != "&lt;b&gt;" || firstFailure(head, tail) != 3 {
		t.Errorf("%+v %+v %d", head, tail, cut)
	}
	c.Output = strings.Repeat("a line of output\n", 5000) + "panic: here\n"
	head, tail, cut = outLines(c)
	if last := tail[len(tail)-1]; last.N != 5001 || !last.Bad || tail[0].N != len(head)+cut+1 || firstFailure(head, tail) != 5001 {
		t.Errorf("of a long output it shows %d and %d lines without %d, last %+v", len(head), len(tail), cut, last)
	}
	c.Verdict = repository.Passed
	if head, _, _ = outLines(repository.CheckResult{Verdict: repository.Passed, Output: "0 errors, no failure\n"}); firstFailure(head) != 0 {
		t.Error("a check that passed has a failing line")
	}
	if text := failureText(c); strings.Count(text, "\n") > sentLines+10 || !strings.Contains(text, "panic: here") {
		t.Errorf("the agent gets %d lines", strings.Count(text, "\n"))
	}
}
