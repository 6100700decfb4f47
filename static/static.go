// Package static holds the files browsers load: one stylesheet, the scripts and the fonts, embedded in the binary.
// Each is served under a name that holds its hash, so that a browser may keep it for ever.
package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"mime"
	"path"
	"strings"
	"sync"
)

//go:embed app.css icon.svg js/*.js fonts/*.woff2
var files embed.FS

// Prefix begins the address of every asset.
const Prefix = "/static/"

// Asset is one file as it is sent. Gzip is nil where compressing gains nothing.
type Asset struct {
	Body, Gzip []byte
	Type, ETag string
	// Forever says that the address names this very content: it may be cached without asking again.
	Forever bool
}

// catalog is every asset by the address below Prefix, and the address of every file by its name.
type catalog struct {
	assets map[string]Asset
	paths  map[string]string
}

var catalogOnce = sync.OnceValue(readAll)

// Path is the address of a file such as app.css or js/live.js; it panics for a file that does not exist, a defect of ours.
func Path(name string) string {
	p, ok := catalogOnce().paths[name]
	if !ok {
		panic("static: there is no file " + name)
	}
	return Prefix + p
}

// Lookup finds the asset at an address below Prefix, by its hashed or by its plain name.
func Lookup(name string) (Asset, bool) {
	a, ok := catalogOnce().assets[name]
	return a, ok
}

// readAll reads the stylesheet last: the fonts it names must have their hashed names by then.
func readAll() catalog {
	c := catalog{assets: map[string]Asset{}, paths: map[string]string{}}
	_ = fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && path.Ext(name) != ".css" {
			c.add(name, read(name))
		}
		return err
	})
	css := string(read("app.css"))
	for name, hashed := range c.paths {
		css = strings.ReplaceAll(css, "url(./"+name+")", "url("+Prefix+hashed+")")
	}
	c.add("app.css", []byte(css))
	return c
}

func read(name string) []byte {
	b, err := files.ReadFile(name)
	if err != nil {
		panic("static: " + err.Error())
	}
	return b
}

func (c catalog) add(name string, body []byte) {
	hash, ext := hashOf(body), path.Ext(name)
	hashed := strings.TrimSuffix(name, ext) + "." + hash + ext
	a := New(contentType(ext), body)
	c.assets[name] = a
	a.Forever = true
	c.assets[hashed] = a
	c.paths[name] = hashed
}

// New is an asset that is made while the server runs, such as a page that is the same for everyone. Browsers ask for it again.
func New(contentType string, body []byte) Asset {
	return Asset{Body: body, Gzip: compressed(contentType, body), Type: contentType, ETag: `"` + hashOf(body) + `"`}
}

func hashOf(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:6])
}

func contentType(ext string) string {
	if ext == ".woff2" {
		return woff2
	}
	return mime.TypeByExtension(ext)
}

const woff2 = "font/woff2"

func compressed(contentType string, body []byte) []byte {
	if contentType == woff2 {
		return nil
	}
	var b bytes.Buffer
	w, _ := gzip.NewWriterLevel(&b, gzip.BestCompression)
	_, _ = w.Write(body)
	_ = w.Close()
	return b.Bytes()
}
