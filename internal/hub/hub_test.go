package hub_test

import (
	"sync"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/hub"
)

func rang(b *hub.Bell) bool {
	select {
	case <-b.Ring:
		return true
	default:
		return false
	}
}

func TestBellsRingForTheirKeyOnly(t *testing.T) {
	t.Parallel()
	h := hub.New()
	keys := []hub.Key{hub.Session("a", "s"), hub.Session("b", "s"), hub.Orders("a", "s"), hub.Orders("a", "t"), hub.Team("a"), hub.Team("s"),
		hub.Session("a", "s/orders"), hub.Session("", "queue"), hub.Loop("queue"), hub.Loop("s"), hub.Person("queue"), hub.Person("s"), {}}
	var bells []*hub.Bell
	for _, k := range keys {
		b, leave := h.Hang(k)
		defer leave()
		bells = append(bells, b)
	}
	for i, k := range keys {
		h.RingBell(k)
		for j, b := range bells {
			if rang(b) != (i == j) {
				t.Errorf("ringing %+v, bell %+v rang: %v", k, keys[j], i != j)
			}
		}
	}
}

func TestRingsMeltTogetherAndNeverBlock(t *testing.T) {
	t.Parallel()
	h := hub.New()
	key := hub.Team("a")
	slow, leave := h.Hang(key)
	defer leave()
	other, leaveToo := h.Hang(key)
	for range 1000 {
		h.RingBell(key)
	}
	if !rang(slow) || rang(slow) || !rang(other) {
		t.Error("a thousand rings are one signal for each bell")
	}
	leaveToo()
	leaveToo() // leaving twice is fine
	h.RingBell(key)
	if rang(other) || !rang(slow) {
		t.Error("who left was rung, or who stayed was not")
	}
}

func TestLiveFramesAreDroppedForTheSlow(t *testing.T) {
	t.Parallel()
	h := hub.New()
	key := hub.Session("a", "s")
	b, leave := h.Hang(key)
	defer leave()
	for i := range 1000 {
		h.Live(key, hub.Frame{PartID: "p", Text: string(rune('a' + i%26))})
	}
	if n := len(b.Frames); n == 0 || n >= 1000 {
		t.Errorf("%d frames wait", n)
	}
	if f := <-b.Frames; f.Text != "a" {
		t.Errorf("the first frame is %+v", f)
	}
	if rang(b) {
		t.Error("a frame rang the bell")
	}
}

func TestCloseEndsStreamsOnce(t *testing.T) {
	t.Parallel()
	h := hub.New()
	b, leave := h.Hang(hub.Key{})
	h.Close()
	h.Close()
	<-h.Done()
	h.RingBell(hub.Key{}) // late rings hurt nobody
	if !rang(b) {
		t.Error("a bell is dead after Close")
	}
	leave()
}

func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	h := hub.New()
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for range 200 {
				b, leave := h.Hang(hub.Team("a"))
				h.RingBell(hub.Team("a"))
				h.Live(hub.Team("a"), hub.Frame{})
				if !rang(b) {
					t.Error("one's own ring was lost")
				}
				leave()
			}
		})
	}
	wg.Wait()
}
