// Package prose makes text from outside safe to show: markdown that agents write and terminal output that programs print.
// What comes out holds no script, no style, no image and no address that would run.
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

// maxMarkdown is how much text is read as markdown; a longer one is shown as it is, because parsing it would hold up the page.
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

// The classes named here are the ones the stylesheet knows; any other colour falls back to the text's.
var termClass = regexp.MustCompile(`^(?:term-fg(?:[12349]|3[0-7]|i9[0-7]) ?)+$`)

func terminalPolicy() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowAttrs("class").Matching(termClass).OnElements("span")
	return p
}

// Markdown is source as safe HTML; its own HTML is shown as text and addresses that are not http, https or mailto lead nowhere.
func Markdown(source string) string {
	source = strings.Map(printable, text.Clean(source))
	if len(source) > maxMarkdown {
		return "<pre>" + escape(text.Cut(source, maxMarkdown)) + "</pre>"
	}
	if knotted(source) {
		return "<pre>" + escape(source) + "</pre>"
	}
	var b bytes.Buffer
	if err := markdown.Convert([]byte(source), &b); err != nil {
		return "<pre>" + escape(source) + "</pre>"
	}
	return fromMD.Sanitize(b.String())
}

// Terminal is program output as safe HTML: colours become classes, cursor moves are played, everything else is text.
// The caller bounds its length with Shorten.
func Terminal(output string) string {
	return fromTerm.Sanitize(terminal.Render([]byte(text.Clean(output))))
}

// printable shows control characters as what they are here, nothing: they would come along when the text is copied.
func printable(r rune) rune {
	if r < ' ' && r != '\n' && r != '\t' && r != '\r' || r == 0x7f {
		return '�'
	}
	return r
}

var escape = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace
