package gateway_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
)

// BenchmarkFirstByte compares the time to the first byte of a stream directly and through the gateway, with a
// short prompt and with one of 1 MB.
func BenchmarkFirstByte(b *testing.B) {
	h := newHouse(b, provider.OpenAICompatible)
	for _, size := range []int{100, 1 << 20} {
		body := prompt("chat/completions", strings.Repeat("x", size), true)
		for name, to := range map[string][2]string{"direct": {h.direct, realKey}, "gateway": {h.url, processKey}} {
			b.Run(fmt.Sprintf("%s/%d", name, size), func(b *testing.B) {
				for b.Loop() {
					firstByte(b, to[0]+"/chat/completions", to[1], body)
				}
			})
		}
	}
}

func firstByte(b *testing.B, url, key, body string) {
	res, err := http.DefaultClient.Do(request(b.Context(), url, key, body))
	if err != nil {
		b.Fatal(err)
	}
	defer res.Body.Close()
	if _, err := io.ReadFull(res.Body, make([]byte, 1)); err != nil {
		b.Fatal(err)
	}
	b.StopTimer()
	_, _ = io.Copy(io.Discard, res.Body) // so that the connection is used again
	b.StartTimer()
}
