package config

import (
	"fmt"
	"math"
	"strconv"
)

// CPUs is a number of CPUs in thousandths, written as 1.5.
type CPUs int64

// UnmarshalText reads a number of CPUs; 0 means no limit.
func (c *CPUs) UnmarshalText(text []byte) error {
	n, err := strconv.ParseFloat(string(text), 64)
	if err != nil || math.IsNaN(n) || n < 0 || n > 10_000 || n > 0 && n < 0.01 {
		return fmt.Errorf("%q is not a valid number of CPUs: use a number such as 1.5, or 0 for no limit", string(text))
	}
	*c = CPUs(math.Round(n * 1000))
	return nil
}

// String writes the number as on the command line.
func (c CPUs) String() string { return strconv.FormatFloat(float64(c)/1000, 'f', -1, 64) }
