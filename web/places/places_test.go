package places_test

import (
	"testing"

	"github.com/industrial-orchestrator/orchestrator/web/places"
)

// A request counts under all of its keys or under none, and leaving twice gives one place back.
func TestPlacesAreCountedByKey(t *testing.T) {
	t.Parallel()
	var p places.Places
	peer, token := places.Key{Name: "peer", Most: 2}, places.Key{Name: "token", Most: 1}
	leave, ok := p.Enter(peer, token)
	if !ok {
		t.Fatal("the first request is refused")
	}
	if _, ok := p.Enter(peer, token); ok {
		t.Error("a second request of the token is in progress")
	}
	second, ok := p.Enter(peer)
	if !ok {
		t.Fatal("a refused request has kept a place")
	}
	if _, ok := p.Enter(peer); ok {
		t.Error("a third request of the address is in progress")
	}
	leave()
	leave()
	if _, ok := p.Enter(peer, token); !ok {
		t.Error("a place that was left is not free")
	}
	if _, ok := p.Enter(peer); ok {
		t.Error("leaving twice gave two places back")
	}
	second()
}
