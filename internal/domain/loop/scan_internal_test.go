package loop

import "testing"

func TestWhatMeansNothingIsNotCompared(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"ok  store 31.012s\n": "ok store #", "--- FAIL: TestPool32 (30.00s)": "--- FAIL: TestPool32 (#)", "32 of 32 in use": "32 of 32 in use",
		"at 2026-11-30T04:19:03.123Z ended": "at # ended", "04:19:03 x": "# x", "0xc000123abc": "#", "goroutine 34 [running]": "goroutine # [running]",
		"pid=1234": "pid=#", "open /tmp/go-build123/b001: no": "open #: no", "took 5 min": "took #", "5 minds": "5 minds", "a.go:88:3": "a.go:88:3",
		"12 ms": "#", "v1.2.3": "v1.2.3", "1.2.3": "1.2.3", "": "", "0x": "#", "10:": "10:", "2026-11-30 04:19:03": "# #", "x\xff1": "x\xff1",
	} {
		if got := normal(in); got != want {
			t.Errorf("%q is %q, not %q", in, got, want)
		}
	}
}

func TestCommandsThatWait(t *testing.T) {
	t.Parallel()
	for command, want := range map[string]bool{
		"sleep 30 && curl x": true, "cd x; sleep 5": true, "while true; do sleep 3; done": true, "until curl x; do :; done": true, "gh run watch 1": true,
		"kubectl rollout status d": true, "tail -f log": true, "docker compose up --wait": true, "go test -run TestSleep": false, "go test -timeout 60s": false,
		"npm test -- --watch=false": false, "cat sleep.go": false, "timeout 60 go test": false, "grep wait x": false,
	} {
		c := Call{Tool: "bash", Args: `{"command":"` + command + `"}`, Duration: longFrom}
		if got := c.waits(); got != want {
			t.Errorf("%q waits: %v", command, got)
		}
		if c.Duration = waitsFrom - 1; c.waits() {
			t.Errorf("%q waited no time", command)
		}
	}
}
