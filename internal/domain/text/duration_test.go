package text_test

import (
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
)

func TestDurationsReadAsPeopleWriteThem(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		0:                            "0 seconds",
		time.Microsecond:             "0 seconds",
		400 * time.Millisecond:       "400 milliseconds",
		time.Second:                  "1 second",
		30 * time.Second:             "30 seconds",
		90 * time.Second:             "1 min 30 s",
		1500 * time.Millisecond:      "1 s 500 ms",
		time.Minute:                  "1 minute",
		5 * time.Minute:              "5 minutes",
		-5 * time.Minute:             "5 minutes",
		time.Hour:                    "1 hour",
		80 * time.Minute:             "1 h 20 min",
		time.Hour + 5*time.Second:    "1 hour",
		24 * time.Hour:               "1 day",
		28 * time.Hour:               "1 d 4 h",
		30 * 24 * time.Hour:          "30 days",
		48*time.Hour + 3*time.Minute: "2 days",
		1<<63 - 1:                    "106751 d 23 h",
	} {
		if got := text.Duration(d); got != want {
			t.Errorf("%v is written %q, want %q", int64(d), got, want)
		}
	}
}
