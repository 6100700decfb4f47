package kit

import (
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
)

// DayIn is when a day begins in a zone, so many days later; no day is no bound.
func DayIn(zone *time.Location, day string, later int) (time.Time, error) {
	if day == "" {
		return time.Time{}, nil
	}
	t, err := time.ParseInLocation(time.DateOnly, day, zone)
	if err != nil {
		return t, fault.Field("day", "%q is not a day such as 2026-11-22.", day)
	}
	return t.AddDate(0, 0, later), nil
}
