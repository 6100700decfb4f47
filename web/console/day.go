package console

import (
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
)

// startOfDay is when a day begins in a zone, plus a number of days. Without a day it is the zero time, which is no limit.
func startOfDay(zone *time.Location, day string, later int) (time.Time, error) {
	if day == "" {
		return time.Time{}, nil
	}
	t, err := time.ParseInLocation(time.DateOnly, day, zone)
	if err != nil {
		return t, fault.Field("day", "Enter a date such as 2026-11-22 (you entered %q).", day)
	}
	return t.AddDate(0, 0, later), nil
}
