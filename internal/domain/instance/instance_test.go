package instance_test

import (
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/instance"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
)

var now = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

func TestKeep(t *testing.T) {
	t.Parallel()
	if _, some := (instance.Keep{}).OldestTranscript(now); some {
		t.Error("for ever ends")
	}
	if before, some := (instance.Keep{Transcripts: 2}).OldestTranscript(now); !some || !before.Equal(now.AddDate(0, 0, -2)) {
		t.Errorf("two days end at %s", before)
	}
	if got := (instance.Keep{}).OldestCall(now); !got.Equal(now.AddDate(0, 0, -1)) {
		t.Errorf("figures of calls that are not kept stay until %s", got)
	}
	for text, want := range map[string]int{"0": 0, " 365 ": 365, "36,500": 36_500, "36501": -1, "-1": -1, "1.5": -1, "": -1} {
		if n, err := instance.Days("days", text); (err != nil) != (want < 0) || err == nil && n != want {
			t.Errorf("%q is %d, %v", text, n, err)
		}
	}
}

func TestAPriceBeginsNowOrLater(t *testing.T) {
	t.Parallel()
	good := instance.Price{Provider: "acme", Model: "a/b.c", From: now, Price: usage.Price{Input: 1}}
	for name, change := range map[string]func(*instance.Price){
		"past":     func(p *instance.Price) { p.From = now.Add(-time.Millisecond) },
		"provider": func(p *instance.Price) { p.Provider = "Acme" },
		"model":    func(p *instance.Price) { p.Model = "  " },
		"negative": func(p *instance.Price) { p.Price.Output = -1 },
		"too dear": func(p *instance.Price) { p.Price.CacheRead = 1 << 60 },
	} {
		bad := good
		if change(&bad); !fault.Is(bad.Check(now), fault.Invalid) {
			t.Errorf("%s was taken", name)
		}
	}
	if err := good.Check(now); err != nil {
		t.Error(err)
	}
}

func TestTheVersionThatHolds(t *testing.T) {
	t.Parallel()
	at := func(days int) instance.Price {
		return instance.Price{Provider: "acme", Model: "m", From: now.AddDate(0, 0, days)}
	}
	other := instance.Price{Provider: "acme", Model: "n", From: now.AddDate(0, 0, -1)}
	all := []instance.Price{at(3), at(-2), at(-5), other}
	for i, want := range []bool{false, true, false, true} {
		if got := all[i].Holds(all, now); got != want {
			t.Errorf("version %d holds: %v", i, got)
		}
	}
}

func TestWorst(t *testing.T) {
	t.Parallel()
	lights := func(ls ...instance.Light) (cs []instance.Check) {
		for _, l := range ls {
			cs = append(cs, instance.Check{Light: l})
		}
		return cs
	}
	for want, cs := range map[instance.Light][]instance.Check{instance.Good: lights(instance.Good), instance.Warn: lights(instance.Good, instance.Warn),
		instance.Bad: lights(instance.Warn, instance.Bad, instance.Warn)} {
		if got := instance.Worst(cs); got != want {
			t.Errorf("%v is %s", cs, got)
		}
	}
}
