package quota

import (
	"strconv"
	"strings"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// The names of the limits other than the monthly ones.
const (
	ConcurrentSessions = "max_concurrent_sessions"
	QueuedSessions     = "max_queued_sessions"
	StorageBytes       = "max_storage_bytes"
	RequestsPerMinute  = "max_requests_per_minute"
	Agents             = "max_agents"
)

// MostAgents is the highest limit of a team's agents.
const MostAgents = 10_000

// DefaultStorage is the storage limit of a new team.
const DefaultStorage = 20 << 30

// CheckPlace refuses a start for which there is no slot. The usage in l already includes the new session.
func CheckPlace(l tenant.Limits) error {
	switch busy := l.Running + l.Ready; {
	case l.RefuseWhenFull && busy > l.MaxConcurrent:
		return refuse(fault.Limit{Name: ConcurrentSessions, Value: int64(l.MaxConcurrent), Used: int64(busy - 1)}, "Not started: "+
			ofPlaces(busy-1, l.MaxConcurrent)+" session slots are in use, and this team does not queue sessions. A slot frees up when a session ends.")
	case l.Ready > l.MaxQueued:
		return refuse(fault.Limit{Name: QueuedSessions, Value: int64(l.MaxQueued), Used: int64(l.Ready - 1)}, "Not started: "+
			ofPlaces(l.Ready-1, l.MaxQueued)+" places in the team's queue are taken. A place frees up when a queued session starts.")
	}
	return nil
}

func ofPlaces(used, of int) string { return Count(int64(used)) + " of " + Count(int64(of)) }

// CheckRate refuses a request above the limit of API requests per minute; at is when the next request will be accepted.
func CheckRate(limit int, at time.Time) error {
	at = at.Add(time.Second - 1).Truncate(time.Second) // round up, so that a client that retries at this second is not too early
	l := fault.Limit{Name: RequestsPerMinute, Value: int64(limit), Used: int64(limit), FreesAt: at}
	if limit == 0 {
		l.FreesAt = time.Time{}
		return refuse(l, "Request rejected: the limit for the team's API tokens is 0 requests per minute. It does not reset.")
	}
	return refuse(l, "Request rejected: the team's API tokens have used "+Count(int64(limit))+" of "+Count(int64(limit))+" requests per minute. Try again at "+
		at.UTC().Format("15:04:05")+" UTC.")
}

// refuse adds to a message who can change the limit.
func refuse(l fault.Limit, message string) *fault.Error {
	l.WhoCan = "admin"
	return &fault.Error{Kind: fault.Exhausted, Limit: &l, Message: message + " An admin can raise the limit."}
}

// Storage is the last measured storage usage of a team on this host, in bytes.
type Storage struct {
	Clones, Trees, Homes, Calls int64
	MeasuredAt                  time.Time // zero: not yet
	Max                         *int64
}

// Used is the total usage.
func (s Storage) Used() int64 { return s.Clones + s.Trees + s.Homes + s.Calls }

// Full reports whether the limit is reached.
func (s Storage) Full() bool { return s.Max != nil && s.Used() >= *s.Max }

// Refuse returns a fault for an operation that needs storage; what starts the message, such as "Not started".
func (s Storage) Refuse(what string) *fault.Error {
	return &fault.Error{Kind: fault.Exhausted, Message: what + ": " + s.Words(), Limit: &fault.Limit{Name: StorageBytes, Value: *s.Max, Used: s.Used(), WhoCan: "admin"}}
}

// Words says how much of the limit is used, when storage is freed and who can change the limit. It continues a sentence after a
// colon.
func (s Storage) Words() string {
	return "the team has used " + Bytes(s.Used()) + " of " + Bytes(*s.Max) + " of storage. Storage is freed 30 days after a session is deleted and " +
		"30 days after a model call. An admin can raise the limit."
}

// Bytes writes a size in the largest unit in which it is at least one.
func Bytes(n int64) string {
	units := []string{"B", "KiB", "MiB", "GiB", "TiB", "PiB"}
	v, i := float64(n), 0
	for ; v >= 1024 && i < len(units)-1; i++ {
		v /= 1024
	}
	return strings.TrimSuffix(strconv.FormatFloat(v, 'f', 1, 64), ".0") + " " + units[i]
}
