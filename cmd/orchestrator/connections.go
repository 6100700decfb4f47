package main

import (
	"github.com/industrial-orchestrator/orchestrator/internal/listener"
	"github.com/industrial-orchestrator/orchestrator/web"
)

// Limits of one sandbox's connections to the gateway and the proxy together. Each of its two bridges carries 128.
const (
	perSandbox = 256
	// strangersPerSandbox may have no valid credential.
	strangersPerSandbox = 64
)

// mostConnections bounds each pool where the system has no limit, because each connection takes memory as well.
const mostConnections = 10_000

// connections are the pools of the listeners. People and agents have one each, so that neither takes the other's places.
type connections struct{ people, agents, metrics *listener.Pool }

// newConnections divides the files that the process can open: half for people; an eighth for agents, and as much again for where their
// connections lead. The rest, more than a fifth, is for the database, git, agents' processes and files.
func newConnections(files int) connections {
	return connections{
		people:  listener.NewPool(min(files/2, mostConnections), web.PerPeer, 0),
		agents:  listener.NewPool(min(files/8, mostConnections), perSandbox, strangersPerSandbox),
		metrics: listener.NewPool(min(files/32, 100), 0, 0),
	}
}
