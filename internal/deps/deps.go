// Package deps pins modules while the house is being built; it goes when every room imports its own.
package deps

import (
	_ "github.com/PuerkitoBio/goquery"
	_ "github.com/a-h/templ"
	_ "github.com/alecthomas/kong"
	_ "github.com/alexedwards/argon2id"
	_ "github.com/alexedwards/scs/v2"
	_ "github.com/bluekeyes/go-gitdiff/gitdiff"
	_ "github.com/buildkite/terminal-to-html/v3"
	_ "github.com/danielgtaylor/huma/v2"
	_ "github.com/danielgtaylor/huma/v2/adapters/humafiber"
	_ "github.com/gofiber/fiber/v2"
	_ "github.com/gofiber/template/html/v2"
	_ "github.com/google/go-cmp/cmp"
	_ "github.com/jackc/pgx/v5/stdlib"
	_ "github.com/landlock-lsm/go-landlock/landlock"
	_ "github.com/microcosm-cc/bluemonday"
	_ "github.com/playwright-community/playwright-go"
	_ "github.com/pressly/goose/v3"
	_ "github.com/prometheus/client_golang/prometheus/promhttp"
	_ "github.com/yuin/goldmark"
	_ "golang.org/x/crypto/chacha20poly1305"
	_ "golang.org/x/sync/errgroup"
	_ "golang.org/x/sys/unix"
	_ "golang.org/x/net/html"
	_ "modernc.org/sqlite"
)
