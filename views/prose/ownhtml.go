package prose

import (
	"html"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/util"
)

// ownHTML shows HTML inside a text as characters: a person can read everything that an agent wrote, and none of it runs.
type ownHTML struct{}

// RegisterFuncs registers the renderers for both kinds of HTML in Markdown.
func (ownHTML) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(ast.KindRawHTML, inlineHTML)
	r.Register(ast.KindHTMLBlock, blockHTML)
}

func inlineHTML(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkSkipChildren, nil
	}
	segments := n.(*ast.RawHTML).Segments
	for i := range segments.Len() {
		segment := segments.At(i)
		_, _ = w.WriteString(html.EscapeString(string(segment.Value(source)))) // w keeps the error, which ends the rendering
	}
	return ast.WalkSkipChildren, nil
}

func blockHTML(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	block := n.(*ast.HTMLBlock)
	var text strings.Builder
	for i := range block.Lines().Len() {
		line := block.Lines().At(i)
		text.Write(line.Value(source))
	}
	if block.HasClosure() {
		text.Write(block.ClosureLine.Value(source))
	}
	_, _ = w.WriteString("<p>" + html.EscapeString(strings.TrimSpace(text.String())) + "</p>\n")
	return ast.WalkContinue, nil
}
