package sandbox

import "errors"

// Open makes the group of a marker, for tests.
func (g *Groups) Open(marker string) error { return g.OpenIn(Group{}, marker) }

// OpenIn is Open below the group of a team.
func (g *Groups) OpenIn(in Group, marker string) error {
	dir, err := g.create(in, marker)
	if dir == nil {
		return errors.Join(err, errors.New("no group was made"))
	}
	return errors.Join(err, dir.Close())
}

// Remove removes the group of a marker.
func (g *Groups) Remove(marker string) { g.remove(marker) }

// MarkerVar is the variable that holds a program's marker.
const MarkerVar = markerVar
