package quota

import (
	"strconv"
	"strings"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// The names of the limits beside the month's.
const (
	ConcurrentSessions = "max_concurrent_sessions"
	QueuedSessions     = "max_queued_sessions"
	StorageBytes       = "max_storage_bytes"
	RequestsPerMinute  = "max_requests_per_minute"
)

// DefaultStorage is what a new team may keep.
const DefaultStorage = 20 << 30

// CheckPlace refuses a start that took a place l does not have; the place is counted in l already.
func CheckPlace(l tenant.Limits) error {
	switch busy := l.Running + l.Ready; {
	case l.RefuseWhenFull && busy > l.MaxConcurrent:
		return refuse(fault.Limit{Name: ConcurrentSessions, Value: int64(l.MaxConcurrent), Used: int64(busy - 1)}, "Not started: "+
			ofPlaces(busy-1, l.MaxConcurrent)+" places for sessions are taken, and this team lets none wait. One frees when a session ends.")
	case l.Ready > l.MaxQueued:
		return refuse(fault.Limit{Name: QueuedSessions, Value: int64(l.MaxQueued), Used: int64(l.Ready - 1)}, "Not started: "+
			ofPlaces(l.Ready-1, l.MaxQueued)+" places in this team's queue are taken. One frees when a queued session starts.")
	}
	return nil
}

func ofPlaces(used, of int) string { return Count(int64(used)) + " of " + Count(int64(of)) }

// CheckRate refuses a request above what a team's tokens may ask in a minute; at is when the next one is taken.
func CheckRate(limit int, at time.Time) error {
	at = at.Add(time.Second - 1).Truncate(time.Second) // who comes back at a whole second must not be early
	l := fault.Limit{Name: RequestsPerMinute, Value: int64(limit), Used: int64(limit), FreesAt: at}
	if limit == 0 {
		l.FreesAt = time.Time{}
		return refuse(l, "Not answered: API tokens of this team may send 0 requests a minute. That does not free by itself.")
	}
	return refuse(l, "Not answered: "+Count(int64(limit))+" of the "+Count(int64(limit))+" requests a minute of this team's API tokens are used. The next is taken at "+
		at.UTC().Format("15:04:05")+" UTC.")
}

// refuse adds who can change a limit to the words about it.
func refuse(l fault.Limit, words string) *fault.Error {
	l.WhoCan = "admin"
	return &fault.Error{Kind: fault.Exhausted, Limit: &l, Message: words + " An admin can raise it."}
}

// Storage is what a team keeps on this host, in bytes, as it was last measured.
type Storage struct {
	Clones, Trees, Homes, Calls int64
	MeasuredAt                  time.Time // zero: not yet
	Max                         *int64
}

// Used is all of it.
func (s Storage) Used() int64 { return s.Clones + s.Trees + s.Homes + s.Calls }

// Full says whether nothing more may be kept.
func (s Storage) Full() bool { return s.Max != nil && s.Used() >= *s.Max }

// Refuse says why something that needs storage is not done; what begins the sentence, such as "Not started".
func (s Storage) Refuse(what string) *fault.Error {
	return &fault.Error{Kind: fault.Exhausted, Message: what + ": " + s.Words(), Limit: &fault.Limit{Name: StorageBytes, Value: *s.Max, Used: s.Used(), WhoCan: "admin"}}
}

// Words say in whole sentences how much of the limit there is is taken, how it frees and who can change it.
func (s Storage) Words() string {
	return Bytes(s.Used()) + " of " + Bytes(*s.Max) + " of storage are used. It frees as sessions go 30 days after they were deleted, and model calls " +
		"30 days after they were made. An admin can raise it."
}

// Bytes writes a size in the largest unit that leaves a number above one.
func Bytes(n int64) string {
	units := []string{"B", "KiB", "MiB", "GiB", "TiB", "PiB"}
	v, i := float64(n), 0
	for ; v >= 1024 && i < len(units)-1; i++ {
		v /= 1024
	}
	return strings.TrimSuffix(strconv.FormatFloat(v, 'f', 1, 64), ".0") + " " + units[i]
}
