package agent

import (
	"slices"
	"time"
)

// Result is how one attempt ended, for figures.
type Result struct {
	Version      string
	Capabilities []Capability // those that the work required
	End          End
	Ran          time.Duration
	Cost         int64 // micro-dollars
	At           time.Time
}

// Median is the middle of the values, the lower one of two; 0 without any.
func Median(values []int64) int64 {
	if len(values) == 0 {
		return 0
	}
	v := slices.Clone(values)
	slices.Sort(v)
	return v[(len(v)-1)/2]
}

// Figures are those of some results.
type Figures struct {
	Ends int64
	// Success and Quality are means from 0 to 1; nil without ends, or without ends that have a quality.
	Success, Quality *float64
	MedianCost       *int64
	MedianDuration   *time.Duration
}

// Sum makes figures of the results that pick selects.
func Sum(rs []Result, pick func(Result) bool) (f Figures) {
	var success, rated, quality int64
	var costs, times []int64
	for _, r := range rs {
		if !pick(r) {
			continue
		}
		f.Ends, success = f.Ends+1, success+r.End.Success
		if r.End.Quality >= 0 {
			rated, quality = rated+1, quality+r.End.Quality
		}
		costs, times = append(costs, r.Cost), append(times, r.Ran.Milliseconds())
	}
	if f.Ends > 0 {
		cost, d := Median(costs), time.Duration(Median(times))*time.Millisecond
		f.Success, f.MedianCost, f.MedianDuration = mean(success, f.Ends), &cost, &d
	}
	if rated > 0 {
		f.Quality = mean(quality, rated)
	}
	return f
}

func mean(thousandths, n int64) *float64 {
	m := float64(thousandths) / 1000 / float64(n)
	return &m
}

// VersionsOf lists the versions of results, those of the newest results first.
func VersionsOf(rs []Result) (out []string) {
	for _, r := range rs {
		if !slices.Contains(out, r.Version) {
			out = append(out, r.Version)
		}
	}
	return out
}

// CapabilitiesOf lists the capabilities that the work of results required, by name.
func CapabilitiesOf(rs []Result) (out []Capability) {
	for _, r := range rs {
		for _, c := range r.Capabilities {
			if !slices.Contains(out, c) {
				out = append(out, c)
			}
		}
	}
	slices.Sort(out)
	return out
}
