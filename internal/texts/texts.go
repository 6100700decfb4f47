// Package texts holds the customizable texts: the notice on the sign-in page and the e-mails. Each has a default in the
// binary; a file of the same name in the operator's directory replaces it. Load renders all of them once, so that the operator
// finds a broken text at the start, before it is needed.
package texts

import (
	"bytes"
	"embed"
	"fmt"
	"html"
	"io/fs"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	engine "github.com/gofiber/template/html/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/letter"
)

//go:embed default
var embedded embed.FS

// defaults are the texts in the binary, by names such as mail/invitation.html.
func defaults() fs.FS {
	sub, err := fs.Sub(embedded, "default")
	if err != nil { // the directory is embedded
		panic(err)
	}
	return sub
}

const (
	extension = ".html"
	notice    = "sign-in-notice"
)

// Names lists the customizable texts.
func Names() []string {
	names := []string{notice + extension}
	for _, k := range letter.Kinds() {
		names = append(names, "mail/"+string(k)+extension)
	}
	return names
}

// Texts are the texts of one server. They do not change; their methods are safe for concurrent use.
type Texts struct{ engine *engine.Engine }

// Load reads the defaults and the operator's files in dir, which may be empty. A file that is broken, or that is not a text of
// this server, is an error that names it.
func Load(dir string) (*Texts, error) {
	if err := checkNames(dir); err != nil {
		return nil, err
	}
	t := &Texts{engine.NewFileSystem(http.FS(overlay{dir}), extension)}
	if err := t.engine.Load(); err != nil {
		return nil, broken(dir, err)
	}
	if _, err := t.SignInNotice("agents.example.org"); err != nil {
		return nil, broken(dir, err)
	}
	for _, k := range letter.Kinds() {
		if _, err := t.Mail(k, letter.Sample(k)); err != nil {
			return nil, broken(dir, err)
		}
	}
	return t, nil
}

// overlay opens the operator's file if there is one, else the default. Directories list the defaults.
type overlay struct{ dir string }

// Open opens a text.
func (o overlay) Open(name string) (fs.File, error) {
	if o.dir != "" && strings.HasSuffix(name, extension) {
		f, err := os.Open(filepath.Join(o.dir, filepath.FromSlash(name)))
		if !os.IsNotExist(err) {
			return f, err
		}
	}
	return defaults().Open(name)
}

// checkNames rejects files that would never be read, such as one with a typo in its name.
func checkNames(dir string) error {
	if dir == "" {
		return nil
	}
	return filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return fmt.Errorf("read --texts %s: %w", dir, err)
		}
		rel, _ := filepath.Rel(dir, p)
		if d.IsDir() || strings.HasPrefix(d.Name(), ".") || slices.Contains(Names(), filepath.ToSlash(rel)) {
			return nil
		}
		return fmt.Errorf("--texts: %s is not a text of this server; use one of %s", p, strings.Join(Names(), ", "))
	})
}

// broken names the file and the line of an error such as "template: mail/invitation:1: …".
func broken(dir string, err error) error {
	text := strings.TrimPrefix(err.Error(), "template: ")
	text = strings.TrimPrefix(text, "html/template:")
	for _, name := range Names() {
		if rest, ok := strings.CutPrefix(text, strings.TrimSuffix(name, extension)+":"); ok {
			return fmt.Errorf("--texts: %s has an error in line %s", filepath.Join(dir, filepath.FromSlash(name)), rest)
		}
	}
	return fmt.Errorf("--texts %s: %s", dir, text)
}

// Mail is an e-mail as the server sends it: the same content as HTML and as plain text.
type Mail struct{ Subject, HTML, Text string }

// Mail renders an e-mail. The first line of its text is "Subject: …"; the body follows an empty line.
func (t *Texts) Mail(k letter.Kind, d letter.Data) (Mail, error) {
	name := "mail/" + string(k)
	var b bytes.Buffer
	if err := t.engine.Render(&b, name, d); err != nil {
		return Mail{}, err
	}
	head, body, ok := strings.Cut(strings.ReplaceAll(b.String(), "\r\n", "\n"), "\n\n")
	subject, is := strings.CutPrefix(head, "Subject: ")
	if subject = strings.TrimSpace(html.UnescapeString(subject)); !ok || !is || subject == "" || strings.ContainsAny(subject, "\n") {
		return Mail{}, fmt.Errorf("template: %s:1: start the text with a line \"Subject: …\" and an empty line", name)
	}
	return Mail{subject, strings.TrimSpace(body), strings.Join(paragraphs(body), "\n\n")}, nil
}

// SignInNotice is the notice on the sign-in page, by paragraphs; nil for none.
func (t *Texts) SignInNotice(server string) ([]string, error) {
	var b bytes.Buffer
	if err := t.engine.Render(&b, notice, letter.Data{Server: server}); err != nil {
		return nil, err
	}
	return paragraphs(b.String()), nil
}

// Export writes the defaults into a directory, for the operator to edit; existing files are not changed.
func Export(dir string) error {
	for _, name := range Names() {
		text, err := fs.ReadFile(defaults(), name)
		if err != nil {
			return err
		}
		to := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(path.Dir(filepath.ToSlash(to)), 0o755); err != nil {
			return fmt.Errorf("export texts: %w", err)
		}
		if err := writeNew(to, text); err != nil {
			return err
		}
	}
	return nil
}

func writeNew(to string, text []byte) error {
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if os.IsExist(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("export texts: %w", err)
	}
	if _, err := f.Write(text); err != nil {
		return fmt.Errorf("export texts: %w", err)
	}
	return f.Close()
}
