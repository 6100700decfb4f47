package merge

import (
	"slices"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
)

// Reorder returns the new places of entries when one of them moves up, down or first. Entries that are being checked keep their places.
func Reorder(all []Entry, id ID, to string) (map[ID]int64, error) {
	i := slices.IndexFunc(all, func(e Entry) bool { return e.ID == id })
	if i < 0 || all[i].Status == Checking {
		return nil, fault.New(fault.Conflict, "Only an entry that waits in the queue can be moved.")
	}
	first := 0
	for first < len(all) && all[first].Status == Checking {
		first++
	}
	target := i
	switch to {
	case "up":
		target = i - 1
	case "down":
		target = i + 1
	case "first":
		target = first
	default:
		return nil, fault.Field("to", "%q is not a direction. Use up, down or first.", to)
	}
	target = min(max(target, first), len(all)-1)
	order := slices.Delete(slices.Clone(all), i, i+1)
	order = slices.Insert(order, target, all[i])
	places := map[ID]int64{}
	for n, e := range order {
		if place := all[n].Place; e.Place != place {
			places[e.ID] = place
		}
	}
	return places, nil
}
