package gateway

import (
	"compress/gzip"
	"compress/zlib"
	"io"
	"net/http"
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
)

// unpack makes a response that a provider compressed, although the request forbids it, one that can be metered, judged and scrubbed as
// any other. The limits of a response hold for what it becomes. It returns what is wrong with a compression that it cannot undo.
func unpack(res *http.Response) *blame {
	in := &packed{ReadCloser: res.Body}
	switch e := encoding(res); e {
	case "":
		return nil
	case "gzip", "x-gzip":
		in.open = func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) }
	case "deflate":
		in.open = func(r io.Reader) (io.Reader, error) { return zlib.NewReader(r) }
	default:
		return &blame{failure: provider.FailureProtocol,
			sentence: "The model provider's response is compressed (" + text.Brief(e, 50) + ") although the request forbids it."}
	}
	res.Body, res.ContentLength = in, -1
	res.Header.Del("Content-Encoding")
	res.Header.Del("Content-Length")
	return nil
}

// encoding is how a response is compressed; empty if it is not.
func encoding(res *http.Response) string {
	e := strings.ToLower(strings.TrimSpace(strings.Join(res.Header.Values("Content-Encoding"), ", ")))
	if e == "identity" {
		return ""
	}
	return e
}

// packed is a compressed body. It is opened by the first read, because that waits for the provider.
type packed struct {
	io.ReadCloser
	open  func(io.Reader) (io.Reader, error)
	plain io.Reader
}

func (p *packed) Read(b []byte) (n int, err error) {
	if p.plain == nil {
		if p.plain, err = p.open(p.ReadCloser); err != nil {
			p.plain = nil
			return 0, err
		}
	}
	return p.plain.Read(b)
}
