package sandbox

import "errors"

// Open makes the group of a marker, for tests.
func (g *Groups) Open(marker string) error {
	dir, err := g.create(marker)
	if dir == nil {
		return errors.Join(err, errors.New("no group was made"))
	}
	return errors.Join(err, dir.Close())
}

// MarkerVar is the variable that holds a program's marker.
const MarkerVar = markerVar
