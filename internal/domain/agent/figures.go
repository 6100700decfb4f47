package agent

import "time"

// Tier is how well an agent works, from its figures or set by a lead.
type Tier string

// The tiers, best first. Premium is only set by a lead; standard is also that of an agent with too few ends.
const (
	Elite     Tier = "elite"
	Premium   Tier = "premium"
	Advanced  Tier = "advanced"
	Standard  Tier = "standard"
	Competent Tier = "competent"
	Trainee   Tier = "trainee"
	Degraded  Tier = "degraded"
)

// Tiers lists the tiers, best first.
func Tiers() []Tier {
	return []Tier{Elite, Premium, Advanced, Standard, Competent, Trainee, Degraded}
}

// CanSet reports whether a lead can set the tier; others follow the figures.
func (t Tier) CanSet() bool { return t == Premium || t == Standard }

const (
	// RecentEnds is how many ends count for the tier and the circuit.
	RecentEnds = 50
	// EnoughEnds is how many ends an agent needs before its figures count.
	EnoughEnds = 5
)

// End is how one attempt of an agent ended, in thousandths.
type End struct {
	Success int64 // 1000 is a success, 500 a partial one, 0 none
	Quality int64 // −1 if nothing says anything about it
}

// Recent is the last ends of an agent as sums; at most RecentEnds.
type Recent struct {
	Ends, Success       int64 // Success in thousandths, summed over Ends
	Rated, Quality      int64 // Quality in thousandths, summed over the Rated ends that have one
	MedianCost          *int64
	MedianDuration      *time.Duration
	LastEndAt           *time.Time
	Successes, Failures int64 // whole successes and failures, for sentences
}

// SuccessRate is the rate of success of the last ends, from 0 to 1; ok is false without any.
func (r Recent) SuccessRate() (rate float64, ok bool) {
	if r.Ends == 0 {
		return 0, false
	}
	return float64(r.Success) / 1000 / float64(r.Ends), true
}

// MeanQuality is the mean quality of the last ends that have one, from 0 to 1.
func (r Recent) MeanQuality() (q float64, ok bool) {
	if r.Rated == 0 {
		return 0, false
	}
	return float64(r.Quality) / 1000 / float64(r.Rated), true
}

// Tier is the tier of the figures.
func (r Recent) Tier() Tier {
	s, _ := r.SuccessRate()
	q, rated := r.MeanQuality()
	switch {
	case r.Ends < EnoughEnds:
		return Standard
	case s >= 0.95 && rated && q >= 0.9:
		return Elite
	case s >= 0.85:
		return Advanced
	case s >= 0.70:
		return Competent
	case s >= 0.50:
		return Trainee
	}
	return Degraded
}
