package config

import (
	"fmt"
	"math"
	"strconv"
)

// CPUs is a number of processors in thousandths, written as 1.5.
type CPUs int64

// UnmarshalText reads a number of processors; 0 is no limit.
func (c *CPUs) UnmarshalText(text []byte) error {
	n, err := strconv.ParseFloat(string(text), 64)
	if err != nil || math.IsNaN(n) || n < 0 || n > 10_000 || n > 0 && n < 0.01 {
		return fmt.Errorf("%q is not a number of processors such as 1.5, or 0 for all", string(text))
	}
	*c = CPUs(math.Round(n * 1000))
	return nil
}

// String is the number as it is written.
func (c CPUs) String() string { return strconv.FormatFloat(float64(c)/1000, 'f', -1, 64) }
