package web

import (
	"bytes"
	"cmp"
	"context"
	"sync"

	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/static"
	views "github.com/industrial-orchestrator/orchestrator/views/reference"
	"github.com/industrial-orchestrator/orchestrator/web/reference"
)

// serveReference returns the handler of the page about the API. The page is drawn at the first request and is then the same for
// everyone, like a file.
func (s *Server) serveReference() fiber.Handler {
	page := sync.OnceValues(s.drawReference)
	return func(c *fiber.Ctx) error {
		if s.kit.Opts.API == nil {
			return fault.Missing("page")
		}
		a, err := page()
		if err != nil {
			return err
		}
		return answerAsset(c, a)
	}
}

func (s *Server) drawReference() (static.Asset, error) {
	d, err := reference.Build(s.kit.Opts.API.Document(), cmp.Or(s.kit.Opts.PublicURL, "http://127.0.0.1:8080"))
	if err != nil {
		return static.Asset{}, err
	}
	var b bytes.Buffer
	err = views.Page(d).Render(context.Background(), &b)
	return static.New("text/html; charset=utf-8", b.Bytes()), err
}
