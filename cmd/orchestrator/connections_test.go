package main

import "testing"

// However few files the system allows, connections leave a fifth of them for the database, git and agents, and agents' connections have
// room for where they lead.
func TestConnectionsLeaveFilesForTheRest(t *testing.T) {
	t.Parallel()
	for _, files := range []int{256, 1024, 4096, 20_000, 1 << 20} {
		c := newConnections(files)
		if used := c.people.Size() + 2*c.agents.Size() + c.metrics.Size(); used > files*4/5 {
			t.Errorf("of %d files connections take %d", files, used)
		}
		if c.people.Size() < min(files/2, mostConnections) || c.agents.Size() < 32 || c.metrics.Size() < 8 {
			t.Errorf("of %d files people have %d, agents %d, metrics %d", files, c.people.Size(), c.agents.Size(), c.metrics.Size())
		}
	}
}
