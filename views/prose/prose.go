// Package prose makes external text safe to show: Markdown from agents and terminal output from programs.
// The result contains no scripts, no styles, no images and no URLs that would run.
package prose

import (
	"bytes"
	"regexp"
	"strings"

	"github.com/buildkite/terminal-to-html/v3"
	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/util"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
)

// maxMarkdown is the longest text that is parsed as Markdown; longer text is shown unformatted, because parsing it would delay the page.
const maxMarkdown = 128 << 10

var (
	markdown = goldmark.New(goldmark.WithExtensions(extension.GFM), goldmark.WithRendererOptions(renderer.WithNodeRenderers(util.Prioritized(ownHTML{}, 100))))
	fromMD   = markdownPolicy()
	fromTerm = terminalPolicy()
)

func markdownPolicy() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "hr", "ul", "ol", "li", "strong", "em", "del", "code", "pre", "blockquote",
		"h1", "h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td")
	p.AllowAttrs("href").OnElements("a")
	p.AllowURLSchemes("http", "https", "mailto")
	p.RequireParseableURLs(true)
	p.RequireNoFollowOnLinks(true)
	p.RequireNoReferrerOnLinks(true)
	p.AddTargetBlankToFullyQualifiedLinks(true)
	return p
}

// These are the classes that the stylesheet defines; any other colour falls back to the text colour.
var termClass = regexp.MustCompile(`^(?:term-fg(?:[12349]|3[0-7]|i9[0-7]) ?)+$`)

func terminalPolicy() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowAttrs("class").Matching(termClass).OnElements("span")
	return p
}

// Markdown renders source as safe HTML; HTML inside it is shown as text, and URLs other than http, https and mailto are removed.
func Markdown(source string) string {
	source = strings.Map(printable, text.Clean(source))
	if len(source) > maxMarkdown {
		return "<pre>" + escape(text.Cut(source, maxMarkdown)) + "</pre>"
	}
	if isKnotted(source) {
		return "<pre>" + escape(source) + "</pre>"
	}
	var b bytes.Buffer
	if err := markdown.Convert([]byte(source), &b); err != nil {
		return "<pre>" + escape(source) + "</pre>"
	}
	return fromMD.Sanitize(b.String())
}

// Terminal renders program output as safe HTML: colours become classes, cursor movements are applied, everything else is text.
// The caller limits its length with Shorten.
func Terminal(output string) string {
	return fromTerm.Sanitize(terminal.Render([]byte(text.Clean(output))))
}

// printable replaces control characters, which would otherwise be copied with the text.
func printable(r rune) rune {
	if r < ' ' && r != '\n' && r != '\t' && r != '\r' || r == 0x7f {
		return '�'
	}
	return r
}

var escape = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace
