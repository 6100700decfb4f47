package merge

// Verdict is what the checks say about the first entries of a batch, merged in order.
type Verdict string

// The verdicts. Unknown means that they have not been checked on exactly that tree.
const (
	Unknown Verdict = ""
	Passed  Verdict = "passed"
	Failed  Verdict = "failed"
)

// Act is what a batch needs next.
type Act string

// The acts on the first N entries of a batch.
const (
	// Check runs the checks on the tree with the first N entries; 0 is the base alone.
	Check Act = "check"
	// Land makes the first N entries the new base.
	Land Act = "land"
	// TakeOut removes entry N, counted from 1: without it the tree passed, with it the tree failed.
	TakeOut Act = "take_out"
	// Stop stops the queue: the base itself fails.
	Stop Act = "stop"
)

// Step is the next act of a batch.
type Step struct {
	Act Act
	N   int
}

// Next returns the next step of a batch with n entries. verdict returns what is known about the first k of them, merged in order on the
// base, for k from 0 to n. The whole batch is checked first. If it fails, the first entry with which it fails is found by halving: at
// most log2(n)+2 further checks. Next lands only what passed, and blames an entry only if the entries before it passed without it.
func Next(n int, verdict func(k int) Verdict) Step {
	if n == 0 {
		return Step{Stop, 0}
	}
	switch verdict(n) {
	case Passed:
		return Step{Land, n}
	case Unknown:
		return Step{Check, n}
	}
	good, bad := 0, n // the first good entries passed or are the base, the first bad ones failed
	for bad-good > 1 {
		k := good + (bad-good)/2
		switch verdict(k) {
		case Passed:
			good = k
		case Failed:
			bad = k
		default:
			return Step{Check, k}
		}
	}
	if good > 0 {
		return Step{TakeOut, bad}
	}
	switch verdict(0) {
	case Passed:
		return Step{TakeOut, bad}
	case Failed:
		return Step{Stop, 0}
	}
	return Step{Check, 0}
}
