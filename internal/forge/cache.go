package forge

import (
	"bytes"
	"container/list"
	"crypto/sha256"
	"io"
	"net/http"
	"sync"
)

const (
	// maxCached limits all answers that are kept for conditional requests; no single one is larger than maxCachedAnswer.
	maxCached       = 8 << 20
	maxCachedAnswer = 256 << 10
)

// cache keeps answers with their ETags. A request for one is sent with If-None-Match: GitHub does not count an answer 304 in its limit.
// The key has a hash of the token, so that no team receives what another one's token can read.
type cache struct {
	mu      sync.Mutex
	size    int
	limit   int
	entries map[[sha256.Size]byte]*list.Element
	order   *list.List // most recently used first
}

type cached struct {
	key    [sha256.Size]byte
	tag    string
	status int
	header http.Header
	body   []byte
}

func newCache(limit int) *cache {
	return &cache{limit: limit, entries: map[[sha256.Size]byte]*list.Element{}, order: list.New()}
}

// through returns next with the cache before it.
func (c *cache) through(next http.RoundTripper) http.RoundTripper { return caching{c, next} }

type caching struct {
	cache *cache
	next  http.RoundTripper
}

// RoundTrip sends a request, conditionally if its answer is kept, and returns the kept answer if it is still right.
func (c caching) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method != http.MethodGet {
		return c.next.RoundTrip(r)
	}
	key := keyOf(r)
	kept := c.cache.get(key)
	if kept != nil {
		r = r.Clone(r.Context())
		r.Header.Set("If-None-Match", kept.tag)
	}
	res, err := c.next.RoundTrip(r)
	switch {
	case err != nil:
		return res, err
	case kept != nil && res.StatusCode == http.StatusNotModified:
		_ = res.Body.Close()
		return kept.answer(r, res), nil
	case res.StatusCode == http.StatusOK && res.Header.Get("ETag") != "":
		return c.keep(key, res)
	}
	return res, nil
}

func keyOf(r *http.Request) (key [sha256.Size]byte) {
	h := sha256.New()
	_, _ = io.WriteString(h, r.URL.String()+"\x00"+r.Header.Get("Accept")+"\x00"+r.Header.Get("Authorization"))
	copy(key[:], h.Sum(nil))
	return key
}

// keep reads an answer and keeps it if it is small enough.
func (c caching) keep(key [sha256.Size]byte, res *http.Response) (*http.Response, error) {
	head, err := io.ReadAll(io.LimitReader(res.Body, maxCachedAnswer+1))
	if err != nil {
		_ = res.Body.Close()
		return nil, err
	}
	if len(head) > maxCachedAnswer {
		res.Body = joined{io.MultiReader(bytes.NewReader(head), res.Body), res.Body}
		return res, nil
	}
	_ = res.Body.Close()
	res.Body = io.NopCloser(bytes.NewReader(head))
	c.cache.put(&cached{key, res.Header.Get("ETag"), res.StatusCode, res.Header.Clone(), head})
	return res, nil
}

type joined struct {
	io.Reader
	io.Closer
}

// answer is the kept answer to r, with the limits in the headers of the new one.
func (c *cached) answer(r *http.Request, fresh *http.Response) *http.Response {
	h := c.header.Clone()
	for name, v := range fresh.Header {
		h[name] = v
	}
	res := *fresh
	res.Status, res.StatusCode, res.Header, res.Request = http.StatusText(c.status), c.status, h, r
	res.Body, res.ContentLength = io.NopCloser(bytes.NewReader(c.body)), int64(len(c.body))
	return &res
}

func (c *cache) get(key [sha256.Size]byte) *cached {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.entries[key]
	if !ok {
		return nil
	}
	c.order.MoveToFront(e)
	return e.Value.(*cached)
}

func (c *cache) put(one *cached) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if old, ok := c.entries[one.key]; ok {
		c.remove(old)
	}
	c.entries[one.key] = c.order.PushFront(one)
	for c.size += len(one.body); c.size > c.limit; {
		c.remove(c.order.Back())
	}
}

func (c *cache) remove(e *list.Element) {
	one := c.order.Remove(e).(*cached)
	delete(c.entries, one.key)
	c.size -= len(one.body)
}
