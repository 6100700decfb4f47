package config

import (
	"fmt"
	"strconv"
	"strings"
)

// Bytes is a size setting, written as 512MiB.
type Bytes int64

var units = []struct {
	name string
	size int64
}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"B", 1}}

// UnmarshalText reads a number with the unit B, KiB, MiB or GiB. A number without a unit is a number of bytes.
func (b *Bytes) UnmarshalText(text []byte) error {
	digits, size := strings.TrimSpace(string(text)), int64(1)
	for _, u := range units {
		if rest, ok := strings.CutSuffix(digits, u.name); ok {
			digits, size = strings.TrimSpace(rest), u.size
			break
		}
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n < 0 || n > (1<<62)/size {
		return fmt.Errorf("%q is not a valid size: use a number with a unit, such as 512MiB", string(text))
	}
	*b = Bytes(n * size)
	return nil
}

// String writes the size in the largest unit that gives a whole number.
func (b Bytes) String() string {
	for _, u := range units {
		if b != 0 && int64(b)%u.size == 0 {
			return fmt.Sprintf("%d%s", int64(b)/u.size, u.name)
		}
	}
	return "0B"
}
