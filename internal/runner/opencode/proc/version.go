package proc

import "fmt"

// Older reports whether version is before minimum; a version that cannot be read is.
func Older(version, minimum string) bool {
	var v, m [3]int
	if _, err := fmt.Sscanf(version, "%d.%d.%d", &v[0], &v[1], &v[2]); err != nil {
		return true
	}
	if _, err := fmt.Sscanf(minimum, "%d.%d.%d", &m[0], &m[1], &m[2]); err != nil {
		return true
	}
	for i := range v {
		if v[i] != m[i] {
			return v[i] < m[i]
		}
	}
	return false
}
