// Package places limits how many requests are in progress at once, by who sends them. Pages and the API share it.
package places

import (
	"sync"

	"github.com/gofiber/fiber/v2"
)

// Places counts requests in progress by key. It is safe for concurrent use; the zero value is ready.
type Places struct {
	mu   sync.Mutex
	open map[string]int
}

// Key is one count that a request takes part in, and its limit.
type Key struct {
	Name string
	Most int
}

// Enter counts a request under all keys, or under none if one of them is at its limit. The caller leaves exactly once.
func (p *Places) Enter(keys ...Key) (leave func(), ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, k := range keys {
		if p.open[k.Name] >= k.Most {
			return nil, false
		}
	}
	if p.open == nil {
		p.open = map[string]int{}
	}
	for _, k := range keys {
		p.open[k.Name]++
	}
	return sync.OnceFunc(func() { p.leave(keys) }), true
}

func (p *Places) leave(keys []Key) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, k := range keys {
		if p.open[k.Name]--; p.open[k.Name] <= 0 {
			delete(p.open, k.Name)
		}
	}
}

type placeKey struct{}

// place is the place of one request.
type place struct {
	leave func()
	kept  bool
}

// Hold runs the rest of a request in its place and leaves it afterwards, unless a stream has kept it.
func Hold(c *fiber.Ctx, leave func()) error {
	p := &place{leave: leave}
	c.Locals(placeKey{}, p)
	defer func() {
		if !p.kept {
			leave()
		}
	}()
	return c.Next()
}

// Keep returns what a stream calls at its end to leave the request's place, because the stream outlives its handler.
func Keep(c *fiber.Ctx) (leave func()) {
	p, ok := c.Locals(placeKey{}).(*place)
	if !ok {
		return func() {}
	}
	p.kept = true
	return p.leave
}
